// SPDX-License-Identifier: MIT
//
// Two ways to work on the same packets, timed in turn. The cost of one above the other is taken
// within each round, so that a slow moment of the machine hits both.
#pragma once

#include <rxlab/latency/clock.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench::pipeline {

// Nanoseconds per packet over rounds.
struct Spread {
    double p5 = 0, p50 = 0, p95 = 0, min = 0;
};
[[nodiscard]] Spread spread_of(std::vector<double> values);

// Nanoseconds from one packet to the next, packet by packet.
struct Percentiles {
    double p50 = 0, p90 = 0, p99 = 0, p99_9 = 0, max = 0;
    std::size_t packets = 0;
};
[[nodiscard]] Percentiles percentiles_of(std::vector<double> values);

// One line of the table.
struct Row {
    std::string name;
    std::string base_name;
    std::size_t packets_per_poll = 0;
    std::size_t messages_per_packet = 0;
    Spread base, whole, above;  // `above`: whole minus base, in the same round
    double goal_ns = 0;         // for above.p50; 0: none
    std::optional<Percentiles> single;
};

struct Timing {
    std::size_t rounds = 101;
    std::size_t passes = 8;  // in a round
    double ticks_per_ns = 1;
};

// A pass over the packets: prepares them, untimed, and returns the ticks that the work took.
using Pass = std::function<latency::Ticks()>;

// Fills in base, whole and above. The first round warms up and is left out.
void compare(const Timing& timing, std::size_t packets, const Pass& base, const Pass& whole,
             Row& row);

}  // namespace rxlab::bench::pipeline
