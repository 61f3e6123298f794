// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/command_line.hpp"

#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <rte_eal.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace rxlab::dpdk_rx {
namespace {

bool asks_for_help(std::string_view argument) {
    return argument == "--help" || argument == "-h" || argument == "--version";
}

}  // namespace

CommandLine split_command_line(std::span<char*> arguments) {
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
        throw program::UsageError(fmt::format("no `--`: {0} EAL-OPTIONS -- OPTIONS; see {0} --help",
                                              program_invocation_short_name));
    }
    line.eal.assign(arguments.begin(), separator);
    line.own.insert(line.own.end(), separator + 1, arguments.end());
    return line;
}

bool asks_for_eal_help(std::span<char*> arguments) {
    return arguments.size() == 2 && std::string_view{arguments[1]} == "--eal-help";
}

int show_eal_help(char* program) {
    char help[] = "--help";
    char* arguments[] = {program, help, nullptr};
    rte_eal_init(2, arguments);  // prints and exits
    return 0;
}

}  // namespace rxlab::dpdk_rx
