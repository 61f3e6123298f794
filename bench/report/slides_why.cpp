// SPDX-License-Identifier: MIT
#include "bench/report/slides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace rxlab::bench {
namespace {

constexpr const char* kNoReceivers = "not measured: this scenario has no receivers";

struct Stage {
    const char *name, *title;
    StageSummary StagesOverRounds::*figures;
};
constexpr std::array kStages{Stage{"sender_lag", "sender’s error", &StagesOverRounds::sender_lag},
                             Stage{"path", "send, wire, receive", &StagesOverRounds::path},
                             Stage{"book", "decode, book", &StagesOverRounds::book}};

double median_ns(const ReceiverResult& receiver, const Stage& stage) {
    return std::max(0.0, (receiver.stages.*stage.figures).p50_ns.value.value_or(0));
}

// The medians as bars; the longest row of them is as long as there is room.
std::string bars(const ScenarioResult& scenario, const ReceiverResult& receiver) {
    constexpr double kPixels = 220;
    double longest_ns = 1;
    for (const ReceiverResult& each : scenario.receivers) {
        double sum_ns = 0;
        for (const Stage& stage : kStages)
            sum_ns += median_ns(each, stage);
        longest_ns = std::max(longest_ns, sum_ns);
    }
    std::string pieces;
    for (const Stage& stage : kStages) {
        pieces += fmt::format("[]{{.bar .{} style=\"width:{:.1f}px\"}}", stage.name,
                              median_ns(receiver, stage) / longest_ns * kPixels);
    }
    return fmt::format("[{}]{{.bars}}", pieces);
}

// The stages' names above their columns, each with the colour of its bars.
std::vector<std::string> stage_groups(const ScenarioResult& scenario) {
    std::vector<std::string> groups{as_markdown(scenario.title)};
    for (const Stage& stage : kStages) {
        groups.push_back(fmt::format("[]{{.bar .key .{}}}{}, µs", stage.name, stage.title));
        groups.emplace_back(kToTheLeft);
    }
    groups.emplace_back();
    return groups;
}

}  // namespace

std::string stages_slide(const Result& result, const ScenarioResult& scenario) {
    if (scenario.receivers.empty()) return missing_box(kNoReceivers);
    SlideTable table{fmt::format(".stages .{}", scenario.name),
                     {{"receiver", "", true}},
                     stage_groups(scenario)};
    for (std::size_t i = 0; i < kStages.size(); ++i)
        table.columns.insert(table.columns.end(), {{"p50"}, {"p99"}});
    table.columns.push_back({"p50, to scale", "", true});
    for (const ReceiverResult& receiver : scenario.receivers) {
        std::vector<std::string> row{classed("whole", receiver.title)};
        for (const Stage& stage : kStages) {
            const StageSummary& figures = receiver.stages.*stage.figures;
            for (const Summary* summary : {&figures.p50_ns, &figures.p99_ns})
                row.push_back(figure_cell(*summary, is_void(scenario, receiver.name)));
        }
        row.push_back(is_void(scenario, receiver.name) ? "VOID" : bars(scenario, receiver));
        table.rows.push_back(std::move(row));
    }
    return with_note(result, table) + void_box(scenario);
}

std::string outliers_slide(const Result& result, const ScenarioResult& scenario) {
    constexpr std::array kCauses{std::pair{"sender late", &CauseCounts::sender_late},
                                 std::pair{"core stolen", &CauseCounts::core_stolen},
                                 std::pair{"context switch", &CauseCounts::context_switch},
                                 std::pair{"queued", &CauseCounts::queued},
                                 std::pair{"unexplained", &CauseCounts::unexplained}};
    if (std::ranges::none_of(scenario.receivers, [](const ReceiverResult& receiver) {
            return receiver.outliers.attributed_percent.has_value();
        })) {
        return missing_box(
            "not measured: this result does not attribute slow packets; measure again");
    }
    SlideTable table{fmt::format(".outliers .{}", scenario.name),
                     {{"of the 100 slowest", "", true}}};
    for (const auto& [title, count] : kCauses)
        table.columns.push_back({title});
    table.columns.push_back({"attributed"});
    for (const ReceiverResult& receiver : scenario.receivers) {
        std::vector<std::string> row{classed("whole", receiver.title)};
        if (const auto& share = receiver.outliers.attributed_percent; !share) {
            row.push_back(missing("not measured: this result keeps no slow packets"));
        } else {
            for (const auto& [title, count] : kCauses)
                row.push_back(text_cell(grouped(receiver.outliers.by_cause.*count),
                                        is_void(scenario, receiver.name)));
            const std::string text = number(*share) + "\u00a0%";
            row.push_back(is_void(scenario, receiver.name) ? text_cell(text, true)
                                                           : "**" + text + "**");
        }
        table.rows.push_back(std::move(row));
    }
    return with_note(result, table) + void_box(scenario);
}

std::string cost_slide(const Result& result, const ScenarioResult& scenario) {
    if (scenario.receivers.empty()) return missing_box(kNoReceivers);
    SlideTable table{fmt::format(".cost .{}", scenario.name),
                     {{"receiver", "", true},
                      {"p50", "µs"},
                      {"CPU time", "s per s"},
                      {"user", "s a run"},
                      {"system", "s a run"},
                      {"CPU", "µs a packet"},
                      {"sleeps", "a packet"}}};
    for (const ReceiverResult& receiver : scenario.receivers) {
        const Summary& p50 = summary_of(receiver, Figure::p50);
        const CpuCost& usage = receiver.usage;
        const double cpu_s = usage.user_s + usage.system_s;
        const double packets =
            static_cast<double>(receiver.ledger.received) / static_cast<double>(scenario.rounds);
        std::vector<std::string> row{classed("whole", receiver.title)};
        const auto add = [&](double value) {
            row.push_back(std::isfinite(value)
                              ? text_cell(three_digits(value), is_void(scenario, receiver.name))
                              : missing("not measured"));
        };
        row.push_back(p50.value ? figure_cell(p50, is_void(scenario, receiver.name))
                                : missing("not measured"));
        add(cpu_s / scenario.seconds);
        add(usage.user_s);
        add(usage.system_s);
        add(cpu_s * 1e6 / packets);
        add(usage.voluntary_switches / packets);
        table.rows.push_back(std::move(row));
    }
    return with_note(result, table,
                     fmt::format("The receiver’s own CPU time: medians of {} rounds of {} s. Work "
                                 "done for it in interrupts and softirqs is not in it.",
                                 scenario.rounds, number(scenario.seconds))) +
           void_box(scenario);
}

}  // namespace rxlab::bench
