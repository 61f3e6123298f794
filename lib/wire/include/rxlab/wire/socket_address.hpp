// SPDX-License-Identifier: MIT
//
// Endpoints as the kernel's sockets take them (ip(7)). Threading: everything here is stateless.
#pragma once

#include <rxlab/wire/address.hpp>

#include <netinet/in.h>

namespace rxlab::wire {

[[nodiscard]] inline sockaddr_in to_sockaddr(const Ipv4Endpoint& endpoint) noexcept {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    address.sin_addr.s_addr = htonl(endpoint.address);
    return address;
}

}  // namespace rxlab::wire
