// SPDX-License-Identifier: MIT
//
// A trace file: one fixed record per packet, written by the sender (t_intended, t_tx) or by a
// receiver (t_rx, t_book), and joined by (feed, sequence) afterwards. The file is memory-mapped and
// every page of it is touched before the run, so that an append is two cache lines of stores; put
// it on a tmpfs (/dev/shm), because a disk file system write-protects pages to flush them. What
// does not fit is counted, never written elsewhere. A killed writer leaves a readable file. Layout
// (native byte order): TraceHeader, then TraceHeader::count records of 32 bytes. Threading: a
// TraceWriter belongs to one thread.
#pragma once

#include <rxlab/latency/clock.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace rxlab::latency {

// Of orders: one record for each that the sender of the feed got back (TraceOrder).
enum class TraceKind : std::uint32_t { sender = 1, receiver = 2, orders = 3 };

// Flags of a receiver's record. A sender's say what was deliberately done to the packet
// (TraceImpairment).
enum TraceFlag : std::uint16_t {
    kTraceGapBefore = 1,  // messages before this packet are missing
    kTraceDuplicate = 2,  // all its messages had been received before
    kTraceLate = 4,       // it fills (part of) a gap: out of order
    kTraceMalformed = 8,  // a message was cut short, or bytes were left over after the last one
    // Asked for at a re-request server: `first` is the time of the answer, which holds what several
    // packets brought or none did. It says nothing about the path that is measured.
    kTraceRecovered = 16,
    // It waited for messages before it: from `first` to `second` there is that wait, too.
    kTraceHeld = 32,
    // Not packets, but more about the one whose record comes next: `first` is the time from the NIC's
    // or the kernel's receive stamp to t_rx in nanoseconds. Only where such stamps were asked for,
    // and the NIC's only where its clock could be converted.
    kTraceNicAge = 0x4000,
    kTraceKernelAge = 0x8000,
};

// On line A; on line B the same, shifted by kTraceLineBShift.
enum TraceImpairment : std::uint16_t {
    kTraceDropped = 1,
    kTraceDuplicated = 2,
    kTraceReordered = 4,
    kTraceDelayed = 8,
    kTraceCorrupted = 16,
    kTraceTruncated = 32,
};
inline constexpr unsigned kTraceLineBShift = 8;

// What is wrong with an order; 0: nothing.
enum TraceOrder : std::uint16_t {
    kTraceWrongOrder = 1,      // nothing asked for it, or not for this
    kTraceDuplicateOrder = 2,  // its like came before
    kTraceUnknownOrder = 4,    // it answers a packet that was never sent: `first` is 0
    kTraceMalformedOrder = 8,  // not an order: `second` alone is known
};

struct TraceRecord {
    std::uint64_t sequence;  // MoldUDP64 sequence number of the packet's first message
    Ticks first;             // sender: t_intended; receiver: t_rx; orders: the packet's t_tx
    Ticks second;            // sender: t_tx; receiver: t_book; orders: the arrival
    std::uint16_t feed;      // index of the --group option, from 0
    std::uint16_t flags;
    std::uint32_t messages;  // in this packet; of an order: its user_ref_num
};
static_assert(sizeof(TraceRecord) == 32);

// Of a receiver's records: false for one that only says more about the next.
[[nodiscard]] constexpr bool is_packet(const TraceRecord& record) noexcept {
    return (record.flags & (kTraceNicAge | kTraceKernelAge)) == 0;
}

struct TraceHeader {
    static constexpr std::array<char, 8> kMagic{'R', 'X', 'T', 'R', 'A', 'C', 'E', '\0'};
    static constexpr std::uint32_t kVersion = 1;

    std::array<char, 8> magic = kMagic;
    std::uint32_t version = kVersion;
    std::uint32_t record_bytes = sizeof(TraceRecord);
    TraceKind kind = TraceKind::sender;
    ClockSource clock_source = ClockSource::monotonic_raw;
    std::uint64_t capacity = 0;  // records the file has room for
    std::uint64_t count = 0;     // records written
    std::uint64_t overflow = 0;  // records that did not fit
    double start_ticks_per_ns = 0;
    double end_ticks_per_ns = 0;  // 0: the writer did not finish
    double run_ticks_per_ns = 0;
    std::array<std::byte, 56> reserved{};
};
static_assert(sizeof(TraceHeader) == 128);

class TraceWriter {
  public:
    // Creates (or replaces) `path` with room for `capacity` records (1 .. 2^32), maps it and
    // touches every page. Throws std::system_error that names the operation and the path.
    TraceWriter(const std::filesystem::path& path, TraceKind kind, std::uint64_t capacity,
                Clock clock);
    TraceWriter(TraceWriter&& other) noexcept;
    TraceWriter& operator=(TraceWriter&&) = delete;
    // Cuts the file to what was written.
    ~TraceWriter();

    // No record may be staged.
    void append(const TraceRecord& record) noexcept {
        stage(record);
        publish();
    }

    // Writes a record whose second stamp is not known yet; commit() completes it.
    void stage(const TraceRecord& record) noexcept {
        if (written_ != end_) [[likely]] {
            *written_++ = record;
        } else {
            ++header_->overflow;
        }
    }
    [[nodiscard]] bool has_staged() const noexcept { return counted_ != written_; }
    // Gives every staged record its second stamp, and counts it.
    void commit(Ticks second) noexcept {
        for (TraceRecord* each = counted_; each != written_; ++each)
            each->second = second;
        publish();
    }

    // Stores the clock's rates; the trace is complete only after this.
    void finish(const Calibration& calibration) noexcept;

    [[nodiscard]] const TraceHeader& header() const noexcept { return *header_; }

  private:
    // Records are stored before they are counted: a kill in between must not leave a counted record
    // that was never written.
    void publish() noexcept {
        std::atomic_signal_fence(std::memory_order_release);
        header_->count += static_cast<std::uint64_t>(written_ - counted_);
        counted_ = written_;
    }

    TraceHeader* header_ = nullptr;   // the mapping
    TraceRecord* written_ = nullptr;  // behind the last record, staged ones included
    TraceRecord* counted_ = nullptr;  // behind the last complete one
    TraceRecord* end_ = nullptr;
    std::size_t mapped_bytes_ = 0;
    int descriptor_ = -1;
};

// Read-only view of a trace file.
class TraceReader {
  public:
    // Throws std::system_error (cannot open, not a regular file, cannot map) or std::runtime_error
    // (not a trace file, another version, shorter than its header says); both name the path.
    explicit TraceReader(const std::filesystem::path& path);
    TraceReader(TraceReader&& other) noexcept;
    TraceReader& operator=(TraceReader&&) = delete;
    ~TraceReader();

    [[nodiscard]] const TraceHeader& header() const noexcept { return *header_; }
    [[nodiscard]] std::span<const TraceRecord> records() const noexcept;

  private:
    const TraceHeader* header_ = nullptr;  // the mapping
    std::size_t mapped_bytes_ = 0;
};

}  // namespace rxlab::latency
