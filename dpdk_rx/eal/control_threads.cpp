// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/control_threads.hpp"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace rxlab::dpdk_rx {
namespace {

// What EAL calls its lcores' threads: "lcore-worker-1" [22.11], "rte-worker-1", "dpdk-worker1".
bool is_lcore(const std::filesystem::path& task) {
    std::string name;
    std::getline(std::ifstream{task / "comm"}, name);
    return name.find("worker") != std::string::npos || name.starts_with("lcore");
}

}  // namespace

cpu_set_t allowed_cpus() noexcept {
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    return set;
}

void keep_control_threads_off(std::span<const unsigned> busy, const cpu_set_t& allowed) {
    cpu_set_t rest = allowed;
    for (unsigned cpu : busy) {
        if (cpu < CPU_SETSIZE) CPU_CLR(cpu, &rest);
    }
    if (CPU_COUNT(&rest) == 0) return;
    const pid_t self = gettid();
    std::error_code ignored;
    for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task", ignored}) {
        const std::string name = task.path().filename();
        pid_t thread = 0;
        std::from_chars(name.data(), name.data() + name.size(), thread);
        if (thread == 0 || thread == self || is_lcore(task.path())) continue;
        sched_setaffinity(thread, sizeof rest, &rest);  // one that has ended meanwhile is no matter
    }
}

}  // namespace rxlab::dpdk_rx
