// SPDX-License-Identifier: MIT
#include "socket_setup.hpp"

#include <rxlab/program/errors.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

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

unsigned ready_interface_index(const std::string& interface) {
    const unsigned index = if_nametoindex(interface.c_str());
    if (index == 0) {
        throw program::UsageError(
            fmt::format("--interface {}: no such interface; see `ip link`", interface));
    }
    const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0) throw program::RunError(errno, "open a socket");
    ifreq request{};
    std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
    const int result = ioctl(probe, SIOCGIFFLAGS, &request);
    const int error = errno;
    close(probe);
    if (result != 0) throw program::RunError(error, "read the flags of " + interface);
    const auto flags = static_cast<unsigned short>(request.ifr_flags);
    if ((flags & IFF_UP) == 0) {
        throw program::RunError(ENETDOWN, "receive on " + interface,
                                fmt::format("bring it up: ip link set {} up", interface));
    }
    if ((flags & IFF_RUNNING) == 0) {
        throw program::RunError(
            fmt::format("receive on {}: it is up but has no link; check the other end "
                        "(`ip link show {}`)",
                        interface, interface));
    }
    return index;
}

int receive_buffer_bytes(int socket) {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, &size);
    return bytes;
}

int open_group_socket(const wire::Ipv4Endpoint& group, const std::string& interface, unsigned index,
                      std::optional<int> receive_buffer_bytes_wanted, bool kernel_timestamps) {
    const std::string name = wire::to_string(group);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) throw program::RunError(errno, "open a socket for " + name);
    try {
        const int on = 1;
        const int off = 0;
        set_option(fd, SOL_SOCKET, SO_REUSEADDR, on, "set SO_REUSEADDR for " + name);
        set_option(fd, SOL_SOCKET, SO_RXQ_OVFL, on, "set SO_RXQ_OVFL for " + name);
        if (kernel_timestamps) {
            set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, on, "set SO_TIMESTAMPNS for " + name);
        }
        // Without this a socket gets every group that any socket of the host has joined.
        set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, off, "set IP_MULTICAST_ALL for " + name);
        if (receive_buffer_bytes_wanted) set_receive_buffer(fd, *receive_buffer_bytes_wanted);

        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(group.port);
        address.sin_addr.s_addr = htonl(group.address);
        if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            throw program::RunError(errno, "bind to " + name);
        }
        ip_mreqn membership{};
        membership.imr_multiaddr = address.sin_addr;
        membership.imr_ifindex = static_cast<int>(index);
        set_option(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership,
                   fmt::format("join {} on {}", name, interface),
                   "see `ip maddr` and net.ipv4.igmp_max_memberships");
    } catch (...) {
        close(fd);
        throw;
    }
    return fd;
}

}  // namespace rxlab::kernel_rx
