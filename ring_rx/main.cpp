// SPDX-License-Identifier: MIT
//
// ring_rx: receives MoldUDP64 feeds from the device of kernel/ring. See docs/contracts.md for the
// options that it shares with other receivers.
#include "ring_rx/ring_source.hpp"

#include <rxlab/program/command_line.hpp>
#include <rxlab/recovery/recovery.hpp>
#include <rxlab/rx/capture_source.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/receive.hpp>

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
    const std::string device = options.interface.empty() ? "/dev/rxring" : options.interface;
    return rx::run_receiver("ring_rx", name_of(mode), options, recovery::make_policy, [&] {
        return ring_rx::RingSource{device, rx::lines_of(options), mode, options.sleep_ms_max()};
    });
}

}  // namespace

int main(int argc, char** argv) {
    return rxlab::program::guard_main("ring_rx", rxlab::rx::kMemoryRemedy,
                                      [&] { return run(argc, argv); });
}
