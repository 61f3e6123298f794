// SPDX-License-Identifier: MIT
#include "bench/analysis/disturbances.hpp"
#include "bench/report/slides.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <utility>

namespace rxlab::bench {
namespace {

// A column of a table of figures, and a receiver's cell in it.
struct Column {
    SlideTable::Column head;
    std::function<std::string(const ReceiverResult&)> cell;
};
// Columns under a common head.
struct Group {
    std::string title;
    std::vector<Column> columns;
};

// The least of all, and the run can tell it from each of the others: none of them is void.
bool is_best(const ScenarioResult& scenario, const ReceiverResult& receiver, Figure figure) {
    if (scenario.receivers.size() < 2) return false;
    return std::ranges::all_of(scenario.receivers, [&](const ReceiverResult& other) {
        if (other.name == receiver.name) return true;
        if (is_void(scenario, other.name)) return false;
        const Ratio* slower = find_ratio(scenario, other.name, receiver.name, figure);
        const bool is_first = slower == nullptr;
        if (is_first) slower = find_ratio(scenario, receiver.name, other.name, figure);
        if (slower == nullptr || slower->verdict != RatioVerdict::different) return false;
        return is_first ? *slower->value < 1 : *slower->value > 1;
    });
}

// There may be several reasons for an undisturbed figure that is missing: the remark has them.
Column figure_column(const ScenarioResult& scenario, SlideTable::Column head, Figure figure,
                     Packets packets = Packets::all) {
    return {std::move(head), [&scenario, figure, packets](const ReceiverResult& receiver) {
                const Summary& summary = summary_of(receiver, figure, packets);
                const bool void_row = is_void(scenario, receiver.name);
                return packets == Packets::undisturbed
                           ? struck(cell(summary), void_row)
                           : figure_cell(summary, void_row, is_best(scenario, receiver, figure));
            }};
}

Column kept_column() {
    return {{"kept"}, kept_cell};
}

Column count_column(const ScenarioResult& scenario, const char* name,
                    std::uint64_t Ledger::*count) {
    return {{name}, [&scenario, count](const ReceiverResult& receiver) {
                return text_cell(grouped(receiver.ledger.*count), is_void(scenario, receiver.name));
            }};
}

// How many times the baseline's figure.
Column ratio_column(const ScenarioResult& scenario, SlideTable::Column head, Figure figure,
                    Packets packets = Packets::all) {
    return {std::move(head),
            [&scenario, figure, packets](const ReceiverResult& receiver) -> std::string {
                if (!summary_of(receiver, figure, packets).value) return no_ratio(packets);
                return slide_ratio(scenario, kBlocking, receiver.name, figure, packets);
            }};
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

// In a few words: on a slide there is little room. Empty where there is a figure.
std::string why_not_undisturbed(const ReceiverResult& receiver) {
    if (summary_of(receiver, Figure::p99, Packets::undisturbed).value) return {};
    if (!receiver.undisturbed) return "not recorded";
    if (receiver.undisturbed->why_not.empty()) return "too few packets";
    const bool is_share_known = receiver.undisturbed->kept_percent.has_value();
    return is_share_known ? fmt::format("less than {:g} % kept", kKept_percent_min)
                          : receiver.undisturbed->why_not;
}

// What "undisturbed" means, and who has no such figure.
std::string undisturbed_line(const ScenarioResult& scenario) {
    if (!has_undisturbed(scenario)) return {};
    std::vector<const ReceiverResult*> receivers;
    for (const ReceiverResult& receiver : scenario.receivers)
        receivers.push_back(&receiver);
    return " Undisturbed: due while nobody took a core; kept: their share." +
           no_undisturbed_figure(receivers);
}

std::string footnotes(const Result& result, const ScenarioResult& scenario, const SlideTable& table,
                      bool with_settings) {
    const auto has = [&](std::string_view mark) {
        return std::ranges::any_of(table.rows, [&](const std::vector<std::string>& row) {
            return std::any_of(row.begin() + 1, row.end(), [&](const std::string& cell) {
                return cell.find(mark) != std::string::npos;
            });
        });
    };
    std::string text = (with_settings ? settings_line(scenario) : "") + undisturbed_line(scenario);
    if (has(".whole")) {
        text +=
            fmt::format(" In brackets: {} % confidence.", number(result.settings.confidence * 100));
    }
    if (has("≥")) text += " ≥: a lower bound.";
    if (has(kTooFewMark)) text += " ‡ too few rounds for an interval.";
    if (has("**")) text += " Bold: the least, and different from each of the others.";
    return text;
}

std::string slide_of(const Result& result, const ScenarioResult& scenario, const char* name,
                     const std::vector<Group>& groups, bool with_settings = true) {
    SlideTable table{fmt::format(".{} .{}", name, scenario.name), {{"receiver", "", true}}, {""}};
    for (const Group& group : groups) {
        table.groups.push_back(as_markdown(group.title));
        table.groups.resize(table.groups.size() + group.columns.size() - 1, kToTheLeft);
        for (const Column& column : group.columns)
            table.columns.push_back(column.head);
    }
    for (const ReceiverResult& receiver : scenario.receivers) {
        std::vector<std::string> row{classed("whole", receiver.title)};
        for (const Group& group : groups) {
            for (const Column& column : group.columns)
                row.push_back(column.cell(receiver));
        }
        table.rows.push_back(std::move(row));
    }
    add_missing_rows(result, scenario, table);
    return with_note(result, table, footnotes(result, scenario, table, with_settings)) +
           void_box(scenario);
}

}  // namespace

std::string latency_slide(const Result& result, const ScenarioResult& scenario) {
    const SlideTable::Column undisturbed{"p99", "undisturbed"};
    Group figures{"latency, µs",
                  {figure_column(scenario, {"p50"}, Figure::p50),
                   figure_column(scenario, {"p99"}, Figure::p99)}};
    Group ratios{"blocking ÷ this", {ratio_column(scenario, {"p50"}, Figure::p50)}};
    if (has_undisturbed(scenario)) {
        figures.columns.push_back(
            figure_column(scenario, undisturbed, Figure::p99, Packets::undisturbed));
        figures.columns.push_back(kept_column());
        ratios.columns.push_back(
            ratio_column(scenario, undisturbed, Figure::p99, Packets::undisturbed));
    } else {
        ratios.columns.push_back(ratio_column(scenario, {"p99"}, Figure::p99));
    }
    figures.columns.push_back(figure_column(scenario, {"maximum"}, Figure::max));
    const Group packets{"packets", {count_column(scenario, "lost", &Ledger::lost)}};
    return slide_of(result, scenario, "latency", {figures, packets, ratios});
}

std::string jitter_slide(const Result& result, const ScenarioResult& scenario) {
    const auto both = [&](Packets packets) {
        return std::vector{figure_column(scenario, {"std. dev."}, Figure::stddev, packets),
                           figure_column(scenario, {"p99−p50"}, Figure::jitter, packets)};
    };
    std::vector<Group> groups{{"all packets, µs", both(Packets::all)}};
    if (has_undisturbed(scenario)) {
        groups.push_back({"undisturbed, µs", both(Packets::undisturbed)});
        groups.push_back({"", {kept_column()}});
    }
    return slide_of(result, scenario, "jitter", groups, false);
}

std::string no_undisturbed_figure(std::span<const ReceiverResult* const> receivers) {
    std::map<std::string, std::set<std::string>> titles;  // by reason
    for (const ReceiverResult* receiver : receivers) {
        if (const std::string reason = why_not_undisturbed(*receiver); !reason.empty())
            titles[reason].insert(receiver->title);
    }
    std::string text;
    for (const auto& [reason, of_receivers] : titles)
        text += fmt::format(" {}: {}.", fmt::join(of_receivers, "; "), reason);
    return text.empty() ? text : fmt::format(" {}: no figure.{}", kNothing, text);
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
