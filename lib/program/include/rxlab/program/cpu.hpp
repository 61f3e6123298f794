// SPDX-License-Identifier: MIT
//
// Where a program runs and what that cost the machine.
#pragma once

#include <rxlab/program/to_json.hpp>

#include <cstdint>

namespace rxlab::program {

// Pins the calling thread to one CPU (sched_setaffinity(2)). Throws UsageError, naming the CPUs
// that there are, when `cpu` does not exist or this process may not run on it.
void pin_to_cpu(unsigned cpu);

// getrusage(2) of this process, and the time that passed meanwhile. In seconds.
struct Usage {
    double user_s = 0;
    double system_s = 0;
    std::int64_t voluntary_switches = 0;
    std::int64_t involuntary_switches = 0;
    std::int64_t minor_faults = 0;
    std::int64_t major_faults = 0;
    double wall_s = 0;  // CLOCK_MONOTONIC

    static Usage now() noexcept;
    [[nodiscard]] Usage since(const Usage& start) const noexcept;
};

// As `usage` in the summaries (docs/contracts.md).
RXLAB_TO_JSON(Usage, user_s, system_s, voluntary_switches, involuntary_switches, minor_faults,
              major_faults, wall_s);

}  // namespace rxlab::program
