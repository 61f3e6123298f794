// SPDX-License-Identifier: MIT
#include "bench/report/tables.hpp"

#include "bench/analysis/disturbances.hpp"
#include "bench/analysis/judge.hpp"
#include "bench/analysis/statistics.hpp"
#include "bench/analysis/stolen_time.hpp"
#include "bench/report/table_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

namespace rxlab::bench {
namespace {

Table latency_table(const ScenarioResult& scenario) {
    constexpr std::array kColumns{
        std::pair{"p50", Figure::p50},          std::pair{"p99", Figure::p99},
        std::pair{"p99.9", Figure::p999},       std::pair{"maximum", Figure::max},
        std::pair{"std. dev.", Figure::stddev}, std::pair{"p99−p50", Figure::jitter}};
    Table table{"Latency, µs", {"receiver"}, {}};
    const bool with_undisturbed = has_undisturbed(scenario);
    for (const auto& [name, figure] : kColumns) {
        table.columns.emplace_back(name);
        if (figure == Figure::p99 && with_undisturbed)
            table.columns.insert(table.columns.end(), {"p99 undisturbed", "kept"});
    }
    for (const char* name : {"sent", "lost"})
        table.columns.emplace_back(name);
    for (const ReceiverResult& receiver : scenario.receivers) {
        const bool void_row = is_void(scenario, receiver.name);
        std::vector<std::string> row{receiver.title};
        for (const auto& [name, figure] : kColumns) {
            row.push_back(struck(cell(summary_of(receiver, figure)), void_row));
            if (figure != Figure::p99 || !with_undisturbed) continue;
            row.push_back(
                struck(cell(summary_of(receiver, figure, Packets::undisturbed)), void_row));
            row.push_back(kept_cell(receiver));
        }
        for (const std::uint64_t packets : {receiver.ledger.sent, receiver.ledger.lost})
            row.push_back(std::to_string(packets));
        table.rows.push_back(std::move(row));
    }
    return table;
}

struct RatioColumn {
    const char* name;
    Figure figure;
    Packets packets = Packets::all;
};

// As in the tables of ratios.
const std::vector<Ratio>& ratios_of(const Control& control, Packets packets) {
    static const std::vector<Ratio> kNone;
    if (packets == Packets::all) return control.ratios;
    return control.undisturbed_ratios ? *control.undisturbed_ratios : kNone;
}

const Ratio* find_ratio(const Control& control, const RatioColumn& column) {
    const std::vector<Ratio>& ratios = ratios_of(control, column.packets);
    const auto found = std::ranges::find(ratios, column.figure, &Ratio::figure);
    return found == ratios.end() ? nullptr : &*found;
}

std::string ratio_cell(const ScenarioResult& scenario,
                       const std::pair<std::string, std::string>& receivers,
                       const RatioColumn& column) {
    const Ratio* ratio =
        find_ratio(scenario, receivers.first, receivers.second, column.figure, column.packets);
    return ratio == nullptr ? kNothing : describe(*ratio);
}

// What the A/A control says of each figure; empty without one.
std::vector<std::string> smallest_row(const ScenarioResult& scenario,
                                      std::span<const RatioColumn> columns) {
    if (!scenario.control) return {};
    std::vector<std::string> row{"smallest difference seen"};
    for (const RatioColumn& column : columns) {
        const Ratio* const found = find_ratio(*scenario.control, column);
        row.push_back(found != nullptr && found->smallest ? times(*found->smallest) : kNothing);
    }
    return row;
}

Table ratio_table(const ScenarioResult& scenario, std::string title,
                  std::span<const RatioColumn> columns) {
    Table table{std::move(title), {"receivers"}, {}};
    for (const RatioColumn& column : columns)
        table.columns.emplace_back(column.name);
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const Ratio& ratio : scenario.ratios) {
        const std::pair pair{ratio.numerator, ratio.denominator};
        if (std::find(pairs.begin(), pairs.end(), pair) == pairs.end()) pairs.push_back(pair);
    }
    for (const auto& pair : pairs) {
        const bool void_row = is_void(scenario, pair.first) || is_void(scenario, pair.second);
        std::vector<std::string> row{pair.first + " / " + pair.second};
        for (const RatioColumn& column : columns)
            row.push_back(struck(ratio_cell(scenario, pair, column), void_row));
        table.rows.push_back(std::move(row));
    }
    if (auto row = smallest_row(scenario, columns); !row.empty())
        table.rows.push_back(std::move(row));
    return table;
}

// Several tables, because one with all intervals would be wider than a terminal.
void add_ratio_tables(const ScenarioResult& scenario, std::vector<Table>& tables) {
    constexpr std::array<RatioColumn, 3> kPercentiles{
        {{"p50", Figure::p50}, {"p99", Figure::p99}, {"p99.9", Figure::p999}}};
    constexpr std::array<RatioColumn, 2> kJitter{
        {{"std. dev.", Figure::stddev}, {"p99−p50", Figure::jitter}}};
    if (scenario.ratios.empty()) return;
    tables.push_back(ratio_table(scenario, "How many times longer the first takes", kPercentiles));
    tables.push_back(ratio_table(scenario, "How many times the first's jitter", kJitter));
    if (!scenario.undisturbed_ratios || scenario.undisturbed_ratios->empty()) return;
    constexpr std::array<RatioColumn, 3> kUndisturbed{
        {{"p99", Figure::p99, Packets::undisturbed},
         {"std. dev.", Figure::stddev, Packets::undisturbed},
         {"p99−p50", Figure::jitter, Packets::undisturbed}}};
    tables.push_back(ratio_table(scenario, "How many times, of packets on an undisturbed machine",
                                 kUndisturbed));
}

// The same receiver twice: a difference here comes from the machine.
Table control_table(const Control& control) {
    constexpr std::array<RatioColumn, 8> kColumns{
        {{"p50", Figure::p50},
         {"p99", Figure::p99},
         {"p99.9", Figure::p999},
         {"std. dev.", Figure::stddev},
         {"p99−p50", Figure::jitter},
         {"p99 undisturbed", Figure::p99, Packets::undisturbed},
         {"std. dev. undisturbed", Figure::stddev, Packets::undisturbed},
         {"p99−p50 undisturbed", Figure::jitter, Packets::undisturbed}}};
    Table table{"A/A control: " + control.receiver + " against itself", {"figure", "ratio"}, {}};
    for (const RatioColumn& column : kColumns) {
        const Ratio* const found = find_ratio(control, column);
        if (found == nullptr && column.packets == Packets::undisturbed) continue;
        table.rows.push_back(
            {column.name, found == nullptr ? std::string{kNothing} : describe(*found)});
    }
    return table;
}

std::string title_of(const ScenarioResult& scenario) {
    return fmt::format("{}: {} × {:g} packets/s, {}, {} message{} a packet", scenario.title,
                       scenario.feeds, scenario.rate_per_feed, scenario.profile,
                       scenario.messages_per_packet, scenario.messages_per_packet == 1 ? "" : "s");
}

// Empty for a result that did not record it.
std::string instrument_line(const Instrument& instrument) {
    if (!instrument.two_clock_reads_ns || !instrument.empty_pipeline_ns) return {};
    std::string line = fmt::format(
        "Measuring floor: two clock reads {} µs, an empty pipeline {} µs",
        microseconds(*instrument.two_clock_reads_ns), microseconds(*instrument.empty_pipeline_ns));
    if (instrument.clock_offset_ns && instrument.clock_offset_uncertainty_ns) {
        line += fmt::format("; clocks of the two cores differ by at most {} µs",
                            microseconds(std::abs(*instrument.clock_offset_ns) +
                                         *instrument.clock_offset_uncertainty_ns));
    }
    return line;
}

// "DPDK 22.11.11-0+deb12u1, fmt 9.1.0+ds1-2, …"
std::string libraries_text(const std::map<std::string, std::string>& libraries) {
    std::string text;
    for (const auto& [name, version] : libraries)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, version);
    return text;
}

