// SPDX-License-Identifier: MIT
#include "dpdk_rx/port/port_options.hpp"

#include "dpdk_rx/port/offloads.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/rx/packet_source.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <bit>
#include <map>
#include <stdexcept>

namespace rxlab::dpdk_rx {
namespace {

const std::map<std::string, Distribution> kDistributions{{"auto", Distribution::automatic},
                                                         {"flow", Distribution::flow},
                                                         {"rss", Distribution::rss},
                                                         {"software", Distribution::software}};

void set_igmp(IgmpOptions& options, const std::string& text) {
    options.on = text != "off";
    if (text == "2") options.version = IgmpVersion::v2;
    if (text == "3") options.version = IgmpVersion::v3;
}

std::uint32_t parse_source(const std::string& text) {
    std::uint32_t address = 0;
    try {
        address = wire::parse_ipv4_address(text);
    } catch (const std::invalid_argument& error) {
        throw CLI::ValidationError("--igmp-source", error.what());
    }
    if (wire::is_multicast(address) || address == 0xffffffff) {
        throw CLI::ValidationError("--igmp-source", text + " is no host's address");
    }
    return address;
}

void add_igmp_options(CLI::App& app, IgmpOptions& options) {
    app.add_option_function<std::string>(
           "--igmp", [&options](const std::string& text) { set_igmp(options, text); },
           "membership reports: auto (version 3, older ones where an older querier is heard), 2, 3 "
           "or off")
        ->check(CLI::IsMember({"auto", "2", "3", "off"}))
        ->default_str("auto");
    app.add_flag_callback(
        "--no-igmp", [&options] { options.on = false; }, "the same as --igmp off");
    app.add_option_function<std::string>(
           "--igmp-source",
           [&options](const std::string& text) { options.source = parse_source(text); },
           "IPv4 address of the reports; default: that of the kernel interface under the port, "
           "else 0.0.0.0")
        ->type_name("ADDRESS");
}

void add_queue_options(CLI::App& app, PortOptions& options) {
    app.add_option("--queues", options.queues,
                   "lcores that receive, each with the books of its share of the feeds; EAL's -l "
                   "chooses the lcores")
        ->check(CLI::Range(1, 64))
        ->type_name("N")
        ->capture_default_str();
    app.add_option_function<std::string>(
           "--distribution",
           [&options](const std::string& text) { options.distribution = kDistributions.at(text); },
           "how feeds come to their queue: auto, flow (rules in the port), rss, software")
        ->check(CLI::IsMember({"auto", "flow", "rss", "software"}))
        ->default_str("auto");
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

std::uint32_t mbufs_default(const PortOptions& options) noexcept {
    const std::uint32_t wanted =
        options.queues * std::max<std::uint32_t>(16'384, 4U * options.rx_descriptors);
    return std::bit_ceil(wanted) - 1;  // 2^n - 1 wastes no memory (rte_mempool_create)
}

void add_port_options(CLI::App& app, PortOptions& options) {
    add_queue_options(app, options);
    app.add_option("--rx-descriptors", options.rx_descriptors, "of each receive ring")
        ->check(CLI::Range(32, 32'768))
        ->each([&options](const std::string&) { options.rx_descriptors_given = true; })
        ->type_name("N")
        ->capture_default_str();
    // Vector receive functions round a burst down to a multiple of 4 or 8: less would be nothing.
    app.add_option("--burst", options.burst, "packets taken by one poll")
        ->check(CLI::Range(std::size_t{8}, rx::kBatchPackets))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--mtu", options.mtu,
                   "largest IP packet, with mbufs that hold it whole; default: the driver's, 1500")
        ->check(CLI::Range(68, 16'000))
        ->type_name("BYTES");
    app.add_option("--mbufs", options.mbufs,
                   "packet buffers in the pool; default: 16383 for each queue, more for long rings")
        ->check(CLI::Range(512U, 1U << 24))
        ->type_name("N");
    app.add_option_function<std::string>(
           "--rx-offloads",
           [&options](const std::string& text) { options.rx_offloads = parse_rx_offloads(text); },
           "work for the port: " + rx_offload_names() + ", with commas between")
        ->type_name("LIST");
    app.add_flag("--hardware-timestamps", options.hardware_timestamps,
                 "have the port stamp each packet, and report the stamps");
    app.add_option("--vlan", options.vlan, "take only the frames of this VLAN, and report in it")
        ->check(CLI::Range(1, 4'094))
        ->type_name("ID");
    add_igmp_options(app, options.igmp);
}

void check_port_options(const PortOptions& options, std::size_t groups) {
    if (options.queues > groups) {
        throw program::UsageError(
            fmt::format("--queues {}: there are {} feeds (--group), and the books of a feed belong "
                        "to one queue",
                        options.queues, groups));
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
