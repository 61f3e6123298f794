// SPDX-License-Identifier: MIT
#include "bench/report/slides.hpp"
#include "bench/result/json.hpp"
#include "bench/result/sins.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLoadSchemaShown = "rxlab.load/1";

// The table under the heading "## NAME, …"; empty if there is none.
std::string table_under(const std::string& markdown, const std::string& name) {
    const std::size_t heading = ("\n" + markdown).find("\n## " + name + ",");
    if (heading == std::string::npos) return {};
    const std::string section = markdown.substr(heading, markdown.find("\n## ", heading) - heading);
    const std::size_t first = section.find("\n|");
    if (first == std::string::npos) return {};
    return section.substr(first + 1, section.find("\n\n", first) - first - 1);
}

// Without the columns in which no row has a figure: too few packets, and then in all rows.
std::string sins_table(const SinsSeries& series) {
    SlideTable table{".sins", {{"error", "", true}}};
    std::vector<SinColumn> shown;
    for (const SinColumn& column : kSinColumns) {
        if (std::ranges::all_of(series.figures, [&](const SinFigures& each) {
                const std::string cell = sin_cell(series, each, column);
                return cell.empty() || cell == kNothing;
            })) {
            continue;
        }
        shown.push_back(column);
        table.columns.push_back(column.gains
                                    ? SlideTable::Column{fmt::format("{} gains", column.title)}
                                    : SlideTable::Column{column.title, "µs"});
    }
    for (const SinFigures& each : series.figures) {
        std::vector<std::string> row{classed("whole", each.sin)};
        for (const SinColumn& column : shown)
            row.push_back(as_markdown(sin_cell(series, each, column)));
        table.rows.push_back(std::move(row));
    }
    return to_markdown(table);
}

// What an older result has: a document for people, shown as it stands.
std::string sins_recorded(const fs::path& file, const std::string& wanted) {
    const std::string table = table_under(program::read_file(file), wanted);
    if (table.empty())
        return missing_box(fmt::format("not measured: sins.md has nothing on {}", wanted));
    return box(".sins", "\n" + table) +
           remark(fmt::format("The traces of {}, honest and with each error. µs; only the first "
                              "row is true. From sins.md as it stands, rounded there: this result "
                              "has no sins.json.",
                              wanted));
}

std::string limit_cell(const Json& series) {
    const Json& limit = series.at("lossless_pps");
    if (limit.is_null()) {
        return missing(series.at("is_sender_limited").get<bool>()
                           ? "the sender was late at every rate tried"
                           : "lost packets at every rate tried");
    }
    const std::string rate =
        grouped(static_cast<std::uint64_t>(std::max(0.0, limit.get<double>() + 0.5)));
    return (series.at("is_sender_limited").get<bool>() ? "≥ " : "") + rate;
}

// How much higher the limit may be than the highest rate that passed: rates were doubled, and then
// the distance was halved a few times.
double uncertainty_percent(const Json& load) {
    return 100 / std::exp2(load.at("halvings").get<double>());
}

// How the rates were measured.
std::string traffic_line(const Json& load) {
    std::string text = fmt::format(
        "One feed, {}; a trial of {} s for each rate, two if it fails. The limit may be up to {} % "
        "higher.",
        load.at("profile").get<std::string>(), number(load.at("seconds").get<double>()),
        number(uncertainty_percent(load)));
    const Json& series = load.at("series");
    if (std::any_of(series.begin(), series.end(),
                    [](const Json& each) { return each.at("is_sender_limited").get<bool>(); })) {
        text += " ≥: the sender could not go faster, and nothing was lost.";
    }
    return text;
}

bool is_of_same_machine(const Result& result, const Json& load) {
    const Json& environment = load.at("environment");
    return load.at("testbed").at("name") == result.testbed.name &&
           environment.at("cpu").at("model") == result.environment.cpu.model &&
           environment.at("kernel").at("release") == result.environment.kernel.release;
}

// Of the trials, what a chart needs.
std::vector<LoadSeries> series_of(const Json& load) {
    std::vector<LoadSeries> all;
    for (const Json& series : load.at("series")) {
        LoadSeries one{series.at("name"), series.at("title"), {}, {}, false};
        if (explains_blocking(one.name)) continue;
        const auto optional = [](const Json& value) {
            return value.is_null() ? std::optional<double>{} : value.get<double>();
        };
        for (const Json& point : series.at("points")) {
            LoadPoint trial;
            trial.rate = point.at("rate").get<double>();
            trial.lost = point.at("lost").get<std::uint64_t>();
            trial.p50_ns = optional(point.at("p50_ns"));
            trial.p99_ns = optional(point.at("p99_ns"));
            trial.sender_kept_up = point.at("sender_kept_up").get<bool>();
            trial.failure = point.at("failure").get<std::string>();
            one.points.push_back(std::move(trial));
        }
        all.push_back(std::move(one));
    }
    return all;
}

