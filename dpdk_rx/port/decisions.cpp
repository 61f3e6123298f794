// SPDX-License-Identifier: MIT
#include "dpdk_rx/port/decisions.hpp"

#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <limits>
#include <string_view>
#include <system_error>

namespace rxlab::dpdk_rx {
namespace {

bool is(const rte_eth_dev_info& info, std::string_view driver) noexcept {
    return driver == info.driver_name;
}

// Both stamp with the card's clock. net_ice reads CLOCK_MONOTONIC_RAW (ice_read_clock() in
// ice_ethdev.c); net_cn9k and its successors multiply the TSC by a factor that they found when they
// started (cnxk_nix_read_clock() in cnxk_ptp.c) [DPDK 26.11-rc0].
bool reads_another_clock(std::string_view driver) noexcept {
    return driver == "net_ice" || driver.starts_with("net_cn9k") ||
           driver.starts_with("net_cn10k") || driver.starts_with("net_cn20k");
}

}  // namespace

std::uint64_t rss_functions(std::uint64_t offered) noexcept {
    constexpr std::uint64_t kByPorts = RTE_ETH_RSS_NONFRAG_IPV4_UDP;
    constexpr std::uint64_t kByAddresses = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_OTHER;
    return (offered & kByPorts) != 0 ? offered & (kByPorts | RTE_ETH_RSS_IPV4)
                                     : offered & kByAddresses;
}

QueueChoice choose_queues(const rte_eth_dev_info& info, const PortOptions& options,
                          const std::string& port) {
    const bool enough =
        options.queues <= info.max_rx_queues && options.queues <= info.max_tx_queues;
    const bool wanted =
        options.distribution == Distribution::flow || options.distribution == Distribution::rss;
    const std::uint64_t hashes = rss_functions(info.flow_type_rss_offloads);
    if (options.queues > 1 && wanted && !enough) {
        throw program::UsageError(fmt::format(
            "--queues {}: port {} ({}) has {} receive queue{}; see --distribution", options.queues,
            port, info.driver_name, info.max_rx_queues, info.max_rx_queues == 1 ? "" : "s"));
    }
    if (options.queues > 1 && options.distribution == Distribution::rss && hashes == 0) {
        throw program::UsageError(
            fmt::format("--distribution rss: port {} ({}) has no RSS", port, info.driver_name));
    }
    const bool several =
        options.queues > 1 && enough && options.distribution != Distribution::software;
    QueueChoice choice;
    choice.rx_queues = several ? options.queues : std::uint16_t{1};
    choice.rss_functions = several ? hashes : 0;
    if (options.queues > 1) {
        choice.distribution = !several      ? Distribution::software
                              : hashes != 0 ? Distribution::rss
                                            : Distribution::driver;
    }
    // These give a share of the packets to each queue they were created with, polled or not.
    if ((is(info, "net_af_packet") || is(info, "net_pcap")) &&
        choice.rx_queues < info.max_rx_queues) {
        throw program::UsageError(fmt::format(
            "port {} was created with {} receive queues and would lose what comes to the others; "
            "use --queues {}, or create it with as many as are used",
            port, info.max_rx_queues, info.max_rx_queues));
    }
    return choice;
}

std::uint64_t choose_rx_offloads(const rte_eth_dev_info& info, const PortOptions& options,
                                 bool stamps_always, const std::string& port) {
    std::uint64_t wanted = options.rx_offloads;
    if ((info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) == 0) {
        wanted &= ~std::uint64_t{RTE_ETH_RX_OFFLOAD_VLAN_STRIP};
    }
    if (const std::uint64_t missing = wanted & ~info.rx_offload_capa; missing != 0) {
        throw program::UsageError(fmt::format("--rx-offloads: port {} ({}) has no {}; it has: {}",
                                              port, info.driver_name, rx_offload_names(missing),
                                              rx_offload_names(info.rx_offload_capa)));
    }
    if (!options.hardware_timestamps) return wanted;
    const bool can = (info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0;
    if (!can && !stamps_always) {
        throw program::UsageError(
            fmt::format("--hardware-timestamps: port {} ({}) has none", port, info.driver_name));
    }
    return can ? wanted | RTE_ETH_RX_OFFLOAD_TIMESTAMP : wanted;
}

const char* to_string(StampClock clock) noexcept {
    switch (clock) {
        case StampClock::port:
            return "converted";
        case StampClock::unreadable:
            return "not converted: the driver has no rte_eth_read_clock()";
        case StampClock::another:
            return "not converted: the driver's rte_eth_read_clock() reads another clock";
        case StampClock::software:
            return "not converted: software took them, not the port";
        case StampClock::several_queues:
            return "not converted: only for one queue";
    }
    return "unknown";
}

StampClock stamp_clock_of(const rte_eth_dev_info& info, std::uint16_t queues, int read) noexcept {
    if (is(info, "net_pcap") || is(info, "net_af_packet")) return StampClock::software;
    if (reads_another_clock(info.driver_name)) return StampClock::another;
    if (queues > 1) return StampClock::several_queues;
    return read == 0 ? StampClock::port : StampClock::unreadable;
}

rte_eth_conf port_configuration(const rte_eth_dev_info& info, const PortOptions& options,
                                const QueueChoice& queues, std::uint64_t rx_offloads) {
    rte_eth_conf conf{};
    conf.rxmode.offloads = rx_offloads;
    if (options.mtu != 0 && !is(info, "net_af_packet")) conf.rxmode.mtu = options.mtu;
    // A hash in each mbuf is asked for by itself, also where there is one queue.
    if (queues.rss_functions != 0 || (rx_offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH) != 0) {
        conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        conf.rx_adv_conf.rss_conf.rss_hf = rss_functions(info.flow_type_rss_offloads);
    }
    conf.intr_conf.lsc = (*info.dev_flags & RTE_ETH_DEV_INTR_LSC) != 0 ? 1 : 0;
    conf.intr_conf.rmv = (*info.dev_flags & RTE_ETH_DEV_INTR_RMV) != 0 ? 1 : 0;
    return conf;
}

rte_eth_rxconf queue_configuration(const rte_eth_dev_info& info, std::uint16_t rx_queues) noexcept {
    rte_eth_rxconf conf = info.default_rxconf;
    if (rx_queues > 1) conf.rx_drop_en = 1;
    return conf;
}

std::uint16_t mbuf_bytes(const rte_eth_dev_info& info, unsigned mtu) noexcept {
    constexpr unsigned kStep = 1'024;  // in which several NICs count their buffers
    constexpr unsigned kFrameBytes = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN + 2 * RTE_VLAN_HLEN;
    const unsigned room =
        (std::max(mtu + kFrameBytes, info.min_rx_bufsize) + kStep - 1) / kStep * kStep;
    const unsigned bytes =
        std::max<unsigned>(RTE_MBUF_DEFAULT_DATAROOM, room) + RTE_PKTMBUF_HEADROOM;
    return static_cast<std::uint16_t>(
        std::min<unsigned>(bytes, std::numeric_limits<std::uint16_t>::max()));
}

void check_mtu(const rte_eth_dev_info& info, const PortOptions& options, const std::string& port) {
    if (options.mtu == 0 || is(info, "net_af_packet") || info.max_mtu == 0) return;
    if (options.mtu >= info.min_mtu && options.mtu <= info.max_mtu) return;
    throw program::UsageError(fmt::format("--mtu {}: port {} ({}) takes {} to {}", options.mtu,
                                          port, info.driver_name, info.min_mtu, info.max_mtu));
}

bool holds_old_frames(std::string_view driver) noexcept {
    constexpr std::array<std::string_view, 6> kMeantForThisPort{
        "net_memif", "net_null", "net_pcap", "net_ring", "net_vhost", "net_virtio_user"};
    return std::ranges::find(kMeantForThisPort, driver) == kMeantForThisPort.end();
}

const char* to_string(FlowControl state) noexcept {
    switch (state) {
        case FlowControl::unknown:
            return "unknown";
        case FlowControl::was_off:
            return "off";
        case FlowControl::switched_off:
            return "switched off";
        case FlowControl::refused:
            return "on: the driver does not let it be switched off";
    }
    return "unknown";
}

bool must_switch_off(int asked, rte_eth_fc_mode mode) noexcept {
    return asked == 0 && mode != RTE_ETH_FC_NONE;
}

FlowControl flow_control_of(int asked, rte_eth_fc_mode mode, int set) noexcept {
    if (asked != 0) return FlowControl::unknown;
    if (!must_switch_off(asked, mode)) return FlowControl::was_off;
    return set == 0 ? FlowControl::switched_off : FlowControl::refused;
}

const char* to_string(MulticastFilter filter) noexcept {
    switch (filter) {
        case MulticastFilter::addresses:
            return "addresses";
        case MulticastFilter::allmulticast:
            return "allmulticast";
        case MulticastFilter::promiscuous:
            return "promiscuous";
        case MulticastFilter::none:
            return "none";
    }
    return "unknown";
}

// The directory of a CPU holds a link to each node that it belongs to: one.
int numa_node_of_cpu(unsigned cpu, const std::string& sysfs) {
    constexpr std::string_view kNode = "node";
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator{
             fmt::format("{}/devices/system/cpu/cpu{}", sysfs, cpu), ignored}) {
        const std::string name = entry.path().filename();
        int node = -1;
        const char* const end = name.data() + name.size();
        if (name.starts_with(kNode) && name.size() > kNode.size() &&
            std::from_chars(name.data() + kNode.size(), end, node).ptr == end)
            return node;
    }
    return -1;
}

std::string numa_warning(const std::string& port, int port_node, unsigned cpu, int cpu_node) {
    if (port_node < 0 || cpu_node < 0 || port_node == cpu_node) return {};
    return fmt::format(
        "dpdk_rx: warning: CPU {} is on NUMA node {}, port {} and its memory on node {}: every "
        "packet crosses between them; choose CPUs of node {} (`lscpu`)",
        cpu, cpu_node, port, port_node, port_node);
}

}  // namespace rxlab::dpdk_rx
