// SPDX-License-Identifier: MIT
//
// Opening one multicast socket: everything that happens before the first packet.
#pragma once

#include <rxlab/link/membership.hpp>
#include <rxlab/rx/options.hpp>

#include <optional>
#include <string>

namespace rxlab::kernel_rx {

using link::leave;
using link::name_of;
using link::ready_interface_index;

// A UDP socket bound to the line's group and joined on the interface, with SO_TIMESTAMPNS
// (socket(7)) on where `kernel_timestamps`. Returns the descriptor, which the caller
// closes. Throws program::RunError.
int open_group_socket(const rx::Line& line, const std::string& interface, unsigned index,
                      std::optional<int> receive_buffer_bytes, bool kernel_timestamps);

// Usable receive buffer of a socket in bytes, as the kernel counts it (socket(7): SO_RCVBUF; the
// kernel doubles what was asked for, for its own overhead).
int receive_buffer_bytes(int socket);

}  // namespace rxlab::kernel_rx
