// SPDX-License-Identifier: MIT
#include "socket_source.hpp"

#include "socket_setup.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/wire/address.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/time.h>
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
      index_{ready_interface_index(interface, options.link_wait_s)},
      at_start_{read_host_counters(index_)},
      link_{index_, interface, options.link_wait_s},
      buffer_{std::make_unique<std::byte[]>(kBufferBytes)} {
    for (const rx::Line& line : lines) {
        program::Descriptor descriptor{open_group_socket(
            line, interface, index_, options.receive_buffer_bytes, options.kernel_timestamps)};
        const int bytes = receive_buffer_bytes(descriptor.get());
        sockets_.push_back({std::move(descriptor), line, bytes, 0});
    }
    link::warn_of_no_source("kernel_rx", lines);
    if (options.mode == Mode::spin) return;
    if (sleeps_in_receive()) {
        const timeval sleep{options.sleep_ms_max / 1'000, options.sleep_ms_max % 1'000 * 1'000};
        if (setsockopt(sockets_.front().descriptor.get(), SOL_SOCKET, SO_RCVTIMEO, &sleep,
                       sizeof sleep) != 0)
            throw program::RunError(errno, "set SO_RCVTIMEO for " + name_of(lines[0]));
        return;
    }
    epoll_ = program::Descriptor{epoll_create1(EPOLL_CLOEXEC)};
    if (epoll_.get() < 0) throw program::RunError(errno, "create an epoll instance");
    for (std::size_t i = 0; i < sockets_.size(); ++i)
        watch(sockets_[i].descriptor.get(), static_cast<std::uint32_t>(i), name_of(lines[i]));
    if (link_.descriptor() >= 0) watch(link_.descriptor(), kLink, "the link of " + interface);
}

void SocketSource::watch(int descriptor, std::uint32_t number, const std::string& what) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = number;
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0)
        throw program::RunError(errno, "watch " + what);
}

std::size_t SocketSource::poll(std::span<rx::PacketView> batch) noexcept {
    const std::size_t received = receive(batch[0]);
    if (received == 0) [[unlikely]]
        look_at_link();
    return received;
}

std::size_t SocketSource::receive(rx::PacketView& out) noexcept {
    if (options_.mode == Mode::spin) return poll_in_turn(out);
    if (sleeps_in_receive()) return receive_from(sockets_.front(), 0, out) ? 1 : 0;
    return poll_ready(out);
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
    const std::uint32_t number = ready_[static_cast<std::size_t>(ready_next_++)].data.u32;
    if (number == kLink) [[unlikely]]
        return 0;
    Socket& socket = sockets_[number];
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
    out = {{buffer_.get(), static_cast<std::size_t>(bytes)},
           socket.line.id,
           ntohl(sender.sin_addr.s_addr)};
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
    out = {{buffer_.get(), static_cast<std::size_t>(bytes)},
           socket.line.id,
           ntohl(sender.sin_addr.s_addr)};
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

// Mode block is here after a sleep; it can afford to look each time.
void SocketSource::look_at_link() noexcept {
    if (options_.mode == Mode::spin && --polls_until_look_ != 0) return;
    polls_until_look_ = kPollsPerLook;
    if (link_.look() == link::LinkWatch::Seen::link_is_back) join_anew();
}

// Linux keeps a membership while the link is down, and reports it again only where the interface
// was set down and up (seen on 6.18). Left and joined, it reports; one report, where nobody else on
// this host is a member.
void SocketSource::join_anew() noexcept {
    for (const Socket& socket : sockets_) {
        static_cast<void>(leave(socket.descriptor.get(), socket.line, index_));
        const int error = join(socket.descriptor.get(), socket.line, index_);
        // ENODEV: it is gone already, which the next look will be told.
        if (error == 0 || error == ENODEV) continue;
        error_ = error;
        operation_ = "join the groups again after the link was down";
    }
}

std::string SocketSource::failure() const {
    if (link_.lost()) return link_.loss_text();
    return fmt::format("{}: {}", operation_, std::generic_category().message(error_));
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
    const std::uint64_t dropped = drops();
    // Read after the sockets' own: what was dropped in between is then in theirs, too.
    const HostCounters changed = changes(at_start_, read_host_counters(index_));
    report.drops["socket"] = dropped;
    report.counters = explain_drops(dropped, changed);
    report.counters["receive_buffer_bytes"] = smallest_buffer_bytes;
    report.counters["link_losses"] = link_.losses();
    report.counters["link_down_ms"] = link_.down_ms();
    for (const auto& [name, value] : changed)
        report.counters[name] = value;
    return report;
}

}  // namespace rxlab::kernel_rx
