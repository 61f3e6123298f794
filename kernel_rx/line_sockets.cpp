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
#include <exception>
#include <limits>
#include <string_view>
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

// Not of the whole network namespace.
bool is_of_interface(const HostCounters::value_type& counter) {
    return counter.first.starts_with("interface_");
}

}  // namespace

LineSockets::LineSockets(std::span<const rx::Line> lines, const std::string& interface,
                         const SocketOptions& options)
    : options_{options} {
    for (const rx::Line& line : lines) {
        const std::size_t number = port_of(line, interface);
        const Port& port = ports_[number];
        program::Descriptor descriptor{open_group_socket(line, port.of.name, port.index, options)};
        if (options.mode == Mode::busy_poll)
            prefers_busy_polling_ = busy_poll_socket(descriptor.get(), options.busy_poll);
        const int bytes = receive_buffer_bytes(descriptor.get());
        sockets_.push_back({std::move(descriptor), line, bytes, number});
    }
    for (const Port& port : ports_)
        interface_ += (interface_.empty() ? "" : ", ") + port.of.name;
    link::warn_of_no_source("kernel_rx", lines);
}

// The interface of a line, which is there and has its link from here on.
std::size_t LineSockets::port_of(const rx::Line& line, const std::string& interface) {
    const std::string& name = line.interface.empty() ? interface : line.interface;
    const auto known = std::ranges::find(
        ports_, name, [](const Port& port) { return std::string_view{port.of.name}; });
    const auto number = static_cast<std::size_t>(known - ports_.begin());
    if (known == ports_.end()) {
        const unsigned index = ready_interface_index(name, options_.link_wait_s);
        ports_.push_back({{name, {}},
                          index,
                          read_host_counters(index),
                          {index, name, options_.link_wait_s},
                          {}});
        if (options_.hardware_timestamps)
            ports_.back().stamps = std::make_unique<HardwareStamps>(name);
    }
    ports_[number].of.lines.push_back(line);
    return number;
}

void LineSockets::fail_unless_temporary(int error, const char* operation) noexcept {
    if (error != EAGAIN && error != EINTR) fail(error, operation);
}

rx::PacketView LineSockets::view_of(Socket& socket, const std::byte* payload, std::size_t bytes,
                                    const sockaddr_in& sender) noexcept {
    ++socket.packets;
    return {{payload, bytes}, socket.line.id, ntohl(sender.sin_addr.s_addr)};
}

void LineSockets::read_control(const msghdr& message, const Socket& socket,
                               rx::PacketView& out) noexcept {
    const PacketStamps stamps = stamps_of(message);
    if (stamps.kernel) out.ages.kernel_ns = age_ns(*stamps.kernel);
    if (HardwareStamps* const card = ports_[socket.port].stamps.get(); card != nullptr)
        out.ages.nic_ns = card->age_ns(stamps.nic);
}

void LineSockets::look_at_links() noexcept {
    polls_until_look_ = kPollsPerLook;
    for (std::size_t i = 0; i < ports_.size(); ++i) {
        Port& port = ports_[i];
        if (port.stamps) port.stamps->keep_up();
        if (port.link.look() == link::LinkWatch::Seen::link_is_back) join_anew(i);
        if (is_lost(port) != port.lost) note(port);
    }
}

void LineSockets::join_anew(std::size_t port) noexcept {
    ports_[port].join_error = 0;
    for (const Socket& socket : sockets_) {
        if (socket.port != port) continue;
        const int error = link::join_anew(socket.descriptor.get(), socket.line, ports_[port].index);
        if (error != 0) ports_[port].join_error = error;
    }
}

bool LineSockets::is_lost(const Port& port) noexcept {
    return port.link.lost() || port.join_error != 0;
}

std::string LineSockets::loss_of(const Port& port) {
    if (port.link.lost() || port.join_error == 0) return port.link.loss_text();
    return fmt::format("join the groups on {} again after the link was down: {}", port.of.name,
                       std::generic_category().message(port.join_error));
}

