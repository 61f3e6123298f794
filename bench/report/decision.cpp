// SPDX-License-Identifier: MIT
#include "bench/report/decision.hpp"

#include "bench/report/plots.hpp"
#include "bench/report/table_parts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace rxlab::bench {
namespace {

std::string answer_text(Answer answer) {
    switch (answer) {
        case Answer::yes:
            return "yes";
        case Answer::no:
            return "no";
        case Answer::is_void:
            return "VOID";
        case Answer::no_figures:
            return "no figure";
        default:
            return "cannot tell";
    }
}

bool asks_for_anything(const Needs& needs) {
    return needs.p99_us || needs.cores || needs.rate;
}

// The last column says whether a way fulfils the needs, if there are any.
Table load_table(const Decision& decision, const ScenarioResult& load, const Advice& advice,
                 bool with_answers) {
    Table table{
        load.title,
        {"way", "cores", "p50 µs", "p99 µs", "undisturbed", "kept", "lost", "loss-free packets/s"},
        {}};
    if (with_answers) table.columns.emplace_back("fulfils");
    for (const LoadSeries& way : decision.rates) {
        const ReceiverResult* const at = find_receiver(load, way.name);
        if (at == nullptr) continue;
        const bool void_row = is_void(load, way.name);
        std::vector<std::string> row{
            way.title,
            cores_text(cores_of(load, *at)),
            struck(interval_text(*at, Figure::p50), void_row),
            struck(interval_text(*at, Figure::p99), void_row),
            struck(cell(summary_of(*at, Figure::p99, Packets::undisturbed)), void_row),
            kept_cell(*at),
            std::to_string(at->ledger.lost),
            lossless_text(way)};
        if (with_answers) {
            const auto answer = std::ranges::find(advice.ways, way.name, &WayAnswer::name);
            row.push_back(answer == advice.ways.end() ? kNothing : answer_text(answer->all));
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

// From the cheapest way on, what each further way buys and costs: a row for each step.
Table step_table(const Decision& decision, const Advice& advice) {
    Table table{"What each next step buys", {"from → to"}, {}};
    table.columns.emplace_back("cores");
    for (const std::string& name : advice.loads) {
        const ScenarioResult& load = *find_scenario(decision.measured, name);
        for (const char* figure : {"p50", "p99"})
            table.columns.push_back(
                fmt::format("{} at {} packets/s", figure, pps_text(load.rate_per_feed)));
    }
    std::string from = advice.chosen;
    for (const std::string& to : advice.steps) {
        const ScenarioResult& last = *find_scenario(decision.measured, advice.loads.back());
        std::vector<std::string> row{
            fmt::format("{} → {}", from, to),
            fmt::format("{} → {}", cores_text(cores_of(last, *find_receiver(last, from))),
                        cores_text(cores_of(last, *find_receiver(last, to))))};
        for (const std::string& name : advice.loads) {
            for (const Figure figure : {Figure::p50, Figure::p99})
                row.push_back(
                    change_text(*find_scenario(decision.measured, name), from, to, figure));
        }
        table.rows.push_back(std::move(row));
        from = to;
    }
    return table;
}

std::vector<std::string> footnotes_of(const Decision& decision) {
    const Settings& settings = decision.measured.settings;
    std::vector<std::string> notes{
        "Cores: CPU time of the receiver's process for each second that it listened, the median "
        "over the rounds. What the kernel does for it on other cores is not in it.",
        fmt::format("p50, p99: of the packets of all rounds together, from the intended send to "
                    "the updated book, with an interval of {:g}% confidence in brackets ({}: too "
                    "few rounds for one; {}: too few packets for the figure).",
                    settings.confidence * 100, kTooFewMark, kNothing),
        fmt::format("Loss-free packets/s: found by doubling and halving the rate, in trials of "
                    "{:g} s. {}",
                    decision.search.seconds, kAtLeast),
        fmt::format("Ways cost the same if their cores overlap over the rounds, or are less "
                    "than {:g} apart; then sockets come before rings, and rings before DPDK. One "
                    "is called better only where the ratio is different, by more than a receiver "
                    "differs from itself.",
                    kCoresApart),
        "A figure struck through (~~) failed a gate: do not use it."};
    for (const LoadSeries& way : decision.rates) {
        if (!way.lossless_pps)
            notes.push_back(
                fmt::format("{} takes no part: at {:.0f} packets/s, the lowest rate tried, it lost "
                            "packets or the sender fell behind.",
                            way.title, decision.search.rate_min));
    }
    return notes;
}

}  // namespace

std::string interval_text(const ReceiverResult& way, Figure figure) {
    const Estimate estimate = estimate_of(way, figure);
    if (!estimate.value) return kNothing;
    const std::string text = microseconds(*estimate.value);
    if (!estimate.low) return text + kTooFewMark;
    return fmt::format("{} [{}, {}]", text, microseconds(*estimate.low),
                       microseconds(*estimate.high));
}

std::string change_text(const ScenarioResult& load, const std::string& from, const std::string& to,
                        Figure figure) {
    const Estimate before = estimate_of(*find_receiver(load, from), figure);
    const Estimate after = estimate_of(*find_receiver(load, to), figure);
    if (!before.value || !after.value) return kNothing;
    std::string verdict = "cannot tell";
    for (const auto& [upper, lower] : {std::pair{from, to}, {to, from}}) {
        const Ratio* const ratio = find_ratio(load, upper, lower, figure);
        if (ratio == nullptr || !ratio->value) continue;
        const bool is_different = ratio->verdict == RatioVerdict::different;
        if (!is_different && ratio->low) verdict = verdict_text(*ratio);
        if (!is_different) continue;
        const double gain = upper == from ? *ratio->value : 1 / *ratio->value;
        verdict = gain > 1 ? times(gain) + " less" : times(1 / gain) + " more";
    }
    return fmt::format("{} → {} µs ({})", microseconds(*before.value), microseconds(*after.value),
                       verdict);
}

std::string cores_text(const Estimate& cores) {
    return cores.value ? fmt::format("{:.2f}", *cores.value) : kNothing;
}

Document document_of(const Decision& decision, const Needs& needs) {
    const Advice advice = advise(decision, needs);
    Document document;
    document.title = "Which way into user space";
    document.verdict = verdict_of(decision.measured);
    document.header = header_of(decision.measured);
    Document::Section section{"What each way costs, and what it gives", {}};
    for (const ScenarioResult& load : decision.measured.scenarios) {
        const bool is_judged = std::ranges::count(advice.loads, load.name) != 0;
        section.tables.push_back(
            load_table(decision, load, advice, is_judged && asks_for_anything(needs)));
    }
    if (!advice.steps.empty()) section.tables.push_back(step_table(decision, advice));
    document.sections.push_back(std::move(section));
    document.footnotes = footnotes_of(decision);
    add_caveat(document, decision.measured.testbed.name);
    document.answer = recommendation(decision, needs, advice);
    return document;
}

std::optional<std::filesystem::path> draw_decision(const Decision& decision,
                                                   const std::filesystem::path& directory) {
    std::vector<PlotSeries> series;
    for (std::size_t i = 0; i < decision.rates.size(); ++i) {
        const LoadSeries& way = decision.rates[i];
        std::string points;
        int number = 0;
        for (const ScenarioResult& load : decision.measured.scenarios) {
            ++number;
            const ReceiverResult* const at = find_receiver(load, way.name);
            if (at == nullptr || is_void(load, way.name)) continue;
            const Estimate cores = cores_of(load, *at), p50 = estimate_of(*at, Figure::p50),
                           p99 = estimate_of(*at, Figure::p99);
            if (!cores.value || !p50.value) continue;
            points += fmt::format("{:.4g} {} {} {}\n", *cores.value, us_or_missing(p50.value),
                                  us_or_missing(p99.value), number);
        }
        if (!points.empty()) series.push_back({way.title, colour_of(way.name, i), points});
    }
    if (series.empty()) return std::nullopt;
    std::string rates;
    for (const ScenarioResult& load : decision.measured.scenarios)
        rates += (rates.empty() ? "" : ", ") + pps_text(load.rate_per_feed);
    const std::filesystem::path path = directory / "decision.svg";
    draw("decision", path, fmt::format("Cost against latency at {} packets/s", rates), series,
         decision.measured.testbed.name);
    return path;
}

}  // namespace rxlab::bench
