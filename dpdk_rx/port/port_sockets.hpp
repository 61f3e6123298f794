// SPDX-License-Identifier: MIT
//
// The kernel's sockets under a virtual port (AF_PACKET, AF_XDP). The kernel counts what each had no
// room for; drivers pass that on in part or not at all. The sockets are descriptors of this process
// and found by what they are, because no function of DPDK tells them. Ownership: the driver's; they
// must not be used once the port is stopped. Threading: one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::dpdk_rx {

class PortSockets {
  public:
    PortSockets() = default;
    // Those of the interface; counts from here. To be called when all queues are set up.
    // `not_these`: AF_XDP sockets that other ports of this process have opened; they name no
    // interface.
    PortSockets(unsigned interface_index, std::span<const int> not_these);
    // Descriptors of all AF_XDP sockets that this process has now.
    [[nodiscard]] static std::vector<int> open_xdp_sockets();

    [[nodiscard]] bool empty() const noexcept { return sockets_.empty(); }
    // Frames that found no room, since the constructor (packet(7), PACKET_STATISTICS; the kernel's
    // networking/af_xdp.rst, XDP_STATISTICS). A reader of AF_PACKET's counter resets it: what the
    // driver has read is in its own statistics, and only there.
    [[nodiscard]] std::uint64_t lost() noexcept;
    // And before, since the sockets were opened.
    [[nodiscard]] std::uint64_t lost_before() const noexcept { return lost_before_; }

  private:
    struct Socket {
        int descriptor;
        bool resets;  // AF_PACKET
        std::uint64_t lost_before;
    };
    std::vector<Socket> sockets_;
    std::uint64_t lost_before_ = 0;
    std::uint64_t lost_ = 0;  // by those whose counters are reset
};

}  // namespace rxlab::dpdk_rx
