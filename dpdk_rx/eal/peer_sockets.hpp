// SPDX-License-Identifier: MIT
//
// The sockets by which the two ends of a shared-memory device find each other (net_memif,
// net_vhost, net_virtio_user): one end listens, the other one connects. The drivers say little
// about either: a file that a killed program left is "address already in use", a peer that has not
// started yet is "operation not permitted". Threading: stateless.
#pragma once

#include <atomic>
#include <span>
#include <string>
#include <vector>

namespace rxlab::dpdk_rx {

struct PeerSocket {
    std::string device;  // "net_memif0"
    std::string path;    // of a file in the file system
    int type;            // SOCK_STREAM or SOCK_SEQPACKET
    bool listens;        // false: the device connects to it
};

// Those of the --vdev options among EAL's arguments, as the drivers' own defaults have it. Sockets
// that are not files (socket-abstract=yes, memif's default) are left out: a killed program leaves
// nothing of them.
[[nodiscard]] std::vector<PeerSocket> peer_sockets_in(std::span<char*> arguments);

// Whether a process listens there. Asks the kernel, and where that does not know (another network
// namespace) connects for a moment.
[[nodiscard]] bool has_listener(const PeerSocket& socket);

// Removes the files that devices of this process will listen at, where nobody listens any more: a
// killed program left them. Throws program::RunError where somebody does, or where the file is no
// socket.
void clear_peer_sockets(std::span<char*> arguments);

// Waits until there are listeners for the devices that connect, for `seconds` at most in all.
// Throws program::RunError that names the first without one, also where `stop` becomes true.
void wait_for_listeners(std::span<char*> arguments, double seconds, const std::atomic<bool>& stop);

}  // namespace rxlab::dpdk_rx
