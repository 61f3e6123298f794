// SPDX-License-Identifier: MIT
//
// What the user can say about the port, its queues and IGMP (docs/contracts.md), and the options'
// way onto the command line.
#pragma once

#include <rxlab/igmp/speaker.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace rxlab::dpdk_rx {

// How feeds come to the queue that keeps their books. `automatic`: flow rules, else what the port
// does by itself, else software.
enum class Distribution {
    automatic,
    flow,      // rte_flow rules: destination address and port -> queue
    rss,       // the port's hash; software takes over what it puts on the wrong queue
    driver,    // several queues without RSS: the driver chooses (packet fanout, rings)
    software,  // one receive queue, whose lcore hands on what is not its own
};

[[nodiscard]] const char* to_string(Distribution distribution) noexcept;

struct PortOptions {
    std::string name;          // name or number; empty: the only port
    std::uint16_t queues = 1;  // lcores that receive, each with its own books
    Distribution distribution = Distribution::automatic;
    std::uint16_t rx_descriptors = 2'048;  // of each receive ring; the driver's limits apply
    bool rx_descriptors_given = false;     // by the user: a port that cannot must say so
    std::uint16_t burst = 32;              // packets of one poll
    std::uint16_t mtu = 0;                 // largest IP packet, bytes; 0: the driver's (1,500)
    std::uint32_t mbufs = 0;               // in the pool; 0: mbufs_default()
    std::uint64_t rx_offloads = 0;         // RTE_ETH_RX_OFFLOAD_…
    bool hardware_timestamps = false;
    std::uint16_t vlan = 0;  // take only this VLAN's frames; 0: whatever the tag
    double link_wait_s = 5;  // rx::Options::link_wait_s
    igmp::Options igmp;
};

// Room for full receive rings, and as much again for what is being worked on.
[[nodiscard]] std::uint32_t mbufs_default(const PortOptions& options) noexcept;

// The receive offloads that make sense for this program, by the names that people write; those of
// `offloads` (RTE_ETH_RX_OFFLOAD_…) only.
[[nodiscard]] std::string rx_offload_names(std::uint64_t offloads);

// Registers the options on `app`; parsed values go to `options`, which must outlive `app`.
void add_port_options(CLI::App& app, PortOptions& options);

// What no single option can check. Throws program::UsageError.
void check_port_options(const PortOptions& options, std::size_t groups);

}  // namespace rxlab::dpdk_rx
