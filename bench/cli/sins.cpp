// SPDX-License-Identifier: MIT
#include "bench/experiments/sins.hpp"

#include "bench/cli/commands.hpp"
#include "bench/result/file.hpp"
#include "bench/result/json.hpp"

#include <rxlab/latency/trace.hpp>
#include <rxlab/program/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

struct SinsCommand {
    std::string folder;
    double warmup_s = 0.1;
    bool markdown = false, json = false;
};

std::vector<fs::path> folders_in(const fs::path& folder) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.is_directory()) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

Joined read_run(const fs::path& folder, double warmup_s) {
    const latency::TraceReader sender(folder / "sender.trace");
    const latency::TraceReader receiver(folder / "receiver.trace");
    return join({sender.header(), sender.records()}, {receiver.header(), receiver.records()},
                {warmup_s, 0, true});
}

Json sins_json(const std::vector<RecordedSeries>& all) {
    Json json{{"schema", "rxlab.sins/1"}, {"series", Json::array()}};
    for (const RecordedSeries& series : all) {
        Json figures = Json::array();
        for (const SinFigures& sin : commit_sins(series)) {
            figures.push_back({{"sin", sin.sin},
                               {"how", sin.how},
                               {"p50_ns", write_json(sin.p50_ns)},
                               {"p99_ns", write_json(sin.p99_ns)},
                               {"max_ns", write_json(sin.max_ns)}});
        }
        json["series"].push_back({{"name", series.name}, {"figures", std::move(figures)}});
    }
    return json;
}

// FOLDER/SCENARIO/RECEIVER/ROUND, as `rxbench run --keep-traces` leaves them.
int run(const SinsCommand& command) {
    std::vector<RecordedSeries> all;
    for (const fs::path& scenario : folders_in(command.folder)) {
        for (const fs::path& receiver : folders_in(scenario)) {
            RecordedSeries series;
            series.name = scenario.filename().string() + ", " + receiver.filename().string();
            for (const fs::path& round : folders_in(receiver))
                series.runs.push_back(read_run(round, command.warmup_s));
            if (!series.runs.empty()) all.push_back(std::move(series));
        }
    }
    if (all.empty()) {
        throw std::runtime_error(fmt::format(
            "{}: no traces there; make them with `rxbench run --keep-traces`", command.folder));
    }
    if (command.json) {
        fmt::print("{}", to_text(sins_json(all)));
        return 0;
    }
    const Document document = sins_document(all);
    fmt::print("{}", command.markdown ? to_markdown(document) : to_plain_text(document));
    return 0;
}

}  // namespace

Body add_sins_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "sins", "commit the classic errors on kept traces: how much better would it look?");
    auto options = std::make_shared<SinsCommand>();
    command->add_option("traces", options->folder, "traces/ of `rxbench run --keep-traces`")
        ->required()
        ->check(CLI::ExistingDirectory)
        ->type_name("DIR");
    command->add_option("--warmup", options->warmup_s, "time to leave out of the figures")
        ->check(CLI::Range(0.0, 3600.0))
        ->type_name("S")
        ->capture_default_str();
    CLI::Option* const markdown =
        command->add_flag("--markdown", options->markdown, "tables for a document");
    command->add_flag("--json", options->json, "print JSON")->excludes(markdown);
    return [options] { return run(*options); };
}

}  // namespace rxlab::bench