// What "undisturbed" means, and who has no such figure, or one that can be too large.
void add_undisturbed_notes(const Result& result, std::vector<std::string>& notes) {
    if (!std::ranges::any_of(result.scenarios, has_undisturbed)) return;
    notes.push_back(fmt::format(
        "p99 undisturbed: of the packets that were due more than {:.0f} µs away from any time at "
        "which a core of the run was taken: by another task, a timer tick or the hypervisor. Their "
        "share stands beside it; below {:.0f}% there is no figure. What the receiver itself does "
        "slowly never counts as a disturbance.",
        kWindow_ns / 1e3, kKept_percent_min));
    if (result.environment.hypervisor != "none") {
        notes.emplace_back(
            "Nobody can see from inside what a hypervisor does to a core on which a receiver "
            "sleeps: the undisturbed figures of sleeping receivers contain it. One that it may "
            "have "
            "made too large by more than 15% is given as a lower bound (≥).");
    }
    for (const ScenarioResult& scenario : result.scenarios) {
        for (const ReceiverResult& receiver : scenario.receivers) {
            if (!receiver.undisturbed) continue;
            const Undisturbed& of = *receiver.undisturbed;
            if (!of.why_not.empty()) {
                notes.push_back(fmt::format("{}: {} has no undisturbed figure: {}.", scenario.name,
                                            receiver.name, of.why_not));
            }
            if (of.why_at_least) {
                notes.push_back(
                    fmt::format("{}: {}: {}.", scenario.name, receiver.name, *of.why_at_least));
            }
        }
    }
}

