// SPDX-License-Identifier: MIT
#include "feedsim/servers/server_thread.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/wire/socket_address.hpp>

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include <cerrno>

namespace rxlab::feedsim {

ServerCpus ServerCpus::without(std::optional<unsigned> cpu) noexcept {
    ServerCpus cpus{};
    CPU_ZERO(&cpus.set);
    if (sched_getaffinity(0, sizeof cpus.set, &cpus.set) != 0) return cpus;
    if (cpu && *cpu < CPU_SETSIZE && CPU_COUNT(&cpus.set) > 1) CPU_CLR(*cpu, &cpus.set);
    return cpus;
}

Descriptor bind_socket(int type, const wire::Ipv4Endpoint& address, const char* option) {
    const std::string what = fmt::format("{} {}", option, wire::to_string(address));
    Descriptor result{socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (result.get() < 0) throw program::RunError(errno, "open a socket for " + what);
    const int on = 1;  // connections of an earlier listener must not block the port
    if (type == SOCK_STREAM) {
        (void)setsockopt(result.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    const sockaddr_in local = wire::to_sockaddr(address);
    if (bind(result.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
        throw program::RunError(errno, "bind " + what,
                                "`ip address` shows this machine's, `ss -lntu` its ports in use");
    }
    // Here and not in the server's thread, because a client may connect as soon as it is told the
    // address.
    if (type == SOCK_STREAM && listen(result.get(), SOMAXCONN) != 0) {
        throw program::RunError(errno, "listen on " + what);
    }
    return result;
}

wire::Ipv4Endpoint bound_address(const Descriptor& socket) {
    sockaddr_in local{};
    socklen_t bytes = sizeof local;
    if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&local), &bytes) != 0) {
        throw program::RunError(errno, "read a socket's address");
    }
    return {ntohl(local.sin_addr.s_addr), ntohs(local.sin_port)};
}

std::uint64_t monotonic_ns() noexcept {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace rxlab::feedsim
