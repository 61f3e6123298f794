// SPDX-License-Identifier: MIT
#include "bench/experiments/outcome.hpp"

#include "bench/analysis/join.hpp"
#include "bench/analysis/outliers.hpp"
#include "bench/analysis/summarise.hpp"
#include "bench/run/program_summary.hpp"

#include <rxlab/latency/trace.hpp>
#include <rxlab/program/files.hpp>

#include <utility>

namespace rxlab::bench {
namespace {

TraceView view(const latency::TraceReader& reader) {
    return {reader.header(), reader.records()};
}

// What the programs' stall logs say goes into the run, and into the reasons of its outliers.
void explain(RunOutcome& outcome, const Joined& joined, const RunFiles& files, bool sleeps) {
    StallsOfRun stalls;
    if (auto log = read_stalls(files.sender_json())) {
        outcome.run.stalls.sender = summarise_stalls(*log, joined.ticks_per_ns);
        stalls.sender = std::move(*log);
    }
    if (auto log = read_stalls(files.receiver_json()); log && !sleeps) {
        outcome.run.stalls.receiver = summarise_stalls(*log, joined.ticks_per_ns);
        stalls.receiver = std::move(*log);
    }
    outcome.outliers = attribute(joined, stalls, {.sleeps = sleeps});
}

}  // namespace

RunOutcome outcome_of(const RunFiles& files, const Traffic& traffic, bool sleeps) {
    const latency::TraceReader sender_trace(files.sender_trace());
    const latency::TraceReader receiver_trace(files.receiver_trace());
    const double bin_s = timeline_bin_s(traffic.rate_per_feed * static_cast<double>(traffic.feeds));
    Joined joined = join(view(sender_trace), view(receiver_trace), {traffic.warmup_s, bin_s, true});
    RunOutcome outcome;
    outcome.run = run_from(joined);
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
    explain(outcome, joined, files, sleeps);
    outcome.stages.merge(joined);
    outcome.latency = std::move(joined.latency.histogram);
    outcome.timeline = {0, bin_s, std::move(joined.timeline)};
    return outcome;
}

}  // namespace rxlab::bench
