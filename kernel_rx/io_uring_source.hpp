// SPDX-License-Identifier: MIT
//
// A PacketSource over UDP sockets and io_uring: two rings in memory that kernel and program share.
//
//      program                               kernel
//   requests (SQ)   -- recvmsg, multishot --> one request per socket, which stays
//   buffers         -- 0, 1, 2, ... -------> each datagram takes one, and is copied into it
//   completions (CQ) <-- "5, in buffer 2" --- one for each datagram
//
// The stack below is that of every socket, and so is the copy. What io_uring saves is the
// system calls to sockets that have nothing: the loop reads an empty completion ring in memory
// instead. The set-up decides which thread does the kernel's part of a receive, and so how fast it
// is:
//   DEFER_TASKRUN, SINGLE_ISSUER   this thread, when it enters the kernel, and at no other time. A
//       flag in the ring (TASKRUN_FLAG) says that there is something to enter for. Used here. A
//       loop that waits for completions without looking at the flag would wait forever.
//   COOP_TASKRUN   likewise, but also at the end of any system call or interrupt: a loop that makes
//       none gets its packets only when the timer ticks.
//   neither        the kernel interrupts this thread for each packet (an IPI, where it is busy).
//   SQPOLL (kernel_thread)         a kernel thread, which spins: no system call is left,
//       and a third CPU is needed beside ours and the sender's, or they take turns.
// With a BusyPoll it sleeps in io_uring_enter(2), which then polls the NIC's queue (busy_poll.hpp).
//
// A multishot request ends where no buffer is left (ENOBUFS), and where the completion ring is
// full: it is armed again when buffers have been given back, and both are counted. Datagrams stay
// in their socket's receive buffer meanwhile, so nothing is lost by it.
// Ownership: ring and buffers. Threading: one thread, that of the constructor.
#pragma once

#include "line_sockets.hpp"

#include <rxlab/program/mapping.hpp>

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rxlab::kernel_rx {

class IoUringSource : public LineSockets {
  public:
    // Throws as LineSockets does, and program::RunError where the kernel cannot do what is asked.
    IoUringSource(std::span<const rx::Line> lines, const std::string& interface,
                  const SocketOptions& options);
    ~IoUringSource();

    // What has come, in the order of completions. Where it sleeps: returns 0 when a signal
    // interrupts the sleep, or it has lasted for sleep_ms_max.
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] rx::SourceReport report() const;

    // Multishot requests that ended for want of a buffer.
    [[nodiscard]] std::uint64_t buffers_ran_out() const noexcept { return buffers_ran_out_; }
    // How often the completion ring was found full.
    [[nodiscard]] std::uint64_t completions_overflowed() const noexcept {
        return completions_overflowed_;
    }

  private:
    // The ring, and all the memory that it uses.
    struct Ring {
        Ring() = default;
        Ring(const Ring&) = delete;
        Ring& operator=(const Ring&) = delete;
        ~Ring();

        io_uring ring{};
        bool is_open = false;
        program::Mapping memory;  // the buffers' ring, then the buffers
    };

    void open_ring();
    void provide_buffers();
    void arm(std::uint32_t line) noexcept;
    [[nodiscard]] std::byte* buffer(unsigned number) const noexcept;
    void give_back() noexcept;
    void submit() noexcept;
    void arm_ended() noexcept;
    void enter() noexcept;
    [[nodiscard]] std::size_t reap(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] bool take(const io_uring_cqe& completion, rx::PacketView& out) noexcept;

    Ring own_;
    io_uring& ring_ = own_.ring;
    io_uring_buf_ring* free_buffers_ = nullptr;
    std::byte* buffers_ = nullptr;
    msghdr layout_{};  // how much of a buffer is for the sender, how much for control data
    std::vector<std::uint16_t> lent_;  // buffers of the last batch
    std::vector<bool> ended_;          // by line: its request has ended
    std::size_t ended_count_ = 0;
    std::uint32_t first_to_arm_ = 0;
    std::uint64_t armed_again_ = 0;
    std::uint64_t buffers_ran_out_ = 0;
    std::uint64_t completions_overflowed_ = 0;
};

static_assert(rx::PacketSource<IoUringSource>);

}  // namespace rxlab::kernel_rx
