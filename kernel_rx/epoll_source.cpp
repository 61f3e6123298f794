// SPDX-License-Identifier: MIT
#include "epoll_source.hpp"

#include "busy_poll.hpp"
#include "socket_setup.hpp"

#include <rxlab/program/errors.hpp>

#include <cerrno>

namespace rxlab::kernel_rx {

EpollSource::EpollSource(std::span<const rx::Line> lines, const std::string& interface,
                         const SocketOptions& options)
    : OneByOne{lines, interface, options}, epoll_{epoll_create1(EPOLL_CLOEXEC)} {
    if (epoll_.get() < 0) throw program::RunError(errno, "create an epoll instance");
    if (options.busy_poll.us_max > 0) busy_poll_epoll(epoll_.get(), options.busy_poll);
    for (std::size_t i = 0; i < sockets_.size(); ++i)
        watch(sockets_[i].descriptor.get(), static_cast<std::uint32_t>(i), name_of(lines[i]));
    for (const Port& port : ports()) {
        if (port.link.descriptor() < 0) continue;
        watch(port.link.descriptor(), kLink, "the link of " + port.of.name);
    }
}

void EpollSource::watch(int descriptor, std::uint32_t number, const std::string& what) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = number;
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0)
        throw program::RunError(errno, "watch " + what);
}

std::size_t EpollSource::poll(std::span<rx::PacketView> batch) noexcept {
    const std::size_t received = receive(batch[0]);
    if (received == 0) [[unlikely]]
        found_nothing();
    return received;
}

// Serves the sockets that the last epoll_wait reported, one datagram each and in turn, before it
// waits again. Where more than kReadyMax are ready, the kernel reports the others first the next
// time (epoll_wait(2), "round robin"): no feed can starve another.
// [snippet: epoll-poll]
std::size_t EpollSource::receive(rx::PacketView& out) noexcept {
    if (ready_next_ == ready_count_ && !wait()) return 0;
    const std::uint32_t number = ready_[static_cast<std::size_t>(ready_next_++)].data.u32;
    if (number == kLink) [[unlikely]]
        return 0;
    return receive_from(sockets_[number], MSG_DONTWAIT, out) ? 1 : 0;
}

bool EpollSource::wait() noexcept {
    ready_next_ = 0;
    ready_count_ = epoll_wait(epoll_.get(), ready_.data(), kReadyMax, options_.sleep_ms_max);
    if (ready_count_ > 0) return true;
    if (ready_count_ < 0) fail_unless_temporary(errno, "wait for the sockets");
    ready_count_ = 0;
    return false;
}
// [end: epoll-poll]

}  // namespace rxlab::kernel_rx
