// SPDX-License-Identifier: MIT
#include "bench/experiments/document.hpp"
#include "bench/experiments/load.hpp"
#include "bench/report/plots.hpp"
#include "bench/report/table_parts.hpp"
#include "bench/result/fields.hpp"
#include "bench/result/file.hpp"

#include <rxlab/latency/histogram.hpp>
#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace rxlab::bench {

namespace {

std::string cell(const LoadPoint& point, const std::optional<double>& value_ns) {
    if (!value_ns) return "–";
    const std::string text = microseconds(*value_ns);
    return point.is_lossless() ? text : "~~" + text + "~~";
}

Table limit_table(const LoadResult& result) {
    Table table{"Highest loss-free rate", {"receiver", "packets/s"}, {}};
    for (const LoadSeries& series : result.series)
        table.rows.push_back({series.title, lossless_text(series)});
    return table;
}

Table point_table(const LoadSeries& series) {
    Table table{series.title,
                {"packets/s", "p50 µs", "p99 µs", "maximum µs", "sent", "lost", "sender"},
                {}};
    for (const LoadPoint& point : series.points) {
        const bool has_failed = !point.failure.empty();
        table.rows.push_back({pps_text(point.rate), cell(point, point.p50_ns),
                              cell(point, point.p99_ns), cell(point, point.max_ns),
                              has_failed ? "–" : std::to_string(point.sent),
                              has_failed ? "–" : std::to_string(point.lost),
                              has_failed             ? "run failed"
                              : point.sender_kept_up ? "kept up"
                                                     : "fell behind"});
    }
    return table;
}

// The median over the trials that have the value; none if fewer than half have it.
template <typename Get>
std::optional<double> median_of(const LoadSeries& series, Get get) {
    std::vector<double> values;
    for (const LoadPoint& point : series.points) {
        if (const std::optional<double> value = get(point)) values.push_back(*value);
    }
    if (values.empty() || 2 * values.size() < series.points.size()) return std::nullopt;
    return latency::median(values);
}

// How a receiver's trials at one rate went: what it lost, and in how many of them it kept up.
std::vector<std::string> open_row(const LoadSeries& series) {
    std::uint64_t sent = 0, lost = 0, messages = 0;
    std::int64_t kept_up = 0, behind = 0, failed = 0;
    for (const LoadPoint& point : series.points) {
        sent += point.sent;
        lost += point.lost;
        messages += point.messages;
        kept_up += point.is_lossless() && point.sender_kept_up;
        behind += point.failure.empty() && !point.sender_kept_up;
        failed += !point.failure.empty();
    }
    const double rate = series.points.empty() ? 0 : series.points.front().rate;
    const auto figure = [&](auto member) {
        const auto value = median_of(series, [&](const LoadPoint& point) { return point.*member; });
        if (!value) return std::string{"–"};
        return lost == 0 ? microseconds(*value) : "~~" + microseconds(*value) + "~~";
    };
    std::string verdict = fmt::format("{} of {}", kept_up, series.points.size());
    if (behind > 0) verdict += fmt::format(", sender behind in {}", behind);
    if (failed > 0) verdict += fmt::format(", {} failed", failed);
    return {series.title,
            pps_text(rate),
            sent == 0 ? "–"
                      : pps_text(rate * static_cast<double>(messages) / static_cast<double>(sent)),
            sent == 0 ? "–" : std::to_string(sent),
            sent == 0 ? "–" : std::to_string(lost),
            sent == 0 ? "–"
                      : fmt::format("{:.3f}%",
                                    100.0 * static_cast<double>(lost) / static_cast<double>(sent)),
            figure(&LoadPoint::p50_ns),
            figure(&LoadPoint::p99_ns),
            figure(&LoadPoint::max_ns),
            verdict};
}

Table open_table(const LoadResult& result) {
    Table table{"Which receivers keep up with a market open",
                {"receiver", "packets/s", "messages/s", "sent", "lost", "loss", "p50 µs", "p99 µs",
                 "maximum µs", "keeps up"},
                {}};
    for (const LoadSeries& series : result.series)
        table.rows.push_back(open_row(series));
    return table;
}

std::string traffic_text(const LoadResult& result) {
    std::string text = fmt::format("One feed, {}, trials of {:g} s", result.profile,
                                   result.options.search.seconds);
    if (result.burst > 0) text += fmt::format(", bursts of {} packets", result.burst);
    return text;
}

}  // namespace

Document load_document(const LoadResult& result) {
    const bool is_open = result.profile == kMarketOpen;
    Document document = begin_document(is_open ? "Market open" : "Latency under load", result);
    document.header.insert(document.header.begin(), traffic_text(result));
    if (is_open) {
        document.sections.push_back({"At the rate of a market open", {open_table(result)}});
        document.footnotes = {
            "Keeps up: trials without any loss in which the sender kept its schedule.",
            "Sent, lost: packets of all trials; latencies: the median of the trials' figures, from "
            "the intended send to the updated book. A figure struck through (~~) leaves out the "
            "packets that were lost: do not use it."};
        end_document(document, result);
        return document;
    }
    Document::Section section{"Until packets are lost", {limit_table(result)}};
    for (const LoadSeries& series : result.series)
        section.tables.push_back(point_table(series));
    document.sections.push_back(std::move(section));
    document.footnotes = {
        kAtLeast,
        fmt::format("One short trial for each rate; if it fails, a second one that counts. The "
                    "limit may be up to {:.3g}% higher than the rate that passed, and a longer "
                    "trial may find a lower one. Latency is from the intended send to the updated "
                    "book; a percentile needs {} packets beyond it.",
                    100 / std::exp2(result.options.search.halvings), kSamplesBeyond),
        "A figure struck through (~~) leaves out the packets that were lost: do not use it."};
    end_document(document, result);
    return document;
}

void write_load(const std::filesystem::path& path, const LoadResult& result) {
    Json json = Json::object();
    json["schema"] = kLoadSchema;
    json.update(facts_to_json(result));
    json["profile"] = result.profile;
    json["burst"] = result.burst;
    json["seconds"] = result.options.search.seconds;
    json["rate_min"] = result.options.search.rate_min;
    json["rate_max"] = result.options.search.rate_max;
    json["halvings"] = result.options.search.halvings;
    json["trials"] = result.profile == kMarketOpen ? Json(result.options.trials) : Json(nullptr);
    json["series"] = write_json(result.series);
    program::write_file_atomically(path, to_text(json));
}

std::optional<std::filesystem::path> draw_load(const LoadResult& result,
                                               const std::filesystem::path& directory) {
    if (result.profile == kMarketOpen) return std::nullopt;
    std::vector<PlotSeries> series;
    for (std::size_t i = 0; i < result.series.size(); ++i) {
        const LoadSeries& each = result.series[i];
        std::string points;
        for (const LoadPoint& point : each.points) {
            if (!point.is_lossless() || !point.sender_kept_up || !point.p50_ns) continue;
            points += fmt::format("{:.8g} {} {}\n", point.rate, us_or_missing(point.p50_ns),
                                  us_or_missing(point.p99_ns));
        }
        if (!points.empty()) series.push_back({each.title, colour_of(each.name, i), points});
    }
    if (series.empty()) return std::nullopt;
    const std::filesystem::path path = directory / "load.svg";
    draw("load", path, "Latency under load: " + traffic_text(result), series, result.testbed.name);
    return path;
}

}  // namespace rxlab::bench
