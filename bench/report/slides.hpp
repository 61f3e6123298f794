// SPDX-License-Identifier: MIT
//
// The fragments of a result, a function each: what slides show, in pandoc's Markdown; and the parts
// that they are made of. Pure functions, apart from those that look for files in `beside`, the
// result's folder.
#pragma once

#include "bench/report/table_parts.hpp"
#include "bench/result/load.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
// from leaving recv.
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

// Claims that the result carries, as titles of slides, by name: "title.result". Markdown.
[[nodiscard]] std::map<std::string, std::string> titles_of(const Result& result);
// How many of the example's claims hold here against a socket that spins; empty if none can be
// tested.
[[nodiscard]] std::string claims_title(const Result& result);

// Charts, as SVG in the page. Kernel sockets have one colour and bypass the other in all of them;
// receivers that are void, or have no median, are left out.
// A socket that sleeps and one that spins, their medians as bars to scale.
[[nodiscard]] std::string result_chart(const Result& result);
// The medians of all ways as bars to scale.
[[nodiscard]] std::string bars_chart(const ScenarioResult& scenario);
// A curve for each way, named at its end.
[[nodiscard]] std::string percentiles_chart(const ScenarioResult& scenario);
// Latency over the time of each way's median run, the darker the more packets.
[[nodiscard]] std::string timeline_chart(const ScenarioResult& scenario);
// Cores that a way uses against its median.
[[nodiscard]] std::string cost_chart(const ScenarioResult& scenario);
// Latency against rate, up to the first loss; narrow enough for a table on the left.
[[nodiscard]] std::string load_chart(const std::vector<LoadSeries>& series);

// How much better each classic error makes the numbers look: from sins.json, as `rxbench sins`
// leaves it. Beside an older result there is only sins.md: its table as it stands, and a remark
// that says so.
[[nodiscard]] std::string sins_slide(const Result& result, const std::filesystem::path& beside);
// Latency against rate, and each receiver's highest rate without loss: from load.json, as `rxbench
// load` leaves it. Without that file, what the result itself says of its rates.
[[nodiscard]] std::string rates_slide(const Result& result, const std::filesystem::path& beside);
// The cheapest way into user space, and what the next ones buy: from decision.json, as `rxbench
// decide` leaves it.
[[nodiscard]] std::string decision_slide(const Result& result, const std::filesystem::path& beside);

// The parts. Arguments are plain text, which these functions escape, unless they are named
// `markdown`.

// Text as Markdown that reads like it.
[[nodiscard]] std::string as_markdown(std::string_view text);

// Text with a class of the deck's style sheet.
[[nodiscard]] std::string classed(std::string_view name, std::string_view text);

// What stands in a sentence or a cell in place of something that is missing.
[[nodiscard]] std::string missing(std::string_view reason);

// A paragraph, or whatever it is, in a box with classes: ".remark".
[[nodiscard]] std::string box(std::string_view classes, std::string_view markdown);
[[nodiscard]] std::string missing_box(std::string_view reason);
[[nodiscard]] std::string remark(std::string_view text);

// Thousands separated by commas.
[[nodiscard]] std::string grouped(std::uint64_t count);
// A number of any unit, as short as possible: 20000 -> 20,000; 2.5917 -> 2.59.
[[nodiscard]] std::string number(double value);

// A table of a slide. An attribute of the box around it tells the slides' filter that the names of
// columns are the first row below `groups`, if there are any.
struct SlideTable {
    struct Column {
        std::string title, unit = {};
        bool is_text = false;  // aligned to the left
    };
    std::string classes;
    std::vector<Column> columns;
    std::vector<std::string> groups = {};             // Markdown, a heading above the columns' own
    std::vector<std::vector<std::string>> rows = {};  // Markdown
};
// A cell that belongs to the one on its left. In a row that is too short, the last cell takes the
// width that is left.
inline constexpr const char* kToTheLeft = "←";
[[nodiscard]] std::string to_markdown(const SlideTable& table);

// The gates that failed, in a box; nothing where none did.
[[nodiscard]] std::string void_box(const ScenarioResult& scenario);

// A figure as a cell: struck through, or emphasised.
[[nodiscard]] std::string figure_cell(const Summary& summary, bool is_void, bool is_best = false);
// Any other text of a receiver as a cell.
[[nodiscard]] std::string text_cell(std::string_view text, bool is_void);

// "not measured: fewer than 100 packets beyond this percentile"
[[nodiscard]] std::string too_few(const Result& result);
// Which of them have no undisturbed figure, and why not, after a space; empty where all have one.
[[nodiscard]] std::string no_undisturbed_figure(std::span<const ReceiverResult* const> receivers);
// A table and a remark below it, which also explains cells that have no figure, and rows of DPDK
// that are not what they seem.
[[nodiscard]] std::string with_note(const Result& result, const SlideTable& table,
                                    std::string note = {});

// "10.2 (8.85–10.9)", "cannot tell (0.97–1.67)", "1.58‡" as Markdown; empty if there is none.
[[nodiscard]] std::string ratio_text(const Ratio* ratio);
// What stands in the place of a ratio that is missing. One of undisturbed packets may be missing
// for several reasons, which stand below the table.
[[nodiscard]] std::string no_ratio(Packets packets);
// As a cell, struck through if a receiver is void; or that it was not measured.
[[nodiscard]] std::string slide_ratio(const ScenarioResult& scenario, const std::string& numerator,
                                      const std::string& denominator, Figure figure,
                                      Packets packets = Packets::all);

// Why a scenario is not in a result.
[[nodiscard]] std::string no_scenario(std::string_view name);
// The DPDK receiver that stands for bypass, the first one of the file, so that nobody picks the
// best; empty if there is none.
[[nodiscard]] std::string bypass_of(const ScenarioResult& scenario);
// Why a receiver is not in a scenario.
[[nodiscard]] std::string left_out(const Result& result, const std::string& receiver);

}  // namespace rxlab::bench
