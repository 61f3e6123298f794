// SPDX-License-Identifier: MIT
//
// Which other programs used the CPUs between two moments, as proc_pid_stat(5) tells. Programs that
// ended in between, as compilers do, and those that this user may not see (hidepid) have no names:
// what proc_stat(5) says of all CPUs shows how much they were together. Without state.
#pragma once

#include "bench/result/result.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

// More would be no thieves but a list of what runs here.
inline constexpr std::size_t kOtherPrograms = 5;
// What is less than this is not worth a name.
inline constexpr double kOtherProgramLeast_percent = 0.05;
// The kernel counts all CPUs by ticks and programs exactly: smaller differences say nothing.
inline constexpr double kNamelessLeast_percent = 5;

struct ProgramTime {
    std::string name;                // printable ASCII; of a kernel thread in brackets
    unsigned long long started = 0;  // in ticks since boot: a process id may be used again
    double cpu_s = 0;                // of all its threads, in user and kernel mode; steps of 10 ms
};

struct CpuUse {
    std::map<int, ProgramTime> programs;  // by process id, without this one
    std::optional<double> busy_s;         // of all CPUs since boot, in user and kernel mode
    double own_s = 0;                     // of this process and of those that it waited for
};

// `root`: the directory that stands for /, so that tests can show a machine of their own.
[[nodiscard]] CpuUse read_cpu_use(const std::filesystem::path& root = "/");

// Those that used most of one CPU, most first; kNameless stands for all that have no name. What
// this process started must have ended, and been waited for, before the second reading.
[[nodiscard]] std::vector<OtherProgram> other_programs(const CpuUse& before, const CpuUse& after,
                                                       double seconds);

}  // namespace rxlab::bench
