// SPDX-License-Identifier: MIT
#include "dpdk_rx/queues/order_queue.hpp"

#include <rxlab/program/errors.hpp>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <cstring>

namespace rxlab::dpdk_rx {
namespace {

// More than a transmit ring holds: drivers keep what they have sent until they need the room.
constexpr unsigned kOrderMbufs = 4'095;
constexpr std::uint16_t kOrderBytes = RTE_PKTMBUF_HEADROOM + 128;

}  // namespace

Pool make_order_pool(std::uint16_t port) {
    Pool pool{rte_pktmbuf_pool_create("rxlab_orders", kOrderMbufs, 0, 0, kOrderBytes,
                                      rte_eth_dev_socket_id(port))};
    if (!pool) {
        throw program::RunError(rte_errno, "allocate mbufs for orders",
                                "give EAL more memory (-m MEGABYTES, huge pages)");
    }
    return pool;
}

bool OrderQueue::send(std::span<const std::byte> datagram) noexcept {
    const std::span<const std::byte> frame = frame_.around(datagram);
    rte_mbuf* mbuf = rte_pktmbuf_alloc(&pool_);
    if (mbuf == nullptr) return false;
    char* const data = rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(frame.size()));
    if (data != nullptr) {
        std::memcpy(data, frame.data(), frame.size());
        if (rte_eth_tx_burst(port_, 0, &mbuf, 1) == 1) return true;
    }
    rte_pktmbuf_free(mbuf);
    return false;
}

}  // namespace rxlab::dpdk_rx
