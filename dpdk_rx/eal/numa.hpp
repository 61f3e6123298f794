// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

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

}  // namespace rxlab::dpdk_rx
