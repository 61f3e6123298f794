// SPDX-License-Identifier: MIT
#include "bench/selftest/checks.hpp"

#include "bench/run/instrument.hpp"
#include "bench/selftest/harness.hpp"
#include "bench/selftest/real_time.hpp"

#include <rxlab/latency/clock.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/program/near.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace rxlab::bench::selftest {
namespace {

// A histogram with three digits is accurate to a thousandth of a value.
constexpr double kResolution = 0.001;
constexpr double kWarn = 1, kFail = 2;

double p50(const Series& series) {
    return series.result.figures.at(Figure::p50).value.value_or(-1);
}

double maximum(const Series& series) {
    return series.result.figures.at(Figure::max).value.value_or(-1);
}

Finding gate_is(const ScenarioResult& scenario, const std::string& gate, double status,
                const std::string& scope = "faulty") {
    return {"gate " + gate + " (0 pass, 1 warn, 2 fail)", status, status_of(scenario, gate, scope),
            0, ""};
}

// The clean series: only gates that a short run in virtual time cannot pass may complain.
CheckResult check_clean(const Harness& harness, const Series& clean) {
    const ScenarioResult scenario = harness.compare(clean, clean);
    double complaints = 0;
    for (const Gate& gate : scenario.verdict.gates) {
        const bool is_known = gate.name == "samples" || gate.name == "clock-source";
        if (gate.status != GateStatus::pass && !is_known) ++complaints;
    }
    return {"none", "nothing", {{"gates that complain", 0, complaints, 0, ""}}};
}

CheckResult check_fixed_delay(const Harness& harness, const Series& clean) {
    constexpr double kDelay_ns = 5'000;
    const Series faulty =
        harness.measure("faulty", {.delay_ns = static_cast<std::uint64_t>(kDelay_ns)}, 2);
    const double tolerance_ns = 2 * kResolution * (p50(clean) + kDelay_ns) + 20;
    return {"fixed-delay",
            "5 µs before the receiver's stamp",
            {{"p50 rises by", kDelay_ns, p50(faulty) - p50(clean), tolerance_ns, "ns"},
             {"mean rises by", kDelay_ns, faulty.latency.mean() - clean.latency.mean(),
              tolerance_ns, "ns"}}};
}

CheckResult check_rare_delay(const Harness& harness, const Series& clean) {
    constexpr std::uint64_t kDelay_ns = 60'000, kEvery = 1'000;
    const Series faulty =
        harness.measure("faulty", {.every = kEvery, .rare_delay_ns = kDelay_ns}, 2);
    const double slow = static_cast<double>(faulty.latency.count_above(kDelay_ns / 2));
    constexpr double kOfARun = 4;  // of a run's 4,000 packets, none of them in the warm-up
    return {
        "rare-delay",
        "60 µs in one packet of a thousand",
        {{"packets that slow", kOfARun * kRounds, slow, 0, ""},
         {"maximum rises by", kDelay_ns, maximum(faulty) - maximum(clean), 600, "ns"},
         {"p50 rises by", 0, p50(faulty) - p50(clean), 2 * kResolution * p50(clean) + 20, "ns"}}};
}

CheckResult check_loss(const Harness& harness, const Series& clean) {
    constexpr std::size_t kLost = 37;
    const Series faulty = harness.measure("faulty", {.lost = kLost}, 2);
    const Ledger& ledger = faulty.result.ledger;
    const ScenarioResult scenario = harness.compare(clean, faulty);
    return {"loss",
            "37 packets of each run",
            {{"lost", kLost * kRounds, static_cast<double>(ledger.lost), 0, "packets"},
             {"sent − received", kLost * kRounds,
              static_cast<double>(ledger.sent - ledger.received), 0, "packets"},
             gate_is(scenario, "no-loss", kFail),
             gate_is(scenario, "no-loss", 0, "clean")}};
}

CheckResult check_copies(const Harness& harness, const Series&) {
    constexpr std::size_t kTwice = 41, kSwapped = 23;
    const Series faulty = harness.measure("faulty", {.twice = kTwice, .swapped = kSwapped}, 2);
    const Ledger& ledger = faulty.result.ledger;
    return {"copies",
            "41 packets twice and 23 in the wrong order, in each run",
            {{"duplicates", kTwice * kRounds, static_cast<double>(ledger.duplicates), 0, "packets"},
             {"late", kSwapped * kRounds, static_cast<double>(ledger.late), 0, "packets"},
             {"lost", 0, static_cast<double>(ledger.lost), 0, "packets"}}};
}

CheckResult check_sender_stall(const Harness& harness, const Series& clean) {
    constexpr double kStall_ns = 3e6;
    const Series faulty =
        harness.measure("faulty", {.stall_ns = static_cast<std::uint64_t>(kStall_ns)}, 2);
    // The first packet waits for nearly the whole stall; those due meanwhile, one every 100 µs,
    // wait for the rest of it.
    const auto late = static_cast<double>(faulty.latency.count_above(50'000));
    return {"sender-stall",
            "3 ms in the middle of each run",
            {{"maximum from the intended send", kStall_ns, maximum(faulty), 110'000, "ns"},
             {"late packets of a run", 30, late / kRounds, 1, ""},
             {"maximum from the actual send rises by", 0,
              static_cast<double>(faulty.path.max()) - static_cast<double>(clean.path.max()), 3'000,
              "ns"}}};
}

// The offset found by exchanging a cache line between cores whose clocks differ.
ClockOffset offset_of(std::int64_t offset_ns, Breakage breakage) {
    std::vector<Exchange> exchanges;
    for (latency::Ticks i = 0; i < 100; ++i) {
        const latency::Ticks sent = 1'000'000 + i * 1'000, there = 90 + i % 7, back = 95 + i % 5;
        exchanges.push_back(
            {sent, sent + there + static_cast<latency::Ticks>(offset_ns), sent + there + back});
    }
    if (breakage == Breakage::clock_skew) return {0, 50};
    return *clock_offset(exchanges, 1.0);
}

// The rate of a clock that runs fast by this much.
double rate_of(double fast_ppm) {
    constexpr std::uint64_t kInterval_ns = 1'000'000'000;
    const auto ticks = static_cast<latency::Ticks>(2.5 * kInterval_ns * (1 + fast_ppm / 1e6));
    return latency::ticks_per_ns(latency::Clock{latency::ClockSource::tsc}, {0, 0},
                                 {ticks, kInterval_ns});
}

CheckResult check_clock_skew(const Harness& harness, const Series& clean) {
    constexpr std::int64_t kBehind_ns = -5'000;
    constexpr double kFast_ppm = 200;
    Series faulty = harness.measure("faulty", {.receiver_clock_ns = kBehind_ns}, 2);
    const ClockOffset offset = offset_of(kBehind_ns, harness.breakage());
    for (Run& run : faulty.result.runs) {
        const double change = rate_of(kFast_ppm) / rate_of(0) - 1;
        run.clock.receiver_drift_ppm =
            harness.breakage() == Breakage::clock_skew ? 0 : change * 1e6;
    }
    const ScenarioResult scenario =
        harness.compare(clean, faulty, {40, 60, offset.offset_ns, offset.uncertainty_ns});
    double negative = 0;
    for (const Run& run : faulty.result.runs)
        negative += static_cast<double>(run.figures.negative);
    const double samples = static_cast<double>(clean.latency.count());
    return {"clock-skew",
            "a receiver's clock 5 µs behind and 200 ppm fast",
            {{"offset", kBehind_ns, offset.offset_ns, offset.uncertainty_ns, "ns"},
             {"latencies below zero", samples, negative, 0, "packets"},
             gate_is(scenario, "clock-offset", kFail, "scenario"),
             gate_is(scenario, "no-negative-latency", kFail),
             {"drift", kFast_ppm, faulty.result.runs[0].clock.receiver_drift_ppm, 0.1, "ppm"},
             gate_is(scenario, "clock-drift", kWarn)}};
}

CheckResult check_skipped_decoding(const Harness& harness, const Series& clean) {
    const Series faulty = harness.measure("faulty", {.skips_decoding = true}, 2);
    const ScenarioResult scenario = harness.compare(clean, faulty);
    return {"skipped-decoding",
            "a receiver that does not look at the messages",
            {gate_is(scenario, "same-book", kFail, "scenario"),
             gate_is(harness.compare(clean, clean), "same-book", 0, "scenario")}};
}

// If all receivers make the same mistake, only the sender knows better.
CheckResult check_skipped_by_all(const Harness& harness, const Series& clean) {
    const Series one = harness.measure("one", {.skips_decoding = true}, 2);
    const Series other = harness.measure("other", {.skips_decoding = true}, 3);
    const ScenarioResult scenario = harness.compare(one, other);
    return {"all-skip-decoding",
            "no receiver looks at the messages",
            {gate_is(scenario, "same-book", 0, "scenario"),
             gate_is(scenario, "true-book", kFail, "one"),
             gate_is(scenario, "true-book", kFail, "other"),
             gate_is(harness.compare(clean, clean), "true-book", 0, "clean")}};
}

// The same receiver with other jitter must show no difference; one that is 20% slower must.
CheckResult check_control(const Harness& harness, const Series& clean) {
    const Series control = harness.measure("control", {}, 5);
    const auto difference = [&](const Series& other) {
        for (const Ratio& ratio : harness.compare(clean, other, &control).ratios) {
            if (ratio.figure == Figure::p50)
                return ratio.verdict == RatioVerdict::different ? 1.0 : 0.0;
        }
        return -1.0;
    };
    return {"control",
            "the same receiver again; one that is 0.5 µs slower",
            {{"difference (0 no, 1 yes) from itself", 0,
              difference(harness.measure("again", {}, 3)), 0, ""},
             {"difference from the slower one", 1,
              difference(harness.measure("slower", {.delay_ns = 500}, 4)), 0, ""}}};
}

// 28 µs of each 2 ms, as the ticks of two cores of a virtual machine, and a hypervisor that takes
// 0.3 ms of 37.
constexpr Machine kRobbed{2'013'000, 28'000, 37'000'000, 300'000};
constexpr double kFivePercent = 5;

double undisturbed(const Series& series, Figure figure) {
    const Undisturbed& all = *series.result.undisturbed;
    const auto found = all.figures.find(figure);
    return found == all.figures.end() ? -1 : found->second.value.value_or(-1);
}

// The same receiver with and without a machine that is taken away: what is left of the second must
// be the whole of the first.
std::vector<Finding> left_alone(const Harness& harness, const Faults& own) {
    const Series quiet = harness.measure("quiet", own, 6);
    const Series robbed = harness.measure("robbed", own, 6, kRobbed);
    const auto plain = [&](const Series& series, Figure figure) {
        return series.result.figures.at(figure).value.value_or(-1);
    };
    const auto differs = [&](Figure figure) {
        return 100 * (undisturbed(robbed, figure) / plain(quiet, figure) - 1);
    };
    return {{"p50 undisturbed differs by", 0, differs(Figure::p50), kFivePercent, "%"},
            {"p99 undisturbed differs by", 0, differs(Figure::p99), kFivePercent, "%"},
            {"p99−p50 undisturbed differs by", 0, differs(Figure::jitter), kFivePercent, "%"},
            {"packets kept", 95, robbed.result.undisturbed->kept_percent.value_or(-1), 3, "%"}};
}

CheckResult check_machine(const Harness& harness, const Series&) {
    return {"machine", "ticks of 28 µs, and 0.3 ms now and then that only the loop can notice",
            left_alone(harness, {})};
}

CheckResult check_slow_path(const Harness& harness, const Series&) {
    return {"slow-path",
            "20 µs more in the poll of 1 packet in 50, while the machine is taken away",
            left_alone(harness, {.slow_every = 50, .slow_ns = 20'000})};
}

CheckResult check_slow_wake_up(const Harness& harness, const Series&) {
    return {"slow-wake-up",
            "30 µs after each wait, 60 more in 1 of 50, while the machine is taken away",
            left_alone(harness, {.slow_every = 50, .slow_ns = 60'000, .wake_ns = 30'000})};
}

CheckResult check_queue(const Harness& harness, const Series&) {
    return {"queue", "bursts of 32 packets that take 1 µs each, while the machine is taken away",
            left_alone(harness, {.burst = 32, .work_ns = 1'000})};
}

CheckResult check_real_time(const Harness& harness, const Series&) {
    const HeldBack held = hold_back_in_real_time(harness);
    return {"real-time",
            fmt::format("{} ms in one packet of {}, with real clocks and threads",
                        HeldBack::kDelay_ms, HeldBack::kEvery),
            {{"packets held back", static_cast<double>(held.packets),
              static_cast<double>(held.slow), 0, ""},
             {"lost or unexpected", 0,
              static_cast<double>(held.ledger.lost + held.ledger.unexpected), 0, "packets"},
             {"latencies below zero", 0, static_cast<double>(held.negative), 0, "packets"},
             {"digest differs from that in virtual time, or the sender's (0 no, 1 yes)", 0,
              held.same_book ? 0.0 : 1.0, 0, ""}}};
}

struct Named {
    const char* name;
    Breakage breakage;
};

constexpr std::array kNames{Named{"fixed-delay", Breakage::fixed_delay},
                            Named{"rare-delay", Breakage::rare_delay},
                            Named{"loss", Breakage::loss},
                            Named{"copies", Breakage::copies},
                            Named{"sender-stall", Breakage::sender_stall},
                            Named{"clock-skew", Breakage::clock_skew},
                            Named{"skipped-decoding", Breakage::skipped_decoding},
                            Named{"all-skip-decoding", Breakage::all_skip_decoding},
                            Named{"control", Breakage::control},
                            Named{"machine", Breakage::machine},
                            Named{"slow-path", Breakage::slow_path},
                            Named{"slow-wake-up", Breakage::slow_wake_up},
                            Named{"queue", Breakage::queue},
                            Named{"real-time", Breakage::real_time}};

}  // namespace

bool Finding::ok() const noexcept {
    return std::abs(found - known) <= tolerance;
}

bool CheckResult::ok() const noexcept {
    return std::all_of(findings.begin(), findings.end(), [](const Finding& f) { return f.ok(); });
}

std::vector<std::string> breakage_names() {
    std::vector<std::string> names;
    for (const Named& each : kNames)
        names.emplace_back(each.name);
    return names;
}

Breakage breakage_from_name(std::string_view name) {
    for (const Named& each : kNames) {
        if (each.name == name) return each.breakage;
    }
    throw program::UsageError(fmt::format("--break {}: no such fault; there are {}{}", name,
                                          fmt::join(breakage_names(), ", "),
                                          program::did_you_mean(name, breakage_names())));
}

std::vector<CheckResult> run_checks(Breakage breakage) {
    const Harness harness{breakage};
    const Series clean = harness.measure("clean", {}, 1);
    std::vector<CheckResult> results;
    for (const auto& check :
         {check_clean, check_fixed_delay, check_rare_delay, check_loss, check_copies,
          check_sender_stall, check_clock_skew, check_skipped_decoding, check_skipped_by_all,
          check_control, check_machine, check_slow_path, check_slow_wake_up, check_queue,
          check_real_time}) {
        results.push_back(check(harness, clean));
    }
    return results;
}

}  // namespace rxlab::bench::selftest
