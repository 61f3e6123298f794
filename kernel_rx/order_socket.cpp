// SPDX-License-Identifier: MIT
#include "order_socket.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/wire/socket_address.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace rxlab::kernel_rx {

// Connected, so that the route is looked up once.
OrderSocket::OrderSocket(const wire::Ipv4Endpoint& to)
    : socket_{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
    const std::string name = wire::to_string(to);
    if (socket_.get() < 0) throw program::RunError(errno, "open a socket for orders to " + name);
    const sockaddr_in address = wire::to_sockaddr(to);
    if (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw program::RunError(errno, "connect to " + name + " for orders",
                                "`ip route get` shows whether there is a way");
    }
}

bool OrderSocket::send(std::span<const std::byte> datagram) noexcept {
    const auto try_once = [&] {
        return ::send(socket_.get(), datagram.data(), datagram.size(), 0) >= 0;
    };
    if (try_once()) [[likely]]
        return true;
    // An answer to an earlier order, nobody listens there, is told instead of sending this one.
    return errno == ECONNREFUSED && try_once();
}

}  // namespace rxlab::kernel_rx
