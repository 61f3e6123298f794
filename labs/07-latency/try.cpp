// SPDX-License-Identifier: MIT
//
// Traces whose latencies are known, through the learner's join(). Prints the first finding.
#include "bench/analysis/join.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using namespace rxlab;
using latency::TraceRecord;

constexpr double kTicksPerNs = 2.5;
constexpr std::uint64_t kPackets = 1000;
constexpr double kInterval_ns = 10'000;

std::uint64_t ticks(double ns) {
    return static_cast<std::uint64_t>(ns * kTicksPerNs);
}

latency::TraceHeader header(latency::TraceKind kind) {
    latency::TraceHeader made;
    made.kind = kind;
    made.clock_source = latency::ClockSource::tsc;
    made.start_ticks_per_ns = made.end_ticks_per_ns = made.run_ticks_per_ns = kTicksPerNs;
    return made;
}

// 1 us on the way, 0.5 us into the book. For 1 ms from packet 500 on, the sender stands still: its
// packets go out late. `skew_ns` is subtracted from the receiver's clock.
bench::Joined run(double stall_ns, double skew_ns) {
    std::vector<TraceRecord> sent, received;
    const double begin_ns = 1e6, stalled_ns = begin_ns + 500 * kInterval_ns;
    for (std::uint64_t i = 0; i < kPackets; ++i) {
        const double due_ns = begin_ns + static_cast<double>(i) * kInterval_ns;
        double tx_ns = due_ns + 20;
        if (due_ns >= stalled_ns && due_ns < stalled_ns + stall_ns) tx_ns = stalled_ns + stall_ns;
        sent.push_back({i + 1, ticks(due_ns), ticks(tx_ns), 0, 0, 1});
        received.push_back(
            {i + 1, ticks(tx_ns + 1'000 - skew_ns), ticks(tx_ns + 1'500 - skew_ns), 0, 0, 1});
    }
    return bench::join({header(latency::TraceKind::sender), sent},
                       {header(latency::TraceKind::receiver), received}, {});
}

[[noreturn]] void wrong(const char* finding, const char* what, double got, double wanted) {
    std::printf("finding %s %s: %.0f instead of %.0f\n", finding, what, got, wanted);
    std::exit(1);
}

bool is_near(double a, double b) {
    return std::abs(a - b) <= 0.02 * b + 2;
}

}  // namespace

int main() {
    const bench::Joined quiet = run(0, 0);
    const double typical_ns = static_cast<double>(quiet.latency.histogram.value_at_percentile(50));
    if (is_near(typical_ns, 1'520 * kTicksPerNs) || is_near(typical_ns, 1'500 * kTicksPerNs))
        wrong("in-ticks", "median, in nanoseconds", typical_ns, 1'520);
    if (is_near(typical_ns, 1'020) || is_near(typical_ns, 1'000))
        wrong("untouched", "median, in nanoseconds", typical_ns, 1'520);
    const bench::Joined stalled = run(1e6, 0);
    const double worst_ns = static_cast<double>(stalled.latency.histogram.max());
    if (worst_ns < 900'000)
        wrong("from-the-send-call",
              "the sender stood still for 1 ms; the worst latency, in nanoseconds", worst_ns,
              1'001'500);
    if (!is_near(typical_ns, 1'520))
        wrong("something-else", "median, in nanoseconds", typical_ns, 1'520);
    const bench::Joined skewed = run(0, 5'000);
    if (skewed.latency.negative != kPackets)
        wrong("hides-negative", "the clocks were 5 us apart, so all are negative; counted as such",
              static_cast<double>(skewed.latency.negative), kPackets);
    return 0;
}
