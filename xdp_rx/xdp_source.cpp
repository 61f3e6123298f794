// SPDX-License-Identifier: MIT
#include "xdp_rx/xdp_source.hpp"

#include <rxlab/link/link.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/rx/relax.hpp>

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace rxlab::xdp_rx {
namespace {

constexpr std::uint32_t kFrameBytesMax = 4'096;

std::uint32_t frame_bytes_for(const std::string& interface) {
    const unsigned mtu = link::mtu_of(interface);
    return kHeadroomBytes + ETH_HLEN + mtu <= 2'048 ? 2'048 : kFrameBytesMax;
}

void warn_of_long_frames(const std::string& interface) {
    const unsigned mtu = link::mtu_of(interface);
    if (kHeadroomBytes + ETH_HLEN + mtu <= kFrameBytesMax) return;
    fmt::print(stderr,
               "xdp_rx: {} has an MTU of {}; frames longer than {} bytes do not fit and will be "
               "dropped\n",
               interface, mtu, kFrameBytesMax - kHeadroomBytes);
}

// Before anything is changed.
void must_be_free(const link::Membership& membership) {
    const std::string other = other_program_on(membership.interface(), membership.index());
    if (!other.empty())
        throw program::RunError(fmt::format("receive on {}: {}", membership.interface(), other));
}

std::vector<unsigned> queues_for(const std::string& interface, const XdpOptions& options) {
    const unsigned there_are = receive_queues_of(interface);
    std::vector<unsigned> queues = options.queues;
    if (queues.empty()) {
        queues.resize(there_are);
        std::iota(queues.begin(), queues.end(), 0U);
    }
    for (const unsigned queue : queues) {
        if (queue >= there_are) {
            throw program::UsageError(fmt::format(
                "--queue {}: {} has {} receive queue{} (`ethtool -l {}`), counted from 0", queue,
                interface, there_are, there_are == 1 ? "" : "s", interface));
        }
    }
    return queues;
}

}  // namespace

unsigned receive_queues_of(const std::string& interface) {
    const program::Descriptor fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    ethtool_channels channels{};
    channels.cmd = ETHTOOL_GCHANNELS;
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&channels);
    if (ioctl(fd.get(), SIOCETHTOOL, &request) != 0) return 1;
    return std::max(channels.rx_count + channels.combined_count, 1U);
}

XdpSource::XdpSource(std::span<const rx::Line> lines, const std::string& interface,
                     const XdpOptions& options)
    : membership_{lines, interface, options.link_wait_s},
      reader_{lines, options.hook != Hook::native} {
    must_be_free(membership_);
    redirect_.emplace(lines, receive_queues_of(interface));
    XskOptions xsk = options.xsk;
    xsk.frame_bytes = frame_bytes_for(interface);
    for (const unsigned queue : queues_for(interface, options)) {
        sockets_.push_back(std::make_unique<Xsk>(interface, membership_.index(), queue, xsk,
                                                 options.hook == Hook::generic));
        redirect_->add_socket(queue, sockets_.back()->descriptor());
    }
    redirect_->attach(interface, membership_.index(), options.hook);
    check_hook(options);
    warn_of_long_frames(interface);
}

// What the generic hook cannot do, also where --hook auto has come to it.
void XdpSource::check_hook(const XdpOptions& options) const {
    if (redirect_->hook() != Hook::generic) return;
    const std::string refusal = redirect_->native_refusal();
    const std::string why =
        refusal.empty() ? "" : fmt::format(" (the driver refused the native one: {})", refusal);
    // Its queues are those of netif_get_rxqueue() in net/core/dev.c, which have no NAPI id.
    if (options.xsk.busy_poll_us) {
        throw program::UsageError(
            fmt::format("--busy-poll: the generic hook of {} has no queue to poll{}; leave it out",
                        interface(), why));
    }
    // The card fills the frames, but the program never sees them.
    if (std::ranges::any_of(sockets_, [](const auto& each) { return each->is_zero_copy(); })) {
        throw program::UsageError(fmt::format(
            "--copy: the generic hook of {} only copies{}; give --copy copy", interface(), why));
    }
}

