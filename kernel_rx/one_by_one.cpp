// SPDX-License-Identifier: MIT
#include "one_by_one.hpp"

#include <array>
#include <cerrno>

namespace rxlab::kernel_rx {

// Without stamps recvfrom(2) will do: the kernel need not fetch and check a msghdr for each packet.
bool OneByOne::receive_from(Socket& socket, int flags, rx::PacketView& out) noexcept {
    if (is_stamped_) return receive_stamped(socket, flags, out);
    sockaddr_in sender;
    socklen_t sender_bytes = sizeof sender;
    const ssize_t bytes = recvfrom(socket.descriptor.get(), buffer_.get(), kBufferBytes, flags,
                                   reinterpret_cast<sockaddr*>(&sender), &sender_bytes);
    if (bytes < 0) [[unlikely]] {
        fail_unless_temporary(errno);
        return false;
    }
    out = view_of(socket, buffer_.get(), static_cast<std::size_t>(bytes), sender);
    return true;
}

bool OneByOne::receive_stamped(Socket& socket, int flags, rx::PacketView& out) noexcept {
    sockaddr_in sender;
    iovec vector{buffer_.get(), kBufferBytes};
    alignas(cmsghdr) std::array<std::byte, kControlBytes> control;
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t bytes = recvmsg(socket.descriptor.get(), &message, flags);
    if (bytes < 0) [[unlikely]] {
        fail_unless_temporary(errno);
        return false;
    }
    out = view_of(socket, buffer_.get(), static_cast<std::size_t>(bytes), sender);
    if (message.msg_controllen != 0) [[unlikely]]
        read_control(message, socket, out);
    return true;
}

}  // namespace rxlab::kernel_rx
