// SPDX-License-Identifier: MIT
//
// The fields of result files, in their order: docs/result-format.md.
#pragma once

#include "bench/result/decision.hpp"
#include "bench/result/json.hpp"
#include "bench/result/load.hpp"
#include "bench/result/result.hpp"
#include "bench/result/sins.hpp"

#include <map>
#include <type_traits>

namespace rxlab::bench {

RESULT_JSON(Build, version, commit, dirty, compiler, build_type, march, sanitize);
RESULT_JSON(TestBedInfo, name, privileged, huge_pages);
RESULT_JSON(CpuInfo, model, architecture, online, isolated, numa_nodes, smt, governor, idle_driver);
RESULT_JSON(KernelInfo, release, version, command_line, clocksource, vulnerabilities);
RESULT_JSON(MemoryInfo, total_bytes, transparent_huge_pages, huge_pages);
RESULT_JSON(Environment, cpu, hypervisor, kernel, memory, distribution, interface_driver,
            dpdk_version, root, libraries);
RESULT_JSON(Settings, seed, quick, sender_cpu, receiver_cpu, samples_beyond, confidence);
RESULT_JSON(LeftOut, name, reason);
RESULT_JSON(Ledger, sent, received, lost, duplicates, late, unexpected);

void for_each_field(Either<RunFigures> auto& value, auto visit) {
    for (Figure figure : kAllFigures)
        visit(to_string(figure), value.latency[figure]);
    RESULT_FIELDS(samples, negative)
}

void for_each_field(Either<UndisturbedRun> auto& value, auto visit) {
    RESULT_FIELDS(samples, kept_percent, why_not, unseen_percent)
    for (Figure figure : kAllFigures)
        visit(to_string(figure), value.latency[figure]);
}

RESULT_JSON(StageFigures, p50_ns, p99_ns, max_ns, negative);
RESULT_JSON(StagesOfRun, sender_lag, path, book, wire, from_nic, arrival, delivery);
RESULT_JSON(Usage, user_s, system_s, voluntary_switches, involuntary_switches, minor_faults,
            major_faults, wall_s);
RESULT_JSON(NicStampReport, converted, not_converted, impossible, jumps, error_ns_max);
RESULT_JSON(ReceiverReport, digest, books, drops, usage, nic_stamps);
RESULT_JSON(Pacing, p50, p99, max);
RESULT_JSON(SenderReport, pacing_ns, send_errors, digest, books, usage);
RESULT_JSON(ClockReport, source, ticks_per_ns, sender_drift_ppm, receiver_drift_ppm);
RESULT_JSON(TraceReport, sender_overflow, receiver_overflow, complete);
RESULT_JSON(CoreReport, steal_s, interrupts, receive_softirqs, frequency_change_percent);
RESULT_JSON(CoresReport, seconds, sender, receiver);
RESULT_JSON(Instrument, two_clock_reads_ns, empty_pipeline_ns, clock_offset_ns,
            clock_offset_uncertainty_ns);
RESULT_JSON(StallSummary, count, with_switch, total_ns, longest_ns, switched_ns, long_ns);
RESULT_JSON(OtherProgram, name, cpu_percent);
RESULT_JSON(StallReport, sender, receiver);
RESULT_JSON(Outlier, round, t_s, feed, sequence, latency_ns, explained_ns, cause);
RESULT_JSON(CauseCounts, sender_late, core_stolen, context_switch, queued, unexplained);
RESULT_JSON(Outliers, by_cause, attributed_percent, packets);

RESULT_JSON(Run, round, position, ledger, figures, undisturbed, stages, receiver, sender, clock,
            trace, cores, stalls);

RESULT_JSON(Summary, value, min, max, low, high, at_least);

template <Either<std::map<Figure, Summary>> Figures>
void for_each_field(Figures& values, auto visit) {
    for (Figure figure : kAllFigures) {
        if constexpr (!std::is_const_v<Figures>) {
            visit(to_string(figure), values[figure]);
        } else if (const auto found = values.find(figure); found != values.end()) {
            visit(to_string(figure), found->second);
        }
    }
}

RESULT_JSON(Undisturbed, kept_percent, why_not, figures, why_at_least);
RESULT_JSON(StageSummary, p50_ns, p99_ns, max_ns);
RESULT_JSON(StagesOverRounds, sender_lag, path, book, wire, from_nic, arrival, delivery);
RESULT_JSON(CpuCost, user_s, system_s, voluntary_switches);
RESULT_JSON(HistogramBuckets, unit, significant_digits, buckets);
RESULT_JSON(TimelineBin, t_s, count, p50_ns, p90_ns, p99_ns, max_ns, heat);
RESULT_JSON(Timeline, round, bin_s, bins);
RESULT_JSON(ReceiverResult, name, title, kind, command, sender_command, runs, figures, undisturbed,
            stages, ledger, usage, histogram, timeline, outliers);
RESULT_JSON(Ratio, numerator, denominator, figure, value, low, high, confidence, p, smallest,
            verdict, within_percent, at_least);
RESULT_JSON(Control, receiver, runs, ratios, undisturbed_ratios);
RESULT_JSON(Gate, name, scope, status, measured, limit, unit, advice);
RESULT_JSON(Verdict, verdict, gates);
RESULT_JSON(OverallVerdict, verdict, reasons);
RESULT_JSON(ScenarioResult, name, title, rounds, planned_rounds, repeated, feeds, rate_per_feed,
            profile, seconds, warmup_s, messages_per_packet, receivers, ratios, undisturbed_ratios,
            control, other_programs, handover_ns, receiver_cpus, verdict);
RESULT_JSON(Result, created, rxlab, testbed, environment, settings, instrument, candidates_left_out,
            scenarios, verdict);

RESULT_JSON(LoadPoint, rate, sent, lost, messages, sender_kept_up, p50_ns, p99_ns, max_ns, failure);
RESULT_JSON(LoadSeries, name, title, lossless_pps, is_sender_limited, points);
RESULT_JSON(RateSearch, rate_min, rate_max, halvings, seconds);

RESULT_JSON(SinFigures, sin, how, p50_ns, p99_ns, max_ns);
RESULT_JSON(SinsSeries, name, runs, figures);
RESULT_JSON(Sins, series);

void for_each_field(Either<Decision> auto& value, auto visit) {
    RESULT_FIELDS(search, rates)
    for_each_field(value.measured, visit);
}

}  // namespace rxlab::bench
