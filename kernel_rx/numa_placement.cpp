// SPDX-License-Identifier: MIT
#include "numa_placement.hpp"

#include <fmt/format.h>
#include <numa.h>

#include <cstdio>
#include <fstream>

namespace rxlab::kernel_rx {
namespace {

// -1 where the device has none: virtual interfaces, machines with one node. A virtio interface's
// device has no node itself; the PCI device above it has.
int interface_numa_node(const std::string& interface) {
    for (const char* place : {"/device/numa_node", "/device/../numa_node"}) {
        std::ifstream file{"/sys/class/net/" + interface + place};
        int node = -1;
        if (file >> node) return node;
    }
    return -1;
}

}  // namespace

int prefer_local_memory(std::optional<unsigned> cpu, const std::string& interface) {
    if (numa_available() < 0 || numa_max_node() == 0) return -1;
    const int interface_node = interface_numa_node(interface);
    const int cpu_node = cpu ? numa_node_of_cpu(static_cast<int>(*cpu)) : -1;
    if (cpu_node >= 0 && interface_node >= 0 && cpu_node != interface_node) {
        fmt::print(
            stderr,
            "kernel_rx: --cpu {} is on NUMA node {}, {} on node {}; every packet crosses the "
            "interconnect (see `lscpu -e`)\n",
            *cpu, cpu_node, interface, interface_node);
    }
    const int node = cpu_node >= 0 ? cpu_node : interface_node;
    if (node >= 0) numa_set_preferred(node);
    return node;
}

}  // namespace rxlab::kernel_rx
