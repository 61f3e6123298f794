// SPDX-License-Identifier: MIT
//
// Which other programs used the CPUs between two moments, from proc_pid_stat(5). Programs that
// ended in between, as compilers do, and those that this user may not see (hidepid) have no names;
// the totals of all CPUs in proc_stat(5) show how much they used together. Functions without state.
#pragma once

#include "bench/result/result.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

// A longer list would only show what runs here, not who took the CPU.
inline constexpr std::size_t kOtherPrograms = 5;
// A program that used less than this is not named.
inline constexpr double kOtherProgramLeast_percent = 0.05;
// The kernel counts all CPUs in ticks, but programs exactly, so smaller differences mean nothing.
inline constexpr double kNamelessLeast_percent = 5;

struct ProgramTime {
    std::string name;                // printable ASCII; a kernel thread's in brackets
    unsigned long long started = 0;  // in ticks since boot, as a process id may be used again
    double cpu_s = 0;                // of all its threads, in user and kernel mode; steps of 10 ms
};

struct CpuUse {
    std::map<int, ProgramTime> programs;  // by process id, without this one
    std::optional<double> busy_s;         // of all CPUs since boot, in user and kernel mode
    double own_s = 0;                     // of this process and the children it has waited for
};

// `root`: the directory that stands for /, so that tests can show a machine of their own.
[[nodiscard]] CpuUse read_cpu_use(const std::filesystem::path& root = "/");

// The programs that used most CPU time, most first, in percent of one CPU; kNameless stands for all
// that have no name. Processes that this one started must have ended, and been waited for, before
// the second reading.
[[nodiscard]] std::vector<OtherProgram> other_programs(const CpuUse& before, const CpuUse& after,
                                                       double seconds);

// A look around before measuring, for a second. Where other programs use more than 10% of all CPUs,
// says who on standard error and looks again, up to 30 times; then goes on, and leaves the rest to
// the gates. Throws Interrupted.
void wait_until_quiet();

}  // namespace rxlab::bench
