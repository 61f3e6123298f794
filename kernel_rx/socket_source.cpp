// SPDX-License-Identifier: MIT
#include "socket_source.hpp"

#include "socket_setup.hpp"

#include <rxlab/program/errors.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

namespace rxlab::kernel_rx {
namespace {

// The stamp is of CLOCK_REALTIME. An age that cannot be (the clock was set) counts as the nearest
// that can; at least 1, because 0 stands for "no stamp".
std::uint32_t age_ns(const timespec& stamp) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const std::int64_t age =
        (now.tv_sec - stamp.tv_sec) * 1'000'000'000 + now.tv_nsec - stamp.tv_nsec;
    constexpr std::int64_t kMax = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(age, 1, kMax));
}

}  // namespace

SocketSource::SocketSource(std::span<const rx::Line> lines, const std::string& interface,
                           const SocketOptions& options)
    : interface_{interface},
      options_{options},
      buffer_{std::make_unique<std::byte[]>(kBufferBytes)} {
    const unsigned index = ready_interface_index(interface);
    for (const rx::Line& line : lines) {
        Descriptor descriptor{open_group_socket(
            line.group, interface, index, options.receive_buffer_bytes, options.kernel_timestamps)};
        const int bytes = receive_buffer_bytes(descriptor.get());
        sockets_.push_back({std::move(descriptor), line.id, bytes, 0});
    }
    if (options.mode == Mode::spin || sleeps_in_receive()) return;
    epoll_ = Descriptor{epoll_create1(EPOLL_CLOEXEC)};
    if (epoll_.get() < 0) throw program::RunError(errno, "create an epoll instance");
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u32 = static_cast<std::uint32_t>(i);
        if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, sockets_[i].descriptor.get(), &event) != 0) {
            throw program::RunError(errno, "watch " + wire::to_string(lines[i].group));
        }
    }
}

std::size_t SocketSource::poll(std::span<rx::PacketView> batch) noexcept {
    if (options_.mode == Mode::spin) return poll_in_turn(batch[0]);
    if (sleeps_in_receive()) return receive_from(sockets_.front(), 0, batch[0]) ? 1 : 0;
    return poll_ready(batch[0]);
}

// Begins behind the socket that was asked last: no feed can starve another.
// [snippet: socket-poll]
std::size_t SocketSource::poll_in_turn(rx::PacketView& out) noexcept {
    for (std::size_t asked = 0; asked < sockets_.size(); ++asked) {
        Socket& socket = sockets_[next_];
        if (++next_ == sockets_.size()) next_ = 0;
        if (receive_from(socket, MSG_DONTWAIT, out)) return 1;
    }
    return 0;
}
// [end: socket-poll]

// Serves the sockets that the last epoll_wait reported, one datagram each and in turn, before it
// waits again. Where more than kReadyMax are ready, the kernel reports the others first the next
// time (epoll_wait(2), "round robin"): no feed can starve another here, either.
std::size_t SocketSource::poll_ready(rx::PacketView& out) noexcept {
    if (ready_next_ == ready_count_) {
        ready_next_ = 0;
        ready_count_ = epoll_wait(epoll_.get(), ready_.data(), kReadyMax, options_.sleep_ms_max);
        if (ready_count_ < 0) {
            if (errno != EINTR) error_ = errno;
            ready_count_ = 0;
        }
        if (ready_count_ == 0) return 0;
    }
    Socket& socket = sockets_[ready_[static_cast<std::size_t>(ready_next_++)].data.u32];
    return receive_from(socket, MSG_DONTWAIT, out) ? 1 : 0;
}

// Without stamps recvfrom(2) will do: the kernel need not fetch and check a msghdr for each packet.
bool SocketSource::receive_from(Socket& socket, int flags, rx::PacketView& out) noexcept {
    if (options_.kernel_timestamps) return receive_stamped(socket, flags, out);
    sockaddr_in sender;
    socklen_t sender_bytes = sizeof sender;
    const ssize_t bytes = recvfrom(socket.descriptor.get(), buffer_.get(), kBufferBytes, flags,
                                   reinterpret_cast<sockaddr*>(&sender), &sender_bytes);
    if (bytes < 0) [[unlikely]] {
        if (errno != EAGAIN && errno != EINTR) error_ = errno;
        return false;
    }
    out = {
        {buffer_.get(), static_cast<std::size_t>(bytes)}, socket.id, ntohl(sender.sin_addr.s_addr)};
    return true;
}

bool SocketSource::receive_stamped(Socket& socket, int flags, rx::PacketView& out) noexcept {
    sockaddr_in sender;
    iovec vector{buffer_.get(), kBufferBytes};
    alignas(cmsghdr)
        std::array<std::byte, CMSG_SPACE(sizeof(timespec)) + CMSG_SPACE(sizeof(std::uint32_t))>
            control;
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t bytes = recvmsg(socket.descriptor.get(), &message, flags);
    if (bytes < 0) [[unlikely]] {
        if (errno != EAGAIN && errno != EINTR) error_ = errno;
        return false;
    }
    out = {
        {buffer_.get(), static_cast<std::size_t>(bytes)}, socket.id, ntohl(sender.sin_addr.s_addr)};
    // The kernel attaches SO_RXQ_OVFL only once something was dropped.
    if (message.msg_controllen != 0) [[unlikely]]
        read_control(socket, message, out);
    return true;
}

void SocketSource::read_control(Socket& socket, const msghdr& message,
                                rx::PacketView& out) noexcept {
    msghdr walked = message;  // CMSG_NXTHDR wants it without const
    for (cmsghdr* each = CMSG_FIRSTHDR(&walked); each != nullptr;
         each = CMSG_NXTHDR(&walked, each)) {
        if (each->cmsg_level != SOL_SOCKET) continue;
        if (each->cmsg_type == SO_RXQ_OVFL) {
            std::memcpy(&socket.overflows, CMSG_DATA(each), sizeof socket.overflows);
        } else if (each->cmsg_type == SCM_TIMESTAMPNS) {
            timespec stamp;
            std::memcpy(&stamp, CMSG_DATA(each), sizeof stamp);
            out.kernel_age_ns = age_ns(stamp);
        }
    }
}

std::string SocketSource::failure() const {
    return "receive from a socket: " + std::generic_category().message(error_);
}

// SO_MEMINFO holds the socket's counter itself. SO_RXQ_OVFL comes with a packet (and only
// recvmsg(2) shows it), so drops after the last packet are missing from it. The larger of the two
// is the truth.
std::uint64_t SocketSource::drops() const noexcept {
    std::uint64_t dropped = 0;
    for (const Socket& socket : sockets_) {
        std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
        socklen_t size = sizeof info;
        getsockopt(socket.descriptor.get(), SOL_SOCKET, SO_MEMINFO, info.data(), &size);
        dropped += std::max(info[SK_MEMINFO_DROPS], socket.overflows);
    }
    return dropped;
}

rx::SourceReport SocketSource::report() const {
    rx::SourceReport report;
    int smallest_buffer_bytes = sockets_.front().receive_buffer_bytes;
    for (const Socket& socket : sockets_) {
        smallest_buffer_bytes = std::min(smallest_buffer_bytes, socket.receive_buffer_bytes);
    }
    report.drops["socket"] = drops();
    report.counters["receive_buffer_bytes"] = smallest_buffer_bytes;
    return report;
}

}  // namespace rxlab::kernel_rx
