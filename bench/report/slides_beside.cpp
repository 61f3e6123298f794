// SPDX-License-Identifier: MIT
#include "bench/report/slides.hpp"
#include "bench/result/json.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLoadSchemaShown = "rxlab.load/1";

// The filter looks for the file beside the result.
std::string image(const std::string& file, const std::string& description) {
    return box(".plot", fmt::format("![{}]({})", as_markdown(description), file));
}

// The table under the heading "## NAME, …"; empty if there is none.
std::string table_under(const std::string& markdown, const std::string& name) {
    const std::size_t heading = ("\n" + markdown).find("\n## " + name + ",");
    if (heading == std::string::npos) return {};
    const std::string section = markdown.substr(heading, markdown.find("\n## ", heading) - heading);
    const std::size_t first = section.find("\n|");
    if (first == std::string::npos) return {};
    return section.substr(first + 1, section.find("\n\n", first) - first - 1);
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

std::string rates_of(const Result& result, const Json& load, const fs::path& beside) {
    if (const auto schema = load.value("schema", "nil"); schema != kLoadSchemaShown) {
        return missing_box(fmt::format("not shown: load.json has schema {}, this deck reads {}",
                                       schema, kLoadSchemaShown));
    }
    if (!is_of_same_machine(result, load)) {
        return missing_box(
            "not shown: load.json is of another machine, kernel or rung; run "
            "rxbench load again");
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
    const std::string plot =
        fs::exists(beside / "load.svg")
            ? image("load.svg",
                    "p50 and p99 against the rate, one line for each receiver, as far "
                    "as nothing was lost")
            : missing_box("not measured: load.svg is not beside the result file");
    return fmt::format(
        ":::::: {{.columns .wide-right}}\n::::: column\n{}{}:::::\n\n::::: column\n{}:::::\n"
        "::::::\n\n",
        with_note(result, table, traffic_line(load)), remark(measured + "."), plot);
}

}  // namespace

std::string plot_slide(const ScenarioResult& scenario, const std::string& kind,
                       const fs::path& beside) {
    const std::string file = fmt::format("{}-{}.svg", scenario.name, kind);
    if (!fs::exists(beside / file)) {
        return missing_box(fmt::format(
            "not measured: {} is not beside the result file; rxbench report makes it", file));
    }
    const char* what = kind == "percentiles"
                           ? "Latency by percentile, one curve for each receiver"
                           : "Latency over the time of one run, for each receiver";
    return image(file, fmt::format("{}: {}", what, scenario.title)) + void_box(scenario);
}

std::string sins_slide(const Result& result, const fs::path& beside) {
    const fs::path file = beside / "sins.md";
    if (!fs::exists(file)) {
        return missing_box(
            "not measured for this result: ./rxlab demo does it; or rxbench run "
            "--keep-traces, then rxbench sins --markdown into sins.md");
    }
    std::string wanted = "no receiver";
    if (!result.scenarios.empty() && !result.scenarios.front().receivers.empty()) {
        const ScenarioResult& scenario = result.scenarios.front();
        const std::string bypass = bypass_of(scenario);
        wanted = fmt::format("{}, {}", scenario.name,
                             bypass.empty() ? scenario.receivers.front().name : bypass);
    }
    const std::string table = table_under(program::read_file(file), wanted);
    if (table.empty())
        return missing_box(fmt::format("not measured: sins.md has nothing on {}", wanted));
    return box(".sins", "\n" + table) +
           remark(fmt::format("The traces of {}, honest and with each error. µs; only the first "
                              "row is true.",
                              wanted));
}

std::string rates_slide(const Result& result, const fs::path& beside) {
    const fs::path file = beside / "load.json";
    if (!fs::exists(file)) {
        return missing_box(
            "not measured for this result: ./rxlab demo does it; or rxbench load --output with the "
            "result’s folder");
    }
    try {
        return rates_of(result, Json::parse(program::read_file(file)), beside);
    } catch (const Json::exception& error) {
        throw std::runtime_error(
            fmt::format("{}: damaged, or a field is missing ({})", file.string(), error.what()));
    }
}

}  // namespace rxlab::bench
