// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/peer_sockets.hpp"

#include "dpdk_rx/eal/vdev_arguments.hpp"

#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>

namespace rxlab::dpdk_rx {
namespace {

constexpr const char* kMemifDefault = "/run/memif.sock";
constexpr std::chrono::milliseconds kPoll{10};

// What the guides of these drivers say: doc/guides/nics/memif.rst, vhost.rst, virtio.rst.
std::optional<PeerSocket> peer_socket_of(const VdevArguments& vdev) {
    const auto says = [&](const char* key, const char* value) { return vdev.find(key) == value; };
    PeerSocket found{vdev.name, {}, SOCK_STREAM, true};
    if (vdev.name.starts_with("net_memif")) {
        if (!says("socket-abstract", "no")) return std::nullopt;
        found.path = vdev.find("socket").value_or(kMemifDefault);
        found.type = SOCK_SEQPACKET;
        found.listens = says("role", "server") || says("role", "master");
    } else if (vdev.name.starts_with("net_vhost") || vdev.name.starts_with("eth_vhost")) {
        found.path = vdev.find("iface").value_or("");
        found.listens = !says("client", "1");
    } else if (vdev.name.starts_with("net_virtio_user") || vdev.name.starts_with("virtio_user")) {
        found.path = vdev.find("path").value_or("");
        found.listens = says("server", "1");
        struct stat status {};
        if (stat(found.path.c_str(), &status) == 0 && S_ISCHR(status.st_mode))
            return std::nullopt;  // /dev/vhost-net: the kernel is the other end
    }
    if (found.path.empty() || found.path.size() >= sizeof(sockaddr_un::sun_path))
        return std::nullopt;  // the driver says so
    return found;
}

// /proc/net/unix (proc(5)): …: references protocol flags type state inode path
bool is_listed_as_listening(const std::string& path) {
    constexpr unsigned long kAccepts = 0x10000;  // __SO_ACCEPTCON
    std::ifstream list{"/proc/net/unix"};
    for (std::string line; std::getline(list, line);) {
        std::istringstream words{line};
        std::string number, references, protocol, type, state, inode, where;
        unsigned long flags = 0;
        words >> number >> references >> protocol >> std::hex >> flags >> type >> state >> inode >>
            where;
        if (words && where == path && (flags & kAccepts) != 0) return true;
    }
    return false;
}

}  // namespace

std::vector<PeerSocket> peer_sockets_in(std::span<char*> arguments) {
    std::vector<PeerSocket> sockets;
    for (const VdevArguments& vdev : vdevs_in(arguments)) {
        if (auto socket = peer_socket_of(vdev)) sockets.push_back(std::move(*socket));
    }
    return sockets;
}

bool has_listener(const PeerSocket& peer) {
    // A file that was removed and made again has the old listener in the list, too.
    if (access(peer.path.c_str(), F_OK) != 0) return false;
    if (is_listed_as_listening(peer.path)) return true;
    const program::Descriptor probe{socket(AF_UNIX, peer.type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, peer.path.data(), peer.path.size());
    const int result =
        connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    return result == 0 || (errno != ECONNREFUSED && errno != ENOENT);
}

void clear_peer_sockets(std::span<char*> arguments) {
    for (const PeerSocket& socket : peer_sockets_in(arguments)) {
        struct stat status {};
        if (!socket.listens || lstat(socket.path.c_str(), &status) != 0) continue;
        const std::string operation =
            fmt::format("use device {}: listen at {}", socket.device, socket.path);
        if (!S_ISSOCK(status.st_mode)) {
            throw program::RunError(EEXIST, operation, "it is not a socket; choose another path");
        }
        if (has_listener(socket)) {
            throw program::RunError(EADDRINUSE, operation,
                                    fmt::format("another process does; see `ss -xlp src {}`, or "
                                                "choose another path",
                                                socket.path));
        }
        if (unlink(socket.path.c_str()) != 0 && errno != ENOENT) {
            throw program::RunError(errno, operation,
                                    "a program that was killed left it; remove it");
        }
    }
}

void wait_for_listeners(std::span<char*> arguments, double seconds, const std::atomic<bool>& stop) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    for (const PeerSocket& socket : peer_sockets_in(arguments)) {
        while (!socket.listens && !has_listener(socket)) {
            const std::string operation =
                fmt::format("use device {}: connect to {}", socket.device, socket.path);
            if (stop) throw program::RunError(operation + ": told to stop while waiting for it");
            if (std::chrono::steady_clock::now() >= deadline) {
                throw program::RunError(fmt::format(
                    "{}: nobody listens there after {} s; start the program at the other end "
                    "first, or wait longer with --link-wait",
                    operation, seconds));
            }
            std::this_thread::sleep_for(kPoll);
        }
    }
}

}  // namespace rxlab::dpdk_rx
