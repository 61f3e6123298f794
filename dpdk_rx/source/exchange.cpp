// SPDX-License-Identifier: MIT
#include "dpdk_rx/source/exchange.hpp"

#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <rte_errno.h>

#include <algorithm>
#include <bit>

namespace rxlab::dpdk_rx {

void Exchange::RingDeleter::operator()(rte_ring* ring) const noexcept {
    for (void* mbuf = nullptr; rte_ring_sc_dequeue(ring, &mbuf) == 0;)
        rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
    rte_ring_free(ring);
}

Exchange::Exchange(std::span<const int> sockets, unsigned size) {
    const unsigned slots = std::bit_ceil(std::max(size, 64U) + 1);
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        rings_.emplace_back(rte_ring_create(fmt::format("rxlab_exchange_{}", i).c_str(), slots,
                                            sockets[i], RING_F_SC_DEQ));
        if (!rings_.back()) {
            throw program::RunError(rte_errno, fmt::format("allocate a ring for queue {}", i),
                                    "give EAL more memory (-m MEGABYTES, huge pages)");
        }
    }
}

Exchange::~Exchange() = default;

}  // namespace rxlab::dpdk_rx
