// SPDX-License-Identifier: MIT
//
// What the figures depend on besides the code: the machine and its kernel, read from /proc, /sys
// and CPUID. Nothing that names a person or a host is read. A value that cannot be read becomes
// "unknown" or "none" and is never an error.
#pragma once

#include "bench/result/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace rxlab::bench {

// `root`: the directory that stands for /, so that tests can show a machine of their own.
[[nodiscard]] Environment capture_environment(const std::filesystem::path& root = "/");

// A kernel command line without the values of parameters that name hosts (hostname=, ip=, nfsroot=,
// …) and without the part after "--", which is for init and not for the kernel.
[[nodiscard]] std::string without_host_names(std::string_view command_line);

// The build of this program.
[[nodiscard]] Build this_build();

// Now, as "2026-01-31T12:00:00Z".
[[nodiscard]] std::string utc_now();

}  // namespace rxlab::bench
