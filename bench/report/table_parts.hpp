// SPDX-License-Identifier: MIT
//
// What the files share that make a document's tables, and the sentences below them. Pure functions.
#pragma once

#include "bench/analysis/judge.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/load.hpp"
#include "bench/result/result.hpp"
#include "bench/result/sins.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rxlab::bench {

// Receivers that reports speak of by name.
inline constexpr const char* kBlocking = "kernel-block";
inline constexpr const char* kSpinning = "kernel-spin";

// A blocking socket that only says what kBlocking waits for: slides have room for few receivers,
// and say that in a sentence.
[[nodiscard]] inline bool explains_blocking(std::string_view receiver) noexcept {
    return receiver.starts_with("kernel-block-");
}

inline constexpr const char* kNothing = "–";
inline constexpr const char* kTooFewMark = "‡";  // rounds for an interval

// "4200", packets per second.
[[nodiscard]] std::string pps_text(double pps);
// The highest rate without loss; what its "≥" means stands below the table.
[[nodiscard]] std::string lossless_text(const LoadSeries& receiver);
inline constexpr const char* kAtLeast =
    "≥: at the next higher rate the sender fell behind, not the receiver, or the search went no "
    "higher (--rate-max).";

// Verdict and reasons: the first lines of a document.
[[nodiscard]] std::vector<std::string> verdict_of(const Result& result);
// Machine, build, and what was left out: the next ones.
[[nodiscard]] std::vector<std::string> header_of(const Result& result);

// In microseconds.
[[nodiscard]] std::string cell(const Summary& summary);

// Crossed out in Markdown if the row is void.
[[nodiscard]] std::string struck(std::string text, bool is_void);

// Whose figure is meant: that of all packets, or of those that met an undisturbed machine.
enum class Packets : std::uint8_t { all, undisturbed };

[[nodiscard]] const Summary& summary_of(const ReceiverResult& receiver, Figure figure,
                                        Packets packets = Packets::all);
// "93.2%": the share of undisturbed packets.
[[nodiscard]] std::string kept_cell(const ReceiverResult& receiver);
// False for older results.
[[nodiscard]] bool has_undisturbed(const ScenarioResult& scenario);

// "2.31x"
[[nodiscard]] std::string times(double factor);
// "2.31x", "equal within 3%", "cannot tell" or "no control": of a ratio with an interval.
[[nodiscard]] std::string verdict_text(const Ratio& ratio);
// "≥ " before a figure that is a lower bound, else nothing.
[[nodiscard]] std::string at_least_mark(const Extra<bool>& is_at_least);

// True if one of the two receivers is void.
[[nodiscard]] bool is_void(const ScenarioResult& scenario, const Ratio& ratio);

// The scenario's ratio, or nullptr: a result has each pair once, in a fixed order.
[[nodiscard]] const Ratio* find_ratio(const ScenarioResult& scenario, const std::string& numerator,
                                      const std::string& denominator, Figure figure,
                                      Packets packets = Packets::all);

// The tables that say why: where the time goes, who took the cores, why the slowest packets were
// slow, what it costs.
[[nodiscard]] Table stage_table(const ScenarioResult& scenario);
// How long a packet takes against how long one cache line does; for a wire of shared memory.
[[nodiscard]] Table handover_table(const ScenarioResult& scenario);
[[nodiscard]] bool has_stolen_shares(const ScenarioResult& scenario);
[[nodiscard]] Table stolen_table(const ScenarioResult& scenario);
[[nodiscard]] bool has_outliers(const ScenarioResult& scenario);
[[nodiscard]] Table outlier_table(const ScenarioResult& scenario);
[[nodiscard]] Table cost_table(const ScenarioResult& scenario);

// The columns of a table of errors: a figure, or how many times better than the honest one it is.
struct SinColumn {
    const char* title;
    std::optional<double> SinFigures::*figure;
    bool gains;
};
inline constexpr std::array kSinColumns{
    SinColumn{"p50", &SinFigures::p50_ns, false}, SinColumn{"p99", &SinFigures::p99_ns, false},
    SinColumn{"maximum", &SinFigures::max_ns, false}, SinColumn{"p50", &SinFigures::p50_ns, true},
    SinColumn{"p99", &SinFigures::p99_ns, true}};
// "44.8", "1.24x", a dash, or nothing for what the honest row gains. `sin`: one of the series.
[[nodiscard]] std::string sin_cell(const SinsSeries& series, const SinFigures& sin,
                                   const SinColumn& column);

// What a result says, in a few sentences: what it saves to stop sleeping, to leave the socket, to
// leave the kernel; what this run cannot tell; the next command to type. Only what the intervals
// carry is stated.
[[nodiscard]] std::vector<std::string> answer_of(const Result& result);

// What a blocking socket waits for: the core's waking, the thread's, the stack. Of the first
// scenario that has a receiver on a core that is kept awake; empty where none has, or the run
// cannot tell.
[[nodiscard]] std::string parts_of_sleeping(const Result& result);

// On a veth pair: that DPDK has its frames from the kernel, in a sentence. Empty on other rungs,
// and where `text`, a table or receivers' titles, names no such receiver. To be said beside every
// table, plot and slide with such a row.
[[nodiscard]] std::string frames_come_from_kernel(std::string_view testbed, std::string_view text);
// The same for all receivers of a result.
[[nodiscard]] std::string frames_come_from_kernel(const Result& result);
// Adds it to the footnotes of a document whose tables have such a row.
void add_caveat(Document& document, std::string_view testbed);

}  // namespace rxlab::bench
