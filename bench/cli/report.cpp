// SPDX-License-Identifier: MIT
#include "bench/report/report.hpp"

#include "bench/analysis/judge.hpp"
#include "bench/cli/commands.hpp"
#include "bench/experiments/compare.hpp"
#include "bench/report/book_tables.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/book_cost.hpp"
#include "bench/result/file.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

int report(const fs::path& file, const std::string& output, const std::string& book) {
    const Result result = read_result(file);
    std::optional<BookCost> cost;
    if (!book.empty()) cost = read_book_cost(book);
    const fs::path directory = output.empty() ? fs::absolute(file).parent_path() : fs::path(output);
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
    fmt::print("{}", to_plain_text(compare(read_result(a), read_result(b))));
    return 0;
}

}  // namespace

Body add_report_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("report", "tables and plots of a result file");
    auto file = std::make_shared<std::string>();
    auto output = std::make_shared<std::string>();
    auto book = std::make_shared<std::string>();
    command->add_option("result", *file, "result.json")->required()->type_name("RESULT.json");
    command->add_option("--output", *output, "default: beside the result file")->type_name("DIR");
    command->add_option("--book", *book, "what the book costs: the file of `book_bench --json`")
        ->type_name("BOOK.json");
    return [file, output, book] { return report(*file, *output, *book); };
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
