// SPDX-License-Identifier: MIT
//
// The fragments of a result, a function each: what slides show, in pandoc's Markdown. Pure
// functions, apart from those that look for files in `beside`, the result's folder.
#pragma once

#include "bench/report/slide_parts.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace rxlab::bench {

// How fast each receiver is, with how many times faster than the blocking socket that is.
[[nodiscard]] std::string latency_slide(const Result& result, const ScenarioResult& scenario);
// The two measures of jitter, in a narrow table.
[[nodiscard]] std::string jitter_slide(const Result& result, const ScenarioResult& scenario);
// Every way into user space that was measured, in short form.
[[nodiscard]] std::string ways_slide(const Result& result, const ScenarioResult& scenario);
// Where a packet's time goes, with the medians drawn to scale.
[[nodiscard]] std::string stages_slide(const Result& result, const ScenarioResult& scenario);
// What the slowest packets waited for.
[[nodiscard]] std::string outliers_slide(const Result& result, const ScenarioResult& scenario);
// What a receiver costs its CPU, beside the latency that this buys.
[[nodiscard]] std::string cost_slide(const Result& result, const ScenarioResult& scenario);

// The verdict; a row for each gate that complains, a column for each scenario; the advice; and the
// gates that passed.
[[nodiscard]] std::string gates_slide(const Result& result);
// The two steps from a blocking socket to bypass: the gain from not sleeping, and the further gain
// from leaving the stack.
[[nodiscard]] std::string steps_slide(const Result& result);
// The claims of the public example that this kit is modelled on, compared with what was measured.
[[nodiscard]] std::string audit_slide(const Result& result);
// The commands that measure this result's settings again.
[[nodiscard]] std::string reproduce_slide(const Result& result);

// Every single field of a result outside its scenarios, by its dotted path: "settings.rounds".
[[nodiscard]] std::map<std::string, std::string> fields_of(const Result& result);
// The machine, the build and the settings.
[[nodiscard]] std::string environment_slide(const Result& result);
// The line at the bottom of each slide with results: where its figures come from.
[[nodiscard]] std::string provenance_slide(const Result& result);

// The plot SCENARIO-KIND.svg.
[[nodiscard]] std::string plot_slide(const ScenarioResult& scenario, const std::string& kind,
                                     const std::filesystem::path& beside);
// How much better each classic error makes the numbers look: from sins.md, as `rxbench sins
// --markdown` prints it.
[[nodiscard]] std::string sins_slide(const Result& result, const std::filesystem::path& beside);
// Latency against rate, and each receiver's highest rate without loss: from load.json and load.svg,
// as `rxbench load` leaves them.
[[nodiscard]] std::string rates_slide(const Result& result, const std::filesystem::path& beside);

}  // namespace rxlab::bench
