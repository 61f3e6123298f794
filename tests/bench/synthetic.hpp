// SPDX-License-Identifier: MIT
//
// Made-up traces and results, for tests: the same for the same arguments on every machine.
#pragma once

#include "bench/analysis/join.hpp"
#include "bench/result/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rxlab::bench::synthetic {

// A small generator of its own: the standard library's distributions differ between libraries.
class Random {
  public:
    explicit Random(std::uint64_t seed) noexcept : state_{seed} {}
    std::uint64_t next() noexcept;  // splitmix64
    double uniform() noexcept;      // 0 <= x < 1
    double normal() noexcept;

  private:
    std::uint64_t state_;
};

// What a receive path does to a packet, in nanoseconds.
struct PathModel {
    double path_p50_ns = 1000;
    double path_spread = 0.1;  // of the logarithm
    double tail_share = 0.01;  // packets that wait for something else
    double tail_ns = 5000;     // how long, on average
    double book_p50_ns = 150;
};

struct Traces {
    latency::TraceHeader sender_header, receiver_header;
    std::vector<latency::TraceRecord> sender, receiver;

    [[nodiscard]] TraceView sender_view() const { return {sender_header, sender}; }
    [[nodiscard]] TraceView receiver_view() const { return {receiver_header, receiver}; }
};

inline constexpr double kTicksPerNs = 2.5;
[[nodiscard]] latency::Ticks ticks(double ns) noexcept;

// Headers for both sides: TSC, kTicksPerNs, finished.
[[nodiscard]] Traces empty_traces();

// `packets` of each feed at `rate` packets per second, none lost.
[[nodiscard]] Traces make_traces(std::uint64_t seed, std::uint16_t feeds, std::size_t packets,
                                 double rate, const PathModel& model);

// A whole result: both scenarios, four receivers, eight rounds.
[[nodiscard]] Result make_result();

}  // namespace rxlab::bench::synthetic
