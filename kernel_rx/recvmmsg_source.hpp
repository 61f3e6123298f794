// SPDX-License-Identifier: MIT
//
// A PacketSource over UDP sockets and recvmmsg(2): several datagrams of a socket by one system
// call. Spins over the sockets in turn, as socket_source.hpp does; the kernel copies each datagram
// into a buffer of its own. It saves the way into the kernel and back when several datagrams wait;
// one that comes alone gains nothing, and pays for a msghdr that the kernel must fetch, check and
// write back.
//
// Nothing waits for a batch to fill. recvmmsg(2) has a timeout for that, and a bug: it is looked at
// only after a datagram has come, so that fewer than were asked for, and then silence, block
// forever (BUGS in the man page). Here each call takes what is there (MSG_DONTWAIT), and has none.
// Ownership: a buffer for each datagram of a batch. Threading: one thread.
#pragma once

#include "line_sockets.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace rxlab::kernel_rx {

class RecvmmsgSource : public LineSockets {
  public:
    // Throws as LineSockets does.
    RecvmmsgSource(std::span<const rx::Line> lines, const std::string& interface,
                   const SocketOptions& options);

    // What waits at the next socket that has something, in turn; never sleeps.
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;

  private:
    struct Slot {
        sockaddr_in sender;
        iovec vector;
        alignas(cmsghdr) std::array<std::byte, kControlBytes> control;
    };

    [[nodiscard]] std::size_t receive_from(Socket& socket,
                                           std::span<rx::PacketView> batch) noexcept;
    // What the kernel writes over, for the next call.
    void prepare(std::size_t slot) noexcept;

    std::unique_ptr<std::byte[]> buffers_;
    std::array<Slot, rx::kBatchPackets> slots_{};
    std::array<mmsghdr, rx::kBatchPackets> messages_{};
    std::size_t next_ = 0;  // the socket after the one that was asked last
};

static_assert(rx::PacketSource<RecvmmsgSource>);

}  // namespace rxlab::kernel_rx
