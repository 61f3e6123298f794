// SPDX-License-Identifier: MIT
#include "recvmmsg_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace rxlab::kernel_rx {
namespace {

// A multiple of the page size apart, the first bytes of all buffers would compete for the same few
// lines of the processor's first cache; the cache line more spreads them over all of it.
constexpr std::size_t kCacheLine = 64;

}  // namespace

RecvmmsgSource::RecvmmsgSource(std::span<const rx::Line> lines, const std::string& interface,
                               const SocketOptions& options)
    : LineSockets{lines, interface, options},
      buffers_{std::make_unique_for_overwrite<std::byte[]>(rx::kBatchPackets *
                                                           (kBufferBytes + kCacheLine))} {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        slots_[i].vector = {buffers_.get() + i * (kBufferBytes + kCacheLine), kBufferBytes};
        // Touched now: otherwise the first burst would fault the pages in.
        std::memset(slots_[i].vector.iov_base, 0, kBufferBytes);
        prepare(i);
    }
}

void RecvmmsgSource::prepare(std::size_t slot) noexcept {
    Slot& own = slots_[slot];
    msghdr& header = messages_[slot].msg_hdr;
    header.msg_name = &own.sender;
    header.msg_namelen = sizeof own.sender;
    header.msg_iov = &own.vector;
    header.msg_iovlen = 1;
    if (!options_.stamped()) return;
    header.msg_control = own.control.data();
    header.msg_controllen = own.control.size();
}

// Begins with the socket after the one that was asked last: no feed can starve another.
// [snippet: recvmmsg-poll]
std::size_t RecvmmsgSource::poll(std::span<rx::PacketView> batch) noexcept {
    for (std::size_t asked = 0; asked < sockets_.size(); ++asked) {
        Socket& socket = sockets_[next_];
        if (++next_ == sockets_.size()) next_ = 0;
        if (const std::size_t received = receive_from(socket, batch); received != 0)
            return received;
    }
    found_nothing();
    return 0;
}

std::size_t RecvmmsgSource::receive_from(Socket& socket, std::span<rx::PacketView> batch) noexcept {
    const auto room = static_cast<unsigned>(std::min(batch.size(), messages_.size()));
    const int received =
        recvmmsg(socket.descriptor.get(), messages_.data(), room, MSG_DONTWAIT, nullptr);
    if (received < 0) [[unlikely]] {
        fail_unless_temporary(errno);
        return 0;
    }
    const auto count = static_cast<std::size_t>(received);
    for (std::size_t i = 0; i < count; ++i) {
        const Slot& slot = slots_[i];
        batch[i] = view_of(socket, static_cast<const std::byte*>(slot.vector.iov_base),
                           messages_[i].msg_len, slot.sender);
        if (messages_[i].msg_hdr.msg_controllen != 0)
            read_control(messages_[i].msg_hdr, socket, batch[i]);
        prepare(i);
    }
    return count;
}
// [end: recvmmsg-poll]

}  // namespace rxlab::kernel_rx
