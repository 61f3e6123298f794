// SPDX-License-Identifier: MIT
//
// Why the slowest packets of a run were slow. Each is compared with what is known about that
// moment: the sender's error, the stalls in both loops, the packets in front of it. It gets the
// cause that explains at least half of the time that it took beyond the median. Pure functions.
#pragma once

#include "bench/analysis/join.hpp"
#include "bench/result/result.hpp"

#include <rxlab/latency/stall_log.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace rxlab::bench {

// How many of the slowest packets are examined, over all rounds of a receiver.
inline constexpr std::size_t kOutliers = 100;

// The two programs' stall logs, in the ticks of the traces. Empty if none was kept.
struct StallsOfRun {
    std::vector<latency::Stall> sender, receiver;
};

struct OutlierOptions {
    std::size_t count = kOutliers;
    // The receiver sleeps while it waits, so its loop has no stalls, but every packet that finds it
    // asleep waits for a context switch.
    bool sleeps = false;
};

// The slowest packets of one run after its warm-up, slowest first. `joined` must have been made
// with JoinOptions::keep_packets.
[[nodiscard]] std::vector<Outlier> attribute(const Joined& joined, const StallsOfRun& stalls,
                                             const OutlierOptions& options);

// The slowest kOutliers of several runs' outliers, and how many each cause explains.
[[nodiscard]] Outliers outliers_of(std::vector<Outlier> all);

// Longer than the work of a turn, and longer than a timer tick with its exits to a hypervisor.
inline constexpr double kLongStall_ns = 100'000;

// How much of a run the stalls of a log took. A turn that worked on packets counts only if its
// thread was switched out or if it took longer than kLongStall_ns; shorter ones are the loop's own
// work.
[[nodiscard]] StallSummary summarise_stalls(std::span<const latency::Stall> stalls,
                                            double ticks_per_ns);

}  // namespace rxlab::bench
