// SPDX-License-Identifier: MIT
//
// Why the slowest packets of a run were slow: each is held against what is known of its time — the
// sender's error, the stalls in both loops, the packets in front of it — and gets the cause that
// explains at least half of what it took beyond the median. Pure functions.
#pragma once

#include "bench/analysis/join.hpp"
#include "bench/result/result.hpp"

#include <rxlab/latency/stall_log.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace rxlab::bench {

// The slowest packets that are looked at, over all rounds of a receiver.
inline constexpr std::size_t kOutliers = 100;

// What the two programs' stall logs say, in the ticks of the traces. Empty where none was kept.
struct StallsOfRun {
    std::vector<latency::Stall> sender, receiver;
};

struct OutlierOptions {
    std::size_t count = kOutliers;
    // The receiver sleeps while it waits: its loop has no stalls, but every packet that finds it
    // asleep waits for a context switch.
    bool sleeps = false;
};

// The slowest packets of one run after its warm-up, slowest first. `joined` must have been made
// with JoinOptions::keep_packets.
[[nodiscard]] std::vector<Outlier> attribute(const Joined& joined, const StallsOfRun& stalls,
                                             const OutlierOptions& options);

// Of several runs' outliers the slowest kOutliers, and how many each cause explains.
[[nodiscard]] Outliers outliers_of(std::vector<Outlier> all);

// Longer than a turn's own work, and than a timer tick with its exits to a hypervisor.
inline constexpr double kLongStall_ns = 100'000;

// How much of a run a stall log saw. A turn that worked on packets counts where its thread was
// switched out, or where it took longer than kLongStall_ns: what is shorter is the loop's own work.
[[nodiscard]] StallSummary summarise_stalls(std::span<const latency::Stall> stalls,
                                            double ticks_per_ns);

}  // namespace rxlab::bench
