// SPDX-License-Identifier: MIT
//
// rxbench: measures receivers side by side on one wire, judges the figures and reports them.
#include "bench/cli/commands.hpp"
#include "bench/run/process.hpp"

#include <rxlab/program/command_line.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <vector>

namespace {

using namespace rxlab::bench;

constexpr int kDone = 0, kFailed = 1, kWrongUsage = 2, kSignalBase = 128;

int run(int argc, char** argv) {
    CLI::App app{"Measures kernel sockets against DPDK on one wire, and judges the figures.",
                 "rxbench"};
    app.require_subcommand(1);
    std::vector<Body> bodies;
    for (const auto& add :
         {add_run_command, add_load_command, add_decide_command, add_drain_command,
          add_recovery_command, add_respond_command, add_report_command, add_join_command,
          add_check_command, add_compare_command, add_sins_command}) {
        bodies.push_back(add(app));
    }
#ifdef RXLAB_WITH_SELFTEST
    bodies.push_back(add_selftest_command(app));
#endif
    if (!rxlab::program::parse_command_line(app, argc, argv)) return kDone;
    const SignalWatch watch;
    std::size_t index = 0;
    for (const CLI::App* command : app.get_subcommands({})) {
        if (command->parsed()) return bodies[index]();
        ++index;
    }
    return kWrongUsage;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const Interrupted& interruption) {
        fmt::print(stderr, "\nrxbench: {}; its programs have stopped and its test bed is down\n",
                   interruption.what());
        return kSignalBase + interruption.signal();
    } catch (const rxlab::program::UsageError& error) {
        fmt::print(stderr, "rxbench: {}\n", error.what());
        return kWrongUsage;
    } catch (const std::exception& error) {
        fmt::print(stderr, "rxbench: {}\n", error.what());
        return kFailed;
    }
    return kDone;
}
