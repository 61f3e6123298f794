// SPDX-License-Identifier: MIT
//
// Where a receiver runs and what that cost the machine.
#pragma once

#include <cstdint>
#include <string>

namespace rxlab::rx {

// Pins the calling thread to one CPU (sched_setaffinity(2)). Throws UsageError, naming the CPUs
// that there are, when `cpu` does not exist or this process may not run on it.
void pin_to_cpu(unsigned cpu);

// NUMA node of a network interface's device (/sys/class/net/<name>/device/numa_node); -1 where the
// device has none (virtual interfaces, single-node machines).
[[nodiscard]] int interface_numa_node(const std::string& interface);

// getrusage(2) of this process. Times in seconds.
struct Usage {
    double user_s = 0;
    double system_s = 0;
    std::int64_t voluntary_switches = 0;
    std::int64_t involuntary_switches = 0;
    std::int64_t minor_faults = 0;
    std::int64_t major_faults = 0;

    static Usage now() noexcept;
    [[nodiscard]] Usage since(const Usage& start) const noexcept;
};

}  // namespace rxlab::rx
