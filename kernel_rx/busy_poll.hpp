// SPDX-License-Identifier: MIT
//
// Busy polling: a thread that waits for a packet asks the NIC's queue for it, in the system call
// that waits, and sleeps only when that has found nothing for a while. Nobody has to be interrupted
// or woken, and the packet goes up the stack on the CPU of the thread that waits. The price is that
// this CPU is busy meanwhile.
//
// The thread polls the NAPI instance (the kernel's word for a receive queue that can be polled)
// that brought the last packets. A socket knows it by an id that packets carry; without one there
// is nothing to poll. On a veth pair packets have one where the receiving end has GRO on, and the
// sending end TSO off: then veth gives its receiving queue a NAPI instance of its own.
//
// Which setting counts depends on the call that waits:
//   recvfrom(2) that blocks  SO_BUSY_POLL of the socket
//   epoll_wait(2)            EPIOCSPARAMS of the epoll instance (Linux 6.9); it polls one instance,
//                            that of the packet before, and the sockets' own settings say nothing
//   poll(2), select(2)       the host's net.core.busy_poll alone: poll() before recv() gains
//   nothing io_uring_enter(2)        IORING_REGISTER_NAPI of the ring (Linux 6.9)
// Threading: stateless.
#pragma once

#include "socket_options.hpp"

namespace rxlab::kernel_rx {

// SO_BUSY_POLL, SO_BUSY_POLL_BUDGET and, where it is permitted, SO_PREFER_BUSY_POLL, which lets the
// polling thread keep the queue from softirqs where the device's napi_defer_hard_irqs and
// gro_flush_timeout say so. Returns whether that was permitted. Throws program::RunError.
bool busy_poll_socket(int socket, const BusyPoll& how);

// EPIOCSPARAMS. Throws program::RunError, also where the kernel has no such thing.
void busy_poll_epoll(int epoll, const BusyPoll& how);

// IORING_REGISTER_NAPI, likewise.
void busy_poll_ring(int ring, const BusyPoll& how);

// SO_INCOMING_NAPI_ID: whether the packets of this socket come with an id.
[[nodiscard]] bool has_napi(int socket) noexcept;

inline constexpr const char* kNapiRemedy =
    "of a veth pair: ethtool -K RECEIVING-END gro on, ethtool -K SENDING-END tso off";

}  // namespace rxlab::kernel_rx