std::vector<std::string> footnotes_of(const Result& result) {
    std::vector<std::string> notes{
        "Latency: from the moment at which the open-loop schedule wanted the packet sent to the "
        "moment at which its last message is in the order book.",
        "Each figure is that of all rounds' packets together; every run restarts every process, "
        "and rounds run the receivers forwards and backwards in turn.",
        "The maximum is that of all rounds. Nothing is trimmed.",
        fmt::format("A percentile is given only where at least {} samples lie beyond it; {} stands "
                    "for one that is not supported.",
                    result.settings.samples_beyond, kNothing)};
    add_undisturbed_notes(result, notes);
    for (const ScenarioResult& scenario : result.scenarios) {
        notes.push_back(
            fmt::format("{}: {} round{}; the first {:g} s of each feed's {:g} s are warm-up: in "
                        "the counts and in the book, not in the latency.",
                        scenario.name, scenario.rounds, scenario.rounds == 1 ? "" : "s",
                        scenario.warmup_s, scenario.seconds));
    }
    notes.push_back(fmt::format(
        "Ratios: of the figures above, with an interval of {:g}% confidence in brackets, from a "
        "bootstrap over the rounds; it needs {} of them ({}: fewer). \"Equal within 3%\": the "
        "interval reaches no further from 1, nor does the control's. \"Cannot tell\": this run "
        "shows neither a difference nor equality.",
        result.settings.confidence * 100, kRoundsForInterval, kTooFewMark));
    notes.push_back(fmt::format(
        "Smallest difference seen: as far as the interval of a receiver against itself (A/A) "
        "reaches from 1. No smaller difference between receivers is believed, and none without "
        "{:g}% confidence over all ratios of a scenario together (Holm).",
        result.settings.confidence * 100));
    notes.emplace_back(
        "Where the time goes: each stage's own median; the median of the whole less the sum of the "
        "three is \"not explained\".");
    // Older results noted no shorter ones.
    const bool is_new = std::ranges::any_of(result.scenarios, has_undisturbed);
    const std::string stall = is_new ? "8 µs" : "10 µs";
    if (std::any_of(result.scenarios.begin(), result.scenarios.end(), has_stolen_shares)) {
        notes.push_back(
            "Who took the cores: stalls, turns of a loop that took more than " + stall +
            " and were not "
            "its own work, as a share of the time. Threads: the loop's thread was switched out. "
            "Shorter: it was not, for up to 0.1 ms, like timer ticks and other interrupts. Longer: "
            "for more than that, like the stalls of a hypervisor. A receiver that sleeps keeps no "
            "such log.");
    }
    for (const ScenarioResult& scenario : result.scenarios) {
        if (!scenario.other_programs || scenario.other_programs->empty()) continue;
        notes.push_back(
            fmt::format("{}: other programs that ran meanwhile, with their share of one CPU: {}.",
                        scenario.name, describe(*scenario.other_programs)));
    }
    if (std::any_of(result.scenarios.begin(), result.scenarios.end(), has_outliers)) {
        notes.push_back(
            "Why the slowest packets were slow: the cause that explains at least half of what a "
            "packet took beyond the median. Core stolen and context switch: a loop stood still for "
            "more than " +
            stall +
            ", without and with an involuntary switch of its thread; packets that "
            "queued up behind such a stall count with it. A receiver that sleeps waits for a "
            "context switch by design.");
    }
    notes.emplace_back(
        "Cost: CPU time and switches of the receiver's process; a spinning receiver takes a whole "
        "CPU whatever the rate. Interrupts include those of the sender's CPU.");
    notes.emplace_back("A figure struck through (~~) failed a gate: do not use it.");
    return notes;
}

}  // namespace

