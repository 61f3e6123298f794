// SPDX-License-Identifier: MIT
//
// A PacketSource over UDP sockets: the honest baseline. One socket per group, bound to the group's
// address, so that the kernel does the demultiplexing and each feed has its own receive buffer.
// block: sleeps in recv(2), or in epoll_wait(2) where there are several sockets or a sleep is
//        limited.
// spin:  asks the sockets in turn with MSG_DONTWAIT and never sleeps.
// One datagram is taken per system call and delivered at once; nothing waits for a batch to fill.
// Ownership: the sockets and one receive buffer. Threading: one thread.
#pragma once

#include "descriptor.hpp"

#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/summary.hpp>
#include <rxlab/wire/address.hpp>

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::kernel_rx {

enum class Mode { block, spin };

struct SocketOptions {
    Mode mode = Mode::spin;
    std::optional<int> receive_buffer_bytes;  // SO_RCVBUF; unset: the system's default
    bool kernel_timestamps = false;           // SO_TIMESTAMPNS: fills PacketView::kernel_age_ns
    int sleep_ms_max = -1;                    // mode block: a poll returns after that; -1: never
};

class SocketSource {
  public:
    // Joins every group on `interface`. Throws program::UsageError (no such interface) or
    // program::RunError (interface down, cannot join, cannot bind). A receive buffer smaller than
    // asked for is a warning on standard error that names the limit to raise.
    SocketSource(std::span<const rx::Line> lines, const std::string& interface,
                 const SocketOptions& options);

    // At most one packet, of the sockets in turn. Mode block: returns 0 only when a signal
    // interrupts the sleep, or it has lasted for sleep_ms_max.
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] bool failed() const noexcept { return error_ != 0; }
    [[nodiscard]] std::string failure() const;
    [[nodiscard]] const std::string& interface() const noexcept { return interface_; }
    // Not for the packet path: asks each socket.
    [[nodiscard]] std::uint64_t drops() const noexcept;
    [[nodiscard]] rx::SourceReport report() const;

  private:
    struct Socket {
        Descriptor descriptor;
        rx::LineId id;
        int receive_buffer_bytes = 0;  // as the kernel counts it, overhead included
        std::uint32_t overflows = 0;   // last SO_RXQ_OVFL seen: drops since the socket was made
    };

    [[nodiscard]] bool sleeps_in_receive() const noexcept {
        return sockets_.size() == 1 && options_.sleep_ms_max < 0;
    }
    [[nodiscard]] bool receive_from(Socket& socket, int flags, rx::PacketView& out) noexcept;
    [[nodiscard]] bool receive_stamped(Socket& socket, int flags, rx::PacketView& out) noexcept;
    [[nodiscard]] std::size_t poll_in_turn(rx::PacketView& out) noexcept;
    [[nodiscard]] std::size_t poll_ready(rx::PacketView& out) noexcept;
    static void read_control(Socket& socket, const msghdr& message, rx::PacketView& out) noexcept;

    // Room for the longest datagram that there is (65,507 bytes, which the kernel puts together
    // from IP fragments): none is ever cut. Of a larger buffer only what is used costs anything.
    static constexpr std::size_t kBufferBytes = 65'536;
    static constexpr int kReadyMax = 64;

    std::string interface_;
    SocketOptions options_;
    std::vector<Socket> sockets_;  // index: line
    std::size_t next_ = 0;         // mode spin: the socket behind the one that was asked last
    Descriptor epoll_;             // mode block with several sockets, or limited sleeps
    std::array<epoll_event, kReadyMax> ready_{};
    int ready_count_ = 0;
    int ready_next_ = 0;
    std::unique_ptr<std::byte[]> buffer_;
    int error_ = 0;
};

static_assert(rx::PacketSource<SocketSource>);

}  // namespace rxlab::kernel_rx
