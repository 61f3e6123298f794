// SPDX-License-Identifier: MIT
//
// A PacketSource over UDP sockets and recvfrom(2): the honest baseline, in three modes.
//
//                the thread, where there is no packet     who brings it to the socket
//   spin         asks again (MSG_DONTWAIT), in turn       softirq, on the CPU of the interrupt
//   block        sleeps in recvfrom, until it is woken    the same, and it wakes the thread
//   busy_poll    polls the NIC's queue in recvfrom, then  the thread itself: no interrupt, no
//                sleeps (busy_poll.hpp)                   wake-up
//
// In all of them the kernel copies the datagram into our buffer, by a system call for each.
// block and busy_poll are for one socket, because a thread can sleep in one only; epoll_source.hpp
// sleeps on several. Threading: one thread.
#pragma once

#include "one_by_one.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace rxlab::kernel_rx {

class SocketSource : public OneByOne {
  public:
    // Throws as LineSockets does.
    SocketSource(std::span<const rx::Line> lines, const std::string& interface,
                 const SocketOptions& options);

    // At most one packet, of the sockets in turn. Where it sleeps: returns 0 only when a signal
    // interrupts the sleep, or it has lasted for sleep_ms_max.
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;

  private:
    [[nodiscard]] std::size_t poll_in_turn(rx::PacketView& out) noexcept;

    std::size_t next_ = 0;  // mode spin: the socket after the one that was asked last
};

static_assert(rx::PacketSource<SocketSource>);

}  // namespace rxlab::kernel_rx