std::vector<std::string> verdict_of(const Result& result) {
    std::vector<std::string> lines{fmt::format("Verdict: {}", to_string(result.verdict.verdict))};
    for (const std::string& reason : result.verdict.reasons)
        lines.push_back("- " + reason);
    if (result.settings.quick)
        lines.emplace_back("A quick run, for smoke tests: these figures say little.");
    return lines;
}

std::vector<std::string> header_of(const Result& result) {
    const Environment& e = result.environment;
    std::vector<std::string> header;
    header.push_back(fmt::format("Machine: {}, {} CPUs, hypervisor {}, isolated CPUs: {}",
                                 e.cpu.model, e.cpu.online, e.hypervisor,
                                 e.cpu.isolated.empty() ? "none" : e.cpu.isolated));
    header.push_back(fmt::format("System: {}, kernel {}, clock source {}{}", e.distribution,
                                 e.kernel.release, e.kernel.clocksource,
                                 e.dpdk_version ? ", " + *e.dpdk_version : ""));
    if (e.libraries && !e.libraries->empty()) {
        header.push_back(fmt::format("Libraries: {}", libraries_text(*e.libraries)));
    }
    header.push_back(fmt::format("Test bed: {}, {}, {} huge pages", result.testbed.name,
                                 result.testbed.privileged ? "privileged" : "unprivileged",
                                 result.testbed.huge_pages));
    header.push_back(fmt::format("Measured: {} with rxlab {} ({}{}), {}, -march={}, {}",
                                 result.created, result.rxlab.version, result.rxlab.commit,
                                 result.rxlab.dirty ? ", changed" : "", result.rxlab.compiler,
                                 result.rxlab.march, result.rxlab.build_type));
    if (const std::string line = instrument_line(result.instrument); !line.empty()) {
        header.push_back(line);
    }
    for (const LeftOut& left : result.candidates_left_out) {
        header.push_back(fmt::format("Left out: {}: {}", left.name, left.reason));
    }
    return header;
}

std::string pps_text(double pps) {
    return fmt::format("{:.0f}", pps);
}

std::string lossless_text(const LoadSeries& receiver) {
    if (!receiver.lossless_pps) return kNothing;
    return (receiver.is_sender_limited ? "≥ " : "") + pps_text(*receiver.lossless_pps);
}

