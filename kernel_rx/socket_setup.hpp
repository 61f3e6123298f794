// SPDX-License-Identifier: MIT
//
// Opening one multicast socket: everything that happens before the first packet.
#pragma once

#include <rxlab/rx/options.hpp>

#include <optional>
#include <string>

namespace rxlab::kernel_rx {

// Index of an interface that exists, is up and has its link, for which it waits for up to `wait_s`
// seconds. Throws program::UsageError or program::RunError.
unsigned ready_interface_index(const std::string& interface, double wait_s);

// A UDP socket bound to the line's group and joined on the interface, with SO_RXQ_OVFL on, and
// SO_TIMESTAMPNS where `kernel_timestamps` (socket(7)). Returns the descriptor, which the caller
// closes. Throws program::RunError.
int open_group_socket(const rx::Line& line, const std::string& interface, unsigned index,
                      std::optional<int> receive_buffer_bytes, bool kernel_timestamps);

// Membership of the line's group, of its source alone where it has one. Membership by source asks
// routers for that source's packets (IGMPv3: RFC 3376, RFC 4607), and the socket gets no others.
// Return 0 or an errno.
[[nodiscard]] int join(int socket, const rx::Line& line, unsigned index) noexcept;
[[nodiscard]] int leave(int socket, const rx::Line& line, unsigned index) noexcept;

// "239.1.1.1:30001 from 192.0.2.1"
[[nodiscard]] std::string name_of(const rx::Line& line);

// Usable receive buffer of a socket in bytes, as the kernel counts it (socket(7): SO_RCVBUF; the
// kernel doubles what was asked for, for its own overhead).
int receive_buffer_bytes(int socket);

}  // namespace rxlab::kernel_rx
