// SPDX-License-Identifier: MIT
//
// What a port says about itself and counts.
#include "port.hpp"

#include "offloads.hpp"

#include <nlohmann/json.hpp>
#include <rte_version.h>

namespace rxlab::dpdk_rx {

rte_eth_stats Port::statistics() const noexcept {
    rte_eth_stats now{};
    if (rte_eth_stats_get(id_, &now) != 0) return {};  // none, or the port is gone
    now.ipackets -= at_start_.ipackets;
    now.ibytes -= at_start_.ibytes;
    now.imissed -= at_start_.imissed;
    now.ierrors -= at_start_.ierrors;
    now.rx_nombuf -= at_start_.rx_nombuf;
    return now;
}

// Empty where the driver has none, or the port is gone.
std::vector<std::uint64_t> Port::read_extended() const {
    const int count = rte_eth_xstats_get(id_, nullptr, 0);
    if (count <= 0) return {};
    std::vector<rte_eth_xstat> raw(static_cast<std::size_t>(count));
    const auto wanted = static_cast<unsigned>(count);
    if (rte_eth_xstats_get(id_, raw.data(), wanted) != count) return {};
    std::vector<std::uint64_t> values;
    for (const rte_eth_xstat& statistic : raw)
        values.push_back(statistic.value);
    return values;
}

nlohmann::ordered_json Port::extended_report() const {
    nlohmann::ordered_json report = nlohmann::ordered_json::object();
    const std::vector<std::uint64_t> values = read_extended();
    std::vector<rte_eth_xstat_name> names(values.size());
    const auto count = static_cast<unsigned>(names.size());
    if (rte_eth_xstats_get_names(id_, names.data(), count) != static_cast<int>(count))
        return report;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const bool counter = i < extended_at_start_.size() && values[i] >= extended_at_start_[i];
        report[names[i].name] = counter ? values[i] - extended_at_start_[i] : values[i];
    }
    return report;
}

nlohmann::ordered_json Port::report() const {
    const bool strips = (offloads_ & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;
    nlohmann::ordered_json report;
    report["dpdk_version"] = rte_version();
    report["driver"] = info_.driver_name;
    report["numa_node"] = socket_;
    report["multicast_filter"] = to_string(filter_);
    report["rx_queues"] = rx_queues_;
    report["rx_descriptors"] = rx_descriptors_;
    report["mbufs"] = mbufs_;
    report["rx_offloads"] = rx_offload_names(offloads_);
    report["vlan_strip"] = strips ? "hardware" : "software";
    if (distribution_ != Distribution::automatic) {
        report["distribution"] = to_string(distribution_);
        if (!flow_refusal_.empty()) report["flow_refusal"] = flow_refusal_;
    }
    report["extended_statistics"] = extended_report();
    return report;
}

}  // namespace rxlab::dpdk_rx
