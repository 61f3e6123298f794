// SPDX-License-Identifier: MIT
#include <rxlab/link/link_watch.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/program/monotonic.hpp>
#include <rxlab/rx/wakeup.hpp>

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <span>
#include <thread>
#include <utility>

namespace rxlab::link {
namespace {

// -1 where the kernel does not tell of changes.
int listening_socket() noexcept {
    program::Descriptor fd{
        socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK;
    if (fd.get() < 0 ||
        bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return -1;
    return fd.release();
}

}  // namespace

std::uint32_t LinkState::new_carrier_losses(const LinkMessage& message) noexcept {
    if (!message.carrier_down_count) return 0;
    const std::uint32_t count = *message.carrier_down_count;
    const std::uint32_t before = carrier_downs_.value_or(count);
    carrier_downs_ = count;
    return count - before;
}

void LinkState::told(const LinkMessage& message, std::int64_t now_ns) noexcept {
    removed_ = removed_ || message.removed;
    set_down_ = !message.is_set_up();
    const bool was_down = down_;
    down_ = removed_ || !message.has_link();

    // Losses that are over, without the one that this message tells of.
    std::uint32_t over = new_carrier_losses(message);
    const bool goes_down = down_ && !was_down;
    if (over > 0 && (goes_down || loss_not_in_count_)) {
        --over;
        loss_not_in_count_ = false;
    } else if (down_ != was_down) {
        loss_not_in_count_ = goes_down;
    }
    losses_ += over;
    returns_ += over;

    if (goes_down) {
        ++losses_;
        down_since_ns_ = now_ns;
    } else if (was_down && !down_) {
        ++returns_;
        down_ns_ += now_ns - down_since_ns_;
    }
}

void wait_for_link(const std::string& operation, double wait_s,
                   const std::function<bool()>& has_link) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(wait_s);
    while (!has_link()) {
        if (rx::Wakeup::stop_requested())
            throw program::RunError(operation + ": told to stop while waiting for its link");
        if (std::chrono::steady_clock::now() >= deadline) {
            throw program::RunError(fmt::format(
                "{}: no link after {} s; check the cable or the other end, or wait longer with "
                "--link-wait",
                operation, wait_s));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
}

LinkWatch::LinkWatch(unsigned index, std::string interface, double wait_s)
    : index_{index},
      interface_{std::move(interface)},
      wait_s_{wait_s},
      state_{static_cast<std::int64_t>(wait_s * 1e9)},
      socket_{listening_socket()},
      buffer_{std::make_unique<std::byte[]>(kLinkMessageBytesMax)} {
    const std::optional<LinkMessage> now = ask_for_link(index_);
    if (!now) return;
    carrier_downs_at_start_ = now->carrier_down_count.value_or(0);
    take(*now);  // it may have gone down since somebody looked
}

LinkWatch::Seen LinkWatch::look() noexcept {
    const std::uint64_t returns = state_.returns();
    if (socket_.get() < 0 || !read_told()) ask();
    lost_ = state_.is_down() && state_.is_lost(program::monotonic_ns());
    if (state_.is_down()) return lost_ ? Seen::lost : Seen::nothing_new;
    return state_.returns() != returns ? Seen::link_is_back : Seen::nothing_new;
}

// The clock is read only where something was told. What did not fit into the socket's queue was
// newer than what is in it, so asking comes after reading.
bool LinkWatch::read_told() noexcept {
    bool complete = true;
    for (;;) {
        const ssize_t bytes = recv(socket_.get(), buffer_.get(), kLinkMessageBytesMax, MSG_TRUNC);
        if (bytes < 0 && errno == ENOBUFS) {
            complete = false;
            continue;
        }
        if (bytes < 0) return complete;
        const auto length = static_cast<std::size_t>(bytes);
        if (length > kLinkMessageBytesMax) complete = false;
        std::span<const std::byte> rest{buffer_.get(), std::min(length, kLinkMessageBytesMax)};
        while (const std::optional<LinkMessage> message = take_link_message(rest)) {
            if (message->index == index_) take(*message);
        }
    }
}

void LinkWatch::ask() noexcept {
    if (const std::optional<LinkMessage> now = ask_for_link(index_)) take(*now);
}

void LinkWatch::take(const LinkMessage& message) noexcept {
    state_.told(message, program::monotonic_ns());
    if (!message.removed) xdp_program_ = message.xdp_program;
}

std::string LinkWatch::loss_text() const {
    if (state_.was_removed()) return fmt::format("interface {} was removed", interface_);
    if (state_.was_set_down()) {
        return fmt::format(
            "{} was set down, and was not up again within {} s; bring it up: ip link set {} up, or "
            "wait longer with --link-wait",
            interface_, wait_s_, interface_);
    }
    return fmt::format(
        "the link of {} went down, and did not come back within {} s; check the cable or the other "
        "end, or wait longer with --link-wait",
        interface_, wait_s_);
}

std::uint64_t LinkWatch::losses() const noexcept {
    const std::optional<LinkMessage> now = ask_for_link(index_);
    if (!now || !now->carrier_down_count) return state_.losses();
    return std::max<std::uint64_t>(state_.losses(),
                                   *now->carrier_down_count - carrier_downs_at_start_);
}

std::uint64_t LinkWatch::down_ms() const noexcept {
    return static_cast<std::uint64_t>(state_.down_ns(program::monotonic_ns()) / 1'000'000);
}

// RFC 4607, section 1: groups of 232.0.0.0/8 are for source-specific multicast alone. Linux joins
// them from any source all the same; a router that keeps to the RFC forwards nothing then.
void warn_of_no_source(std::string_view program, std::span<const rx::Line> lines) {
    for (const rx::Line& line : lines) {
        if (line.group.address >> 24 != 232 || line.source != 0) continue;
        fmt::print(stderr,
                   "{}: {} is a source-specific group, joined from any source: routers may forward "
                   "nothing; name its publisher with {}\n",
                   program, wire::to_string(line.group),
                   line.id.line == 0 ? "--source" : "--line-b-source");
        return;
    }
}

}  // namespace rxlab::link
