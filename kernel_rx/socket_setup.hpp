// SPDX-License-Identifier: MIT
//
// Opening one multicast socket: everything that happens before the first packet.
#pragma once

#include <rxlab/wire/address.hpp>

#include <optional>
#include <string>

namespace rxlab::kernel_rx {

// Index of an interface that exists, is up and has a carrier. Throws program::UsageError or
// program::RunError.
unsigned ready_interface_index(const std::string& interface);

// A UDP socket bound to `group` and joined on the interface (ip(7): IP_ADD_MEMBERSHIP), with
// SO_RXQ_OVFL on, and SO_TIMESTAMPNS where `kernel_timestamps` (socket(7)). Returns the descriptor,
// which the caller closes. Throws program::RunError.
int open_group_socket(const wire::Ipv4Endpoint& group, const std::string& interface, unsigned index,
                      std::optional<int> receive_buffer_bytes, bool kernel_timestamps);

// Usable receive buffer of a socket in bytes, as the kernel counts it (socket(7): SO_RCVBUF; the
// kernel doubles what was asked for, for its own overhead).
int receive_buffer_bytes(int socket);

}  // namespace rxlab::kernel_rx
