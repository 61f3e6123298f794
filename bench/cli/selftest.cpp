// SPDX-License-Identifier: MIT
#include "bench/cli/commands.hpp"
#include "bench/result/file.hpp"
#include "bench/result/json.hpp"
#include "bench/selftest/checks.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

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

Json to_json(const CheckResult& check) {
    Json json{{"fault", check.fault},
              {"injected", check.injected},
              {"found", check.ok()},
              {"findings", Json::array()}};
    for (const Finding& finding : check.findings) {
        json["findings"].push_back({{"what", finding.what},
                                    {"found", finding.found},
                                    {"known", finding.known},
                                    {"tolerance", finding.tolerance},
                                    {"unit", finding.unit},
                                    {"ok", finding.ok()}});
    }
    return json;
}

int run(const std::string& broken, bool json) {
    const selftest::Breakage breakage =
        broken.empty() ? selftest::Breakage::none : selftest::breakage_from_name(broken);
    std::size_t missed = 0;
    const std::vector<CheckResult> checks = selftest::run_checks(breakage);
    Json list = Json::array();
    for (const CheckResult& check : checks) {
        if (!json) print(check);
        list.push_back(to_json(check));
        missed += check.ok() ? 0 : 1;
    }
    if (json)
        fmt::print("{}", to_text(Json{{"schema", "rxlab.selftest/1"}, {"checks", list}}));
    else
        fmt::print("{} of {} checks passed\n", checks.size() - missed, checks.size());
    return missed == 0 ? 0 : 1;
}

}  // namespace

Body add_selftest_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "selftest", "put known faults into runs and check that the harness finds each");
    auto broken = std::make_shared<std::string>();
    auto lists = std::make_shared<bool>();
    // For the tests of the self-test itself, and not in its help.
    command->add_option("--break", *broken, "test a harness that misses this fault")
        ->type_name("FAULT")
        ->group("");
    command->add_flag("--list-breaks", *lists)->group("");
    auto json = std::make_shared<bool>();
    add_json_option(*command, *json);
    return [broken, lists, json] {
        if (!*lists) return run(*broken, *json);
        for (const std::string& name : selftest::breakage_names())
            fmt::print("{}\n", name);
        return 0;
    };
}

}  // namespace rxlab::bench
