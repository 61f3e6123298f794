// SPDX-License-Identifier: MIT
#include "bench/report/report.hpp"

#include "bench/analysis/judge.hpp"
#include "bench/cli/commands.hpp"
#include "bench/experiments/compare.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/book_cost.hpp"
#include "bench/result/file.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

struct ReportCommand {
    std::string file, output, book, fragments;
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

int check(const fs::path& file) {
    const Result result = read_result(file);
    fmt::print("{}\n", to_string(result.verdict.verdict));
    for (const ScenarioResult& scenario : result.scenarios) {
        for (const Gate& gate : scenario.verdict.gates) {
            fmt::print("{}  {}\n", to_string(gate.status), describe(scenario, gate));
        }
    }
    return result.verdict.verdict == VerdictKind::valid ? 0 : 1;
}

int compare_files(const fs::path& a, const fs::path& b) {
    const Result before = read_result(a);
    const Result after = read_result(b);
    fmt::print("{}", to_plain_text(compare(before, after)));
    return 0;
}

}  // namespace

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
    auto file = std::make_shared<std::string>();
    command->add_option("result", *file, "result.json")->required()->type_name("RESULT.json");
    return [file] { return check(*file); };
}

Body add_compare_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "compare",
        "differences of two results' set-ups, then figures and ratios; not across rungs");
    auto a = std::make_shared<std::string>();
    auto b = std::make_shared<std::string>();
    command->add_option("a", *a, "result.json")->required()->type_name("A.json");
    command->add_option("b", *b, "another")->required()->type_name("B.json");
    return [a, b] { return compare_files(*a, *b); };
}

}  // namespace rxlab::bench
