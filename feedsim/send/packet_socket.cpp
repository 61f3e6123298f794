// SPDX-License-Identifier: MIT
#include "feedsim/send/packet_socket.hpp"

#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace rxlab::feedsim {
namespace {

// From the range of dynamic ports (RFC 6335).
constexpr std::uint16_t kSourcePort = 49'152;

}  // namespace

PacketSocket::PacketSocket(const wire::Ipv4Endpoint& group, const std::string& interface,
                           std::uint8_t ttl, std::uint16_t vlan)
    : group_{wire::to_string(group)},
      interface_{interface},
      // Protocol 0: this socket receives nothing.
      descriptor_{socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
    if (descriptor_ < 0) {
        throw program::RunError(errno, "open a packet socket",
                                "--transmit packet needs root or the test bed (CAP_NET_RAW)");
    }
    try {
        const NetworkInterface device = NetworkInterface::find(interface);
        fields_ = {.source_mac = device.mac,
                   .source = device.address,
                   .destination = group.address,
                   .source_port = kSourcePort,
                   .destination_port = group.port,
                   .vlan = vlan,
                   .time_to_live = ttl,
                   .udp_checksum = false};
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_ifindex = device.index;
        if (bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            throw program::RunError(errno, "bind a packet socket to " + interface);
        }
    } catch (...) {
        close(descriptor_);
        throw;
    }
}

PacketSocket::~PacketSocket() {
    close(descriptor_);
}

SendResult PacketSocket::send(std::span<const std::byte> payload, latency::Ticks) noexcept {
    const std::span<const std::byte> frame = wire::build_udp_frame(frame_, fields_, payload);
    if (::send(descriptor_, frame.data(), frame.size(), 0) >= 0) [[likely]] {
        return SendResult::sent;
    }
    if (first_error_ == 0) first_error_ = errno;
    if (errno != ENETDOWN && errno != ENODEV && errno != ENXIO) return SendResult::refused;
    first_error_ = errno;
    return SendResult::broken;
}

std::string PacketSocket::failure() const {
    if (first_error_ == 0) return {};
    return fmt::format("send to {} on {}: {}; see `ip -s link show {}`", group_, interface_,
                       std::generic_category().message(first_error_), interface_);
}

}  // namespace rxlab::feedsim
