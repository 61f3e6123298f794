// SPDX-License-Identifier: MIT
//
// feedsim_dpdk: feedsim through a DPDK port. See docs/contracts.md for its options.
#include "dpdk_rx/eal/command_line.hpp"
#include "dpdk_rx/eal/eal.hpp"
#include "dpdk_rx/eal/peer_sockets.hpp"
#include "feedsim/dpdk/port_inbox.hpp"
#include "feedsim/dpdk/port_transmitter.hpp"
#include "feedsim/dpdk/send_port.hpp"
#include "feedsim/load_recording.hpp"
#include "feedsim/market/recording.hpp"
#include "feedsim/options.hpp"
#include "feedsim/simulation.hpp"
#include "feedsim/stop_signals.hpp"

#include <rxlab/program/command_line.hpp>
#include <rxlab/program/cpu.hpp>
#include <rxlab/program/errors.hpp>

#include <nlohmann/json.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace {

using namespace rxlab;

constexpr const char* kName = "feedsim_dpdk";

struct PortArguments {
    double link_wait_s = 5;
    std::string source = "10.0.0.1";
};

std::optional<feedsim::Options> parse(std::span<char*> arguments, PortArguments& port) {
    feedsim::OtherProgram program{
        kName,
        "Sends market data feeds through a DPDK port.\n"
        "EAL's own options are shown by feedsim_dpdk --eal-help.",
        dpdk_rx::kBeforeOptions, "port to send from, by name or number; default: the only one",
        [&port](CLI::App& app) {
            program::add_value(app, "--link-wait", port.link_wait_s, "SECONDS",
                               "how long to wait for the port's link, and so for the other end",
                               CLI::Range(0.0, 86'400.0));
            program::add_value(app, "--source", port.source, "ADDRESS",
                               "IPv4 address that the packets come from");
        }};
    return feedsim::parse_options_of(program, static_cast<int>(arguments.size()), arguments.data());
}

void send(const feedsim::Options& options, const PortArguments& arguments,
          std::span<char*> eal_arguments, const std::atomic<bool>& stop) {
    const feedsim::FrameOptions frame{
        program::parsed("--source", arguments.source, wire::parse_host_address), options.ttl,
        options.vlan};
    const auto server_cpus = feedsim::ServerCpus::without(options.cpu);
    const cpu_set_t allowed = dpdk_rx::allowed_cpus();
    // Before EAL, which then takes the one CPU that is left as its main lcore.
    if (options.cpu) program::pin_to_cpu(*options.cpu);
    dpdk_rx::wait_for_listeners(eal_arguments, arguments.link_wait_s, stop);
    const dpdk_rx::Eal eal{eal_arguments};
    const dpdk_rx::ControlThreads threads{1, allowed};
    std::optional<feedsim::SendPort> port;
    threads.start_port([&] { port.emplace(options.interface, arguments.link_wait_s, stop); });
    const feedsim::WayOut way{
        [&](const wire::Ipv4Endpoint& group) {
            return std::make_unique<feedsim::PortTransmitter>(*port, group, frame);
        },
        [&](latency::Clock clock, feedsim::OrderLog& log) {
            return std::make_unique<feedsim::PortInbox>(*port, *options.orders, clock, log);
        },
        [&](nlohmann::ordered_json& summary) { summary["port"] = port->report(); }};
    feedsim::send_feeds(options, stop, way, server_cpus);
}

int run(std::span<char*> arguments) {
    if (dpdk_rx::asks_for_eal_help(arguments)) return dpdk_rx::show_eal_help(arguments[0]);
    dpdk_rx::CommandLine line = dpdk_rx::split_command_line(arguments);
    PortArguments port;
    auto options = parse(line.own, port);
    if (!options) return 0;
    feedsim::load_recording(*options);
    const std::atomic<bool>& stop = feedsim::stop_requested();
    if (options->writes_file()) {  // no port, so no EAL, huge pages or privileges either
        feedsim::write_feeds(*options, stop);
    } else {
        send(*options, port, line.eal, stop);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    return rxlab::program::guard_main(kName, "fewer groups, or a bound (--packets), need less",
                                      [&] {
                                          return run({argv, static_cast<std::size_t>(argc)});
                                      });
}
