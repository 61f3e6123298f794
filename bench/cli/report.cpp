// SPDX-License-Identifier: MIT
#include "bench/report/report.hpp"

#include "bench/analysis/judge.hpp"
#include "bench/cli/commands.hpp"
#include "bench/experiments/compare.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/book_cost.hpp"
#include "bench/result/fields.hpp"
#include "bench/result/file.hpp"

#include <rxlab/program/terminal.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

struct ReportCommand {
    std::string file, output, book, fragments;
};

struct CheckCommand {
    std::string file;
    bool json = false;
};

struct CompareCommand {
    std::string a, b;
    bool json = false;
};

int report(const ReportCommand& command) {
    const Result result = read_result(command.file);
    const fs::path beside = fs::absolute(command.file).parent_path();
    if (!command.fragments.empty()) {
        write_fragments(fragments_of(result, beside), command.fragments);
        return 0;
    }
    std::optional<BookCost> cost;
    if (!command.book.empty()) cost = read_book_cost(command.book);
    const fs::path directory = command.output.empty() ? beside : fs::path(command.output);
    for (const fs::path& path : write_report(result, directory, cost))
        fmt::print("{}\n", path.string());
    return 0;
}

program::Colour colour_of(GateStatus status) {
    if (status == GateStatus::pass) return program::Colour::green;
    return status == GateStatus::warn ? program::Colour::yellow : program::Colour::red;
}

struct NamedGate {
    const ScenarioResult* scenario;
    const Gate* gate;
};

// Failures first, then warnings; among equals, as in the result.
std::vector<NamedGate> by_gravity(const Result& result) {
    std::vector<NamedGate> gates;
    for (const ScenarioResult& scenario : result.scenarios) {
        for (const Gate& gate : scenario.verdict.gates)
            gates.push_back({&scenario, &gate});
    }
    std::ranges::stable_sort(gates, std::greater{},
                             [](const NamedGate& each) { return each.gate->status; });
    return gates;
}

Json check_json(const Result& result) {
    Json json{{"schema", "rxlab.check/1"},
              {"verdict", to_string(result.verdict.verdict)},
              {"reasons", result.verdict.reasons},
              {"gates", Json::array()}};
    for (const NamedGate& each : by_gravity(result)) {
        Json gate{{"scenario", each.scenario->name}};
        gate.update(write_json(*each.gate));
        json["gates"].push_back(std::move(gate));
    }
    return json;
}

int check(const CheckCommand& command) {
    const Result result = read_result(command.file);
    if (command.json) {
        fmt::print("{}", to_text(check_json(result)));
    } else {
        fmt::print("{}\n", coloured_verdict(result.verdict.verdict));
        for (const NamedGate& each : by_gravity(result)) {
            const GateStatus status = each.gate->status;
            fmt::print("{}  {}\n", program::coloured(to_string(status), colour_of(status), stdout),
                       describe(*each.scenario, *each.gate));
        }
    }
    return result.verdict.verdict == VerdictKind::valid ? 0 : 1;
}

int compare_files(const CompareCommand& command) {
    const NamedResult a{command.a, read_result(command.a)}, b{command.b, read_result(command.b)};
    fmt::print("{}", command.json ? to_text(compare_json(a, b)) : to_plain_text(compare(a, b)));
    return 0;
}

}  // namespace

std::string coloured_verdict(VerdictKind verdict) {
    const auto colour = verdict == VerdictKind::valid     ? program::Colour::green
                        : verdict == VerdictKind::suspect ? program::Colour::yellow
                                                          : program::Colour::red;
    return program::coloured(to_string(verdict), colour, stdout);
}

Body add_report_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("report", "tables and plots of a result file");
    auto options = std::make_shared<ReportCommand>();
    command->add_option("result", options->file, "result.json")
        ->required()
        ->type_name("RESULT.json");
    command->add_option("--output", options->output, "default: beside the result file")
        ->type_name("DIR");
    command
        ->add_option("--book", options->book,
                     "what the book costs: the file of `book_bench --json`")
        ->type_name("BOOK.json");
    command
        ->add_option("--fragments", options->fragments,
                     "write what slides show of the result, and nothing else")
        ->excludes("--output")
        ->excludes("--book")
        ->type_name("DIR");
    return [options] { return report(*options); };
}

Body add_check_command(CLI::App& app) {
    CLI::App* command =
        app.add_subcommand("check", "verdict and gates of a result file; exit status 0: VALID");
    auto options = std::make_shared<CheckCommand>();
    command->add_option("result", options->file, "result.json")
        ->required()
        ->type_name("RESULT.json");
    add_json_option(*command, options->json);
    return [options] { return check(*options); };
}

Body add_compare_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "compare",
        "differences of two results' set-ups, then figures and ratios; not across rungs");
    auto options = std::make_shared<CompareCommand>();
    command->add_option("a", options->a, "result.json")->required()->type_name("A.json");
    command->add_option("b", options->b, "another")->required()->type_name("B.json");
    add_json_option(*command, options->json);
    return [options] { return compare_files(*options); };
}

}  // namespace rxlab::bench
