// SPDX-License-Identifier: MIT
#include "feedsim/send/socket_transmitters.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/wire/ethernet.hpp>
#include <rxlab/wire/socket_address.hpp>

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace rxlab::feedsim {
namespace {

constexpr int kSendBufferBytes = 4 << 20;
// From the range of dynamic ports (RFC 6335).
constexpr std::uint16_t kSourcePort = 49'152;

// An interface that packets can be sent from, as the kernel describes it.
struct NetworkInterface {
    int index;
    wire::MacAddress mac;   // zeros if it has none (lo)
    std::uint32_t address;  // first IPv4 address, host order; 0 if it has none
};

// Throws program::RunError unless the interface exists and is up (netdevice(7)).
NetworkInterface find_interface(const std::string& name) {
    const unsigned index = if_nametoindex(name.c_str());
    if (index == 0) throw program::RunError(errno, "use interface " + name, "see `ip link`");
    const program::Descriptor probe{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (probe.get() < 0) throw program::RunError(errno, "open a socket");
    ifreq answer{};
    name.copy(answer.ifr_name, IFNAMSIZ - 1);
    const auto ask = [&](unsigned long request) {
        return ioctl(probe.get(), request, &answer) == 0;
    };
    if (!ask(SIOCGIFFLAGS)) throw program::RunError(errno, "read the flags of interface " + name);
    if ((answer.ifr_flags & IFF_UP) == 0) {
        throw program::RunError(ENETDOWN, "use interface " + name,
                                fmt::format("`ip link set {} up` starts it", name));
    }
    NetworkInterface found{static_cast<int>(index), {}, 0};
    if (ask(SIOCGIFHWADDR)) std::memcpy(&found.mac, answer.ifr_hwaddr.sa_data, sizeof found.mac);
    if (ask(SIOCGIFADDR)) {
        sockaddr_in ip{};
        std::memcpy(&ip, &answer.ifr_addr, sizeof ip);
        found.address = ntohl(ip.sin_addr.s_addr);
    }
    return found;
}

template <typename T>
void set_option(int socket, int level, int option, const T& value, const std::string& operation) {
    if (setsockopt(socket, level, option, &value, sizeof value) != 0)
        throw program::RunError(errno, operation);
}

}  // namespace

SendResult SocketTransmitter::result_of(ssize_t sent_bytes) noexcept {
    if (sent_bytes >= 0) [[likely]]
        return SendResult::sent;
    if (first_error_ == 0) first_error_ = errno;
    if (errno != ENETDOWN && errno != ENODEV && errno != ENXIO && errno != ENETUNREACH)
        return SendResult::refused;
    first_error_ = errno;
    return SendResult::broken;
}

std::string SocketTransmitter::failure() const {
    if (first_error_ == 0) return {};
    return fmt::format("send to {} on {}: {}; see `ip -s link show {}`", group_, interface_,
                       std::generic_category().message(first_error_), interface_);
}

MulticastSocket::MulticastSocket(const wire::Ipv4Endpoint& group, const std::string& interface,
                                 int ttl, bool loop)
    : SocketTransmitter{group, interface} {
    socket_ = program::Descriptor{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const int fd = socket_.get();
    if (fd < 0) throw program::RunError(errno, "open a UDP socket for " + group_);
    const std::string where = fmt::format("{} on {}", group_, interface_);
    ip_mreqn through{};
    through.imr_ifindex = find_interface(interface_).index;
    set_option(fd, IPPROTO_IP, IP_MULTICAST_IF, through, "send to " + where);
    set_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, ttl, "set the TTL of " + where);
    set_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, static_cast<int>(loop),
               "set multicast loop of " + where);
    // The kernel grants at most net.core.wmem_max; a burst that does not fit is refused and
    // counted.
    set_option(fd, SOL_SOCKET, SO_SNDBUF, kSendBufferBytes, "set the send buffer of " + where);
    const sockaddr_in address = wire::to_sockaddr(group);
    // A connected socket looks the route up once, not for each packet.
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw program::RunError(errno, "connect to " + where,
                                "`ip address` shows whether it has an address");
    }
}

SendResult MulticastSocket::send(std::span<const std::byte> payload, latency::Ticks) noexcept {
    return result_of(::send(socket_.get(), payload.data(), payload.size(), 0));
}

PacketSocket::PacketSocket(const wire::Ipv4Endpoint& group, const std::string& interface,
                           std::uint8_t ttl, std::uint16_t vlan)
    : SocketTransmitter{group, interface} {
    // Protocol 0: this socket receives nothing.
    socket_ = program::Descriptor{socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (socket_.get() < 0) {
        throw program::RunError(errno, "open a packet socket",
                                "--transmit packet needs root or the test bed (CAP_NET_RAW)");
    }
    const NetworkInterface device = find_interface(interface);
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
    if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw program::RunError(errno, "bind a packet socket to " + interface);
}

SendResult PacketSocket::send(std::span<const std::byte> payload, latency::Ticks) noexcept {
    const std::span<const std::byte> frame = wire::build_udp_frame(frame_, fields_, payload);
    return result_of(::send(socket_.get(), frame.data(), frame.size(), 0));
}

}  // namespace rxlab::feedsim
