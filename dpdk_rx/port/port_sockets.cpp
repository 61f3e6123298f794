// SPDX-License-Identifier: MIT
#include "dpdk_rx/port/port_sockets.hpp"

#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

namespace rxlab::dpdk_rx {
namespace {

#ifndef SOL_XDP
constexpr int SOL_XDP = 283;  // not in every C library
#endif

int domain_of(int descriptor) noexcept {
    int domain = -1;
    socklen_t size = sizeof domain;
    return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 ? domain : -1;
}

bool is_bound_to(int descriptor, unsigned interface_index) noexcept {
    sockaddr_ll address{};
    socklen_t size = sizeof address;
    return getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
           address.sll_family == AF_PACKET &&
           address.sll_ifindex == static_cast<int>(interface_index);
}

// Since the last reading, whoever that was.
std::uint64_t lost_by_packet_socket(int descriptor) noexcept {
    tpacket_stats statistics{};
    socklen_t size = sizeof statistics;
    getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &statistics, &size);
    return statistics.tp_drops;
}

// Since the socket was opened: no buffer to fill, or no room in the receive ring. Nothing on
// kernels before 5.9, which do not tell the second.
std::optional<std::uint64_t> lost_by_xdp_socket(int descriptor) noexcept {
    xdp_statistics statistics{};
    socklen_t size = sizeof statistics;
    if (getsockopt(descriptor, SOL_XDP, XDP_STATISTICS, &statistics, &size) != 0 ||
        size < sizeof statistics)
        return std::nullopt;
    return statistics.rx_dropped + statistics.rx_ring_full;
}

// Of this process.
template <typename Visitor>
void for_each_descriptor(Visitor&& visitor) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd", ignored}) {
        const std::string name = entry.path().filename();
        int descriptor = -1;
        std::from_chars(name.data(), name.data() + name.size(), descriptor);
        visitor(descriptor);
    }
}

}  // namespace

PortSockets::PortSockets(unsigned interface_index, std::span<const int> not_these) {
    for_each_descriptor([&](int descriptor) {
        const int domain = domain_of(descriptor);
        if (domain == AF_PACKET && is_bound_to(descriptor, interface_index)) {
            sockets_.push_back({descriptor, true, 0});
        } else if (domain == AF_XDP &&
                   std::ranges::find(not_these, descriptor) == not_these.end()) {
            const auto lost = lost_by_xdp_socket(descriptor);
            if (lost) sockets_.push_back({descriptor, false, *lost});
        }
    });
    lost_before_ = lost();  // resets those of AF_PACKET
    for (const Socket& socket : sockets_)
        lost_before_ += socket.lost_before;
    lost_ = 0;
}

std::vector<int> PortSockets::open_xdp_sockets() {
    std::vector<int> found;
    for_each_descriptor([&](int descriptor) {
        if (domain_of(descriptor) == AF_XDP) found.push_back(descriptor);
    });
    return found;
}

std::uint64_t PortSockets::lost() noexcept {
    std::uint64_t total = 0;
    for (const Socket& socket : sockets_) {
        if (socket.resets) {
            lost_ += lost_by_packet_socket(socket.descriptor);
        } else {
            const std::uint64_t lost = lost_by_xdp_socket(socket.descriptor).value_or(0);
            if (lost > socket.lost_before) total += lost - socket.lost_before;
        }
    }
    return total + lost_;
}

}  // namespace rxlab::dpdk_rx
