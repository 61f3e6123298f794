// SPDX-License-Identifier: MIT
//
// Sockets that are read one datagram at a time: each system call takes one, and delivers it at
// once. Nothing waits for a batch to fill. Ownership: one receive buffer. Threading: one thread.
#pragma once

#include "line_sockets.hpp"

#include <cstddef>
#include <memory>

namespace rxlab::kernel_rx {

class OneByOne : public LineSockets {
  protected:
    OneByOne(std::span<const rx::Line> lines, const std::string& interface,
             const SocketOptions& options)
        : LineSockets{lines, interface, options},
          is_stamped_{options.stamped()},
          buffer_{std::make_unique<std::byte[]>(kBufferBytes)} {}
    ~OneByOne() = default;

    // False where there is none, or the socket failed. `flags`: of recvfrom(2).
    [[nodiscard]] bool receive_from(Socket& socket, int flags, rx::PacketView& out) noexcept;

  private:
    [[nodiscard]] bool receive_stamped(Socket& socket, int flags, rx::PacketView& out) noexcept;

    bool is_stamped_;
    std::unique_ptr<std::byte[]> buffer_;
};

}  // namespace rxlab::kernel_rx
