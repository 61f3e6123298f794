// SPDX-License-Identifier: MIT
//
// The options that all receivers share (docs/contracts.md). A receiver adds its own to the same
// CLI::App.
#pragma once

#include <rxlab/wire/address.hpp>

#include <CLI/CLI.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rxlab::rx {

struct Options {
    std::vector<wire::Ipv4Endpoint> groups;  // index: feed
    std::string interface;
    std::optional<unsigned> cpu;
    std::string trace_path;
    std::uint64_t trace_records = 1'000'000;
    std::string json_path;           // "-": standard output
    std::uint64_t messages_max = 0;  // 0: no limit
    bool exit_at_end_of_session = false;
    double statistics_seconds = 0;  // 0: none
    std::size_t orders = 1'000'000;
    std::size_t levels = 262'144;
    std::size_t top = 5;
    bool stamped = false;
    double gaps_us = 0;  // 0: no gap log
};

// What to do when a receiver's memory cannot be had.
inline constexpr std::string_view kMemoryRemedy =
    "ask for fewer --orders, --levels or --trace-records";

// Registers the shared options on `app`; parsed values go to `options`, which must outlive `app`.
void add_options(CLI::App& app, Options& options);

// Parses the command line. Returns false after printing what --help or --version asked for.
// Throws program::UsageError on anything that is wrong with the options.
bool parse_command_line(CLI::App& app, int argc, const char* const* argv);

}  // namespace rxlab::rx
