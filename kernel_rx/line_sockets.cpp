// SPDX-License-Identifier: MIT
#include "line_sockets.hpp"

#include "busy_poll.hpp"
#include "socket_setup.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

namespace rxlab::kernel_rx {
namespace {

// The stamp is of CLOCK_REALTIME. An impossible age (the clock was set) counts as the nearest
// possible one; at least 1, because 0 stands for "no stamp".
std::uint32_t age_ns(const timespec& stamp) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const std::int64_t age =
        (now.tv_sec - stamp.tv_sec) * 1'000'000'000 + now.tv_nsec - stamp.tv_nsec;
    constexpr std::int64_t kMax = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(age, 1, kMax));
}

}  // namespace

LineSockets::LineSockets(std::span<const rx::Line> lines, const std::string& interface,
                         const SocketOptions& options)
    : interface_{interface},
      options_{options},
      index_{ready_interface_index(interface, options.link_wait_s)},
      at_start_{read_host_counters(index_)},
      link_{index_, interface, options.link_wait_s} {
    for (const rx::Line& line : lines) {
        program::Descriptor descriptor{open_group_socket(
            line, interface, index_, options.receive_buffer_bytes, options.kernel_timestamps)};
        if (options.mode == Mode::busy_poll)
            prefers_busy_polling_ = busy_poll_socket(descriptor.get(), options.busy_poll);
        const int bytes = receive_buffer_bytes(descriptor.get());
        sockets_.push_back({std::move(descriptor), line, bytes});
    }
    link::warn_of_no_source("kernel_rx", lines);
}

void LineSockets::fail_unless_temporary(int error, const char* operation) noexcept {
    if (error != EAGAIN && error != EINTR) fail(error, operation);
}

rx::PacketView LineSockets::view_of(const Socket& socket, const std::byte* payload,
                                    std::size_t bytes, const sockaddr_in& sender) noexcept {
    return {{payload, bytes}, socket.line.id, ntohl(sender.sin_addr.s_addr)};
}

void LineSockets::read_control(const msghdr& message, rx::PacketView& out) noexcept {
    msghdr walked = message;  // CMSG_NXTHDR wants it without const
    for (cmsghdr* each = CMSG_FIRSTHDR(&walked); each != nullptr;
         each = CMSG_NXTHDR(&walked, each)) {
        if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec stamp;
        std::memcpy(&stamp, CMSG_DATA(each), sizeof stamp);
        out.kernel_age_ns = age_ns(stamp);
    }
}

void LineSockets::look_at_link() noexcept {
    polls_until_look_ = kPollsPerLook;
    if (link_.look() != link::LinkWatch::Seen::link_is_back) return;
    for (const Socket& socket : sockets_) {
        const int error = link::join_anew(socket.descriptor.get(), socket.line, index_);
        if (error != 0) fail(error, "join the groups again after the link was down");
    }
}

void LineSockets::leave_groups() noexcept {
    for (const Socket& socket : sockets_)
        static_cast<void>(leave(socket.descriptor.get(), socket.line, index_));
}

std::string LineSockets::failure() const {
    if (link_.lost()) return link_.loss_text();
    return fmt::format("{}: {}", operation_, std::generic_category().message(error_));
}

// SO_MEMINFO holds the socket's counter itself.
std::uint64_t LineSockets::drops() const noexcept {
    std::uint64_t dropped = 0;
    for (const Socket& socket : sockets_) {
        std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
        socklen_t size = sizeof info;
        getsockopt(socket.descriptor.get(), SOL_SOCKET, SO_MEMINFO, info.data(), &size);
        dropped += info[SK_MEMINFO_DROPS];
    }
    return dropped;
}

rx::SourceReport LineSockets::report() const {
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
    if (options_.busy_poll.us_max > 0) report_busy_polling(report);
    for (const auto& [name, value] : changed)
        report.counters[name] = value;
    return report;
}

// A socket learns its id from the packets that it gets.
void LineSockets::report_busy_polling(rx::SourceReport& report) const {
    const auto with_id = std::ranges::count_if(
        sockets_, [](const Socket& socket) { return has_napi(socket.descriptor.get()); });
    report.counters["busy_poll_us"] = options_.busy_poll.us_max;
    if (options_.mode == Mode::busy_poll)
        report.counters["busy_poll_preferred"] = prefers_busy_polling_ ? 1 : 0;
    report.counters["sockets_with_napi_id"] = with_id;
    if (with_id == 0)
        report.counters["busy_poll"] =
            fmt::format("nothing to poll: no packet came with a NAPI id ({})", kNapiRemedy);
}

}  // namespace rxlab::kernel_rx
