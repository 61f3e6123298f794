// SPDX-License-Identifier: MIT
//
// The subcommands of rxbench. Each function adds its options to the command line and returns the
// function that runs the subcommand, which returns the exit status.
#pragma once

#include "bench/result/result.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace rxlab::bench {

using Body = std::function<int()>;

// In green, yellow or red where standard output shows colours.
[[nodiscard]] std::string coloured_verdict(VerdictKind verdict);

// Standard output of a command that leaves a result: for people, what it says and which files it
// wrote; with --json, the result's document and nothing else.
struct Output {
    bool json = false;

    void say(std::string_view text) const;                 // to people
    void wrote(const std::filesystem::path& file) const;   // tables, a plot
    void result(const std::filesystem::path& file) const;  // its path, or what is in it
};

// --json: for every command that prints what a program may want to read.
void add_json_option(CLI::App& command, bool& json);

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
