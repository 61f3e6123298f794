// SPDX-License-Identifier: MIT
//
// kernel_rx: receives MoldUDP64 feeds through sockets. See docs/contracts.md for its options.
#include "numa_placement.hpp"
#include "socket_source.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/recovery/recovery.hpp>
#include <rxlab/rx/capture_source.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/receive.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <string>

namespace {

using namespace rxlab;

// Where gaps are waited for and answers come beside packets, a sleep must not last.
constexpr int kSleepMax_ms = 1;

int run(int argc, char** argv) {
    rx::Options options;
    kernel_rx::SocketOptions socket_options;
    CLI::App app{"Receives MoldUDP64 feeds through sockets.", "kernel_rx"};
    rx::add_options(app, options);
    const std::map<std::string, kernel_rx::Mode> modes{{"block", kernel_rx::Mode::block},
                                                       {"spin", kernel_rx::Mode::spin}};
    std::string mode = "spin";
    app.add_option("--mode", mode, "sleep in the kernel (block) or never sleep (spin)")
        ->check(CLI::IsMember({"block", "spin"}))
        ->capture_default_str();
    app.add_option("--receive-buffer", socket_options.receive_buffer_bytes,
                   "SO_RCVBUF of each socket")
        ->check(CLI::Range(4'096, std::numeric_limits<int>::max() / 2))
        ->type_name("BYTES");
    app.add_flag("--kernel-timestamps", socket_options.kernel_timestamps,
                 "let the kernel stamp packets on their way in (SO_TIMESTAMPNS): the trace tells "
                 "how long each took from there; costs each packet a little");
    rx::CaptureOptions capture;
    rx::add_time_option(app, capture);
    rx::add_vlan_option(app, capture);
    if (!rx::parse_command_line(app, argc, argv)) return 0;

    if (!options.read_pcap.empty())
        return rx::read_capture("kernel_rx", options, recovery::make_policy, capture);
    rx::refuse_vlan_without_capture(options, capture);
    if (options.interface.empty()) {
        throw program::UsageError("--interface is missing: where to receive; see `ip link`");
    }
    socket_options.mode = modes.at(mode);
    socket_options.link_wait_s = options.link_wait_s;
    // A silence is noticed when a sleep is over.
    const auto quarter_ms = static_cast<int>(std::min(options.silence_s * 250, 100.0));
    socket_options.sleep_ms_max = options.ordered() ? kSleepMax_ms : std::max(quarter_ms, 1);
    kernel_rx::prefer_local_memory(options.cpu, options.interface);
    return rx::run_receiver("kernel_rx", mode, options, recovery::make_policy, [&] {
        return kernel_rx::SocketSource{rx::lines_of(options), options.interface, socket_options};
    });
}

}  // namespace

int main(int argc, char** argv) {
    return rxlab::program::guard_main("kernel_rx", rxlab::rx::kMemoryRemedy,
                                      [&] { return run(argc, argv); });
}
