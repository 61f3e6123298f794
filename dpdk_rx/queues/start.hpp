// SPDX-License-Identifier: MIT
//
// What both ways of running (one queue, several) do around starting a port.
#pragma once

#include "dpdk_rx/eal/port_select.hpp"

#include <fmt/format.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include <cstdio>
#include <string>

namespace rxlab::dpdk_rx {

// A line for standard error where `lcore` polls a port of another NUMA node; empty where all is
// well, or where the port belongs to no node (SOCKET_ID_ANY is negative).
[[nodiscard]] inline std::string numa_warning(const std::string& port, int port_node,
                                              unsigned lcore, int lcore_node) {
    if (port_node < 0 || lcore_node < 0 || port_node == lcore_node) return {};
    return fmt::format(
        "dpdk_rx: warning: lcore {} is on NUMA node {}, port {} and its memory on node {}: every "
        "packet crosses between them; choose CPUs of node {} (`lscpu`)",
        lcore, lcore_node, port, port_node, port_node);
}

// `wanted`: the port as PortOptions::name says it. Throws program::UsageError where there is none.
inline void warn_about_numa(const std::string& wanted, unsigned lcore) {
    const std::uint16_t port = find_port(wanted);
    const std::string warning = numa_warning(port_name(port), rte_eth_dev_socket_id(port), lcore,
                                             static_cast<int>(rte_lcore_to_socket_id(lcore)));
    if (!warning.empty()) fmt::print(stderr, "{}\n", warning);
}

}  // namespace rxlab::dpdk_rx
