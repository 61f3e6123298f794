// SPDX-License-Identifier: MIT
#include "bench/report/slides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace rxlab::bench {
namespace {

constexpr const char* kBaseline = "kernel-block";

// The columns of a latency table.
struct Shape {
    const char* name;
    std::vector<std::pair<const char*, Figure>> figures;
    std::vector<std::pair<const char*, std::uint64_t Ledger::*>> counts = {};
    std::vector<std::pair<const char*, Figure>> ratios = {};  // how many times the baseline's
};

std::vector<SlideTable::Column> columns_of(const Shape& shape) {
    std::vector<SlideTable::Column> columns{{"receiver", "", true}};
    for (const auto& [name, figure] : shape.figures)
        columns.push_back({name, "µs"});
    for (const auto& [name, count] : shape.counts)
        columns.push_back({name, "packets"});
    for (const auto& [name, figure] : shape.ratios)
        columns.push_back({name, "blocking ÷ this"});
    return columns;
}

// The text of the smallest value; empty if the receivers do not differ in what is shown.
std::string best_of(const std::vector<ReceiverResult>& receivers, Figure figure) {
    const Summary *least = nullptr, *most = nullptr;
    for (const ReceiverResult& receiver : receivers) {
        const Summary& summary = summary_of(receiver, figure);
        if (!summary.value) continue;
        if (least == nullptr || *summary.value < *least->value) least = &summary;
        if (most == nullptr || *summary.value > *most->value) most = &summary;
    }
    return least == nullptr || cell(*least) == cell(*most) ? "" : cell(*least);
}

std::vector<std::string> measured_row(const ScenarioResult& scenario,
                                      const ReceiverResult& receiver, const Shape& shape) {
    const bool void_row = is_void(scenario);
    std::vector<std::string> row{classed("whole", receiver.title)};
    for (const auto& [name, figure] : shape.figures) {
        const std::string best = void_row ? "" : best_of(scenario.receivers, figure);
        row.push_back(figure_cell(summary_of(receiver, figure), void_row, best));
    }
    for (const auto& [name, count] : shape.counts)
        row.push_back(text_cell(grouped(receiver.ledger.*count), void_row));
    for (const auto& [name, figure] : shape.ratios)
        row.push_back(slide_ratio(scenario, kBaseline, receiver.name, figure));
    return row;
}

// For what was not measured: the candidates left out, and baselines that the result does not name.
void add_missing_rows(const Result& result, const ScenarioResult& scenario, SlideTable& table) {
    std::set<std::string> known;
    for (const ReceiverResult& receiver : scenario.receivers)
        known.insert({receiver.name, receiver.kind});
    const auto add = [&](const std::string& name) {
        if (!known.insert(name).second) return;
        table.rows.push_back({as_markdown(name), missing(left_out(result, name))});
    };
    for (const LeftOut& candidate : result.candidates_left_out) {
        add(candidate.name);
        known.insert(candidate.name.substr(0, candidate.name.find('-')));
    }
    for (const char* name : {kBaseline, "kernel-spin", "dpdk"})
        add(name);
}

std::string settings_line(const Result& result, const ScenarioResult& scenario) {
    const bool is_one = scenario.feeds == 1;
    return fmt::format(
        "{} of {} packets/s{} ({}), {} s a run; median of {} round{}, the maximum over all.",
        is_one ? "One feed" : number(static_cast<double>(scenario.feeds)) + " feeds",
        number(scenario.rate_per_feed), is_one ? "" : " each", scenario.profile,
        number(scenario.seconds), result.settings.rounds, result.settings.rounds == 1 ? "" : "s");
}

std::string footnotes(const Result& result, const ScenarioResult& scenario, const Shape& shape,
                      const SlideTable& table) {
    // The columns of ratios are the last ones.
    const std::size_t first_ratio = table.columns.size() - shape.ratios.size();
    const auto has = [&](const char* mark, std::size_t first) {
        return std::ranges::any_of(table.rows, [&](const std::vector<std::string>& row) {
            return std::any_of(
                row.begin() + static_cast<std::ptrdiff_t>(std::min(first, row.size())), row.end(),
                [&](const std::string& cell) { return cell.find(mark) != std::string::npos; });
        });
    };
    std::string text = settings_line(result, scenario);
    if (!shape.ratios.empty()) {
        text += fmt::format(" In brackets: interval of at least {} % over {} rounds.",
                            number(result.settings.confidence * 100), result.settings.rounds);
    }
    if (has(kPooledMark, 0)) {
        text += fmt::format(" {} of all rounds’ packets together{}.", kPooledMark,
                            has(kPooledMark, first_ratio) ? ": no interval" : "");
    }
    if (has("‡", first_ratio)) text += " ‡ too few rounds for an interval.";
    return text;
}

std::string slide_of(const Result& result, const ScenarioResult& scenario, const Shape& shape) {
    SlideTable table{fmt::format(".{} .{}", shape.name, scenario.name), columns_of(shape)};
    for (const ReceiverResult& receiver : scenario.receivers)
        table.rows.push_back(measured_row(scenario, receiver, shape));
    add_missing_rows(result, scenario, table);
    return with_note(result, table, footnotes(result, scenario, shape, table)) + void_box(scenario);
}

}  // namespace

std::string latency_slide(const Result& result, const ScenarioResult& scenario) {
    return slide_of(result, scenario,
                    {"latency",
                     {{"p50", Figure::p50},
                      {"p99", Figure::p99},
                      {"p99.9", Figure::p999},
                      {"maximum", Figure::max}},
                     {{"sent", &Ledger::sent}, {"lost", &Ledger::lost}},
                     {{"p50", Figure::p50}, {"p99", Figure::p99}}});
}

std::string jitter_slide(const Result& result, const ScenarioResult& scenario) {
    return slide_of(result, scenario,
                    {"jitter", {{"std. dev.", Figure::stddev}, {"p99−p50", Figure::jitter}}});
}

std::string ways_slide(const Result& result, const ScenarioResult& scenario) {
    if (scenario.receivers.empty())
        return missing_box("not measured: this scenario has no receivers");
    SlideTable table{fmt::format(".ways .{}", scenario.name),
                     {{"measured here, one way", "", true}, {"p50", "µs"}, {"p99", "µs"}}};
    for (const ReceiverResult& receiver : scenario.receivers) {
        std::vector<std::string> row{classed("whole", receiver.title)};
        for (const Figure figure : {Figure::p50, Figure::p99})
            row.push_back(figure_cell(summary_of(receiver, figure), is_void(scenario)));
        table.rows.push_back(std::move(row));
    }
    for (const LeftOut& candidate : result.candidates_left_out) {
        table.rows.push_back(
            {as_markdown(candidate.name), missing("not measured: " + candidate.reason)});
    }
    return with_note(result, table) + void_box(scenario);
}

}  // namespace rxlab::bench