std::string cell(const Summary& summary) {
    if (!summary.value) return kNothing;
    return at_least_mark(summary.at_least) + microseconds(*summary.value);
}

std::string struck(std::string text, bool is_void) {
    return is_void && text != kNothing ? "~~" + text + "~~" : text;
}

const Summary& summary_of(const ReceiverResult& receiver, Figure figure, Packets packets) {
    static const Summary kNone;
    if (packets == Packets::undisturbed && !receiver.undisturbed) return kNone;
    const auto& figures =
        packets == Packets::all ? receiver.figures : receiver.undisturbed->figures;
    const auto found = figures.find(figure);
    return found == figures.end() ? kNone : found->second;
}

std::string kept_cell(const ReceiverResult& receiver) {
    const bool is_known = receiver.undisturbed && receiver.undisturbed->kept_percent;
    return is_known ? fmt::format("{:.1f}%", *receiver.undisturbed->kept_percent) : kNothing;
}

bool has_undisturbed(const ScenarioResult& scenario) {
    return std::ranges::any_of(scenario.receivers, [](const ReceiverResult& receiver) {
        return receiver.undisturbed.has_value();
    });
}

bool is_void(const ScenarioResult& scenario, const Ratio& ratio) {
    return is_void(scenario, ratio.numerator) || is_void(scenario, ratio.denominator);
}

const Ratio* find_ratio(const ScenarioResult& scenario, const std::string& numerator,
                        const std::string& denominator, Figure figure, Packets packets) {
    if (packets == Packets::undisturbed && !scenario.undisturbed_ratios) return nullptr;
    const std::vector<Ratio>& ratios =
        packets == Packets::all ? scenario.ratios : *scenario.undisturbed_ratios;
    const auto found = std::ranges::find_if(ratios, [&](const Ratio& ratio) {
        return ratio.numerator == numerator && ratio.denominator == denominator &&
               ratio.figure == figure;
    });
    return found == ratios.end() ? nullptr : &*found;
}

std::string times(double factor) {
    return three_digits(factor) + "x";
}

std::string at_least_mark(const Extra<bool>& is_at_least) {
    return is_at_least.value_or(false) ? "≥ " : "";
}

std::string verdict_text(const Ratio& ratio) {
    if (ratio.verdict == RatioVerdict::different)
        return at_least_mark(ratio.at_least) + times(*ratio.value);
    if (ratio.verdict == RatioVerdict::equal)
        return fmt::format("equal within {}%", three_digits(std::ceil(*ratio.within_percent), 0));
    return ratio.smallest ? "cannot tell" : "no control";
}

std::string describe(const Ratio& ratio) {
    if (!ratio.value) return kNothing;
    if (!ratio.low || !ratio.high)
        return at_least_mark(ratio.at_least) + times(*ratio.value) + kTooFewMark;
    return fmt::format("{} [{}, {}]", verdict_text(ratio), three_digits(*ratio.low),
                       three_digits(*ratio.high));
}

Document document_of(const Result& result) {
    Document document;
    document.title = "rxlab results";
    document.verdict = verdict_of(result);
    document.header = header_of(result);
    for (const ScenarioResult& scenario : result.scenarios) {
        Document::Section section{title_of(scenario), {}};
        section.tables.push_back(latency_table(scenario));
        add_ratio_tables(scenario, section.tables);
        if (scenario.control) section.tables.push_back(control_table(*scenario.control));
        section.tables.push_back(stage_table(scenario));
        if (scenario.handover_ns) section.tables.push_back(handover_table(scenario));
        if (has_stolen_shares(scenario)) section.tables.push_back(stolen_table(scenario));
        if (has_outliers(scenario)) section.tables.push_back(outlier_table(scenario));
        section.tables.push_back(cost_table(scenario));
        document.sections.push_back(std::move(section));
    }
    document.footnotes = footnotes_of(result);
    add_caveat(document, result.testbed.name);
    document.answer = answer_of(result);
    return document;
}

}  // namespace rxlab::bench
