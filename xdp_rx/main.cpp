// SPDX-License-Identifier: MIT
//
// xdp_rx: receives MoldUDP64 feeds through AF_XDP sockets. See docs/contracts.md for its options.
#include "xdp_rx/order_socket.hpp"
#include "xdp_rx/xdp_source.hpp"

#include <rxlab/link/link_watch.hpp>
#include <rxlab/link/order_route.hpp>
#include <rxlab/program/command_line.hpp>
#include <rxlab/recovery/recovery.hpp>
#include <rxlab/rx/capture_source.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/several_ports.hpp>

#include <bit>
#include <limits>
#include <memory>
#include <optional>

namespace {

using namespace rxlab;

void add_xdp_options(CLI::App& app, xdp_rx::XdpOptions& xdp) {
    program::add_choice<xdp_rx::Hook>(app, "--hook", xdp.hook,
                                      {{"auto", xdp_rx::Hook::any},
                                       {"native", xdp_rx::Hook::native},
                                       {"generic", xdp_rx::Hook::generic}},
                                      "where the XDP program runs: in the driver (native), or "
                                      "behind it, on any interface (generic)");
    program::add_choice<xdp_rx::Copy>(app, "--copy", xdp.xsk.copy,
                                      {{"auto", xdp_rx::Copy::automatic},
                                       {"copy", xdp_rx::Copy::copy},
                                       {"zero-copy", xdp_rx::Copy::zero_copy}},
                                      "how a frame comes into our memory: copied by the kernel, or "
                                      "written by the card (zero-copy); auto: the latter where the "
                                      "driver has it");
    app.add_option("--queue", xdp.queues,
                   "receive from this queue only; repeat for several; default: all")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("N");
    program::add_value(app, "--ring-frames", xdp.xsk.frames, "N",
                       "frames of each queue, rounded up to a power of two",
                       CLI::Range(64U, 65'536U));
    program::add_value(app, "--busy-poll", xdp.xsk.busy_poll_us, "MICROSECONDS",
                       "let this thread run the driver's receive work (SO_PREFER_BUSY_POLL): a "
                       "system call for each poll that finds nothing",
                       CLI::Range(1, 1'000'000));
}

// Asked for before anything is received: while the kernel asks for an address, packets would pile
// up.
std::optional<wire::UdpFrame> order_route(const rx::Options& options) {
    if (!options.respond) return {};
    return link::order_route(rx::interfaces_of(options).front().name, options);
}

int run(int argc, char** argv) {
    rx::Options options;
    xdp_rx::XdpOptions xdp;
    CLI::App app{"Receives MoldUDP64 feeds through AF_XDP sockets, with an XDP program of its own.",
                 "xdp_rx"};
    rx::add_options(app, options);
    rx::add_respond_options(app, options, rx::OrdersAs::frames);
    add_xdp_options(app, xdp);
    rx::CaptureOptions capture;
    rx::add_time_option(app, capture);
    if (!program::parse_command_line(app, argc, argv)) return 0;

    if (!options.read_pcap.empty())
        return rx::read_capture("xdp_rx", options, recovery::make_policy, capture);
    rx::require_interfaces(options, "where to receive; see `ip link`");
    if (xdp.hook == xdp_rx::Hook::generic && xdp.xsk.copy == xdp_rx::Copy::zero_copy)
        throw program::UsageError("--copy zero-copy: the generic hook only copies");
    xdp.xsk.frames = std::bit_ceil(xdp.xsk.frames);
    xdp.link_wait_s = options.link_wait_s;
    link::warn_of_no_source("xdp_rx", rx::lines_of(options));
    if (options.respond) xdp.xsk.transmit_frames = xdp_rx::kTransmitFrames;
    const std::optional<wire::UdpFrame> route = order_route(options);
    return rx::run_on_interfaces(
        "xdp_rx", "af-xdp", options, recovery::make_policy,
        [&](const rx::Interface& interface) {
            return xdp_rx::XdpSource{interface.lines, interface.name, xdp};
        },
        [&](xdp_rx::XdpSource& source) {
            return std::make_unique<xdp_rx::OrderSocket>(source.socket(), *route);
        });
}

}  // namespace

int main(int argc, char** argv) {
    return rxlab::program::guard_main("xdp_rx", rxlab::rx::kMemoryRemedy,
                                      [&] { return run(argc, argv); });
}