// The rates of the result's own scenarios: what it knows of load without a search for limits.
std::string rates_measured(const Result& result, const std::string& why) {
    SlideTable table{".rates", {{"receiver", "", true}}};
    for (const ScenarioResult& scenario : result.scenarios) {
        const double rate = scenario.rate_per_feed * static_cast<double>(scenario.feeds);
        table.columns.push_back({scenario.title, fmt::format("{} packets/s", number(rate))});
    }
    std::vector<std::pair<std::string, std::string>> receivers;  // name and title
    for (const ScenarioResult& scenario : result.scenarios) {
        for (const ReceiverResult& receiver : scenario.receivers) {
            if (std::ranges::find(receivers, receiver.name,
                                  &std::pair<std::string, std::string>::first) == receivers.end())
                receivers.emplace_back(receiver.name, receiver.title);
        }
    }
    for (const auto& [name, title] : receivers) {
        std::vector<std::string> row{classed("whole", title)};
        for (const ScenarioResult& scenario : result.scenarios) {
            const ReceiverResult* const found = find_receiver(scenario, name);
            row.push_back(found == nullptr
                              ? missing("not measured")
                              : text_cell(fmt::format("{} lost of {}", grouped(found->ledger.lost),
                                                      grouped(found->ledger.sent)),
                                          is_void(scenario, name)));
        }
        table.rows.push_back(std::move(row));
    }
    return with_note(
        result, table,
        fmt::format("At the rates of this result. The highest rate without loss: {}.", why));
}

std::string rates_of(const Result& result, const Json& load) {
    if (const auto schema = load.value("schema", "nil"); schema != kLoadSchemaShown) {
        return rates_measured(result, fmt::format("not shown, load.json has schema {}, this deck "
                                                  "reads {}",
                                                  schema, kLoadSchemaShown));
    }
    if (!is_of_same_machine(result, load)) {
        return rates_measured(result,
                              "not shown, load.json is of another machine, kernel or "
                              "rung; run rxbench load again");
    }
    SlideTable table{".rates", {{"receiver", "", true}, {"highest rate", "packets/s, no loss"}}};
    for (const Json& series : load.at("series")) {
        if (explains_blocking(series.at("name").get<std::string>())) continue;
        table.rows.push_back(
            {classed("whole", series.at("title").get<std::string>()), limit_cell(series)});
    }
    std::string measured = fmt::format("Measured {}", load.at("created").get<std::string>());
    const auto commit = load.at("rxlab").at("commit").get<std::string>();
    if (commit != result.rxlab.commit) measured += ", commit " + commit;
    return fmt::format(
        ":::::: {{.columns .wide-right}}\n::::: column\n{}{}:::::\n\n::::: column\n{}:::::\n"
        "::::::\n\n",
        with_note(result, table, traffic_line(load)), remark(measured + "."),
        load_chart(series_of(load)));
}

}  // namespace

std::string sins_slide(const Result& result, const fs::path& beside) {
    std::string wanted = "no receiver";
    if (!result.scenarios.empty() && !result.scenarios.front().receivers.empty()) {
        const ScenarioResult& scenario = result.scenarios.front();
        const std::string bypass = bypass_of(scenario);
        wanted = fmt::format("{}, {}", scenario.name,
                             bypass.empty() ? scenario.receivers.front().name : bypass);
    }
    const fs::path file = beside / "sins.json", document = beside / "sins.md";
    if (!fs::exists(file)) {
        if (fs::exists(document)) return sins_recorded(document, wanted);
        return missing_box(
            "not measured for this result: ./rxlab demo does it; or rxbench run "
            "--keep-traces, then rxbench sins with its traces");
    }
    const Sins sins = read_sins(file);
    const auto found = std::ranges::find(sins.series, wanted, &SinsSeries::name);
    if (found == sins.series.end() || found->figures.empty())
        return missing_box(fmt::format("not measured: sins.json has nothing on {}", wanted));
    return sins_table(*found) +
           remark(fmt::format("The traces of {}, honest and with each error; only the first row is "
                              "true.",
                              wanted));
}

std::string rates_slide(const Result& result, const fs::path& beside) {
    const fs::path file = beside / "load.json";
    if (!fs::exists(file)) {
        return rates_measured(result,
                              "not measured for this result, ./rxlab demo does it, or "
                              "rxbench load --output with the result’s folder");
    }
    try {
        return rates_of(result, Json::parse(program::read_file(file)));
    } catch (const Json::exception& error) {
        throw std::runtime_error(
            fmt::format("{}: damaged, or a field is missing ({})", file.string(), error.what()));
    }
}

}  // namespace rxlab::bench
