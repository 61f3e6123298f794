// SPDX-License-Identifier: MIT
#include "bench/cli/guest_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

using Arguments = std::vector<std::string>;

// Options that only concern the host, each with a value.
constexpr std::array kHostOptions{"--testbed", "--output",      "--nic-model",   "--kernel",
                                  "--timeout", "--program-dir", "--testbed-dir", "--rung"};

// What an emulated machine with two processors sustains without loss, if the user does not ask for
// other values.
constexpr std::array<std::array<const char*, 2>, 4> kDefaults{
    {{"--rate", "200"}, {"--seconds", "2"}, {"--rounds", "1"}, {"--scenario", "single"}}};

bool has_option(const Arguments& arguments, const std::string& name) {
    return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
        return argument == name || argument.starts_with(name + "=");
    });
}

Arguments own_arguments() {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    Arguments arguments;
    for (std::string argument; std::getline(file, argument, '\0');)
        arguments.push_back(argument);
    return arguments;
}

}  // namespace

Arguments guest_arguments(const Arguments& arguments, const std::string& model,
                          const fs::path& output) {
    Arguments result;
    for (auto each = arguments.begin(); each != arguments.end(); ++each) {
        const std::string name = each->substr(0, each->find('='));
        if (std::find(kHostOptions.begin(), kHostOptions.end(), name) == kHostOptions.end()) {
            result.push_back(*each);
        } else if (name == *each && std::next(each) != arguments.end()) {
            ++each;  // its value
        }
    }
    for (const auto& [name, value] : kDefaults) {
        if (!has_option(arguments, name)) result.insert(result.end(), {name, value});
    }
    if (!has_option(arguments, "--control")) result.emplace_back("--no-control");
    if (!has_option(arguments, "--receiver")) {
        result.insert(result.end(), {"--receiver", "kernel-block", "--receiver", "dpdk-port"});
        if (model == "e1000e") result.insert(result.end(), {"--receiver", "nic-port"});
    }
    result.insert(result.end(), {"--testbed", "nic", "--rung", "vm", "--tx-port", "eth0",
                                 "--rx-port", "eth1", "--output", output.string()});
    return result;
}

int run_in_guest(const GuestOptions& options, const fs::path& testbed_dir, const fs::path& output) {
    const Arguments own = own_arguments();
    const fs::path folder = fs::canonical(output);
    const std::string nic = options.model;
    Arguments command{(testbed_dir / "vm" / "vm").string(),
                      "run",
                      "--cores",
                      "2",
                      "--memory",
                      "2048",
                      "--timeout",
                      std::to_string(options.timeout_s),
                      "--iommu",
                      "--nic",
                      nic,
                      "--nic",
                      nic,
                      "--share-rw",
                      folder.string()};
    if (!options.kernel.empty()) command.insert(command.end(), {"--kernel", options.kernel});
    command.insert(command.end(), {"--", fs::read_symlink("/proc/self/exe").string()});
    const Arguments inside = guest_arguments({own.begin() + 1, own.end()}, nic, folder);
    command.insert(command.end(), inside.begin(), inside.end());
    std::vector<char*> pointers;
    for (std::string& each : command)
        pointers.push_back(each.data());
    pointers.push_back(nullptr);
    std::fflush(nullptr);
    ::execv(pointers.front(), pointers.data());
    throw std::system_error(
        errno, std::generic_category(),
        fmt::format("start {}; name the folder of the test beds with --testbed-dir",
                    command.front()));
}

}  // namespace rxlab::bench
