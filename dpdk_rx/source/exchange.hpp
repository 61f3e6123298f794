// SPDX-License-Identifier: MIT
//
// Hands packets from the queue that received them to the queue that keeps their feed's book: one
// ring for each queue, filled by all others. Where the port itself brings each feed to its queue
// the rings stay empty; where it cannot, they make the books right whatever it does. The order of a
// feed's packets is kept as long as they all come from one queue (RSS and packet fanout send a flow
// to one queue; a software distribution has only one). Ownership: the rings, and the mbufs in them.
// Threading: hand_over() by any queue's thread, take() by the queue's own.
#pragma once

#include <rxlab/wire/address.hpp>

#include <rte_mbuf.h>
#include <rte_ring.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rxlab::dpdk_rx {

class Exchange {
  public:
    // `size`: mbufs that each ring holds, rounded up to 2^n - 1. `sockets`: the NUMA node of each
    // queue's lcore. Throws program::RunError.
    Exchange(std::span<const int> sockets, unsigned size);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange();

    // False where the ring is full; the mbuf then still belongs to the caller.
    [[nodiscard]] bool hand_over(std::uint16_t queue, rte_mbuf* mbuf) noexcept {
        return rte_ring_mp_enqueue(rings_[queue].get(), mbuf) == 0;
    }
    [[nodiscard]] std::uint16_t take(std::uint16_t queue, rte_mbuf** mbufs,
                                     unsigned count) noexcept {
        return static_cast<std::uint16_t>(rte_ring_sc_dequeue_burst(
            rings_[queue].get(), reinterpret_cast<void**>(mbufs), count, nullptr));
    }

  private:
    struct RingDeleter {
        void operator()(rte_ring* ring) const noexcept;
    };
    std::vector<std::unique_ptr<rte_ring, RingDeleter>> rings_;
};

}  // namespace rxlab::dpdk_rx
