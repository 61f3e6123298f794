// SPDX-License-Identifier: MIT
#include "socket_setup.hpp"

#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/socket_address.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>

namespace rxlab::kernel_rx {
namespace {

template <typename T>
void set_option(int socket, int level, int name, const T& value, const std::string& operation,
                const char* remedy = "") {
    if (setsockopt(socket, level, name, &value, sizeof value) != 0) {
        throw program::RunError(errno, operation, remedy);
    }
}

// Root may exceed net.core.rmem_max (SO_RCVBUFFORCE); others get what the system allows, and are
// told when that is less than they asked for.
void set_receive_buffer(int socket, int bytes) {
    if (setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0) return;
    set_option(socket, SOL_SOCKET, SO_RCVBUF, bytes, fmt::format("set SO_RCVBUF to {}", bytes));
    const int granted = receive_buffer_bytes(socket) / 2;
    if (granted < bytes) {
        fmt::print(
            stderr,
            "kernel_rx: --receive-buffer {}: the system grants {}; raise the limit: sysctl -w "
            "net.core.rmem_max={}\n",
            bytes, granted, bytes);
    }
}

}  // namespace

int receive_buffer_bytes(int socket) {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, &size);
    return bytes;
}

int open_group_socket(const rx::Line& line, const std::string& interface, unsigned index,
                      const SocketOptions& options) {
    const std::string name = name_of(line);
    program::Descriptor owner{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    const int fd = owner.get();
    if (fd < 0) throw program::RunError(errno, "open a socket for " + name, "see `ulimit -n`");
    const int on = 1;
    const int off = 0;
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, on, "set SO_REUSEADDR for " + name);
    if (options.kernel_timestamps)
        set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, on, "set SO_TIMESTAMPNS for " + name);
    if (options.hardware_timestamps) {
        const int stamps = SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
        set_option(fd, SOL_SOCKET, SO_TIMESTAMPING, stamps, "set SO_TIMESTAMPING for " + name);
    }
    // [lab: join]
    // Without this a socket gets every group that any socket of the host has joined.
    set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, off, "set IP_MULTICAST_ALL for " + name);
    if (options.receive_buffer_bytes) set_receive_buffer(fd, *options.receive_buffer_bytes);

    const sockaddr_in address = wire::to_sockaddr(line.group);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw program::RunError(errno, "bind to " + name,
                                errno == EACCES ? "ports below "
                                                  "net.ipv4.ip_unprivileged_port_start are root's"
                                                : "");
    }
    link::must_join(fd, line, interface, index);
    // [end lab: join]
    return owner.release();
}

}  // namespace rxlab::kernel_rx
