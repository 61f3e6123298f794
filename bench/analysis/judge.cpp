// SPDX-License-Identifier: MIT
#include "bench/analysis/judge.hpp"

#include "bench/analysis/statistics.hpp"
#include "bench/analysis/stolen_time.hpp"
#include "bench/result/figures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>

namespace rxlab::bench {
namespace {

constexpr double kLossFail_percent = 0.01;  // a tenth of the packets beyond p99.9
constexpr double kDriftWarn_ppm = 50, kDriftFail_ppm = 1000;
constexpr double kPacingShareWarn = 0.5;
constexpr double kFloorShareWarn = 0.1;
constexpr double kOffsetFail_ns = 1000;
// Percent of the time, or of the packets. Above it, p99 shows what disturbed the run.
constexpr double kDisturbedWarn_percent = 1;
// Above it, the other percentiles do, too: if packets are hit at random, the median of all is then
// beyond the 55th percentile of those that are not, and p90 shows nothing but what took the core.
constexpr double kStolenFail_percent = 10;
constexpr double kFrequencyWarn_percent = 5;

// The largest value over a receiver's runs.
double worst(const ReceiverResult& receiver, const std::function<double(const Run&)>& get) {
    double result = 0;
    for (const Run& run : receiver.runs)
        result = std::max(result, get(run));
    return result;
}

// The median over a receiver's runs, like the figures; none if no run has the value.
std::optional<double> typical(const ReceiverResult& receiver,
                              const std::function<std::optional<double>(const Run&)>& get) {
    std::vector<double> values;
    for (const Run& run : receiver.runs) {
        if (const auto value = get(run)) values.push_back(*value);
    }
    if (values.empty()) return std::nullopt;
    return median(values);
}

GateStatus status_above(double measured, double warn, double fail) {
    if (measured > fail) return GateStatus::fail;
    return measured > warn ? GateStatus::warn : GateStatus::pass;
}

Gate gate(std::string name, std::string scope, GateStatus status, std::optional<double> measured,
          std::optional<double> limit, std::string unit, std::string advice) {
    if (status == GateStatus::pass) advice.clear();
    return {std::move(name), std::move(scope), status,           measured,
            limit,           std::move(unit),  std::move(advice)};
}

Gate ledger_gate(const ReceiverResult& receiver) {
    const double open = worst(receiver, [](const Run& run) {
        const Ledger& ledger = run.ledger;
        const double accounted = static_cast<double>(ledger.received + ledger.lost);
        return std::abs(static_cast<double>(ledger.sent) - accounted) +
               static_cast<double>(ledger.unexpected);
    });
    return gate("ledger-closed", receiver.name, status_above(open, 0, 0), open, 0, "packets",
                "packets arrived that this sender did not send: another sender uses the group");
}

Gate loss_gate(const ReceiverResult& receiver) {
    const double lost_percent = worst(receiver, [](const Run& run) {
        if (run.ledger.sent == 0) return 100.0;
        return 100.0 * static_cast<double>(run.ledger.lost) / static_cast<double>(run.ledger.sent);
    });
    return gate("no-loss", receiver.name, status_above(lost_percent, 0, kLossFail_percent),
                lost_percent, 0, "%",
                "the slowest packets are missing from the figures: lower --rate, or give the "
                "receiver larger buffers");
}

Gate negative_gate(const ReceiverResult& receiver) {
    const double negative = worst(receiver, [](const Run& run) {
        return static_cast<double>(run.figures.negative + run.stages.sender_lag.negative +
                                   run.stages.path.negative + run.stages.book.negative);
    });
    return gate("no-negative-latency", receiver.name, status_above(negative, 0, 0), negative, 0,
                "packets", "the CPUs' counters disagree: the stamps cannot be compared");
}

Gate clock_gate(const ReceiverResult& receiver) {
    const bool is_tsc = std::all_of(receiver.runs.begin(), receiver.runs.end(),
                                    [](const Run& run) { return run.clock.source == "tsc"; });
    return gate("clock-source", receiver.name, is_tsc ? GateStatus::pass : GateStatus::warn, {}, {},
                "", "no invariant TSC: each stamp costs a call, and short stages are inexact");
}

Gate drift_gate(const ReceiverResult& receiver) {
    const double drift_ppm = worst(receiver, [](const Run& run) {
        return std::max(std::abs(run.clock.sender_drift_ppm),
                        std::abs(run.clock.receiver_drift_ppm));
    });
    return gate("clock-drift", receiver.name,
                status_above(drift_ppm, kDriftWarn_ppm, kDriftFail_ppm), drift_ppm, kDriftWarn_ppm,
                "ppm", "the clock's rate changed during a run, or its calibration was disturbed");
}

Gate trace_gate(const ReceiverResult& receiver) {
    const double missing = worst(receiver, [](const Run& run) {
        return static_cast<double>(run.trace.sender_overflow + run.trace.receiver_overflow) +
               (run.trace.complete ? 0 : 1);
    });
    return gate("trace-complete", receiver.name, status_above(missing, 0, 0), missing, 0, "records",
                "a trace overflowed, or its writer did not finish");
}

// Every latency includes the sender's error, which must not dominate it.
Gate pacing_gate(const ReceiverResult& receiver) {
    const Summary& lag = receiver.stages.sender_lag.p99_ns;
    const auto latency = receiver.figures.find(Figure::p99);
    std::optional<double> limit_ns;
    if (latency != receiver.figures.end() && latency->second.value) {
        limit_ns = *latency->second.value * kPacingShareWarn;
    }
    const bool is_disturbed = lag.value && limit_ns && *lag.value > *limit_ns;
    return gate("sender-pacing", receiver.name, is_disturbed ? GateStatus::warn : GateStatus::pass,
                lag.value, limit_ns, "ns",
                "the sender itself was late: isolate its CPU, or lower --rate");
}

Gate floor_gate(const ReceiverResult& receiver, const Instrument& instrument) {
    const auto p50 = receiver.figures.find(Figure::p50);
    std::optional<double> limit_ns;
    if (p50 != receiver.figures.end() && p50->second.value) {
        limit_ns = *p50->second.value * kFloorShareWarn;
    }
    const std::optional<double>& floor_ns = instrument.empty_pipeline_ns;
    const bool is_small = floor_ns && limit_ns && *floor_ns <= *limit_ns;
    return gate("measuring-floor", receiver.name, is_small ? GateStatus::pass : GateStatus::warn,
                floor_ns, limit_ns, "ns",
                "measuring itself takes more than a tenth of this latency, or its cost was not "
                "measured: differences of this size mean nothing");
}

Gate stolen_gate(const ReceiverResult& receiver, const std::vector<OtherProgram>& others,
                 bool is_virtual) {
    // Over all runs together, like the figures: one bad round of twenty may well be all of p99.
    std::vector<double> shares;
    for (const Run& run : receiver.runs) {
        if (const auto share = stolen_percent(run)) shares.push_back(*share);
    }
    std::optional<double> stolen;
    if (!shares.empty()) {
        stolen =
            std::accumulate(shares.begin(), shares.end(), 0.0) / static_cast<double>(shares.size());
    }
    const GateStatus status =
        status_above(stolen.value_or(0), kDisturbedWarn_percent, kStolenFail_percent);
    const bool fails = status == GateStatus::fail;
    return gate("stolen-time", receiver.name, status, stolen,
                fails ? kStolenFail_percent : kDisturbedWarn_percent, "%",
                stolen_advice(receiver, others, is_virtual) +
                    (fails ? "; p50 cannot be trusted, either" : ", or trust only p50"));
}

Gate switches_gate(const ReceiverResult& receiver) {
    const auto switches = typical(receiver, [](const Run& run) -> std::optional<double> {
        if (run.ledger.sent == 0) return std::nullopt;
        return 100 *
               static_cast<double>(run.receiver.usage.involuntary_switches +
                                   run.sender.usage.involuntary_switches) /
               static_cast<double>(run.ledger.sent);
    });
    return gate("context-switches", receiver.name,
                status_above(switches.value_or(0), kDisturbedWarn_percent, 1e9), switches,
                kDisturbedWarn_percent, "% of packets",
                "other threads ran on the pinned CPUs: stop them, or isolate the CPUs (isolcpus=, "
                "nohz_full=)");
}

Gate frequency_gate(const ReceiverResult& receiver) {
    const auto change = typical(receiver, [](const Run& run) -> std::optional<double> {
        const auto& sender = run.cores.sender.frequency_change_percent;
        const auto& receiver_change = run.cores.receiver.frequency_change_percent;
        if (!sender && !receiver_change) return std::nullopt;
        return std::max(sender.value_or(0), receiver_change.value_or(0));
    });
    return gate("frequency", receiver.name,
                status_above(change.value_or(0), kFrequencyWarn_percent, 1e9), change,
                kFrequencyWarn_percent, "%",
                "the clock frequency changed during the runs: set the governor to performance");
}

Gate offset_gate(const Instrument& instrument) {
    GateStatus status = GateStatus::warn;
    std::optional<double> offset_ns;
    const std::optional<double>& known_to_ns = instrument.clock_offset_uncertainty_ns;
    if (instrument.clock_offset_ns && known_to_ns) {
        offset_ns = std::abs(*instrument.clock_offset_ns);
        // Half a nanosecond allows for the rounding of ticks.
        const double limit_ns = *known_to_ns + 0.5;
        status = status_above(*offset_ns, limit_ns, std::max(kOffsetFail_ns, limit_ns));
    }
    return gate("clock-offset", "scenario", status, offset_ns, known_to_ns, "ns",
                offset_ns ? "the two cores' clocks differ, and every latency with them: choose "
                            "other CPUs"
                          : "not measured, the CPUs were busy: stop what runs on them");
}

// One for each figure: what is different between a receiver and itself comes from the machine.
void add_control_gates(const Control& control, const std::vector<Ratio>& ratios,
                       const std::string& packets, std::vector<Gate>& gates) {
    for (const Ratio& ratio : ratios) {
        if (!ratio.value) continue;
        const bool is_different = ratio.verdict == RatioVerdict::different;
        const bool passes = ratio.p && !is_different;
        std::string figure{to_string(ratio.figure)};
        figure.resize(figure.size() - 3);  // without _ns
        gates.push_back(gate(
            "a-a-control", figure + packets, passes ? GateStatus::pass : GateStatus::warn,
            ratio.smallest ? ratio.smallest : ratio.value, kEqualMax, "x",
            is_different ? control.receiver +
                               " differs from itself: the machine changed between runs; stop what "
                               "else runs, or use more --rounds"
                         : "too few rounds to compare " + control.receiver + " with itself"));
    }
}

// What is wrong with the control's own runs is no receiver's fault, but its figure is the measure
// of all others.
void add_gates_of_control_runs(const Control& control, std::vector<Gate>& gates) {
    ReceiverResult again;
    again.name = control.receiver + ", again";
    again.runs = control.runs;
    for (const auto& make : {ledger_gate, loss_gate, negative_gate, trace_gate}) {
        Gate gate = make(again);
        if (gate.status == GateStatus::pass) continue;
        gate.status = GateStatus::warn;
        gates.push_back(std::move(gate));
    }
}

Gate samples_gate(const ReceiverResult& receiver) {
    std::uint64_t samples = 0;
    for (const Run& run : receiver.runs)
        samples += run.figures.samples;
    const double needed = static_cast<double>(kSamplesBeyond) * 1000;
    const bool is_enough = percentile_is_supported(99.9, samples);
    return gate("samples", receiver.name, is_enough ? GateStatus::pass : GateStatus::warn,
                static_cast<double>(samples), needed, "packets",
                "too few for p99.9: more --rounds, --seconds or --rate");
}

Gate rounds_gate(const ScenarioResult& scenario) {
    const bool is_enough = scenario.rounds >= static_cast<std::int64_t>(kRoundsForInterval);
    return gate("rounds", "scenario", is_enough ? GateStatus::pass : GateStatus::warn,
                static_cast<double>(scenario.rounds), static_cast<double>(kRoundsForInterval),
                "rounds", "too few for confidence intervals");
}

Gate complete_gate(const ScenarioResult& scenario) {
    const bool is_complete = scenario.rounds == scenario.planned_rounds;
    return gate("complete", "scenario", is_complete ? GateStatus::pass : GateStatus::warn,
                static_cast<double>(scenario.rounds), static_cast<double>(scenario.planned_rounds),
                "rounds", "the campaign ended early: these are the rounds before that");
}

// Of receivers that ran together.
Gate own_core_gate(const ScenarioResult& scenario) {
    const auto receivers = static_cast<double>(scenario.receivers.size());
    const auto cpus = static_cast<double>(scenario.receiver_cpus->size());
    return gate("own-core", "scenario", receivers <= cpus ? GateStatus::pass : GateStatus::warn,
                receivers, cpus, "receivers",
                "they share CPUs, and their latencies are those of a shared core: name fewer "
                "receivers, or use a host with a CPU for each and one for the sender");
}

Gate repeated_gate(const ScenarioResult& scenario) {
    const auto count = static_cast<double>(scenario.repeated.size());
    return gate("no-repeats", "scenario", count == 0 ? GateStatus::pass : GateStatus::warn, count,
                0, "runs",
                count == 0 ? "" : "failed once and were made again: " + scenario.repeated.front());
}

// Rounds in which two receivers that lost nothing ended with different books.
Gate book_gate(const ScenarioResult& scenario) {
    std::map<std::int64_t, std::string> digest_of_round;
    std::map<std::int64_t, bool> differs;
    for (const ReceiverResult& receiver : scenario.receivers) {
        for (const Run& run : receiver.runs) {
            if (run.ledger.lost != 0) continue;
            const auto [entry, is_new] = digest_of_round.emplace(run.round, run.receiver.digest);
            if (entry->second != run.receiver.digest) differs[run.round] = true;
        }
    }
    const auto rounds = static_cast<double>(differs.size());
    return gate("same-book", "scenario", status_above(rounds, 0, 0), rounds, 0, "rounds",
                "receivers of the same feed built different books: one of them is wrong");
}

// The feeds whose book is wrong in one of the runs, if there are several feeds: " (feeds 0, 2)".
std::string wrong_feeds(const std::vector<const Run*>& runs) {
    std::set<std::size_t> feeds;
    std::size_t all = 0;
    for (const Run* run : runs) {
        all = std::min(run->receiver.books.size(), run->sender.books.size());
        for (std::size_t feed = 0; feed < all; ++feed) {
            if (run->receiver.books[feed] != run->sender.books[feed]) feeds.insert(feed);
        }
    }
    if (all < 2 || feeds.empty()) return {};
    return fmt::format(" (feed{} {})", feeds.size() > 1 ? "s" : "", fmt::join(feeds, ", "));
}

// True if several receivers lost nothing in this round and all of them have the same book.
bool is_agreed(const ScenarioResult& scenario, const Run& wrong) {
    std::size_t receivers = 0;
    for (const ReceiverResult& receiver : scenario.receivers) {
        for (const Run& run : receiver.runs) {
            if (run.round != wrong.round || run.ledger.lost != 0) continue;
            if (run.receiver.digest != wrong.receiver.digest) return false;
            ++receivers;
        }
    }
    return receivers > 1;
}

std::string wrong_book_advice(const ScenarioResult& scenario,
                              const std::vector<const Run*>& wrong) {
    const auto each = [&](auto&& is_so) {
        return std::all_of(wrong.begin(), wrong.end(), [&](const Run* run) { return is_so(*run); });
    };
    if (each([](const Run& run) { return run.ledger.late > 0; })) {
        return "packets came in the wrong order, and messages about orders that did not exist yet "
               "are missing from the book: the figures are not those of a complete book";
    }
    const std::string where = wrong_feeds(wrong);
    if (each([&](const Run& run) { return is_agreed(scenario, run); })) {
        return "the receivers agree with each other, but not with what was sent" + where +
               ": they all misread or leave out the same messages";
    }
    return "nothing was lost, but the book is not the one that was sent" + where +
           ": this receiver misreads or leaves out messages, or has too little room (--orders, "
           "--levels)";
}

// Counts runs without loss that ended with a book other than the one that the sender's messages
// make. The control's runs count like the others.
Gate true_book_gate(const ScenarioResult& scenario, const ReceiverResult& receiver) {
    std::vector<const Run*> wrong;
    std::size_t comparable = 0, unknown = 0;
    const auto look_at = [&](const std::vector<Run>& runs) {
        for (const Run& run : runs) {
            if (run.ledger.lost != 0) continue;
            ++(run.sender.digest ? comparable : unknown);
            if (has_wrong_book(run)) wrong.push_back(&run);
        }
    };
    look_at(receiver.runs);
    if (scenario.control && scenario.control->receiver == receiver.name)
        look_at(scenario.control->runs);
    std::optional<double> measured;
    if (comparable > 0) measured = static_cast<double>(wrong.size());
    GateStatus status = unknown > 0 ? GateStatus::warn : GateStatus::pass;
    if (!wrong.empty()) status = GateStatus::fail;
    return gate("true-book", receiver.name, status, measured, 0, "runs",
                wrong.empty() ? fmt::format("in {} of {} runs the sender did not say what book its "
                                            "messages make, so the receiver's could not be checked",
                                            unknown, unknown + comparable)
                              : wrong_book_advice(scenario, wrong));
}

// QEMU's TCG translates each instruction; its CPUID signature is TCGTCGTCGTCG.
Gate emulation_gate(std::string_view hypervisor) {
    const bool is_emulated = hypervisor.starts_with("TCG");
    return gate("real-processor", "scenario", is_emulated ? GateStatus::fail : GateStatus::pass, {},
                {}, "",
                "this machine is emulated (QEMU's TCG): counts of packets are valid, latencies are "
                "not");
}

std::string unit_of(const Gate& gate) {
    return gate.unit == "ns" ? "µs" : gate.unit;
}

std::string number_of(const Gate& gate, double value) {
    if (gate.unit == "ns") return microseconds(value);
    // Percentages are rounded, counts are exact up to a million.
    if (gate.unit.starts_with('%')) return fmt::format("{:.3g}", value);
    return value < 1e6 ? fmt::format("{:.6g}", value) : fmt::format("{:.1f} M", value / 1e6);
}

bool has_same_reason(const Gate& a, const Gate& b) {
    return a.name == b.name && a.status == b.status && a.advice == b.advice &&
           a.measured.has_value() && b.measured.has_value() && a.limit == b.limit;
}

// One line for all receivers for which a gate gives the same reason.
std::string reason_of(const ScenarioResult& scenario, const std::vector<const Gate*>& gates) {
    const Gate& first = *gates.front();
    if (gates.size() == 1) return describe(scenario, first);
    std::string receivers;
    for (const Gate* gate : gates) {
        receivers += fmt::format("{}{} {} {}", receivers.empty() ? "" : ", ", gate->scope,
                                 number_of(*gate, *gate->measured), unit_of(*gate));
    }
    const std::string limit =
        first.limit ? fmt::format(" (limit {})", number_of(first, *first.limit)) : "";
    return fmt::format("{}: {}{}: {}: {}", scenario.name, first.name, limit, receivers,
                       first.advice);
}

}  // namespace

Verdict judge(const ScenarioResult& scenario, const Instrument& instrument,
              std::string_view hypervisor) {
    Verdict verdict;
    for (const ReceiverResult& receiver : scenario.receivers) {
        for (const auto& make :
             {ledger_gate, loss_gate, negative_gate, clock_gate, drift_gate, trace_gate,
              pacing_gate, samples_gate, switches_gate, frequency_gate}) {
            verdict.gates.push_back(make(receiver));
        }
        verdict.gates.push_back(
            stolen_gate(receiver, scenario.other_programs.value_or(std::vector<OtherProgram>{}),
                        hypervisor != "none"));
        verdict.gates.push_back(floor_gate(receiver, instrument));
        verdict.gates.push_back(true_book_gate(scenario, receiver));
    }
    verdict.gates.push_back(book_gate(scenario));
    verdict.gates.push_back(rounds_gate(scenario));
    verdict.gates.push_back(complete_gate(scenario));
    verdict.gates.push_back(repeated_gate(scenario));
    if (scenario.receiver_cpus) verdict.gates.push_back(own_core_gate(scenario));
    verdict.gates.push_back(offset_gate(instrument));
    if (scenario.control) {
        const Control& control = *scenario.control;
        add_control_gates(control, control.ratios, "", verdict.gates);
        if (control.undisturbed_ratios)
            add_control_gates(control, *control.undisturbed_ratios, " undisturbed", verdict.gates);
        add_gates_of_control_runs(*scenario.control, verdict.gates);
    }
    verdict.gates.push_back(emulation_gate(hypervisor));
    for (const Gate& gate : verdict.gates) {
        if (gate.status == GateStatus::fail) verdict.verdict = VerdictKind::void_;
        if (gate.status == GateStatus::warn && verdict.verdict == VerdictKind::valid) {
            verdict.verdict = VerdictKind::suspect;
        }
    }
    return verdict;
}

bool has_wrong_book(const Run& run) noexcept {
    return run.ledger.lost == 0 && run.sender.digest && *run.sender.digest != run.receiver.digest;
}

std::string describe(const ScenarioResult& scenario, const Gate& gate) {
    std::string text = scenario.name;
    if (gate.scope != "scenario") text += ", " + gate.scope;
    text += ": " + gate.name;
    if (!gate.measured && gate.limit && gate.status == GateStatus::pass) {
        text += ": not measured here";
    }
    if (gate.measured) text += ": " + measured_text(gate);
    if (!gate.advice.empty()) text += ": " + gate.advice;
    return text;
}

std::string measured_text(const Gate& gate) {
    if (!gate.measured) return {};
    std::string text = number_of(gate, *gate.measured) + ' ' + unit_of(gate);
    if (gate.limit) text += fmt::format(" (limit {})", number_of(gate, *gate.limit));
    return text;
}

OverallVerdict judge_all(const std::vector<ScenarioResult>& scenarios) {
    using Reason = std::pair<GateStatus, std::string>;
    OverallVerdict overall;
    std::vector<Reason> reasons;
    for (const ScenarioResult& scenario : scenarios) {
        overall.verdict = std::max(overall.verdict, scenario.verdict.verdict);
        std::vector<std::vector<const Gate*>> alike;
        for (const Gate& gate : scenario.verdict.gates) {
            if (gate.status == GateStatus::pass) continue;
            const auto same = std::find_if(alike.begin(), alike.end(), [&](const auto& others) {
                return has_same_reason(*others.front(), gate);
            });
            if (same == alike.end()) {
                alike.push_back({&gate});
            } else {
                same->push_back(&gate);
            }
        }
        for (const auto& gates : alike)
            reasons.emplace_back(gates.front()->status, reason_of(scenario, gates));
    }
    // What voids the result comes first.
    std::ranges::stable_sort(reasons, std::ranges::greater{}, &Reason::first);
    for (auto& [status, text] : reasons)
        overall.reasons.push_back(std::move(text));
    return overall;
}

bool is_void(const ScenarioResult& scenario, const std::string& receiver) {
    return !void_reasons(scenario, receiver).empty();
}

std::string void_reasons(const ScenarioResult& scenario, const std::string& receiver) {
    std::string reasons;
    for (const Gate& gate : scenario.verdict.gates) {
        const bool applies = gate.scope == receiver || gate.scope == "scenario";
        if (!applies || gate.status != GateStatus::fail) continue;
        if (!reasons.empty()) reasons += ", ";
        reasons += gate.name;
    }
    return reasons;
}

}  // namespace rxlab::bench
