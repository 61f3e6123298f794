// SPDX-License-Identifier: MIT
//
// A PacketSource over the ring of a packet socket (packet_socket.hpp says what that is). A poll
// takes what is there, up to a batch: it reads a word of shared memory for each frame and calls
// nobody. The views that it hands on point into the ring; the slots go back to the kernel at the
// next poll, when the books have been updated.
// Ownership: socket and ring. Threading: one thread.
#pragma once

#include "packet_rx/packet_socket.hpp"

#include <rxlab/link/membership.hpp>
#include <rxlab/rx/frame_reader.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/summary.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace rxlab::packet_rx {

class PacketSource {
  public:
    // `membership`, unless it is null, is looked after now and then, by a poll that finds nothing;
    // it must outlive the source. `lines` are those that this source receives. Frames come after
    // listen(). Throws program::RunError.
    PacketSource(const std::string& interface, unsigned index, std::span<const rx::Line> lines,
                 const RingOptions& options, link::Membership* membership);

    [[nodiscard]] PacketSocket& socket() noexcept { return socket_; }
    // Never blocks.
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] bool failed() const noexcept {
        return membership_ != nullptr && membership_->failed();
    }
    [[nodiscard]] const rx::FrameReaderCounters& counters() const noexcept {
        return reader_.counters();
    }
    [[nodiscard]] std::uint64_t blocks() const noexcept { return blocks_; }

  private:
    [[nodiscard]] std::size_t poll_slots(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] std::size_t poll_block(std::span<rx::PacketView> batch) noexcept;
    void prefetch_ahead() const noexcept;
    void give_slots_back() noexcept;
    [[nodiscard]] bool open_block() noexcept;
    [[nodiscard]] std::byte* part(std::uint32_t number) const noexcept {
        return ring_ + std::size_t{number} * part_bytes_;
    }
    [[nodiscard]] std::uint32_t after(std::uint32_t number) const noexcept {
        return number + 1 == parts_ ? 0 : number + 1;
    }

    // Polls that found nothing between two looks at the link: some milliseconds.
    static constexpr std::uint32_t kPollsPerLook = 32'768;

    PacketSocket socket_;
    std::byte* ring_;
    std::uint32_t parts_;  // slots, or blocks
    std::uint32_t part_bytes_;
    bool by_blocks_;
    std::uint32_t next_ = 0;  // slot or block to look at
    std::uint32_t held_ = 0;  // slots before it that are not the kernel's yet
    bool is_behind_ = false;  // the last poll found as many slots as it takes
    // by_blocks_: of the block at next_, which is ours.
    bool is_open_ = false;
    std::uint32_t frames_left_ = 0;
    std::byte* frame_ = nullptr;
    std::uint64_t blocks_ = 0;
    rx::FrameReader reader_;
    link::Membership* membership_;
    std::uint32_t polls_until_look_ = kPollsPerLook;
};

static_assert(rx::PacketSource<PacketSource>);

// What sources of one receiver report together: drops, and the counters of all.
[[nodiscard]] rx::SourceReport report_of(std::span<PacketSource* const> sources,
                                         const RingOptions& options,
                                         const link::Membership& membership);
// If frames arrived cut off, says on standard error why, and what to do.
void warn_about_cut_frames(std::span<PacketSource* const> sources);

// One source for all lines.
class SingleSource {
  public:
    SingleSource(std::span<const rx::Line> lines, const std::string& interface,
                 const RingOptions& options, double link_wait_s);
    SingleSource(const SingleSource&) = delete;
    SingleSource& operator=(const SingleSource&) = delete;

    std::size_t poll(std::span<rx::PacketView> batch) noexcept { return source_.poll(batch); }
    [[nodiscard]] bool failed() const noexcept { return source_.failed(); }
    [[nodiscard]] bool is_gone() const noexcept { return membership_.is_gone(); }
    [[nodiscard]] std::string failure() const { return membership_.failure(); }
    [[nodiscard]] const std::string& interface() const noexcept { return membership_.interface(); }
    [[nodiscard]] std::uint64_t drops() noexcept { return source_.socket().drops(); }
    [[nodiscard]] rx::SourceReport report();

  private:
    RingOptions options_;
    link::Membership membership_;
    PacketSource source_;
};

}  // namespace rxlab::packet_rx
