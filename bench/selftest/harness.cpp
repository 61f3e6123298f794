// SPDX-License-Identifier: MIT
#include "bench/selftest/harness.hpp"

#include "bench/analysis/disturbances.hpp"
#include "bench/analysis/judge.hpp"
#include "bench/analysis/ratios.hpp"
#include "bench/analysis/summarise.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>
#include <utility>

namespace rxlab::bench::selftest {
namespace {

using latency::Ticks;
using latency::TraceRecord;

constexpr double kWarmup_s = 0.04;

// --- broken harnesses: what each would do to the traces -----------------------------------------

// The self-test's sender has one feed and sends in order.
const TraceRecord* sent_of(const Simulated& run, const TraceRecord& arrival) {
    const auto found = std::lower_bound(
        run.sender.begin(), run.sender.end(), arrival.sequence,
        [](const TraceRecord& sent, std::uint64_t wanted) { return sent.sequence < wanted; });
    const bool is_there = found != run.sender.end() && found->sequence == arrival.sequence;
    return is_there ? &*found : nullptr;
}

void subtract_minimum(Simulated& run) {
    auto smallest = std::numeric_limits<Ticks>::max();
    for (const TraceRecord& arrival : run.receiver) {
        if (const auto* sent = sent_of(run, arrival)) {
            smallest = std::min(smallest, arrival.second - sent->first);
        }
    }
    for (TraceRecord& arrival : run.receiver) {
        arrival.first -= smallest;
        arrival.second -= smallest;
    }
}

void trim(Simulated& run) {
    constexpr Ticks kFar_ns = 30'000;
    const auto is_far = [&](const TraceRecord& arrival) {
        const auto* sent = sent_of(run, arrival);
        return sent != nullptr && arrival.second - sent->first > kFar_ns;
    };
    std::erase_if(run.receiver, is_far);
    std::set<std::uint64_t> left;
    for (const TraceRecord& arrival : run.receiver)
        left.insert(arrival.sequence);
    std::erase_if(run.sender,
                  [&](const TraceRecord& sent) { return !left.contains(sent.sequence); });
}

void forget_lost(Simulated& run) {
    std::set<std::uint64_t> arrived;
    for (const TraceRecord& arrival : run.receiver)
        arrived.insert(arrival.sequence);
    std::erase_if(run.sender,
                  [&](const TraceRecord& sent) { return !arrived.contains(sent.sequence); });
}

void fold_copies(Simulated& run) {
    std::stable_sort(
        run.receiver.begin(), run.receiver.end(),
        [](const TraceRecord& a, const TraceRecord& b) { return a.sequence < b.sequence; });
    const auto tail = std::unique(
        run.receiver.begin(), run.receiver.end(),
        [](const TraceRecord& a, const TraceRecord& b) { return a.sequence == b.sequence; });
    run.receiver.erase(tail, run.receiver.end());
}

void measure_from_send(Simulated& run) {
    for (TraceRecord& sent : run.sender)
        sent.first = sent.second;
}

void believe_clocks(Simulated& run) {
    for (TraceRecord& arrival : run.receiver) {
        const auto* sent = sent_of(run, arrival);
        if (sent == nullptr) continue;
        arrival.first = std::max(arrival.first, sent->second);
        arrival.second = std::max(arrival.second, arrival.first);
    }
    run.receiver_header.end_ticks_per_ns = run.receiver_header.start_ticks_per_ns;
}

void forget_waiting(Simulated& run) {
    for (TraceRecord& arrival : run.receiver) {
        const auto* sent = sent_of(run, arrival);
        if (sent == nullptr) continue;
        const Ticks waited = arrival.first - sent->second;
        arrival.first -= waited;
        arrival.second -= waited;
    }
}

// Puts a disturbance of the shortest length at each packet that took long: at its due time, if it
// took longer than a few µs; or at all of its way, if it had to wait for the one before it.
void take_slow_for_disturbed(Simulated& run, Breakage breakage) {
    constexpr Ticks kShortest = static_cast<Ticks>(kTaken_ns_min), kSlow_ns = 10'000;
    Ticks booked = 0;  // the packet before
    for (const TraceRecord& arrival : run.receiver) {
        const auto* sent = sent_of(run, arrival);
        if (sent == nullptr) continue;
        const bool is_slow = arrival.second - sent->first > kSlow_ns;
        const bool has_waited = booked > sent->second + kSlow_ns;
        if (breakage == Breakage::queue ? has_waited : is_slow)
            run.taken.push_back({sent->first, sent->first + kShortest, 0, 0});
        booked = arrival.second;
    }
}

void break_run(Simulated& run, Breakage breakage) {
    switch (breakage) {
        case Breakage::fixed_delay:
            return subtract_minimum(run);
        case Breakage::rare_delay:
            return trim(run);
        case Breakage::loss:
            return forget_lost(run);
        case Breakage::copies:
            return fold_copies(run);
        case Breakage::sender_stall:
            return measure_from_send(run);
        case Breakage::clock_skew:
            return believe_clocks(run);
        case Breakage::real_time:
            return forget_waiting(run);
        case Breakage::skipped_decoding:
            run.digest = run.truth = "whatever";
            return;
        case Breakage::all_skip_decoding:
            run.truth = run.digest;
            return;
        case Breakage::machine:
            run.taken.clear();
            return;
        case Breakage::slow_path:
            // All of them: it no longer asks whether the loop had a packet.
            run.taken.insert(run.taken.end(), run.stalls.begin(), run.stalls.end());
            return;
        case Breakage::slow_wake_up:
        case Breakage::queue:
            take_slow_for_disturbed(run, breakage);
            return;
        case Breakage::control:
        case Breakage::none:
            return;
    }
}

void break_comparison(ScenarioResult& scenario, Breakage breakage) {
    if (breakage != Breakage::control) return;
    for (Ratio& ratio : scenario.ratios) {
        const bool differs = ratio.value && *ratio.value != 1;
        ratio.verdict = differs ? RatioVerdict::different : RatioVerdict::equal;
    }
}

}  // namespace

Joined Harness::join(Simulated run) const {
    break_run(run, breakage_);
    return bench::join(run.sender_view(), run.receiver_view(), {kWarmup_s, 0});
}

Series Harness::measure(const std::string& name, const Faults& faults, std::uint64_t variant,
                        const Machine& machine) const {
    Series series;
    StageHistograms stages;
    series.result.name = series.result.title = name;
    for (std::int64_t round = 1; round <= kRounds; ++round) {
        const auto seed = static_cast<std::uint64_t>(round);
        SimulationOptions options;
        options.seed = seed;
        options.jitter_seed = 1'000 * variant + seed;
        options.faults = faults;
        options.machine = machine;
        Simulated simulated = simulate(options);
        break_run(simulated, breakage_);
        std::vector<latency::Stall> taken =
            stalls_of_machine(simulated.stalls, simulated.receiver, 1);
        taken.insert(taken.end(), simulated.taken.begin(), simulated.taken.end());
        const Disturbances disturbances{taken, 1};
        const Joined joined = bench::join(simulated.sender_view(), simulated.receiver_view(),
                                          {kWarmup_s, 0, false, &disturbances});
        Run run = run_from(joined);
        run.undisturbed = undisturbed_from(joined, "");
        add_trace_reports(run, simulated.sender_view(), simulated.receiver_view());
        run.round = round;
        run.receiver.digest = simulated.digest;
        run.sender.digest = simulated.truth;
        series.latency.merge(joined.latency.histogram);
        series.undisturbed.merge(joined.undisturbed.histogram);
        series.rounds.push_back(joined.latency.histogram);
        series.path.merge(joined.path.histogram);
        stages.merge(joined);
        series.result.runs.push_back(std::move(run));
    }
    summarise(series.result, series.latency, series.undisturbed, stages, {});
    return series;
}

ScenarioResult Harness::compare(const Series& clean, const Series& faulty,
                                const Series* again) const {
    constexpr Instrument kInstrument{40, 60, 0, 50};
    return compare(clean, faulty, kInstrument, again);
}

ScenarioResult Harness::compare(const Series& clean, const Series& faulty,
                                const Instrument& instrument, const Series* again) const {
    ScenarioResult scenario;
    scenario.name = "selftest";
    scenario.rounds = scenario.planned_rounds = kRounds;
    scenario.receivers = {clean.result, faulty.result};
    const std::array receivers{ReceiverRounds{clean.result.name, Rounds{clean.rounds}},
                               ReceiverRounds{faulty.result.name, Rounds{faulty.rounds}}};
    std::optional<ReceiverRounds> control;
    if (again != nullptr) control = {clean.result.name, Rounds{again->rounds}};
    const Settings settings;
    Comparison comparison = compare_rounds(receivers, control ? &*control : nullptr,
                                           settings.confidence, settings.seed);
    scenario.ratios = std::move(comparison.ratios);
    break_comparison(scenario, breakage_);
    scenario.verdict = judge(scenario, instrument);
    return scenario;
}

double status_of(const ScenarioResult& scenario, const std::string& gate,
                 const std::string& scope) {
    for (const Gate& each : scenario.verdict.gates) {
        if (each.name == gate && each.scope == scope) return static_cast<double>(each.status);
    }
    return -1;
}

}  // namespace rxlab::bench::selftest
