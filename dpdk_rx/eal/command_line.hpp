// SPDX-License-Identifier: MIT
//
// `PROGRAM EAL-OPTIONS -- OPTIONS`, DPDK's own convention, for the programs that start EAL.
// Ownership: views the arguments of main(). Threading: stateless.
#pragma once

#include <span>
#include <vector>

namespace rxlab::dpdk_rx {

// Both begin with the program's name.
struct CommandLine {
    std::vector<char*> eal;  // empty where only help or the version was asked for
    std::vector<char*> own;
};

// What --help has between the program's name and its own options.
inline constexpr const char* kBeforeOptions = " EAL-OPTIONS --";

// Throws program::UsageError where there is no `--`, unless the only argument is -h, --help or
// --version.
[[nodiscard]] CommandLine split_command_line(std::span<char*> arguments);

// `PROGRAM --eal-help`, which show_eal_help() answers: it prints EAL's options, and EAL then ends
// the process with exit status 0.
[[nodiscard]] bool asks_for_eal_help(std::span<char*> arguments);
int show_eal_help(char* program);

}  // namespace rxlab::dpdk_rx
