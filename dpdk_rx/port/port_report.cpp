// SPDX-License-Identifier: MIT
//
// What a port says about itself and counts.
#include "dpdk_rx/port/port.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <rte_version.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace rxlab::dpdk_rx {

namespace {

// Those that do not count what their ring had no room for: no imissed in their source [DPDK 22.11,
// 23.11], or only that of a kernel interface (net_pcap).
constexpr std::array<std::string_view, 12> kCountNoMisses{
    "net_af_packet", "net_gve", "net_memif", "net_null",        "net_pcap",   "net_ring",
    "net_softnic",   "net_tap", "net_vhost", "net_vdev_netvsc", "net_virtio", "net_virtio_user"};

bool counts_misses(std::string_view driver) noexcept {
    return std::find(kCountNoMisses.begin(), kCountNoMisses.end(), driver) == kCountNoMisses.end();
}

}  // namespace

std::optional<std::uint64_t> PortLosses::frames() const noexcept {
    if (!socket && !imissed) return std::nullopt;
    return socket.value_or(0) + imissed.value_or(0) + ierrors;
}

// Where there is a socket of the kernel under the port, its counter is the whole: net_af_packet
// counts nothing before DPDK 25.11 and reads the same counter since (a reader resets it, so the sum
// of both is the whole); net_af_xdp leaves out what found the receive ring full.
PortLosses Port::losses() const {
    const rte_eth_stats counted = statistics();
    PortLosses losses;
    losses.rx_nombuf = counted.rx_nombuf;
    losses.ierrors = counted.ierrors;
    if (!sockets_.empty()) {
        losses.socket = sockets_.lost() + (is("net_af_packet") ? counted.imissed : 0);
    } else if (counts_misses(info_.driver_name)) {
        losses.imissed = counted.imissed;
    } else {
        losses.not_counted = fmt::format("{} of {} does not count the frames that found no room",
                                         info_.driver_name, rte_version());
    }
    return losses;
}

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
    report["flow_control"] = to_string(flow_control_);
    report["rx_queues"] = rx_queues();
    report["rx_drop_en"] = queue_configuration(info_, rx_queues()).rx_drop_en != 0;
    report["rx_descriptors"] = rx_descriptors_;
    if (frame_bytes_ != 0) report["frame_bytes_max"] = frame_bytes_;
    report["frames_before_start"] = frames_before_start_;
    report["drops_before_start"] = drops_before_start_;
    if (has_peer_process()) report["peer_seen"] = !watch_->waits_for_peer();
    report["link_losses"] = watch_->link_losses();
    report["link_down_ms"] = watch_->link_down_ms();
    if (kernel_.exists())
        link::report_changes(kernel_at_start_, link::count_on(kernel_.index()), report);
    report["mbufs"] = mbufs_;
    report["rx_offloads"] = rx_offload_names(offloads_);
    report["vlan_strip"] = strips ? "hardware" : "software";
    if (queues_.distribution != Distribution::automatic) {
        report["distribution"] = to_string(queues_.distribution);
        if (!flow_refusal_.empty()) report["flow_refusal"] = flow_refusal_;
    }
    report["extended_statistics"] = extended_report();
    return report;
}

}  // namespace rxlab::dpdk_rx
