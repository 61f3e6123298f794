// SPDX-License-Identifier: MIT
//
// Turns simulated runs into a judged scenario, by the same functions as measured ones; and the ways
// in which a harness can be broken, which the self-test must notice.
#pragma once

#include "bench/result/result.hpp"
#include "bench/selftest/checks.hpp"
#include "bench/selftest/simulation.hpp"

#include <rxlab/latency/histogram.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rxlab::bench::selftest {

inline constexpr std::int64_t kRounds = 8;

// One receiver's rounds.
struct Series {
    ReceiverResult result;
    std::vector<latency::Histogram> rounds;  // latencies
    latency::Histogram latency;              // of all rounds
    latency::Histogram path;                 // t_rx - t_tx
    latency::Histogram undisturbed;          // latencies of undisturbed packets
};

class Harness {
  public:
    explicit Harness(Breakage breakage) : breakage_{breakage} {}

    [[nodiscard]] Breakage breakage() const noexcept { return breakage_; }
    [[nodiscard]] Joined join(Simulated run) const;
    // kRounds runs with these faults. `variant` selects the wire's jitter.
    [[nodiscard]] Series measure(const std::string& name, const Faults& faults,
                                 std::uint64_t variant, const Machine& machine = {}) const;
    // Ratios (first / second), gates and verdict of two series, one without and one with a fault.
    // `again`: the first one's control; null: none.
    [[nodiscard]] ScenarioResult compare(const Series& clean, const Series& faulty,
                                         const Instrument& instrument,
                                         const Series* again = nullptr) const;
    [[nodiscard]] ScenarioResult compare(const Series& clean, const Series& faulty,
                                         const Series* again = nullptr) const;

  private:
    Breakage breakage_;
};

// The status of a gate of this scope, as a number: 0 pass, 1 warn, 2 fail; -1 if it is missing.
[[nodiscard]] double status_of(const ScenarioResult& scenario, const std::string& gate,
                               const std::string& scope);

}  // namespace rxlab::bench::selftest
