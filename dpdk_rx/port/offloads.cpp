// SPDX-License-Identifier: MIT
#include "dpdk_rx/port/offloads.hpp"

#include <CLI/CLI.hpp>
#include <rte_ethdev.h>

#include <array>
#include <limits>
#include <sstream>

namespace rxlab::dpdk_rx {
namespace {

struct Offload {
    const char* name;
    std::uint64_t bit;
};

constexpr std::array<Offload, 6> kOffloads{{
    {"vlan-strip", RTE_ETH_RX_OFFLOAD_VLAN_STRIP},
    {"vlan-filter", RTE_ETH_RX_OFFLOAD_VLAN_FILTER},
    {"ipv4-checksum", RTE_ETH_RX_OFFLOAD_IPV4_CKSUM},
    {"udp-checksum", RTE_ETH_RX_OFFLOAD_UDP_CKSUM},
    {"rss-hash", RTE_ETH_RX_OFFLOAD_RSS_HASH},
    {"timestamp", RTE_ETH_RX_OFFLOAD_TIMESTAMP},
}};

}  // namespace

std::uint64_t parse_rx_offloads(const std::string& list) {
    std::uint64_t offloads = 0;
    std::istringstream names{list};
    for (std::string name; std::getline(names, name, ',');) {
        std::uint64_t bit = 0;
        for (const Offload& offload : kOffloads) {
            if (name == offload.name) bit = offload.bit;
        }
        if (bit == 0) {
            throw CLI::ValidationError("--rx-offloads", name + " is none of " + rx_offload_names());
        }
        offloads |= bit;
    }
    return offloads;
}

std::string rx_offload_names() {
    return rx_offload_names(std::numeric_limits<std::uint64_t>::max());
}

std::string rx_offload_names(std::uint64_t offloads) {
    std::string names;
    for (const Offload& offload : kOffloads) {
        if ((offloads & offload.bit) == 0) continue;
        if (!names.empty()) names += ", ";
        names += offload.name;
    }
    return names;
}

}  // namespace rxlab::dpdk_rx
