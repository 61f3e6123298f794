// SPDX-License-Identifier: MIT
#include "bench/experiments/outcome.hpp"

#include "bench/analysis/disturbances.hpp"
#include "bench/analysis/join.hpp"
#include "bench/analysis/outliers.hpp"
#include "bench/analysis/summarise.hpp"
#include "bench/run/program_summary.hpp"

#include <rxlab/latency/trace.hpp>
#include <rxlab/program/files.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace rxlab::bench {
namespace {

TraceView view(const latency::TraceReader& reader) {
    return {reader.header(), reader.records()};
}

// The logs that the programs kept; a loop that sleeps stands still for good reason.
struct Logs {
    std::optional<std::vector<latency::Stall>> sender, receiver;

    Logs(const RunFiles& files, bool sleeps) : sender{read_stalls(files.sender_json())} {
        if (!sleeps) receiver = read_stalls(files.receiver_json());
    }
};

// What they say goes into the run, and into the reasons of its outliers.
void explain(RunOutcome& outcome, const Joined& joined, Logs logs, bool sleeps) {
    StallsOfRun stalls;
    if (logs.sender) {
        outcome.run.stalls.sender = summarise_stalls(*logs.sender, joined.ticks_per_ns);
        stalls.sender = std::move(*logs.sender);
    }
    if (logs.receiver) {
        outcome.run.stalls.receiver = summarise_stalls(*logs.receiver, joined.ticks_per_ns);
        stalls.receiver = std::move(*logs.receiver);
    }
    outcome.outliers = attribute(joined, stalls, {.sleeps = sleeps});
}

// Why nobody can say what happened to the cores of this run; empty: it is known. A loop that spins
// sees what is taken from its core; if a receiver sleeps, only the kernel knows about its core.
std::string why_unobserved(const CoreObservation& kernel, const Logs& logs, bool sleeps) {
    if (!logs.sender) return "the sender's stall log is not complete";
    if (!sleeps && !logs.receiver) return "the receiver's stall log is not complete";
    return sleeps ? kernel.why_not : "";
}

Disturbances disturbances_of(const CoreObservation& kernel, const Logs& logs,
                             std::span<const latency::TraceRecord> received, double ticks_per_ns) {
    std::vector<latency::Stall> taken;
    const auto add = [&](const std::vector<latency::Stall>& more) {
        taken.insert(taken.end(), more.begin(), more.end());
    };
    if (kernel.taken) add(*kernel.taken);
    if (logs.sender) add(stalls_of_machine(*logs.sender, {}, ticks_per_ns));
    if (logs.receiver) add(stalls_of_machine(*logs.receiver, received, ticks_per_ns));
    return {taken, ticks_per_ns};
}

std::optional<double> unseen_percent(const CoreObservation& kernel, const Logs& logs,
                                     std::span<const latency::TraceRecord> received,
                                     double ticks_per_ns, double seconds) {
    if (!kernel.taken || !logs.sender || !(seconds > 0)) return std::nullopt;
    double ns =
        unseen_ns(stalls_of_machine(*logs.sender, {}, ticks_per_ns), *kernel.taken, ticks_per_ns);
    if (logs.receiver) {
        ns = std::max(ns, unseen_ns(stalls_of_machine(*logs.receiver, received, ticks_per_ns),
                                    *kernel.taken, ticks_per_ns));
    }
    return ns / (seconds * 1e7);
}

}  // namespace

RunOutcome outcome_of(const RunFiles& files, const Traffic& traffic, bool sleeps) {
    const latency::TraceReader sender_trace(files.sender_trace());
    const latency::TraceReader receiver_trace(files.receiver_trace());
    const double bin_s = timeline_bin_s(traffic.rate_per_feed * static_cast<double>(traffic.feeds));
    Logs logs{files, sleeps};
    const Disturbances disturbances = disturbances_of(
        files.observation, logs, receiver_trace.records(), sender_trace.header().run_ticks_per_ns);
    Joined joined = join(view(sender_trace), view(receiver_trace),
                         {traffic.warmup_s, bin_s, true, &disturbances});
    RunOutcome outcome;
    outcome.run = run_from(joined);
    outcome.run.undisturbed =
        undisturbed_from(joined, why_unobserved(files.observation, logs, sleeps));
    if (const auto percent =
            unseen_percent(files.observation, logs, receiver_trace.records(),
                           sender_trace.header().run_ticks_per_ns, files.cores.seconds))
        outcome.run.undisturbed->unseen_percent.emplace(*percent);
    outcome.run.cores = files.cores;
    add_trace_reports(outcome.run, view(sender_trace), view(receiver_trace));
    for (const latency::TraceRecord& record : sender_trace.records())
        outcome.sent_messages += record.messages;
    const ReceiverSummary summary = read_receiver_summary(files.receiver_json());
    outcome.run.receiver = summary.report;
    outcome.dpdk_version = summary.dpdk_version;
    outcome.run.sender = read_sender_summary(files.sender_json());
    for (const auto& summary_file : {files.receiver_json(), files.sender_json()})
        add_libraries(program::read_file(summary_file), outcome.libraries);
    explain(outcome, joined, std::move(logs), sleeps);
    outcome.stages.merge(joined);
    outcome.latency = std::move(joined.latency.histogram);
    outcome.undisturbed = std::move(joined.undisturbed.histogram);
    outcome.timeline = {0, bin_s, std::move(joined.timeline)};
    return outcome;
}

}  // namespace rxlab::bench
