// SPDX-License-Identifier: MIT
//
// `run --testbed vm`: the same run as `--testbed nic`, in a virtual machine with two emulated
// ports.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rxlab::bench {

struct GuestOptions {
    std::string model = "e1000e";  // of both ports, as QEMU names it
    std::string kernel;            // as testbed/vm/vm run takes it; empty: its default
    int timeout_s = 900;           // for boot and run
};

// The arguments of rxbench inside the guest: `arguments` (without the program's name) with the
// guest's test bed, without the options that only concern the host, and, where none was asked for,
// with a rate that an emulated machine sustains, and the receivers that know this `model`.
[[nodiscard]] std::vector<std::string> guest_arguments(const std::vector<std::string>& arguments,
                                                       const std::string& model,
                                                       const std::filesystem::path& output);

// Runs this very command in a guest, which may write to `output` only. If the guest was started, it
// does not return: the process becomes testbed/vm/vm, with its exit status. Throws
// std::runtime_error.
int run_in_guest(const GuestOptions& options, const std::filesystem::path& testbed_dir,
                 const std::filesystem::path& output);

}  // namespace rxlab::bench
