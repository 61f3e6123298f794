// SPDX-License-Identifier: MIT
#include "bench/experiments/document.hpp"
#include "bench/experiments/respond.hpp"
#include "bench/report/table_parts.hpp"
#include "bench/result/fields.hpp"
#include "bench/result/file.hpp"
#include "bench/result/json.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace rxlab::bench {

RESULT_JSON(OrderLedgerSum, ticks, expected, good, wrong, duplicate, unknown, malformed, missed,
            lost, not_current, lost_messages);

namespace {

constexpr std::array kShown{Figure::p50, Figure::p99, Figure::jitter};

std::string micros_of(const std::optional<double>& value_ns) {
    return value_ns ? microseconds(*value_ns) : kNothing;
}

Table latency_table(const RespondResult& result) {
    Table table{
        "Tick to trade, µs: from the packet's send call to its order's arrival",
        {"receiver", "p50", "p99", "p99.9", "max", "jitter", "p99 by schedule", "orders", "rounds"},
        {}};
    for (const RespondSeries& series : result.series) {
        const Figures& figures = series.from_tx;
        table.rows.push_back(
            {series.title, micros_of(figures[Figure::p50]), micros_of(figures[Figure::p99]),
             micros_of(figures[Figure::p999]), micros_of(figures[Figure::max]),
             micros_of(figures[Figure::jitter]), micros_of(series.from_schedule[Figure::p99]),
             std::to_string(series.samples),
             fmt::format("{} of {}", series.rounds.size(), result.options.rounds)});
    }
    return table;
}

// One row for each figure of each pair.
Table ratio_table(const RespondResult& result) {
    Table table{"Ratios, paired by round", {"receivers", "p50", "p99", "jitter"}, {}};
    const auto title = [&](const std::string& name) {
        const auto found = std::ranges::find(result.series, name, &RespondSeries::name);
        return found == result.series.end() ? name : found->title;
    };
    const auto add = [&](const std::string& row, const std::vector<Ratio>& ratios,
                         const std::string& numerator, const std::string& denominator) {
        std::vector<std::string> cells{row};
        for (const Figure figure : kShown) {
            const auto found = std::ranges::find_if(ratios, [&](const Ratio& ratio) {
                return ratio.numerator == numerator && ratio.denominator == denominator &&
                       ratio.figure == figure;
            });
            cells.push_back(found == ratios.end() ? kNothing : describe(*found));
        }
        table.rows.push_back(std::move(cells));
    };
    for (const char* const base : {kBlocking, kSpinning, "tap-kernel-spin"}) {
        for (const RespondSeries& series : result.series) {
            if (std::ranges::any_of(result.ratios, [&](const Ratio& ratio) {
                    return ratio.numerator == base && ratio.denominator == series.name;
                })) {
                add(fmt::format("{} / {}", title(base), series.title), result.ratios, base,
                    series.name);
            }
        }
    }
    if (!result.control.empty()) {
        const Ratio& control = result.control.front();
        add(fmt::format("{} / itself", title(result.base)), result.control, control.numerator,
            control.denominator);
    }
    return table;
}

Table ledger_table(const RespondResult& result) {
    Table table{"Orders, over all rounds, those that do not count as well",
                {"receiver", "packets", "due", "as due", "missed", "false", "duplicate", "other",
                 "lost", "book not current"},
                {}};
    for (const RespondSeries& series : result.series) {
        const OrderLedgerSum& sum = series.ledger;
        table.rows.push_back({series.title, std::to_string(sum.ticks), std::to_string(sum.expected),
                              std::to_string(sum.good), std::to_string(sum.missed),
                              std::to_string(sum.wrong), std::to_string(sum.duplicate),
                              std::to_string(sum.unknown + sum.malformed), std::to_string(sum.lost),
                              std::to_string(sum.not_current)});
    }
    return table;
}

Json json_of(const Figures& figures) {
    Json json = Json::object();
    for (const Figure figure : kAllFigures) {
        const std::string name{to_string(figure)};
        json[name] = figures[figure] ? Json(*figures[figure]) : Json(nullptr);
    }
    return json;
}

Json json_of(const RespondSeries& series) {
    Json rounds = Json::array();
    for (const RespondRound& round : series.rounds) {
        rounds.push_back({{"round", round.round},
                          {"samples", round.samples},
                          {"from_tx", json_of(round.from_tx)},
                          {"from_schedule", json_of(round.from_schedule)}});
    }
    return {{"name", series.name},
            {"title", series.title},
            {"samples", series.samples},
            {"from_tx", json_of(series.from_tx)},
            {"from_schedule", json_of(series.from_schedule)},
            {"attempts", series.attempts},
            {"ledger", write_json(series.ledger)},
            {"failures", series.failures},
            {"rounds", rounds}};
}

}  // namespace

Document respond_document(const RespondResult& result) {
    Document document = begin_document("Tick to trade", result);
    const RespondOptions& options = result.options;
    document.sections.push_back(
        {fmt::format("{} packets a second, {} in each round; an order when {}",
                     pps_text(options.rate), options.ticks, fmt::join(options.when, ", ")),
         {latency_table(result)}});
    if (!result.ratios.empty()) document.sections.back().tables.push_back(ratio_table(result));
    document.sections.back().tables.push_back(ledger_table(result));
    document.footnotes = {
        "Both stamps are the simulator's, by one clock: just before the packet's send call, and "
        "when it sees the order in a packet ring on its interface. It looks whenever it does not "
        "send. The first tenth of each round is left out.",
        "By schedule: from when the packet was due, so that a late sender does not make the "
        "receiver look fast.",
        "A round counts only if every decision was the oracle's, nothing was lost and the book is "
        "the one that was sent. A receiver that lacks a round has no ratio."};
    if (result.testbed.name == "veth") {
        document.footnotes.push_back(
            "On a veth pair each send call runs the other end's stack: the packet's way up to the "
            "receiver's socket or ring is in the sender's call, the order's way to the simulator's "
            "interface in the receiver's.");
    }
    for (const RespondSeries& series : result.series)
        add_failures(document, series.title, series.failures);
    if (result.again)
        add_failures(document, result.again->title + ", again", result.again->failures);
    end_document(document, result);
    return document;
}

void write_respond(const std::filesystem::path& path, const RespondResult& result) {
    const RespondOptions& options = result.options;
    Json json = Json::object();
    json["schema"] = kRespondSchema;
    json.update(facts_to_json(result));
    json["rounds"] = options.rounds;
    json["ticks"] = options.ticks;
    json["rate"] = options.rate;
    json["when"] = options.when;
    json["receiver_command"] = result.receiver_command;
    json["sender_command"] = result.sender_command;
    json["base"] = result.base;
    json["series"] = Json::array();
    for (const RespondSeries& series : result.series)
        json["series"].push_back(json_of(series));
    json["again"] = result.again ? json_of(*result.again) : Json(nullptr);
    json["ratios"] = write_json(result.ratios);
    json["control"] = write_json(result.control);
    program::write_file_atomically(path, to_text(json));
}

}  // namespace rxlab::bench
