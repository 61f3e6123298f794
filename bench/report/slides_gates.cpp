// SPDX-License-Identifier: MIT
#include "bench/report/slides.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

namespace rxlab::bench {
namespace {

constexpr std::size_t kRowsMax = 5;
constexpr std::size_t kAdviceMax = 2;
// With more rows there is no room for a list, nor for more than one line of advice.
constexpr std::size_t kRowsBesideListMax = 2;

// What must hold.
const std::map<std::string, std::string> kMeanings{
    {"ledger-closed", "sent = received + lost, nothing unexpected"},
    {"no-loss", "nothing lost"},
    {"no-negative-latency", "no latency below zero"},
    {"same-book", "all receivers end with the same books"},
    {"true-book", "their books are those that were sent"},
    {"clock-source", "invariant TSC"},
    {"clock-drift", "clock calibrated alike at start and end"},
    {"trace-complete", "every packet’s stamps were kept"},
    {"sender-pacing", "the sender’s error is small beside the latency"},
    {"samples", "enough packets for p99.9"},
    {"rounds", "enough rounds for confidence intervals"},
    {"complete", "all rounds were measured"},
    {"no-repeats", "no run had to be made again"},
    {"stolen-time", "nobody took the cores for long"},
    {"context-switches", "no other threads on the pinned cores"},
    {"frequency", "the cores kept their frequency"},
    {"measuring-floor", "measuring costs little beside the latency"},
    {"clock-offset", "the two cores’ clocks agree"},
    {"real-processor", "no emulated processor"},
    {"a-a-control", "no difference between a receiver and itself"},
};

std::string meaning_of(const std::string& gate) {
    const auto found = kMeanings.find(gate);
    return found == kMeanings.end() ? "" : found->second;
}

// The factor by which a gate's value is beyond its limit, on the side that is wrong.
double beyond(const Gate& gate) {
    const double measured = gate.measured.value_or(0), limit = gate.limit.value_or(0);
    return measured <= 0 || limit <= 0 ? 0 : std::max(measured / limit, limit / measured);
}

// A gate over all receivers and scenarios.
struct GateRow {
    std::string name;
    std::map<std::string, const Gate*> worst;  // of each scenario, by its name

