// SPDX-License-Identifier: MIT
//
// A PacketSource over one receive queue of a DPDK port: bursts from the receive ring, headers
// parsed in place, payloads handed on as views into the mbufs. A burst's mbufs go back to the pool
// in one call at the next poll, after the pipeline has used them. With several queues, packets that
// belong to another queue's books are handed over to it. Threading: one thread, the one that polls.
#pragma once

#include "dpdk_rx/port/port.hpp"
#include "dpdk_rx/source/chores.hpp"
#include "dpdk_rx/source/exchange.hpp"

#include <rxlab/latency/nic_stamps.hpp>
#include <rxlab/rx/group_table.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/summary.hpp>
#include <rxlab/wire/frame.hpp>

#include <rte_mbuf.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rxlab::dpdk_rx {

// What a queue counts; of several, the sums are reported.
struct QueueCounters {
    wire::FrameCounters frames;
    std::uint64_t other_groups = 0;
    std::uint64_t other_sources = 0;  // of a group that is wanted from one source
    std::uint64_t other_vlan = 0;
    std::uint64_t segmented = 0;
    std::uint64_t cut = 0;            // of a group's frames, those of which the port gave the front
    std::uint64_t cut_bytes_max = 0;  // of the longest of them, as it was sent, without Ethernet
    std::uint64_t superpackets = 0;   // frames that held several packets (wire/segments.hpp)
    std::uint64_t segments = 0;       // packets in those
    std::uint64_t bad_checksum = 0;   // by the port's word
    std::uint64_t handed_over = 0;    // to another queue
    std::uint64_t taken_over = 0;     // from others
    std::uint64_t exchange_full = 0;  // lost: the other queue's ring was full
    std::uint64_t stamped = 0;        // by the port
    std::uint64_t stamps_backwards = 0;
    std::uint64_t first_stamp = 0;
    std::uint64_t last_stamp = 0;
    const latency::NicStamps* nic = nullptr;  // where they are converted
};

// Which part of a port's work a source does.
struct QueueShare {
    std::uint16_t queue = 0;
    std::vector<rx::Line> lines;
    // Several queues only: the lines of the others' feeds, with the queue in the feed's place.
    std::vector<rx::Line> foreign;
};

class DpdkSource {
  public:
    // `exchange` is null where there is one queue, `chores` where another queue does them. All must
    // outlive the source.
    DpdkSource(Port& port, const PortOptions& options, const QueueShare& share, Exchange* exchange,
               Chores* chores);
    DpdkSource(const DpdkSource&) = delete;
    DpdkSource& operator=(const DpdkSource&) = delete;
    ~DpdkSource();

    // Never blocks.
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] bool failed() const noexcept { return port_.watch().lost(); }
    [[nodiscard]] const QueueCounters& counters() const noexcept { return counters_; }

  private:
    void release_burst() noexcept;
    [[nodiscard]] std::uint16_t receive_shared() noexcept;
    std::size_t fill_with_care(std::span<rx::PacketView> batch) noexcept;
    std::size_t with_ages(std::span<rx::PacketView> batch, std::size_t filled) noexcept;
    template <bool kMayBeSeveral>
    std::size_t fill(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] bool begin_segments(const rx::PacketView& packet) noexcept;
    std::size_t fill_one_by_one(std::span<rx::PacketView> batch, std::size_t filled) noexcept;
    [[nodiscard]] bool take_frame(std::uint16_t index, rx::PacketView& packet) noexcept;
    [[nodiscard]] bool inspect(const rte_mbuf& mbuf, std::uint16_t tag,
                               rx::PacketView& packet) noexcept;
    void run_chores() noexcept;
    void read_nic_clock() noexcept;
    // The ways a frame is not for this queue's books.
    void no_datagram(std::uint16_t index, wire::FrameStatus status) noexcept;
    void other_group(std::uint16_t index, std::uint64_t key) noexcept;
    void note_cut(std::span<const std::byte> frame) noexcept;
    void hand_over(std::uint16_t index, std::uint16_t queue, wire::FrameStatus status) noexcept;

    Port& port_;
    std::uint16_t port_id_;
    std::uint16_t queue_;
    std::uint16_t burst_max_;
    bool polls_port_;  // false: only what others hand over
    bool inspects_;    // VLAN, checksums or time stamps are looked at
    bool is_picky_;    // that, or a line is wanted from one sender
    bool may_join_;    // a frame may hold several packets
    bool is_plain_;    // it may not, and no stamps are converted
    std::uint32_t polls_until_chores_ = Chores::kPolls;
    rx::GroupTable groups_;
    Exchange* exchange_;
    Chores* chores_;
    std::array<rte_mbuf*, rx::kBatchPackets> burst_{};
    std::uint16_t burst_size_ = 0;
    // After a superpacket, what was no room for in the batch: the rest of it, the rest of the
    // burst.
    bool unfinished_ = false;
    std::uint16_t next_ = 0;                // in the burst
    rx::PacketView superpacket_{};          // its payload: what is left
    std::size_t segment_bytes_ = 0;         // of each but the last
    rte_mempool* pool_of_burst_ = nullptr;  // where its mbufs can go back as they are
    QueueCounters counters_;
    std::uint16_t vlan_;
    std::uint64_t refused_flags_;  // in ol_flags
    TimestampField stamp_;
    latency::Clock clock_ = latency::Clock::detect();
    std::optional<latency::NicStamps> nic_;  // where the port's stamps can be converted
    latency::Ticks burst_at_ = 0;            // with those: when the burst was taken
    rx::GroupTable foreign_;                 // as feed: the queue that it belongs to
};

static_assert(rx::PacketSource<DpdkSource>);

// What the port and its queues report: drops, and the counters of all queues together.
[[nodiscard]] rx::SourceReport report_of(const Port& port, const Chores& chores,
                                         std::span<const QueueCounters> queues);
// If frames arrived cut off, says on standard error why, and what to do.
void warn_about_cut_frames(const Port& port, std::span<const QueueCounters> queues);
// Packets that were lost before a book saw them, cheap enough while receiving; nothing where nobody
// counts them.
[[nodiscard]] std::optional<std::uint64_t> drops_of(const Port& port,
                                                    std::span<const QueueCounters> queues);

}  // namespace rxlab::dpdk_rx
