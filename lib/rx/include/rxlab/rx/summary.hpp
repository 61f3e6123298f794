// SPDX-License-Identifier: MIT
//
// The summary of a receiver's run: built once as JSON (schema rxlab.rx/1, docs/contracts.md), from
// which the text for people is made, so that both say the same.
#pragma once

#include <rxlab/latency/clock.hpp>
#include <rxlab/latency/stall_log.hpp>
#include <rxlab/program/cpu.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/pipeline.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rxlab::rx {

enum class EndedBy { end_of_session, messages, signal, source_lost, end_of_capture };

[[nodiscard]] std::string_view to_string(EndedBy reason) noexcept;

// Who received, in the words of the summary.
struct Identity {
    std::string program;    // "kernel_rx"
    std::string mode;       // "block", "spin", "poll"
    std::string interface;  // as the summary names it
};

// What only the source knows: packets lost before it could see them, and its own counters.
struct SourceReport {
    nlohmann::ordered_json drops = nlohmann::ordered_json::object();
    nlohmann::ordered_json counters = nlohmann::ordered_json::object();
    // Of the groups, that arrived cut off and were left out: packets, or their messages where
    // known.
    std::uint64_t cut_packets = 0;
    std::uint64_t cut_messages = 0;
};

struct RunFacts {
    Identity identity;
    EndedBy ended_by;
    latency::Calibration calibration;
    program::Usage usage;
    SourceReport source;
    const latency::StallLog* stalls = nullptr;  // where one was asked for
};

// What was received, by whichever threads.
struct Received {
    std::vector<const Pipeline*> pipelines;
    const latency::TraceWriter* trace = nullptr;
    // Of each pipeline, which feeds of the options are its own; empty: one has all.
    std::vector<std::vector<std::size_t>> feeds;
};

// finish() of each pipeline was called.
[[nodiscard]] nlohmann::ordered_json make_summary(const Options& options, const RunFacts& facts,
                                                  const Received& received);

// Adds the numbers of `part` to those of `sum`, by name.
void add_up(nlohmann::ordered_json& sum, const nlohmann::ordered_json& part);

// The text for people, many lines.
[[nodiscard]] std::string to_text(const nlohmann::ordered_json& summary);

}  // namespace rxlab::rx
