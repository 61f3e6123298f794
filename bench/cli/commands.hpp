// SPDX-License-Identifier: MIT
//
// The subcommands of rxbench. Each function adds its options to the command line and returns the
// function that runs the subcommand, which returns the exit status.
#pragma once

#include "bench/result/result.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace rxlab::bench {

using Body = std::function<int()>;

// In green, yellow or red where standard output shows colours.
[[nodiscard]] std::string coloured_verdict(VerdictKind verdict);

Body add_run_command(CLI::App& app);
Body add_load_command(CLI::App& app);
Body add_decide_command(CLI::App& app);
Body add_drain_command(CLI::App& app);
Body add_recovery_command(CLI::App& app);
Body add_respond_command(CLI::App& app);
Body add_report_command(CLI::App& app);
Body add_join_command(CLI::App& app);
Body add_check_command(CLI::App& app);
Body add_compare_command(CLI::App& app);
Body add_sins_command(CLI::App& app);
// Only if the feed simulator is built.
Body add_selftest_command(CLI::App& app);

}  // namespace rxlab::bench
