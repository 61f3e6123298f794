// SPDX-License-Identifier: MIT
//
// dpdk_rx: receives MoldUDP64 feeds from a DPDK port. See docs/contracts.md for its options.
#include "dpdk_source.hpp"
#include "eal.hpp"
#include "output_capture.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/receive.hpp>

#include <fmt/format.h>
#include <rte_eal.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace rxlab;

// `dpdk_rx EAL-OPTIONS -- OPTIONS`, DPDK's own convention.
struct CommandLine {
    std::vector<char*> eal;
    std::vector<char*> own;
};

bool asks_for_help(std::string_view argument) {
    return argument == "--help" || argument == "-h" || argument == "--version";
}

CommandLine split(std::span<char*> arguments) {
    const auto separator =
        std::find_if(arguments.begin(), arguments.end(),
                     [](const char* argument) { return std::string_view{argument} == "--"; });
    CommandLine line;
    line.own.push_back(arguments.front());
    if (separator == arguments.end()) {
        if (arguments.size() == 2 && asks_for_help(arguments[1])) {
            line.own.push_back(arguments[1]);
            return line;
        }
        throw program::UsageError("no `--`: dpdk_rx EAL-OPTIONS -- OPTIONS; see dpdk_rx --help");
    }
    line.eal.assign(arguments.begin(), separator);
    line.own.insert(line.own.end(), separator + 1, arguments.end());
    return line;
}

int show_eal_help(char* program) {
    char help[] = "--help";
    char* arguments[] = {program, help, nullptr};
    rte_eal_init(2, arguments);  // prints and exits
    return 0;
}

// Drivers report what went wrong on standard error and return a number; libbpf and libxdp print
// notes when all is well. The notes are dropped, complaints go into the one error message.
dpdk_rx::DpdkSource start_source(const dpdk_rx::PortOptions& options,
                                 std::span<const wire::Ipv4Endpoint> groups) {
    dpdk_rx::OutputCapture capture;
    try {
        return dpdk_rx::DpdkSource{options, groups};
    } catch (const program::RunError& error) {
        const std::string complaint = dpdk_rx::complaint_in(capture.finish());
        if (complaint.empty()) throw;
        throw program::RunError(fmt::format("{} ({})", error.what(), complaint));
    }
}

int run(std::span<char*> arguments) {
    if (arguments.size() == 2 && std::string_view{arguments[1]} == "--eal-help") {
        return show_eal_help(arguments[0]);
    }
    CommandLine line = split(arguments);
    rx::Options options;
    dpdk_rx::PortOptions port_options;
    CLI::App app{
        "Receives MoldUDP64 feeds from a DPDK port: dpdk_rx EAL-OPTIONS -- OPTIONS\n"
        "EAL's own options are shown by dpdk_rx --eal-help.",
        "dpdk_rx"};
    rx::add_options(app, options);
    app.add_option("--descriptors", port_options.descriptors, "of the receive ring")
        ->check(CLI::Range(32, 32'768))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--mbufs", port_options.mbufs, "packet buffers in the pool")
        ->check(CLI::Range(512U, 1U << 24))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--link-timeout", port_options.link_timeout_s, "how long to wait for link up")
        ->check(CLI::Range(0.0, 3'600.0))
        ->type_name("SECONDS")
        ->capture_default_str();
    if (!rx::parse_command_line(app, static_cast<int>(line.own.size()), line.own.data())) return 0;

    // Before EAL, which then takes the one CPU that is left as its main lcore.
    if (options.cpu) program::pin_to_cpu(*options.cpu);
    const dpdk_rx::Eal eal{line.eal};
    port_options.name = options.interface;
    return rx::run_receiver("dpdk_rx", "poll", options,
                            [&] { return start_source(port_options, options.groups); });
}

}  // namespace

int main(int argc, char** argv) {
    return rxlab::program::guard_main("dpdk_rx", rxlab::rx::kMemoryRemedy, [&] {
        return run({argv, static_cast<std::size_t>(argc)});
    });
}
