// SPDX-License-Identifier: MIT
//
// dpdk_rx: receives MoldUDP64 feeds from a DPDK port. See docs/contracts.md for its options.
#include "dpdk_rx/eal/command_line.hpp"
#include "dpdk_rx/eal/eal.hpp"
#include "dpdk_rx/port/port_options.hpp"
#include "dpdk_rx/queues/order_queue.hpp"
#include "dpdk_rx/queues/queues.hpp"
#include "dpdk_rx/queues/telemetry.hpp"

#include <rxlab/link/link_watch.hpp>
#include <rxlab/link/order_route.hpp>
#include <rxlab/program/command_line.hpp>
#include <rxlab/recovery/recovery.hpp>
#include <rxlab/rx/capture_source.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/several_ports.hpp>

#include <fmt/format.h>
#include <rte_lcore.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace rxlab;

// One lcore for each queue: EAL's -l chooses them, the main lcore takes queue 0.
void require_lcores(const rx::Options& options, const dpdk_rx::PortOptions& port_options) {
    if (options.cpu) {
        throw program::UsageError(
            "--cpu is for one queue; with --queues, EAL's -l before the -- chooses the CPUs");
    }
    if (rte_lcore_count() < port_options.queues) {
        throw program::UsageError(fmt::format(
            "--queues {}: EAL has {} lcore{}, and each queue needs one; choose them with -l before "
            "the --, e.g. -l 0-{}",
            port_options.queues, rte_lcore_count(), rte_lcore_count() == 1 ? "" : "s",
            port_options.queues - 1));
    }
}

// Asked for before the port starts: it may take the kernel's frames from then on.
std::optional<wire::UdpFrame> order_route(const rx::Options& options) {
    if (!options.respond) return {};
    const std::uint16_t port = dpdk_rx::find_port(rx::interfaces_of(options).front().name);
    rte_eth_dev_info info{};
    static_cast<void>(rte_eth_dev_info_get(port, &info));
    rte_ether_addr address{};
    static_cast<void>(rte_eth_macaddr_get(port, &address));
    return link::order_route(dpdk_rx::KernelInterface{info.if_index}.name(), options,
                             std::bit_cast<wire::MacAddress>(address));
}

// A port may be named in several ways.
void require_different_ports(std::span<const rx::Interface> interfaces) {
    std::map<std::uint16_t, std::string> names;
    for (const rx::Interface& interface : interfaces) {
        const auto [known, is_new] =
            names.emplace(dpdk_rx::find_port(interface.name), interface.name);
        if (is_new) continue;
        throw program::UsageError(
            fmt::format("--group …@{}: is the port {}; name it in one way", interface.name,
                        known->second.empty() ? "without a name" : known->second));
    }
}

void require_one_port(const rx::Options& options, const dpdk_rx::PortOptions& port_options) {
    if (rx::interfaces_of(options).size() == 1) return;
    throw program::UsageError(fmt::format(
        "--queues {}: lines on different ports are received by one lcore, which polls them in turn",
        port_options.queues));
}

int run(std::span<char*> arguments) {
    if (dpdk_rx::asks_for_eal_help(arguments)) return dpdk_rx::show_eal_help(arguments[0]);
    dpdk_rx::CommandLine line = dpdk_rx::split_command_line(arguments);
    rx::Options options;
    dpdk_rx::PortOptions port_options;
    CLI::App app{
        "Receives MoldUDP64 feeds from a DPDK port.\n"
        "EAL's own options are shown by dpdk_rx --eal-help.",
        "dpdk_rx"};
    rx::add_options(app, options);
    rx::add_respond_options(app, options, rx::OrdersAs::frames);
    dpdk_rx::add_port_options(app, port_options);
    rx::CaptureOptions capture;
    rx::add_time_option(app, capture);
    if (!program::parse_command_line(app, static_cast<int>(line.own.size()), line.own.data(),
                                     dpdk_rx::kBeforeOptions))
        return 0;

    if (!options.read_pcap.empty()) {  // no port, so no EAL, huge pages or privileges either
        if (port_options.queues > 1) {
            throw program::UsageError("--queues: a capture is read by one thread");
        }
        if (port_options.vlan != 0) capture.vlan = port_options.vlan;
        return rx::read_capture("dpdk_rx", options, recovery::make_policy, capture);
    }
    dpdk_rx::check_port_options(port_options, options.groups.size());
    const cpu_set_t allowed = dpdk_rx::allowed_cpus();
    // Before EAL, which then takes the one CPU that is left as its main lcore.
    if (options.cpu) program::pin_to_cpu(*options.cpu);
    const dpdk_rx::Eal eal{line.eal};
    const bool has_telemetry = std::ranges::none_of(
        line.eal, [](std::string_view text) { return text == "--no-telemetry"; });
    if (has_telemetry) {
        dpdk_rx::register_telemetry();
        options.on_metrics = &dpdk_rx::set_metrics;
    }
    const dpdk_rx::ControlThreads threads{port_options.queues, allowed};
    port_options.name = rx::interfaces_of(options).front().name;
    port_options.link_wait_s = options.link_wait_s;
    const std::vector<rx::Line> lines = rx::lines_of(options);
    link::warn_of_no_source("dpdk_rx", lines);
    if (port_options.queues > 1) {
        if (options.respond) throw program::UsageError("--respond: is for one queue");
        require_one_port(options, port_options);
        require_lcores(options, port_options);
        return dpdk_rx::run_several_queues(options, port_options, threads, recovery::make_policy);
    }
    const std::vector<rx::Interface> interfaces = rx::interfaces_of(options);
    require_different_ports(interfaces);
    // run_receiver() pins this thread to --cpu, wherever EAL has put the main lcore.
    const unsigned cpu = options.cpu.value_or(dpdk_rx::cpu_of(rte_get_main_lcore()));
    for (const rx::Interface& interface : interfaces)
        dpdk_rx::warn_about_numa(interface.name, cpu);
    const std::optional<wire::UdpFrame> route = order_route(options);
    const dpdk_rx::Pool order_pool =
        route ? dpdk_rx::make_order_pool(dpdk_rx::find_port(interfaces.front().name)) : nullptr;
    return rx::run_on_interfaces(
        "dpdk_rx", "poll", options, recovery::make_policy,
        [&](const rx::Interface& interface) {
            dpdk_rx::PortOptions own = port_options;
            own.name = interface.name;
            return threads.start_port([&] { return dpdk_rx::SingleQueue{own, interface.lines}; });
        },
        [&](dpdk_rx::SingleQueue& source) {
            return std::make_unique<dpdk_rx::OrderQueue>(source.port().id(), *order_pool, *route);
        });
}

}  // namespace

int main(int argc, char** argv) {
    return rxlab::program::guard_main("dpdk_rx", rxlab::rx::kMemoryRemedy, [&] {
        return run({argv, static_cast<std::size_t>(argc)});
    });
}
