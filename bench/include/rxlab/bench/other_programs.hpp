// SPDX-License-Identifier: MIT
//
// Which other programs used the CPUs between two moments, as proc_pid_stat(5) tells; programs that
// ended in between, and those that this user may not see (hidepid), are missing. Without state.
#pragma once

#include <rxlab/bench/result.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace rxlab::bench {

// More would be no thieves but a list of what runs here.
inline constexpr std::size_t kOtherPrograms = 5;
// What is less than this is not worth a name.
inline constexpr double kOtherProgramLeast_percent = 0.05;

struct ProgramTime {
    std::string name;
    unsigned long long started = 0;  // in ticks since boot: a process id may be used again
    double cpu_s = 0;                // of all its threads, in user and kernel mode; steps of 10 ms
};

// By process id. `root`: the directory that stands for /, so that tests can show a machine.
[[nodiscard]] std::map<int, ProgramTime> read_program_times(
    const std::filesystem::path& root = "/");

// Those that used most of one CPU, most first, without this process and what it started (those end
// before the second reading).
[[nodiscard]] std::vector<OtherProgram> other_programs(const std::map<int, ProgramTime>& before,
                                                       const std::map<int, ProgramTime>& after,
                                                       double seconds, int own_process);

}  // namespace rxlab::bench
