// SPDX-License-Identifier: MIT
#include "dpdk_rx/source/chores.hpp"

#include <rxlab/program/monotonic.hpp>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

namespace rxlab::dpdk_rx {
namespace {

constexpr std::int64_t kLookNs = 250'000'000;
// A port that is stopped drops what it has not sent yet; a leave of version 2 is said once.
constexpr std::chrono::milliseconds kDrain{10};
constexpr std::size_t kFrameBytesMin = 60;  // Ethernet's; not every port pads

}  // namespace

Chores::Chores(Port& port, const PortOptions& options, std::span<const rx::Line> lines)
    : port_{port},
      igmp_{options.igmp,
            lines,
            {port.mac(), port.kernel().address().value_or(0), options.vlan},
            [this](std::span<const std::byte> frame) { return send(frame); }} {
    const std::int64_t now = program::monotonic_ns();
    igmp_.join(now);
    if (!port.watch().link_is_down()) igmp_.send_due(now);
}

Chores::~Chores() {
    leave();
}

void Chores::run() noexcept {
    const std::int64_t now = program::monotonic_ns();
    PortWatch& watch = port_.watch();
    if (now >= next_look_ns_ || watch.wants_look()) {
        next_look_ns_ = now + kLookNs;
        if (watch.look(now)) igmp_.join(now);
    }
    // Drivers may wait for room where nothing leaves.
    if (!watch.link_is_down() && !watch.lost()) igmp_.send_due(now);
}

void Chores::receive_igmp(std::span<const std::byte> frame) noexcept {
    igmp_.receive(frame, program::monotonic_ns());
}

void Chores::leave() noexcept {
    if (port_.watch().lost() || port_.watch().link_is_down()) return;
    if (igmp_.leave()) std::this_thread::sleep_for(kDrain);
}

bool Chores::send(std::span<const std::byte> frame) noexcept {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(port_.transmit_pool());
    const auto bytes = static_cast<std::uint16_t>(std::max(frame.size(), kFrameBytesMin));
    char* const data = mbuf == nullptr ? nullptr : rte_pktmbuf_append(mbuf, bytes);
    if (data != nullptr) {
        std::memset(data, 0, bytes);
        std::memcpy(data, frame.data(), frame.size());
        if (rte_eth_tx_burst(port_.id(), 0, &mbuf, 1) == 1) return true;
    }
    rte_pktmbuf_free(mbuf);
    return false;
}

}  // namespace rxlab::dpdk_rx
