// SPDX-License-Identifier: MIT
//
// One DPDK Ethernet port with one receive queue, from selection to started, and stopped again by
// the destructor. Works with whatever EAL can offer: a NIC bound to vfio-pci or a virtual device.
// Ownership: the port's queue and its mbuf pool. Threading: set up and polled by one thread.
#pragma once

#include <rxlab/wire/address.hpp>

#include <rte_ethdev.h>
#include <rte_mempool.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace rxlab::dpdk_rx {

struct PortOptions {
    std::string name;                   // name or number; empty: the only port
    std::uint16_t descriptors = 2'048;  // of the receive ring; the driver's limits apply
    std::uint32_t mbufs = 16'383;       // in the pool (best 2^n - 1, see rte_mempool_create)
    double link_timeout_s = 5;          // how long to wait for link up
};

// How the port was made to accept the groups, best first.
enum class MulticastFilter { addresses, allmulticast, promiscuous };

[[nodiscard]] const char* to_string(MulticastFilter filter) noexcept;

class Port {
  public:
    // Throws program::UsageError (no such port) or program::RunError (anything the driver refuses).
    Port(const PortOptions& options, std::span<const wire::Ipv4Endpoint> groups);
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    ~Port();

    [[nodiscard]] std::uint16_t id() const noexcept { return id_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& driver() const noexcept { return driver_; }
    [[nodiscard]] MulticastFilter filter() const noexcept { return filter_; }
    [[nodiscard]] bool removed() const noexcept { return removed_.load(std::memory_order_relaxed); }
    // Counters since the port was started (rte_eth_stats_get); zeros where the driver has none.
    [[nodiscard]] rte_eth_stats statistics() const noexcept;

  private:
    struct PoolDeleter {
        void operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }
    };

    void configure(const PortOptions& options);
    void filter_multicast(std::span<const wire::Ipv4Endpoint> groups);
    void wait_for_link(double timeout_s) const;
    static int on_removal(std::uint16_t port, rte_eth_event_type event, void* self, void*) noexcept;

    std::uint16_t id_;
    std::string name_;
    std::string driver_;
    std::unique_ptr<rte_mempool, PoolDeleter> pool_;
    MulticastFilter filter_ = MulticastFilter::addresses;
    rte_eth_stats at_start_{};
    std::atomic<bool> removed_{false};
};

}  // namespace rxlab::dpdk_rx
