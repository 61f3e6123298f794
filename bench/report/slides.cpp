// SPDX-License-Identifier: MIT
#include "bench/report/slides.hpp"

#include "bench/report/table_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rxlab::bench {
namespace {

// A cell; with_note() explains it.
const std::string kNotMeasured = missing("not measured*");

}  // namespace

std::string as_markdown(std::string_view text) {
    constexpr std::string_view kSpecial = "\\`*_{}[]<>~^$@#&";
    std::string markdown;
    for (const char c : text) {
        if (kSpecial.find(c) != std::string_view::npos) markdown += '\\';
        markdown += c == '\n' ? ' ' : c;
    }
    return markdown;
}

std::string classed(std::string_view name, std::string_view text) {
    return fmt::format("[{}]{{.{}}}", as_markdown(text), name);
}

std::string missing(std::string_view reason) {
    return classed("missing", reason);
}

std::string box(std::string_view classes, std::string_view markdown) {
    return fmt::format("::: {{{}}}\n{}\n:::\n\n", classes, markdown);
}

std::string missing_box(std::string_view reason) {
    return box(".missing", as_markdown(reason));
}

std::string remark(std::string_view text) {
    return box(".remark", as_markdown(text));
}

std::string grouped(std::uint64_t count) {
    std::string text = std::to_string(count);
    for (std::size_t at = text.size(); at > 3; at -= 3)
        text.insert(at - 3, ",");
    return text;
}

std::string number(double value) {
    if (value >= 0 && value < 1e15 && value == std::floor(value)) {
        return grouped(static_cast<std::uint64_t>(value));
    }
    return three_digits(value);
}

std::string to_markdown(const SlideTable& table) {
    Table plain;
    std::string alignment;
    for (const SlideTable::Column& column : table.columns) {
        const std::string unit = column.unit.empty() ? "" : "<br>" + classed("unit", column.unit);
        plain.columns.push_back(as_markdown(column.title) + unit);
        alignment += column.is_text ? 'l' : 'r';
    }
    plain.rows = table.rows;
    if (!table.groups.empty()) {
        plain.rows.insert(plain.rows.begin(), plain.columns);
        plain.columns = table.groups;
    }
    for (std::vector<std::string>& row : plain.rows)
        row.resize(table.columns.size(), kToTheLeft);
    const std::string_view heads = table.groups.empty() ? "" : " heads=2";
    return box(fmt::format("{}{}", table.classes, heads), "\n" + markdown_rows(plain, alignment));
}

std::string void_box(const ScenarioResult& scenario) {
    std::string reasons;
    for (const Gate& gate : scenario.verdict.gates) {
        if (gate.status != GateStatus::fail) continue;
        const ReceiverResult* const receiver = find_receiver(scenario, gate.scope);
        const std::string of = receiver == nullptr ? gate.scope : receiver->title;
        reasons += (reasons.empty() ? "" : "; ") + gate.name;
        if (gate.scope != "scenario") reasons += fmt::format(" ({})", of);
    }
    if (reasons.empty()) return {};
    return box(".void-reason", as_markdown("VOID, not to be used: " + reasons));
}

std::string figure_cell(const Summary& summary, bool is_void, bool is_best) {
    if (!summary.value) return kNotMeasured;
    const std::string text = cell(summary);
    return is_best && !is_void ? "**" + text + "**" : struck(text, is_void);
}

std::string text_cell(std::string_view text, bool is_void) {
    return struck(as_markdown(text), is_void);
}

std::string too_few(const Result& result) {
    return fmt::format("not measured: fewer than {} packets beyond this percentile",
                       grouped(result.settings.samples_beyond));
}

std::string with_note(const Result& result, const SlideTable& table, std::string note) {
    const std::string markdown = to_markdown(table);
    if (markdown.find(kNotMeasured) != std::string::npos) {
        note += (note.empty() ? "* " : " * ") + too_few(result) + ".";
    }
    if (const auto caveat = frames_come_from_kernel(result.testbed.name, markdown); !caveat.empty())
        note += (note.empty() ? "" : " ") + caveat;
    return markdown + (note.empty() ? "" : remark(note));
}

std::string ratio_text(const Ratio* ratio) {
    if (ratio == nullptr || !ratio->value) return {};
    const std::string value = at_least_mark(ratio->at_least) + three_digits(*ratio->value);
    if (!ratio->low || !ratio->high) return value + kTooFewMark;
    const bool is_different = ratio->verdict == RatioVerdict::different;
    const std::string interval =
        fmt::format("({}–{})", three_digits(*ratio->low), three_digits(*ratio->high));
    return fmt::format("{} {}", is_different ? value : verdict_text(*ratio),
                       classed("whole", interval));
}

std::string no_ratio(Packets packets) {
    return packets == Packets::undisturbed ? kNothing : kNotMeasured;
}

std::string slide_ratio(const ScenarioResult& scenario, const std::string& numerator,
                        const std::string& denominator, Figure figure, Packets packets) {
    if (numerator == denominator) return "1";
    const Ratio* const ratio = find_ratio(scenario, numerator, denominator, figure, packets);
    const std::string text = ratio_text(ratio);
    return text.empty() ? no_ratio(packets) : struck(text, is_void(scenario, *ratio));
}

std::string no_scenario(std::string_view name) {
    return fmt::format("not measured: this result has no scenario “{}”", name);
}

std::string bypass_of(const ScenarioResult& scenario) {
    const auto found = std::ranges::find(scenario.receivers, "dpdk", &ReceiverResult::kind);
    return found == scenario.receivers.end() ? "" : found->name;
}

std::string left_out(const Result& result, const std::string& receiver) {
    const auto found = std::ranges::find(result.candidates_left_out, receiver, &LeftOut::name);
    return found == result.candidates_left_out.end()
               ? fmt::format("not measured: this result has no receiver “{}”", receiver)
               : "not measured: " + found->reason;
}

}  // namespace rxlab::bench
