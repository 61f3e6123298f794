// SPDX-License-Identifier: MIT
#include "socket_source.hpp"

#include "socket_setup.hpp"

#include <rxlab/program/errors.hpp>

#include <sys/time.h>

#include <cassert>
#include <cerrno>

namespace rxlab::kernel_rx {

SocketSource::SocketSource(std::span<const rx::Line> lines, const std::string& interface,
                           const SocketOptions& options)
    : OneByOne{lines, interface, options} {
    if (!sleeps()) return;
    assert(lines.size() == 1);
    const timeval sleep{options.sleep_ms_max / 1'000, options.sleep_ms_max % 1'000 * 1'000};
    if (setsockopt(sockets_.front().descriptor.get(), SOL_SOCKET, SO_RCVTIMEO, &sleep,
                   sizeof sleep) != 0)
        throw program::RunError(errno, "set SO_RCVTIMEO for " + name_of(lines[0]));
}

std::size_t SocketSource::poll(std::span<rx::PacketView> batch) noexcept {
    const std::size_t received =
        sleeps() ? (receive_from(sockets_.front(), 0, batch[0]) ? 1U : 0U) : poll_in_turn(batch[0]);
    if (received == 0) [[unlikely]]
        found_nothing();
    return received;
}

// Begins behind the socket that was asked last: no feed can starve another.
// [snippet: socket-poll]
std::size_t SocketSource::poll_in_turn(rx::PacketView& out) noexcept {
    for (std::size_t asked = 0; asked < sockets_.size(); ++asked) {
        Socket& socket = sockets_[next_];
        if (++next_ == sockets_.size()) next_ = 0;
        if (receive_from(socket, MSG_DONTWAIT, out)) return 1;
    }
    return 0;
}
// [end: socket-poll]

}  // namespace rxlab::kernel_rx
