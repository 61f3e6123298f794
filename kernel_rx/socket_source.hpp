// SPDX-License-Identifier: MIT
//
// A PacketSource over UDP sockets: the honest baseline. One socket per group, bound to the group's
// address, so that the kernel does the demultiplexing and each feed has its own receive buffer.
// block: sleeps in recvfrom(2), or in epoll_wait(2) where there are several sockets or a sleep must
//        be short.
// spin:  asks the sockets in turn with MSG_DONTWAIT and never sleeps.
// One datagram is taken per system call and delivered at once; nothing waits for a batch to fill.
// A poll that finds nothing looks at the link from time to time. Where that was down and is back,
// the groups are joined anew: the kernel keeps the membership and tells nobody so, and a switch
// that has forgotten it would forward nothing until its next query.
// Ownership: the sockets and one receive buffer. Threading: one thread.
#pragma once

#include "host_counters.hpp"

#include <rxlab/link/link_watch.hpp>
#include <rxlab/program/descriptor.hpp>
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
    int sleep_ms_max = 100;                   // mode block: a poll returns after that
    double link_wait_s = 5;                   // how long the link may be down
};

class SocketSource {
  public:
    // Joins every group on `interface`, of one source alone where its line names it. Throws
    // program::UsageError (no such interface) or program::RunError (interface down, no link in
    // time, cannot join, cannot bind). Warnings on standard error: a receive buffer smaller than
    // asked for, with the limit to raise; a group of 232.0.0.0/8 without a source.
    SocketSource(std::span<const rx::Line> lines, const std::string& interface,
                 const SocketOptions& options);

    // At most one packet, of the sockets in turn. Mode block: returns 0 only when a signal
    // interrupts the sleep, or it has lasted for sleep_ms_max.
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] bool sleeps() const noexcept { return options_.mode == Mode::block; }
    // A socket failed, or the link is lost: down for too long, or its interface removed.
    [[nodiscard]] bool failed() const noexcept { return error_ != 0 || link_.lost(); }
    [[nodiscard]] std::string failure() const;
    [[nodiscard]] const std::string& interface() const noexcept { return interface_; }
    // Not for the packet path: asks each socket.
    [[nodiscard]] std::uint64_t drops() const noexcept;
    [[nodiscard]] rx::SourceReport report() const;

  private:
    struct Socket {
        program::Descriptor descriptor;
        rx::Line line;
        int receive_buffer_bytes = 0;  // as the kernel counts it, overhead included
        std::uint32_t overflows = 0;   // last SO_RXQ_OVFL seen: drops since the socket was made
    };

    [[nodiscard]] bool sleeps_in_receive() const noexcept {
        return sockets_.size() == 1 && options_.sleep_ms_max >= kCoarseSleep_ms;
    }
    void watch(int descriptor, std::uint32_t number, const std::string& what);
    [[nodiscard]] std::size_t receive(rx::PacketView& out) noexcept;
    void look_at_link() noexcept;
    void join_anew() noexcept;
    [[nodiscard]] bool receive_from(Socket& socket, int flags, rx::PacketView& out) noexcept;
    [[nodiscard]] bool receive_stamped(Socket& socket, int flags, rx::PacketView& out) noexcept;
    [[nodiscard]] std::size_t poll_in_turn(rx::PacketView& out) noexcept;
    [[nodiscard]] std::size_t poll_ready(rx::PacketView& out) noexcept;
    static void read_control(Socket& socket, const msghdr& message, rx::PacketView& out) noexcept;

    // Room for the longest datagram that there is (65,507 bytes, which the kernel puts together
    // from IP fragments): none is ever cut. Of a larger buffer only what is used costs anything.
    static constexpr std::size_t kBufferBytes = 65'536;
    static constexpr int kReadyMax = 64;
    // SO_RCVTIMEO counts in ticks of the kernel (up to 10 ms), epoll_wait(2) does not.
    static constexpr int kCoarseSleep_ms = 50;
    // Mode spin: so many polls that found nothing, about a millisecond, between two looks at the
    // link.
    static constexpr std::uint32_t kPollsPerLook = 4'096;
    static constexpr std::uint32_t kLink = 0xffffffff;  // in epoll's answers: no socket

    std::string interface_;
    SocketOptions options_;
    unsigned index_;
    HostCounters at_start_;
    link::LinkWatch link_;
    std::uint32_t polls_until_look_ = kPollsPerLook;
    std::vector<Socket> sockets_;  // index: line
    std::size_t next_ = 0;         // mode spin: the socket behind the one that was asked last
    program::Descriptor epoll_;    // mode block with several sockets, or limited sleeps
    std::array<epoll_event, kReadyMax> ready_{};
    int ready_count_ = 0;
    int ready_next_ = 0;
    std::unique_ptr<std::byte[]> buffer_;
    int error_ = 0;
    const char* operation_ = "receive from a socket";  // what failed
};

static_assert(rx::PacketSource<SocketSource>);

}  // namespace rxlab::kernel_rx
