// SPDX-License-Identifier: MIT
#include "bench/cli/commands.hpp"
#include "bench/selftest/checks.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace rxlab::bench {
namespace {

using selftest::CheckResult;
using selftest::Finding;

void print(const CheckResult& check) {
    fmt::print("{:<7} {:<17} {}\n", check.ok() ? "found" : "MISSED", check.fault, check.injected);
    for (const Finding& finding : check.findings) {
        fmt::print("        {:<2} {}: {:.6g}{}{}, known {:.6g}", finding.ok() ? "" : "!!",
                   finding.what, finding.found, finding.unit.empty() ? "" : " ", finding.unit,
                   finding.known);
        if (finding.tolerance > 0) fmt::print(" ± {:.3g}", finding.tolerance);
        fmt::print("\n");
    }
}

int run(const std::string& broken) {
    const selftest::Breakage breakage =
        broken.empty() ? selftest::Breakage::none : selftest::breakage_from_name(broken);
    std::size_t missed = 0, checks = 0;
    for (const CheckResult& check : selftest::run_checks(breakage)) {
        print(check);
        ++checks;
        missed += check.ok() ? 0 : 1;
    }
    fmt::print("{} of {} checks passed\n", checks - missed, checks);
    return missed == 0 ? 0 : 1;
}

}  // namespace

Body add_selftest_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "selftest", "put known faults into runs and check that the harness finds each");
    auto broken = std::make_shared<std::string>();
    auto lists = std::make_shared<bool>();
    // For the tests of the self-test itself; shown by --help-all only.
    command->add_option("--break", *broken, "test a harness that misses this fault")
        ->type_name("FAULT")
        ->group("");
    command->add_flag("--list-breaks", *lists)->group("");
    return [broken, lists] {
        if (!*lists) return run(*broken);
        for (const std::string& name : selftest::breakage_names())
            fmt::print("{}\n", name);
        return 0;
    };
}

}  // namespace rxlab::bench
