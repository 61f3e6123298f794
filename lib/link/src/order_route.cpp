// SPDX-License-Identifier: MIT
#include <rxlab/link/order_route.hpp>
#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/socket_address.hpp>

#include <fmt/format.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace rxlab::link {
namespace {

using namespace std::chrono_literals;

// From the range of dynamic ports (RFC 6335).
constexpr std::uint16_t kSourcePort = 49'153;
constexpr std::uint8_t kTimeToLive = 64;
constexpr std::uint16_t kDiscard = 9;  // RFC 863
constexpr std::chrono::milliseconds kWait = 3s, kLook = 5ms;

wire::MacAddress mac_of(const sockaddr& address) {
    wire::MacAddress mac;
    std::memcpy(mac.data(), address.sa_data, mac.size());
    return mac;
}

ifreq request_of(const std::string& interface) {
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
}

// What the kernel knows of a neighbour (arp(7)).
std::optional<wire::MacAddress> known_neighbour(int socket, const std::string& interface,
                                                std::uint32_t address) {
    arpreq request{};
    const sockaddr_in peer = wire::to_sockaddr({address, 0});
    std::memcpy(&request.arp_pa, &peer, sizeof peer);
    interface.copy(request.arp_dev, sizeof request.arp_dev - 1);
    if (ioctl(socket, SIOCGARP, &request) != 0 || (request.arp_flags & ATF_COM) == 0) return {};
    return mac_of(request.arp_ha);
}

// An empty datagram to its discard port makes the kernel ask for a neighbour's address.
wire::MacAddress find_neighbour(int socket, const std::string& interface, std::uint32_t address) {
    static_cast<void>(setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(),
                                 static_cast<socklen_t>(interface.size() + 1)));
    const sockaddr_in peer = wire::to_sockaddr({address, kDiscard});
    const auto until = std::chrono::steady_clock::now() + kWait;
    do {
        if (const auto mac = known_neighbour(socket, interface, address)) return *mac;
        static_cast<void>(sendto(socket, nullptr, 0, MSG_DONTWAIT,
                                 reinterpret_cast<const sockaddr*>(&peer), sizeof peer));
        std::this_thread::sleep_for(kLook);
    } while (std::chrono::steady_clock::now() < until);
    throw program::RunError(
        fmt::format("send orders to {} on {}: nobody there has that address; if it is behind a "
                    "router, give that one's: --respond-mac",
                    wire::ipv4_to_string(address), interface));
}

}  // namespace

wire::UdpFrame order_route(const std::string& interface, const rx::Options& options,
                           const std::optional<wire::MacAddress>& mac) {
    const program::Descriptor probe{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (probe.get() < 0) throw program::RunError(errno, "open a socket");
    const bool has_interface = !interface.empty();
    if (!has_interface && (!options.respond_mac || !options.respond_from)) {
        throw program::UsageError(
            "--respond: this port has no interface of the kernel's to ask for addresses; give "
            "--respond-from and --respond-mac");
    }
    wire::UdpFrame route;
    route.destination = options.respond->address;
    route.destination_port = options.respond->port;
    route.source_port = kSourcePort;
    route.time_to_live = kTimeToLive;
    route.udp_checksum = false;  // as it would be another for each order
    if (mac) {
        route.source_mac = *mac;
    } else {
        ifreq request = request_of(interface);
        if (ioctl(probe.get(), SIOCGIFHWADDR, &request) != 0)
            throw program::RunError(errno, "read the MAC address of " + interface);
        route.source_mac = mac_of(request.ifr_hwaddr);
    }
    if (options.respond_from) {
        route.source = *options.respond_from;
    } else {
        ifreq request = request_of(interface);
        if (ioctl(probe.get(), SIOCGIFADDR, &request) != 0) {
            throw program::RunError(errno, "read the IPv4 address of " + interface,
                                    "give --respond-from");
        }
        sockaddr_in own{};
        std::memcpy(&own, &request.ifr_addr, sizeof own);
        route.source = ntohl(own.sin_addr.s_addr);
    }
    route.destination_mac = options.respond_mac
                                ? *options.respond_mac
                                : find_neighbour(probe.get(), interface, route.destination);
    return route;
}

}  // namespace rxlab::link
