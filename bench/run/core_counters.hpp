// SPDX-License-Identifier: MIT
//
// What the kernel counts of one core, read before and after a run: time that the hypervisor took,
// interrupts, the clock frequency. A value that this kernel does not provide is none. Functions
// without state.
#pragma once

#include "bench/result/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace rxlab::bench {

// Since boot, except for the frequency.
struct CoreCounters {
    std::optional<double> steal_s;                  // /proc/stat (proc(5)), in units of 10 ms
    std::optional<std::uint64_t> interrupts;        // all rows of /proc/interrupts
    std::optional<std::uint64_t> receive_softirqs;  // NET_RX of /proc/softirqs
    std::optional<double> frequency_khz;            // cpufreq's scaling_cur_freq
};

// `root`: the directory that stands for /, so that tests can show a machine of their own.
[[nodiscard]] CoreCounters read_core_counters(int cpu, const std::filesystem::path& root = "/");

// What happened from one reading to the next.
[[nodiscard]] CoreReport between(const CoreCounters& before, const CoreCounters& after);

}  // namespace rxlab::bench
