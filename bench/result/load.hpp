// SPDX-License-Identifier: MIT
//
// How high a rate a receiver takes: trials at several rates, and the highest one without loss.
// Values.
#pragma once

#include "bench/result/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

// How to search for it.
struct RateSearch {
    double rate_min = 10'000, rate_max = 2'000'000;  // packets per second of the one feed
    std::int64_t halvings = 4;
    double seconds = 1;  // of a trial
};

// One trial.
struct LoadPoint {
    double rate = 0;  // asked for
    std::uint64_t sent = 0, lost = 0;
    std::uint64_t messages = 0;  // in the packets sent
    bool sender_kept_up = true;  // the median packet left within a millisecond of its schedule
    std::optional<double> p50_ns, p99_ns, max_ns;
    std::string failure;  // why there are no figures, for example that the run did not end

    [[nodiscard]] bool is_lossless() const noexcept { return failure.empty() && lost == 0; }
};

struct LoadSeries {
    std::string name, title;
    std::vector<LoadPoint> points;  // ascending rates
    // The highest rate without loss at which the sender kept up; none if even the lowest rate lost
    // packets.
    std::optional<double> lossless_pps;
    // At the next higher rate the sender fell behind, not the receiver, or the search went no
    // higher.
    bool is_sender_limited = false;
};

}  // namespace rxlab::bench
