// SPDX-License-Identifier: MIT
//
// The sockets of all lines, and what every way of reading them shares. One socket per group, bound
// to the group's address, so that the kernel does the demultiplexing and each feed has its own
// receive buffer. A poll that finds nothing says so here, and looks at the links from time to time.
// Where one was down and is back, its groups are joined anew (link::join_anew). Lines may be on
// different interfaces: the others go on where one is lost.
// A way of reading (socket_source.hpp, epoll_source.hpp, recvmmsg_source.hpp, io_uring_source.hpp)
// derives from this and adds poll(). Ownership: the sockets. Threading: one thread.
#pragma once

#include "hardware_stamps.hpp"
#include "host_counters.hpp"
#include "packet_stamps.hpp"
#include "socket_options.hpp"

#include <rxlab/link/link_watch.hpp>
#include <rxlab/program/descriptor.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/several_ports.hpp>
#include <rxlab/rx/summary.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::kernel_rx {

class LineSockets {
  public:
    [[nodiscard]] bool sleeps() const noexcept { return options_.sleeps(); }
    // A socket failed, or all interfaces are lost: the link down for too long, the interface
    // removed, or its groups not to be joined again. Of several interfaces, one that is lost is
    // told of on standard error.
    [[nodiscard]] bool failed() const noexcept { return error_ != 0 || lost_ == ports_.size(); }
    [[nodiscard]] std::string failure() const;
    [[nodiscard]] const std::string& interface() const noexcept { return interface_; }
    // Not for the packet path: asks each socket.
    [[nodiscard]] std::uint64_t drops() const noexcept;
    [[nodiscard]] rx::SourceReport report() const;
    // Calls visitor(number, packets, lost) for each interface.
    template <typename Visitor>
    void each_port(Visitor&& visitor) const noexcept {
        for (std::size_t i = 0; i < ports_.size(); ++i)
            visitor(i, packets_of(i), ports_[i].lost);
    }

  protected:
    struct Socket {
        program::Descriptor descriptor;
        rx::Line line;
        int receive_buffer_bytes = 0;  // as the kernel counts it, overhead included
        std::size_t port = 0;          // its interface, in ports_
        std::uint64_t packets = 0;
    };
    // An interface, and the link there.
    struct Port {
        rx::Interface of;
        unsigned index;
        HostCounters at_start;
        link::LinkWatch link;
        std::unique_ptr<HardwareStamps> stamps;  // where they are asked for
        bool lost = false;
        int join_error = 0;  // of joining anew when the link was back; the port is lost then
    };

    // Joins every group on its line's interface (on `interface` where the line names none), of one
    // source alone where its line names it. Throws
    // program::UsageError (no such interface) or program::RunError (interface down, no link in
    // time, cannot join, cannot bind). Warnings on standard error: a receive buffer smaller than
    // asked for, with the limit to raise; a group of 232.0.0.0/8 without a source.
    LineSockets(std::span<const rx::Line> lines, const std::string& interface,
                const SocketOptions& options);
    ~LineSockets() = default;
    LineSockets(const LineSockets&) = delete;
    LineSockets& operator=(const LineSockets&) = delete;

    // A poll had no packet. Modes that sleep can afford to look at the link each time.
    void found_nothing() noexcept {
        if (!sleeps() && --polls_until_look_ != 0) return;
        look_at_links();
    }
    // The source will deliver nothing any more. `operation` is a literal.
    void fail(int error, const char* operation = "receive from a socket") noexcept {
        error_ = error;
        operation_ = operation;
    }
    // A system call failed, which is the end of the source unless the error is temporary.
    void fail_unless_temporary(int error, const char* operation = "receive from a socket") noexcept;

    [[nodiscard]] std::span<const Port> ports() const noexcept { return ports_; }
    // For sources for which closing the sockets is not enough.
    void leave_groups() noexcept;
    // The view of a datagram, without its age. Counts it.
    [[nodiscard]] static rx::PacketView view_of(Socket& socket, const std::byte* payload,
                                                std::size_t bytes,
                                                const sockaddr_in& sender) noexcept;
    // What came with it: its ages, from its stamps.
    void read_control(const msghdr& message, const Socket& socket, rx::PacketView& out) noexcept;

    // Room for the longest datagram that there is (65,507 bytes, which the kernel puts together
    // from IP fragments): none is ever cut off. A buffer costs only as much as is used of it.
    static constexpr std::size_t kBufferBytes = 65'536;

    std::string interface_;
    SocketOptions options_;
    std::vector<Socket> sockets_;  // index: line

  private:
    [[nodiscard]] std::size_t port_of(const rx::Line& line, const std::string& interface);
    void look_at_links() noexcept;
    void join_anew(std::size_t port) noexcept;
    [[nodiscard]] static bool is_lost(const Port& port) noexcept;
    [[nodiscard]] static std::string loss_of(const Port& port);
    void note(Port& port) noexcept;
    [[nodiscard]] std::uint64_t packets_of(std::size_t port) const noexcept;
    [[nodiscard]] std::uint64_t drops_of(std::optional<std::size_t> port) const noexcept;
    [[nodiscard]] nlohmann::ordered_json ports_report() const;
    void report_busy_polling(rx::SourceReport& report) const;

    // For modes that spin: polls without a packet between two looks at the link. About a
    // millisecond, where each asks a socket.
    static constexpr std::uint32_t kPollsPerLook = 4'096;

    std::vector<Port> ports_;
    std::size_t lost_ = 0;  // of the ports
    std::uint32_t polls_until_look_ = kPollsPerLook;
    bool prefers_busy_polling_ = false;
    int error_ = 0;
    const char* operation_ = "";  // what failed
};

}  // namespace rxlab::kernel_rx
