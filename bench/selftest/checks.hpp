// SPDX-License-Identifier: MIT
//
// The self-test of the harness: known faults are put into runs, and everything from traces to gates
// (join, summarise, judge) must find them again. Threading: one thread, except for the real-time
// check, which starts two and joins them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rxlab::bench::selftest {

// One figure that was known beforehand, and what the harness measured.
struct Finding {
    std::string what;  // "p50 rises by"
    double known = 0, found = 0, tolerance = 0;
    std::string unit;

    [[nodiscard]] bool ok() const noexcept;
};

struct CheckResult {
    std::string fault;     // "fixed-delay"
    std::string injected;  // for people
    std::vector<Finding> findings;

    [[nodiscard]] bool ok() const noexcept;
};

// A harness that is broken on purpose, so that it misses the fault of this name. `none`: not
// broken.
enum class Breakage {
    none,
    fixed_delay,        // shows latency above the smallest one only
    rare_delay,         // trims what is far from the median
    loss,               // looks only at what arrived
    copies,             // ignores copies and order
    sender_stall,       // measures from the send call
    clock_skew,         // believes every clock
    skipped_decoding,   // believes every digest
    all_skip_decoding,  // compares receivers with each other, not with the sender
    control,            // takes any deviation for a difference
    machine,            // does not hear what the kernel says
    slow_path,          // takes every stall of a loop for the machine's
    slow_wake_up,       // takes what is slow for disturbed
    queue,              // looks at a packet's time in the machine, not at a window fixed before
    real_time,          // forgets the time that a packet waits for the receiver
};

// The names of all breakages, which are those of the faults.
[[nodiscard]] std::vector<std::string> breakage_names();
// Throws program::UsageError for an unknown name; the message lists the known ones.
[[nodiscard]] Breakage breakage_from_name(std::string_view name);

// All checks, in a fixed order; about a second.
[[nodiscard]] std::vector<CheckResult> run_checks(Breakage breakage);

}  // namespace rxlab::bench::selftest
