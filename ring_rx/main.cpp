// SPDX-License-Identifier: MIT
//
// ring_rx: receives MoldUDP64 feeds from the device of kernel/ring. See docs/contracts.md for the
// options that it shares with other receivers.
#include "ring_rx/ring_source.hpp"

#include <rxlab/program/command_line.hpp>
#include <rxlab/recovery/recovery.hpp>
#include <rxlab/rx/capture_source.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/several_ports.hpp>

#include <string>

namespace {

using namespace rxlab;
using ring_rx::Mode;

const char* name_of(Mode mode) {
    switch (mode) {
        case Mode::poll:
            return "poll";
        case Mode::read:
            return "read";
        case Mode::ring:
            break;
    }
    return "ring";
}

int run(int argc, char** argv) {
    rx::Options options;
    Mode mode = Mode::ring;
    CLI::App app{"Receives MoldUDP64 feeds from a ring that it shares with a driver.", "ring_rx"};
    rx::add_options(app, options);
    program::add_choice<Mode>(
        app, "--mode", mode, {{"ring", Mode::ring}, {"poll", Mode::poll}, {"read", Mode::read}},
        "spin over the mapped ring (ring), sleep where it is empty (poll), or a system call for "
        "each packet (read)");
    rx::CaptureOptions capture;
    rx::add_time_option(app, capture);
    if (!program::parse_command_line(app, argc, argv)) return 0;

    if (!options.read_pcap.empty())
        return rx::read_capture("ring_rx", options, recovery::make_policy, capture);
    if (options.interface.empty()) options.interface = "/dev/rxring";
    if (mode != Mode::ring && rx::interfaces_of(options).size() > 1)
        throw program::UsageError("--mode: a thread that sleeps on one device is deaf for others");
    return rx::run_on_interfaces("ring_rx", name_of(mode), options, recovery::make_policy,
                                 [&](const rx::Interface& interface) {
                                     return ring_rx::RingSource{interface.name, interface.lines,
                                                                mode, options.sleep_ms_max()};
                                 });
}

}  // namespace

int main(int argc, char** argv) {
    return rxlab::program::guard_main("ring_rx", rxlab::rx::kMemoryRemedy,
                                      [&] { return run(argc, argv); });
}
