// SPDX-License-Identifier: MIT
//
// A PacketSource over UDP sockets that epoll_wait(2) watches: how one thread sleeps on many.
//
//   epoll_wait --> "2, 5 and the link"     one system call for the list of who has something,
//   recvfrom 2 --> a datagram              and one for each datagram
//   recvfrom 5 --> a datagram
//   epoll_wait --> ...
//
// Against a read that blocks this costs a second system call for each packet that comes alone, and
// it is the only way to sleep on several. The kernel copies, and wakes the thread; told to
// busy-poll (busy_poll.hpp), epoll_wait polls the NIC's queue before it sleeps. Level-triggered: a
// socket with more than one datagram is reported again. Threading: one thread.
#pragma once

#include "one_by_one.hpp"

#include <rxlab/program/descriptor.hpp>

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace rxlab::kernel_rx {

class EpollSource : public OneByOne {
  public:
    // Throws as LineSockets does, and program::RunError where epoll cannot do what is asked.
    EpollSource(std::span<const rx::Line> lines, const std::string& interface,
                const SocketOptions& options);

    // At most one packet, of the ready sockets in turn. Returns 0 also when a signal interrupts the
    // sleep, it has lasted for sleep_ms_max, or there is news of the link.
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;

  private:
    void watch(int descriptor, std::uint32_t number, const std::string& what);
    [[nodiscard]] bool wait() noexcept;
    [[nodiscard]] std::size_t receive(rx::PacketView& out) noexcept;

    static constexpr int kReadyMax = 64;
    static constexpr std::uint32_t kLink = 0xffffffff;  // in epoll's answers: no socket

    program::Descriptor epoll_;
    std::array<epoll_event, kReadyMax> ready_{};
    int ready_count_ = 0;
    int ready_next_ = 0;
};

static_assert(rx::PacketSource<EpollSource>);

}  // namespace rxlab::kernel_rx