// [snippet: xdp-poll]
std::size_t XdpSource::poll(std::span<rx::PacketView> batch) noexcept {
    for (std::size_t asked = 0; asked < sockets_.size(); ++asked) {
        // What is left of the last one comes first: its frames go back when all have been used.
        if (read_ == taken_ && !reader_.has_rest()) {
            if (++next_ >= sockets_.size()) next_ = 0;
        }
        const std::size_t filled = take_from(*sockets_[next_], batch);
        if (filled > 0) return filled;
    }
    rx::relax();
    if (--polls_until_look_ == 0) [[unlikely]]
        look();
    return 0;
}

std::size_t XdpSource::take_from(Xsk& socket, std::span<rx::PacketView> batch) noexcept {
    std::size_t filled = 0;
    if (reader_.has_rest()) [[unlikely]] {
        filled = reader_.take_rest(batch);
    } else if (read_ == taken_) {
        socket.give_back();
        taken_ = socket.take(frames_);
        read_ = 0;
    }
    while (read_ < taken_ && filled < batch.size())
        filled += reader_.take(frames_[read_++], 0, batch.subspan(filled));
    return filled;
}
// [end: xdp-poll]

// An interface that is being removed has lost its program already, and the kernel reports the
// removal a little later: then that is the reason.
void XdpSource::look() noexcept {
    polls_until_look_ = kPollsPerLook;
    membership_.look();
    if (redirect_->is_attached()) return;
    const auto link = link::ask_for_link(membership_.index());
    is_deaf_ = is_deaf_ || (link && !link->removed);
}

std::string XdpSource::failure() const {
    if (membership_.failed()) return membership_.failure();
    return fmt::format(
        "the XDP program was taken off interface {}: nothing would be received any more; see "
        "`bpftool net`",
        interface());
}

// Without a frame on the fill ring, too long for a frame, or no room on the receive ring.
std::optional<std::uint64_t> XdpSource::drops() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& socket : sockets_) {
        const auto statistics = socket->statistics();
        if (!statistics) return std::nullopt;
        sum += statistics->rx_dropped + statistics->rx_ring_full;
    }
    return sum;
}

rx::SourceReport XdpSource::report() const {
    rx::SourceReport report;
    std::uint64_t wakeups = 0;
    std::uint64_t zero_copy = 0;
    xdp_statistics sum{};
    for (const auto& socket : sockets_) {
        wakeups += socket->wakeups();
        zero_copy += socket->is_zero_copy() ? 1 : 0;
        const xdp_statistics one = socket->statistics().value_or(xdp_statistics{});
        sum.rx_dropped += one.rx_dropped;
        sum.rx_ring_full += one.rx_ring_full;
        sum.rx_fill_ring_empty_descs += one.rx_fill_ring_empty_descs;
    }
    if (const auto all = drops()) {
        report.drops["socket"] = *all;
        report.counters["dropped_for_fill_ring_or_length"] = sum.rx_dropped;
        report.counters["dropped_for_receive_ring"] = sum.rx_ring_full;
        report.counters["fill_ring_empty"] = sum.rx_fill_ring_empty_descs;
    }
    if (zero_copy > 0 || !drops()) {
        report.counters["drops_not_counted"] =
            zero_copy > 0 ? "zero-copy: what the card drops for want of frames is in `ethtool -S`"
                          : "this kernel counts only a part (Linux before 5.9)";
    }
    report.counters["xdp"] = redirect_->hook() == Hook::native ? "native" : "generic";
    if (!redirect_->native_refusal().empty())
        report.counters["native_refusal"] = redirect_->native_refusal();
    report.counters["copy_mode"] = zero_copy > 0 ? "zero-copy" : "copy";
    report.counters["queues"] = sockets_.size();
    for (const auto& socket : sockets_)
        report.counters[fmt::format("frames_of_queue_{}", socket->queue())] = socket->frames();
    report.counters["wakeups"] = wakeups;
    membership_.add_to_report(report);
    rx::add_to_report(reader_.counters(), report);
    report.counters["fragments_passed"] = redirect_->fragments();
    return report;
}

}  // namespace rxlab::xdp_rx
