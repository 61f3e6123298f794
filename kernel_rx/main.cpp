// SPDX-License-Identifier: MIT
//
// kernel_rx: receives MoldUDP64 feeds through sockets. See docs/contracts.md for its options.
#include "command_line.hpp"
#include "numa_placement.hpp"
#include "order_socket.hpp"
#include "sources.hpp"

#include <rxlab/program/command_line.hpp>
#include <rxlab/recovery/recovery.hpp>
#include <rxlab/rx/capture_source.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/receive.hpp>

#include <fmt/format.h>

#include <memory>
#include <string>
#include <type_traits>

namespace {

using namespace rxlab;

// A network's VLAN has an interface of its own.
void refuse_vlan_without_capture(const rx::Options& options, const rx::CaptureOptions& capture) {
    if (!capture.vlan) return;
    throw program::UsageError(fmt::format(
        "--vlan {0}: chooses among a capture's VLANs; to receive from one, name its interface, as "
        "in --interface {1}.{0} (ip link add link {1} name {1}.{0} type vlan id {0})",
        *capture.vlan, options.interface.empty() ? "eth0" : options.interface));
}

int receive(const rx::Options& options, const kernel_rx::SocketOptions& socket_options) {
    const auto lines = rx::lines_of(options);
    return kernel_rx::with_source_of(
        socket_options, lines.size(), [&]<typename Source>(std::type_identity<Source>) {
            return rx::run_receiver(
                "kernel_rx", std::string{kernel_rx::name_of(socket_options.mode)}, options,
                recovery::make_policy,
                [&] {
                    return Source{lines, options.interface, socket_options};
                },
                [&](Source&) {
                    return std::make_unique<kernel_rx::OrderSocket>(*options.respond);
                });
        });
}

int run(int argc, char** argv) {
    rx::Options options;
    kernel_rx::SocketOptions socket_options;
    CLI::App app{"Receives MoldUDP64 feeds through sockets.", "kernel_rx"};
    rx::add_options(app, options);
    rx::add_respond_options(app, options, rx::OrdersAs::datagrams);
    kernel_rx::add_socket_options(app, socket_options);
    rx::CaptureOptions capture;
    rx::add_time_option(app, capture);
    program::add_value(app, "--vlan", capture.vlan, "ID",
                       "of a capture, take only this VLAN's frames; 0: untagged ones",
                       CLI::Range(0, 4'094));
    if (!program::parse_command_line(app, argc, argv)) return 0;
    kernel_rx::complete(app, socket_options);

    if (!options.read_pcap.empty())
        return rx::read_capture("kernel_rx", options, recovery::make_policy, capture);
    refuse_vlan_without_capture(options, capture);
    rx::require_interfaces(options, "where to receive; see `ip link`");
    socket_options.link_wait_s = options.link_wait_s;
    socket_options.sleep_ms_max = options.sleep_ms_max();
    for (const rx::Interface& interface : rx::interfaces_of(options))
        kernel_rx::prefer_local_memory(options.cpu, interface.name);
    return receive(options, socket_options);
}

}  // namespace

int main(int argc, char** argv) {
    return rxlab::program::guard_main("kernel_rx", rxlab::rx::kMemoryRemedy,
                                      [&] { return run(argc, argv); });
}
