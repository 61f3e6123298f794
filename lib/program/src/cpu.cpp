// SPDX-License-Identifier: MIT
#include <rxlab/program/cpu.hpp>
#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>

#include <chrono>
#include <fstream>
#include <string>

namespace rxlab::program {
namespace {

double seconds(const timeval& time) noexcept {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

void pin_to_cpu(unsigned cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (cpu < CPU_SETSIZE) CPU_SET(cpu, &set);
    if (cpu < CPU_SETSIZE && sched_setaffinity(0, sizeof set, &set) == 0) return;
    std::string online;
    std::getline(std::ifstream{"/sys/devices/system/cpu/online"}, online);
    throw UsageError(fmt::format("--cpu {}: this machine has CPUs {}", cpu, online));
}

Usage Usage::now() noexcept {
    rusage raw{};
    getrusage(RUSAGE_SELF, &raw);
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return {seconds(raw.ru_utime),
            seconds(raw.ru_stime),
            raw.ru_nvcsw,
            raw.ru_nivcsw,
            raw.ru_minflt,
            raw.ru_majflt,
            std::chrono::duration<double>(now).count()};
}

Usage Usage::since(const Usage& start) const noexcept {
    return {user_s - start.user_s,
            system_s - start.system_s,
            voluntary_switches - start.voluntary_switches,
            involuntary_switches - start.involuntary_switches,
            minor_faults - start.minor_faults,
            major_faults - start.major_faults,
            wall_s - start.wall_s};
}

}  // namespace rxlab::program
