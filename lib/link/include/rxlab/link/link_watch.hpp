// SPDX-License-Identifier: MIT
//
// Waits for a link before packets are received, and follows it while they are. A link that goes
// down may come back within a time that the user chose; one that does not, or an interface that is
// removed, is lost. A receiver looks now and then, or when it has found no packet. A look is one
// system call that returns at once, or a few: the kernel queues what it tells (rtnetlink(7)). It
// tells of a lost carrier up to a second late (net/core/link_watch.c: one round a second), and not
// at all where that is back by then; it counts all the same, and losses() is by its count.
// Threading: one thread.
#pragma once

#include <rxlab/link/link.hpp>
#include <rxlab/program/descriptor.hpp>
#include <rxlab/rx/options.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rxlab::link {

// What is known of a link, from what was told of it and when. No sockets, no clock.
class LinkState {
  public:
    // `wait_ns`: how long it may be down.
    explicit LinkState(std::int64_t wait_ns) noexcept : wait_ns_{wait_ns} {}

    // A carrier that was lost and found since the last message shows in the kernel's count alone: a
    // loss, and a return, of a time that nobody knows. `message` may be the first, or have no
    // count.
    void told(const LinkMessage& message, std::int64_t now_ns) noexcept;
    // The link is down, and its time is over.
    [[nodiscard]] bool is_lost(std::int64_t now_ns) const noexcept {
        return removed_ || (down_ && now_ns - down_since_ns_ >= wait_ns_);
    }
    [[nodiscard]] bool is_down() const noexcept { return down_; }
    [[nodiscard]] bool was_removed() const noexcept { return removed_; }
    [[nodiscard]] bool was_set_down() const noexcept { return set_down_; }  // as told last
    [[nodiscard]] std::uint64_t losses() const noexcept { return losses_; }
    [[nodiscard]] std::uint64_t returns() const noexcept { return returns_; }
    // All losses together, the one that lasts included.
    [[nodiscard]] std::int64_t down_ns(std::int64_t now_ns) const noexcept {
        return down_ns_ + (down_ ? now_ns - down_since_ns_ : 0);
    }

  private:
    [[nodiscard]] std::uint32_t new_carrier_losses(const LinkMessage& message) noexcept;

    std::int64_t wait_ns_;
    std::optional<std::uint32_t> carrier_downs_;  // the kernel's count, as told last
    bool down_ = false;
    bool loss_not_in_count_ = false;  // yet: an interface is set down before its carrier goes
    bool set_down_ = false;
    bool removed_ = false;
    std::int64_t down_since_ns_ = 0;
    std::int64_t down_ns_ = 0;
    std::uint64_t losses_ = 0;
    std::uint64_t returns_ = 0;
};

// Asks `has_link` every 10 ms until it says so. Throws program::RunError that begins with
// `operation` ("receive on eth0") after `wait_s`, and where the program is told to stop.
void wait_for_link(const std::string& operation, double wait_s,
                   const std::function<bool()>& has_link);

// Of an interface of the kernel's.
class LinkWatch {
  public:
    // Where the kernel tells nothing (no netlink in a sandbox), each look() asks.
    LinkWatch(unsigned index, std::string interface, double wait_s);

    enum class Seen { nothing_new, link_is_back, lost };
    [[nodiscard]] Seen look() noexcept;

    // Readable when there is something to look at; -1: never. For epoll(7).
    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
    // Whether it is, as of the last look. A removed interface stays lost; a link that has come back
    // after its time is not lost any more, for whoever still asks.
    [[nodiscard]] bool lost() const noexcept { return lost_; }
    // As told last.
    [[nodiscard]] const LinkState& state() const noexcept { return state_; }
    [[nodiscard]] std::uint32_t xdp_program() const noexcept { return xdp_program_; }
    // Why it is lost, and what to do.
    [[nodiscard]] std::string loss_text() const;
    // So far. Not for the packet path: asks the kernel for its count.
    [[nodiscard]] std::uint64_t losses() const noexcept;
    // So far, as seen: up to a second less for each loss.
    [[nodiscard]] std::uint64_t down_ms() const noexcept;

  private:
    // False where the kernel could not tell everything.
    [[nodiscard]] bool read_told() noexcept;
    void ask() noexcept;
    void take(const LinkMessage& message) noexcept;

    unsigned index_;
    std::string interface_;
    double wait_s_;
    LinkState state_;
    program::Descriptor socket_;  // netlink
    std::unique_ptr<std::byte[]> buffer_;
    std::uint32_t carrier_downs_at_start_ = 0;
    std::uint32_t xdp_program_ = 0;
    bool lost_ = false;
};

// A line on standard error where one of them is a source-specific group without a source.
void warn_of_no_source(std::string_view program, std::span<const rx::Line> lines);

}  // namespace rxlab::link
