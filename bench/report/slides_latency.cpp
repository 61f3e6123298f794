// SPDX-License-Identifier: MIT
#include "bench/report/slides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace rxlab::bench {
namespace {

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

// The least of all, and the run can tell it from each of the others.
bool is_best(const ScenarioResult& scenario, const ReceiverResult& receiver, Figure figure) {
    if (scenario.receivers.size() < 2) return false;
    return std::ranges::all_of(scenario.receivers, [&](const ReceiverResult& other) {
        if (other.name == receiver.name) return true;
        const Ratio* slower = find_ratio(scenario, other.name, receiver.name, figure);
        const bool is_first = slower == nullptr;
        if (is_first) slower = find_ratio(scenario, receiver.name, other.name, figure);
        if (slower == nullptr || slower->verdict != RatioVerdict::different) return false;
        return is_first ? *slower->value < 1 : *slower->value > 1;
    });
}

std::vector<std::string> measured_row(const ScenarioResult& scenario,
                                      const ReceiverResult& receiver, const Shape& shape) {
    const bool void_row = is_void(scenario, receiver.name);
    std::vector<std::string> row{classed("whole", receiver.title)};
    for (const auto& [name, figure] : shape.figures) {
        row.push_back(figure_cell(summary_of(receiver, figure), void_row,
                                  is_best(scenario, receiver, figure)));
    }
    for (const auto& [name, count] : shape.counts)
        row.push_back(text_cell(grouped(receiver.ledger.*count), void_row));
    for (const auto& [name, figure] : shape.ratios)
        row.push_back(slide_ratio(scenario, kBlocking, receiver.name, figure));
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
    for (const char* name : {kBlocking, kSpinning, "dpdk"})
        add(name);
}

std::string settings_line(const ScenarioResult& scenario) {
    const bool is_one = scenario.feeds == 1;
    return fmt::format("{} of {} packets/s{} ({}), {} s a run; all packets of {} round{} together.",
                       is_one ? "One feed" : number(static_cast<double>(scenario.feeds)) + " feeds",
                       number(scenario.rate_per_feed), is_one ? "" : " each", scenario.profile,
                       number(scenario.seconds), scenario.rounds, scenario.rounds == 1 ? "" : "s");
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
    std::string text = settings_line(scenario);
    if (!shape.ratios.empty()) {
        text += fmt::format(" In brackets: interval of {} % confidence over {} rounds.",
                            number(result.settings.confidence * 100), scenario.rounds);
    }
    if (has(kTooFewMark, first_ratio)) text += " ‡ too few rounds for an interval.";
    if (has("**", 1)) text += " Bold: the least, and different from each of the others.";
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
            row.push_back(
                figure_cell(summary_of(receiver, figure), is_void(scenario, receiver.name)));
        table.rows.push_back(std::move(row));
    }
    for (const LeftOut& candidate : result.candidates_left_out) {
        table.rows.push_back(
            {as_markdown(candidate.name), missing("not measured: " + candidate.reason)});
    }
    return with_note(result, table) + void_box(scenario);
}

}  // namespace rxlab::bench
