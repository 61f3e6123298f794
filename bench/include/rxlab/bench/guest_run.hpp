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

// What rxbench is to be told inside the guest: `arguments` (without the program's name) with the
// bed exchanged, what only concerns the host taken out, and rates that an emulated machine sustains
// where none were asked for.
[[nodiscard]] std::vector<std::string> guest_arguments(const std::vector<std::string>& arguments,
                                                       const std::filesystem::path& output);

// Runs this very command in a guest, which may write to `output` only. Does not return where the
// guest was started: the process becomes testbed/vm/vm, with its exit status. Throws
// std::runtime_error.
int run_in_guest(const GuestOptions& options, const std::filesystem::path& testbed_dir,
                 const std::filesystem::path& output);

}  // namespace rxlab::bench
