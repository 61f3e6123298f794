// SPDX-License-Identifier: MIT
#include "socket_setup.hpp"

#include <rxlab/link/link.hpp>
#include <rxlab/link/link_watch.hpp>
#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/socket_address.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

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

// The interface is there, set up, and its link is up.
bool is_ready(const std::string& interface, unsigned index) {
    const std::optional<link::LinkMessage> link = link::ask_for_link(index);
    if (link && link->removed) throw program::RunError(ENODEV, "receive on " + interface);
    if (link && !link->is_set_up()) {
        throw program::RunError(ENETDOWN, "receive on " + interface,
                                fmt::format("bring it up: ip link set {} up", interface));
    }
    return link && link->has_link();
}

// By the interface's index, which IP_ADD_SOURCE_MEMBERSHIP (ip(7)) does not take: it finds the
// interface by an address, and some have none. MCAST_JOIN_SOURCE_GROUP does the same (RFC 3678).
int change_membership(int socket, const rx::Line& line, unsigned index, bool joins) noexcept {
    const sockaddr_in group = wire::to_sockaddr(line.group);
    int result = 0;
    if (line.source == 0) {
        ip_mreqn request{};
        request.imr_multiaddr = group.sin_addr;
        request.imr_ifindex = static_cast<int>(index);
        result = setsockopt(socket, IPPROTO_IP, joins ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP,
                            &request, sizeof request);
    } else {
        const sockaddr_in source = wire::to_sockaddr({line.source, 0});
        group_source_req request{};
        request.gsr_interface = index;
        std::memcpy(&request.gsr_group, &group, sizeof group);
        std::memcpy(&request.gsr_source, &source, sizeof source);
        result = setsockopt(socket, IPPROTO_IP,
                            joins ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP, &request,
                            sizeof request);
    }
    return result == 0 ? 0 : errno;
}

}  // namespace

unsigned ready_interface_index(const std::string& interface, double wait_s) {
    const unsigned index = if_nametoindex(interface.c_str());
    if (index == 0) {
        throw program::UsageError(
            fmt::format("--interface {}: no such interface; see `ip link`", interface));
    }
    link::wait_for_link("receive on " + interface, wait_s,
                        [&] { return is_ready(interface, index); });
    return index;
}

int join(int socket, const rx::Line& line, unsigned index) noexcept {
    return change_membership(socket, line, index, true);
}

int leave(int socket, const rx::Line& line, unsigned index) noexcept {
    return change_membership(socket, line, index, false);
}

std::string name_of(const rx::Line& line) {
    std::string name = wire::to_string(line.group);
    if (line.source != 0) name += " from " + wire::ipv4_to_string(line.source);
    return name;
}

int receive_buffer_bytes(int socket) {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, &size);
    return bytes;
}

int open_group_socket(const rx::Line& line, const std::string& interface, unsigned index,
                      std::optional<int> receive_buffer_bytes_wanted, bool kernel_timestamps) {
    const std::string name = name_of(line);
    program::Descriptor owner{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    const int fd = owner.get();
    if (fd < 0) throw program::RunError(errno, "open a socket for " + name, "see `ulimit -n`");
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

    const sockaddr_in address = wire::to_sockaddr(line.group);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw program::RunError(errno, "bind to " + name,
                                errno == EACCES ? "ports below "
                                                  "net.ipv4.ip_unprivileged_port_start are root's"
                                                : "");
    }
    if (const int error = join(fd, line, index); error != 0) {
        throw program::RunError(error, fmt::format("join {} on {}", name, interface),
                                "see `ip maddr` and net.ipv4.igmp_max_memberships");
    }
    return owner.release();
}

}  // namespace rxlab::kernel_rx
