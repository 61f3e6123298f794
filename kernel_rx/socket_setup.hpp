// SPDX-License-Identifier: MIT
//
// Opening one multicast socket: everything that happens before the first packet.
#pragma once

#include "socket_options.hpp"

#include <rxlab/link/membership.hpp>
#include <rxlab/rx/options.hpp>

#include <string>

namespace rxlab::kernel_rx {

using link::leave;
using link::name_of;
using link::ready_interface_index;

// A UDP socket bound to the line's group and joined on the interface, with the receive buffer and
// the stamps (SO_TIMESTAMPNS, SO_TIMESTAMPING: socket(7)) of the options. Returns the descriptor,
// which the caller closes. Throws program::RunError.
int open_group_socket(const rx::Line& line, const std::string& interface, unsigned index,
                      const SocketOptions& options);

// Usable receive buffer of a socket in bytes, as the kernel counts it (socket(7): SO_RCVBUF; the
// kernel doubles what was asked for, for its own overhead).
int receive_buffer_bytes(int socket);

}  // namespace rxlab::kernel_rx
