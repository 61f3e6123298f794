// SPDX-License-Identifier: MIT
#include "dpdk_rx/port/port_options.hpp"

#include "dpdk_rx/port/decisions.hpp"

#include <rxlab/program/command_line.hpp>
#include <rxlab/rx/packet_source.hpp>

#include <fmt/format.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <sstream>

namespace rxlab::dpdk_rx {
namespace {

using program::add_value;

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

constexpr std::uint64_t kAllOffloads = std::numeric_limits<std::uint64_t>::max();

// "vlan-strip,udp-checksum" as bits. Throws CLI::ValidationError.
std::uint64_t parse_rx_offloads(const std::string& list) {
    std::uint64_t offloads = 0;
    std::istringstream names{list};
    for (std::string name; std::getline(names, name, ',');) {
        std::uint64_t bit = 0;
        for (const Offload& offload : kOffloads) {
            if (name == offload.name) bit = offload.bit;
        }
        if (bit == 0) {
            throw CLI::ValidationError("--rx-offloads",
                                       name + " is none of " + rx_offload_names(kAllOffloads));
        }
        offloads |= bit;
    }
    return offloads;
}

void add_queue_options(CLI::App& app, PortOptions& options) {
    add_value(app, "--queues", options.queues, "N",
              "lcores that receive, each with the books of its share of the feeds; EAL's -l "
              "chooses the lcores",
              CLI::Range(1, 64));
    program::add_choice<Distribution>(
        app, "--distribution", options.distribution,
        {{"auto", Distribution::automatic},
         {"flow", Distribution::flow},
         {"rss", Distribution::rss},
         {"software", Distribution::software}},
        "how feeds come to their queue: auto, flow (rules in the port), rss, software");
}

}  // namespace

const char* to_string(Distribution distribution) noexcept {
    switch (distribution) {
        case Distribution::automatic:
            return "auto";
        case Distribution::flow:
            return "flow";
        case Distribution::rss:
            return "rss";
        case Distribution::driver:
            return "driver";
        case Distribution::software:
            return "software";
    }
    return "unknown";
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

std::uint32_t mbufs_default(const PortOptions& options) noexcept {
    const std::uint32_t wanted =
        options.queues * std::max<std::uint32_t>(16'384, 4U * options.rx_descriptors);
    return std::bit_ceil(wanted) - 1;  // 2^n - 1 wastes no memory (rte_mempool_create)
}

void add_port_options(CLI::App& app, PortOptions& options) {
    add_queue_options(app, options);
    add_value(app, "--rx-descriptors", options.rx_descriptors, "N", "of each receive ring",
              CLI::Range(32, 32'768))
        ->each([&options](const std::string&) { options.rx_descriptors_given = true; });
    // Vector receive functions round a burst down to a multiple of 4 or 8: less would be nothing.
    add_value(app, "--burst", options.burst, "N", "packets taken by one poll",
              CLI::Range(std::size_t{8}, rx::kBatchPackets));
    add_value(app, "--mtu", options.mtu, "BYTES",
              "largest IP packet, with mbufs that hold it whole; default: the driver's, 1500",
              CLI::Range(68, 16'000));
    add_value(app, "--mbufs", options.mbufs, "N",
              "packet buffers in the pool; default: 16383 for each queue, more for long rings",
              CLI::Range(512U, 1U << 24));
    app.add_option_function<std::string>(
           "--rx-offloads",
           [&options](const std::string& text) { options.rx_offloads = parse_rx_offloads(text); },
           "work for the port: " + rx_offload_names(kAllOffloads) + ", with commas between")
        ->type_name("LIST");
    app.add_flag(
        "--hardware-timestamps", options.hardware_timestamps,
        "have the port stamp each packet, and report the stamps; the trace tells how long each "
        "took from there, where the port's clock can be read");
    add_value(app, "--vlan", options.vlan, "ID",
              "take only the frames of this VLAN, and send reports with its tag",
              CLI::Range(1, 4'094));
    igmp::add_options(app, options.igmp);
}

void check_port_options(const PortOptions& options, std::size_t groups) {
    if (options.queues > groups) {
        throw program::UsageError(
            fmt::format("--queues {}: there are {} feeds (--group), and the books of a feed belong "
                        "to one queue",
                        options.queues, groups));
    }
    if (options.burst < burst_min(options.queues)) {
        throw program::UsageError(fmt::format(
            "--burst {}: with --queues {} at least {}: a queue that takes packets over from others "
            "polls the port for half a burst, and several drivers return nothing for fewer than 8",
            options.burst, options.queues, burst_min(options.queues)));
    }
    const std::uint32_t needed =
        options.queues * (std::uint32_t{options.rx_descriptors} + 2U * options.burst);
    if (options.mbufs != 0 && options.mbufs < needed) {
        throw program::UsageError(
            fmt::format("--mbufs {}: {} receive ring{} of {} descriptors and the packets at work "
                        "need at least {}",
                        options.mbufs, options.queues, options.queues == 1 ? "" : "s",
                        options.rx_descriptors, needed));
    }
    if ((options.rx_offloads & RTE_ETH_RX_OFFLOAD_VLAN_FILTER) != 0 && options.vlan == 0) {
        throw program::UsageError("--rx-offloads vlan-filter: say which VLAN with --vlan");
    }
}

}  // namespace rxlab::dpdk_rx
