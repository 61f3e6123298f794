// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/port_select.hpp"

#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <rte_ethdev.h>

#include <array>
#include <charconv>

namespace rxlab::dpdk_rx {
namespace {

std::string port_names() {
    std::string names;
    for (std::uint16_t id = rte_eth_find_next(0); id < RTE_MAX_ETHPORTS;
         id = rte_eth_find_next(static_cast<std::uint16_t>(id + 1))) {
        if (!names.empty()) names += ", ";
        names += fmt::format("{} ({})", id, port_name(id));
    }
    return names;
}

}  // namespace

std::string port_name(std::uint16_t id) {
    std::array<char, RTE_ETH_NAME_MAX_LEN> name{};
    rte_eth_dev_get_name_by_port(id, name.data());
    return name.data();
}

std::uint16_t find_port(const std::string& wanted) {
    const unsigned available = rte_eth_dev_count_avail();
    if (available == 0) {
        throw program::UsageError(
            "EAL found no port; give it a virtual one (--vdev net_af_packet0,iface=NAME) or bind a "
            "NIC (`dpdk-devbind.py --status`) before the --");
    }
    if (wanted.empty()) {
        if (available == 1) return rte_eth_find_next(0);
        throw program::UsageError("EAL found several ports; choose with --interface: " +
                                  port_names());
    }
    std::uint16_t id = 0;
    if (rte_eth_dev_get_port_by_name(wanted.c_str(), &id) == 0) return id;
    const char* const end = wanted.data() + wanted.size();
    const auto [rest, error] = std::from_chars(wanted.data(), end, id);
    if (error == std::errc{} && rest == end && rte_eth_dev_is_valid_port(id) != 0) return id;
    throw program::UsageError(
        fmt::format("--interface {}: no such port; EAL found {}", wanted, port_names()));
}

}  // namespace rxlab::dpdk_rx