    [[nodiscard]] GateStatus status() const {
        GateStatus highest = GateStatus::pass;
        for (const auto& [scenario, gate] : worst)
            highest = std::max(highest, gate->status);
        return highest;
    }
};

// In the order in which a result first names them.
std::vector<GateRow> rows_of(const Result& result) {
    std::vector<GateRow> rows;
    for (const ScenarioResult& scenario : result.scenarios) {
        for (const Gate& gate : scenario.verdict.gates) {
            auto row = std::ranges::find(rows, gate.name, &GateRow::name);
            if (row == rows.end()) row = rows.insert(row, {gate.name, {}});
            const Gate*& worst = row->worst[scenario.name];
            if (worst == nullptr ||
                std::pair{gate.status, beyond(gate)} > std::pair{worst->status, beyond(*worst)}) {
                worst = &gate;
            }
        }
    }
    return rows;
}

// A gate may pass because this machine does not say what it looks at.
bool is_measured(const Gate& gate) {
    return gate.measured.has_value() || !gate.limit.has_value();
}

std::string status_cell(const Gate* gate) {
    if (gate == nullptr) return missing("not checked");
    std::string text{to_string(gate->status)};
    if (gate->status != GateStatus::pass && gate->measured) text += ": " + measured_text(*gate);
    if (gate->status == GateStatus::pass && !is_measured(*gate)) text = "not measured";
    return classed(to_string(gate->status), text);
}

SlideTable gate_table(const Result& result, const std::vector<GateRow>& rows) {
    SlideTable table{".small .gates", {{"gate", "", true}, {"what must hold", "", true}}};
    for (const ScenarioResult& scenario : result.scenarios)
        table.columns.push_back({scenario.title, "", true});
    for (const GateRow& row : rows) {
        std::vector<std::string> cells{as_markdown(row.name), as_markdown(meaning_of(row.name))};
        for (const ScenarioResult& scenario : result.scenarios) {
            const auto found = row.worst.find(scenario.name);
            cells.push_back(status_cell(found == row.worst.end() ? nullptr : found->second));
        }
        table.rows.push_back(std::move(cells));
    }
    return table;
}

// Of gates that failed, then of those that warn.
std::vector<std::string> advice_of(const Result& result) {
    std::vector<std::string> advice;
    for (const GateStatus status : {GateStatus::fail, GateStatus::warn}) {
        for (const ScenarioResult& scenario : result.scenarios) {
            for (const Gate& gate : scenario.verdict.gates) {
                const std::string text = gate.name + ": " + gate.advice;
                if (gate.status == status && std::ranges::find(advice, text) == advice.end()) {
                    advice.push_back(text);
                }
            }
        }
    }
    return advice;
}

std::string advice_boxes(const std::vector<std::string>& advice, bool has_room) {
    const std::size_t most = has_room && advice.size() <= kAdviceMax ? kAdviceMax : 1;
    const std::size_t shown = std::min(advice.size(), most);
    std::string boxes;
    for (std::size_t i = 0; i < shown; ++i)
        boxes += remark(advice[i]);
    if (advice.size() > shown) {
        boxes += remark(fmt::format("… and {} more in the result file.", advice.size() - shown));
    }
    return boxes;
}

// As a list of what holds where there is room, else by their names.
std::string passed_part(std::string_view classes, std::string_view title,
                        const std::vector<GateRow>& rows, bool has_room) {
    if (rows.empty()) return {};
    std::vector<std::string> gates;
    for (const GateRow& row : rows) {
        const std::string meaning = meaning_of(row.name);
        gates.push_back(fmt::format("[{}]{{gate=\"{}\"}}",
                                    as_markdown(has_room && !meaning.empty() ? meaning : row.name),
                                    row.name));
    }
    return box(classes, has_room ? fmt::format("{}:\n\n- {}\n", title, fmt::join(gates, "\n- "))
                                 : fmt::format("{}: {}.", title, fmt::join(gates, ", ")));
}

// Passed is only what was measured.
std::string passed_box(const std::vector<GateRow>& rows, bool has_room) {
    std::vector<GateRow> passed, unknown;
    for (const GateRow& row : rows) {
        const bool is_known = std::ranges::any_of(
            row.worst, [](const auto& each) { return is_measured(*each.second); });
        (is_known ? passed : unknown).push_back(row);
    }
    return passed_part(".passed", "Passed everywhere", passed, has_room) +
           passed_part(".passed .unknown", "Not measured on this machine", unknown, has_room);
}

}  // namespace

std::string gates_slide(const Result& result) {
    std::vector<GateRow> complaining = rows_of(result);
    if (complaining.empty()) return missing_box("not measured: this result has no gates");
    // The worst first.
    std::ranges::stable_sort(complaining, std::ranges::greater{}, &GateRow::status);
    const auto first_passed = std::ranges::find(complaining, GateStatus::pass, &GateRow::status);
    const std::vector<GateRow> passed(first_passed, complaining.end());
    complaining.erase(first_passed, complaining.end());
    const std::size_t more = complaining.size() - std::min(complaining.size(), kRowsMax);
    complaining.resize(complaining.size() - more);

    std::string slide;  // its title has the verdict
    if (!complaining.empty()) slide += to_markdown(gate_table(result, complaining));
    if (more > 0) slide += remark(fmt::format("… and {} more gates in the result file.", more));
    const bool has_room = complaining.size() <= kRowsBesideListMax;
    return slide + passed_box(passed, has_room) + advice_boxes(advice_of(result), has_room);
}

}  // namespace rxlab::bench
