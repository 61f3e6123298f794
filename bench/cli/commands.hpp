// SPDX-License-Identifier: MIT
//
// The subcommands of rxbench. Each function adds its options to the command line and returns the
// function that runs the subcommand, which returns the exit status.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace rxlab::bench {

using Body = std::function<int()>;

Body add_run_command(CLI::App& app);
Body add_load_command(CLI::App& app);
Body add_decide_command(CLI::App& app);
Body add_recovery_command(CLI::App& app);
Body add_report_command(CLI::App& app);
Body add_join_command(CLI::App& app);
Body add_check_command(CLI::App& app);
Body add_compare_command(CLI::App& app);
Body add_sins_command(CLI::App& app);
// Only if the feed simulator is built.
Body add_selftest_command(CLI::App& app);

}  // namespace rxlab::bench
