// SPDX-License-Identifier: MIT
#include "bench/experiments/sins.hpp"

#include "bench/cli/commands.hpp"
#include "bench/cli/measuring.hpp"
#include "bench/report/report.hpp"
#include "bench/report/tables.hpp"

#include <rxlab/latency/trace.hpp>

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
    std::string folder, output;
    double warmup_s = 0.1;
    Output to;
};

// Beside the traces: the folder of the result that they belong to.
fs::path output_of(const SinsCommand& command) {
    if (command.output.empty()) return fs::canonical(command.folder).parent_path();
    make_directory(command.output);
    return command.output;
}

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
    const Sins sins = sins_of(all);
    const fs::path file = output_of(command) / "sins.json";
    write_sins(file, sins);
    show(command.to, document_of(sins), file);
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
    command->add_option("--output", options->output, "default: beside the traces")
        ->type_name("DIR");
    add_json_option(*command, options->to.json);
    return [options] { return run(*options); };
}

}  // namespace rxlab::bench