void LineSockets::note(Port& port) noexcept {
    port.lost = is_lost(port);
    lost_ += port.lost ? std::size_t{1} : static_cast<std::size_t>(-1);
    if (failed()) return;  // the run's end says why
    try {
        rx::tell_of_port("kernel_rx", port.of.name, port.lost ? loss_of(port) : std::string{});
    } catch (const std::exception&) {  // no memory for a text
    }
}

void LineSockets::leave_groups() noexcept {
    for (const Socket& socket : sockets_)
        static_cast<void>(leave(socket.descriptor.get(), socket.line, ports_[socket.port].index));
}

std::string LineSockets::failure() const {
    if (error_ != 0)
        return fmt::format("{}: {}", operation_, std::generic_category().message(error_));
    std::string text;
    for (const Port& port : ports_)
        text += (text.empty() ? "" : "; ") + loss_of(port);
    return text;
}

std::uint64_t LineSockets::drops() const noexcept {
    return drops_of(std::nullopt);
}

// SO_MEMINFO holds the socket's counter itself. Nothing: of all interfaces.
std::uint64_t LineSockets::drops_of(std::optional<std::size_t> port) const noexcept {
    std::uint64_t dropped = 0;
    for (const Socket& socket : sockets_) {
        if (port && socket.port != *port) continue;
        std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
        socklen_t size = sizeof info;
        getsockopt(socket.descriptor.get(), SOL_SOCKET, SO_MEMINFO, info.data(), &size);
        dropped += info[SK_MEMINFO_DROPS];
    }
    return dropped;
}

std::uint64_t LineSockets::packets_of(std::size_t port) const noexcept {
    std::uint64_t packets = 0;
    for (const Socket& socket : sockets_)
        packets += socket.port == port ? socket.packets : 0;
    return packets;
}

rx::SourceReport LineSockets::report() const {
    rx::SourceReport report;
    int smallest_buffer_bytes = sockets_.front().receive_buffer_bytes;
    for (const Socket& socket : sockets_) {
        smallest_buffer_bytes = std::min(smallest_buffer_bytes, socket.receive_buffer_bytes);
    }
    const std::uint64_t dropped = drops();
    // Read after the sockets' own: what was dropped in between is then in theirs, too.
    const Port& first = ports_.front();
    HostCounters changed = changes(first.at_start, read_host_counters(first.index));
    report.drops["socket"] = dropped;
    report.counters = explain_drops(dropped, changed);
    report.counters["receive_buffer_bytes"] = smallest_buffer_bytes;
    std::uint64_t losses = 0;
    std::uint64_t down_ms = 0;
    for (const Port& port : ports_) {
        losses += port.link.losses();
        down_ms += port.link.down_ms();
    }
    report.counters["link_losses"] = losses;
    report.counters["link_down_ms"] = down_ms;
    if (options_.busy_poll.us_max > 0) report_busy_polling(report);
    if (first.stamps && ports_.size() == 1)
        report.counters["hardware_timestamps"] = first.stamps->report();
    if (ports_.size() > 1) {
        std::erase_if(changed, is_of_interface);
        report.counters["ports"] = ports_report();
    }
    for (const auto& [name, value] : changed)
        report.counters[name] = value;
    return report;
}

nlohmann::ordered_json LineSockets::ports_report() const {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < ports_.size(); ++i) {
        const Port& port = ports_[i];
        nlohmann::ordered_json one =
            rx::port_json(port.of, packets_of(i), port.lost ? loss_of(port) : std::string{});
        one["drops"] = {{"socket", drops_of(i)}};
        one["link_losses"] = port.link.losses();
        one["link_down_ms"] = port.link.down_ms();
        if (port.stamps) one["hardware_timestamps"] = port.stamps->report();
        for (const auto& each : changes(port.at_start, read_host_counters(port.index)))
            if (is_of_interface(each)) one[each.first] = each.second;
        list.push_back(std::move(one));
    }
    return list;
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
