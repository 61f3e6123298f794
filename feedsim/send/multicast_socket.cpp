// SPDX-License-Identifier: MIT
#include "feedsim/send/multicast_socket.hpp"

#include "feedsim/send/network_interface.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/wire/socket_address.hpp>

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace rxlab::feedsim {

namespace {

constexpr int kSendBufferBytes = 4 << 20;

template <typename T>
void set_option(int descriptor, int level, int option, const T& value,
                const std::string& operation) {
    if (setsockopt(descriptor, level, option, &value, sizeof value) != 0) {
        throw program::RunError(errno, operation);
    }
}

}  // namespace

MulticastSocket::MulticastSocket(const wire::Ipv4Endpoint& group, const SocketOptions& options)
    : group_{wire::to_string(group)},
      interface_{options.interface},
      descriptor_{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
    if (descriptor_ < 0) throw program::RunError(errno, "open a UDP socket for " + group_);
    try {
        set_up(group, options);
    } catch (...) {
        close(descriptor_);
        throw;
    }
}

MulticastSocket::~MulticastSocket() {
    close(descriptor_);
}

void MulticastSocket::set_up(const wire::Ipv4Endpoint& group, const SocketOptions& options) {
    const std::string where = fmt::format("{} on {}", group_, interface_);
    ip_mreqn through{};
    through.imr_ifindex = NetworkInterface::find(interface_).index;
    set_option(descriptor_, IPPROTO_IP, IP_MULTICAST_IF, through, "send to " + where);
    set_option(descriptor_, IPPROTO_IP, IP_MULTICAST_TTL, options.ttl, "set the TTL of " + where);
    set_option(descriptor_, IPPROTO_IP, IP_MULTICAST_LOOP, static_cast<int>(options.loop),
               "set multicast loop of " + where);
    // The kernel grants at most net.core.wmem_max; a burst that does not fit is refused and
    // counted.
    set_option(descriptor_, SOL_SOCKET, SO_SNDBUF, kSendBufferBytes,
               "set the send buffer of " + where);
    const sockaddr_in address = wire::to_sockaddr(group);
    // A connected socket looks the route up once, not for each packet.
    if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw program::RunError(errno, "connect to " + where,
                                "`ip address` shows whether it has an address");
    }
}

SendResult MulticastSocket::send(std::span<const std::byte> payload, latency::Ticks) noexcept {
    if (::send(descriptor_, payload.data(), payload.size(), 0) >= 0) [[likely]] {
        return SendResult::sent;
    }
    if (first_error_ == 0) first_error_ = errno;
    if (errno != ENETDOWN && errno != ENODEV && errno != ENETUNREACH) return SendResult::refused;
    first_error_ = errno;
    return SendResult::broken;
}

std::string MulticastSocket::failure() const {
    if (first_error_ == 0) return {};
    return fmt::format("send to {} on {}: {}; see `ip -s link show {}`", group_, interface_,
                       std::generic_category().message(first_error_), interface_);
}

}  // namespace rxlab::feedsim
