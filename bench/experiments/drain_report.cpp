// SPDX-License-Identifier: MIT
#include "bench/experiments/document.hpp"
#include "bench/experiments/drain.hpp"
#include "bench/report/table_parts.hpp"
#include "bench/result/fields.hpp"
#include "bench/result/file.hpp"
#include "bench/result/json.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace rxlab::bench {
namespace {

constexpr double kMega = 1e6, kNsPerSecond = 1e9;

std::string millions(double pps) {
    return three_digits(pps / kMega, 3);
}

std::vector<std::string> row_of(const DrainResult& result, const DrainSeries& series) {
    const auto count = fmt::format("{} of {}", series.rounds_pps.size(), result.rounds);
    if (!series.median_pps)
        return {series.title, kNothing, kNothing, kNothing, kNothing, kNothing, count};
    const auto [low, high] = std::ranges::minmax(series.rounds_pps);
    std::string ratio = kNothing;
    if (series.name == result.base) ratio = "1";
    if (series.ratio) ratio = describe(*series.ratio);
    return {series.title,
            millions(*series.median_pps),
            millions(low),
            millions(high),
            three_digits(kNsPerSecond / *series.median_pps, 1),
            ratio,
            count};
}

Table drain_table(const DrainResult& result) {
    Table table{
        fmt::format("Packets a second from a backlog of {}, in millions", result.backlog),
        {"receiver", "median", "lowest", "highest", "ns a packet", "to " + result.base, "rounds"},
        {}};
    for (const DrainSeries& series : result.series)
        table.rows.push_back(row_of(result, series));
    if (result.control && result.control->smallest) {
        table.rows.push_back({"smallest difference seen", kNothing, kNothing, kNothing, kNothing,
                              times(*result.control->smallest), kNothing});
    }
    return table;
}

Json json_of(const Ratio& ratio) {
    Json json = write_json(ratio);
    json.erase("figure");  // there is one
    return json;
}

Json json_of(const DrainSeries& series) {
    Json json{{"name", series.name},
              {"title", series.title},
              {"rounds_pps", series.rounds_pps},
              {"median_pps", series.median_pps ? Json(*series.median_pps) : Json(nullptr)},
              {"failures", series.failures}};
    json["ratio"] = series.ratio ? json_of(*series.ratio) : Json(nullptr);
    return json;
}

}  // namespace

Document drain_document(const DrainResult& result) {
    Document document = begin_document("Draining a backlog", result);
    document.sections.push_back(
        {"How fast a receiver empties a full buffer or ring", {drain_table(result)}});
    document.footnotes = {
        "The receiver stands still while the sender fills its buffer or ring. The time "
        "runs from the first stamp on an updated book to the last, with cold caches at the "
        "beginning.",
        "A round in which a packet was lost, or taken too early, or in which the book is not the "
        "one that was sent, does not count. A receiver that lacks a round has no ratio."};
    for (const DrainSeries& series : result.series)
        add_failures(document, series.title, series.failures);
    add_failures(document, result.again.title + ", again", result.again.failures);
    end_document(document, result);
    return document;
}

void write_drain(const std::filesystem::path& path, const DrainResult& result) {
    Json json = Json::object();
    json["schema"] = kDrainSchema;
    json.update(facts_to_json(result));
    json["backlog"] = result.backlog;
    json["rounds"] = result.rounds;
    json["base"] = result.base;
    json["series"] = Json::array();
    for (const DrainSeries& series : result.series)
        json["series"].push_back(json_of(series));
    json["again"] = json_of(result.again);
    json["control"] = result.control ? json_of(*result.control) : Json(nullptr);
    program::write_file_atomically(path, to_text(json));
}

}  // namespace rxlab::bench
