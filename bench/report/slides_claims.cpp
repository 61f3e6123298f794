// SPDX-License-Identifier: MIT
#include "bench/report/slides.hpp"
#include "bench/report/table_parts.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace rxlab::bench {
namespace {

// The ratios in the example's table of results, kernel sockets against DPDK. Its code cannot
// produce them: its simulator could not send, and its receivers recorded no percentile.
struct Claim {
    const char *title, *scenario;
    Figure figure;
    double factor;
};
constexpr std::array kClaims{Claim{"One feed, p50", "single", Figure::p50, 6.8},
                             Claim{"One feed, p99", "single", Figure::p99, 9.2},
                             Claim{"Several feeds, p50", "multi", Figure::p50, 7.3},
                             Claim{"Several feeds, p99", "multi", Figure::p99, 11.3},
                             Claim{"One feed, standard deviation", "single", Figure::stddev, 10}};

// What a ratio says of a claim, as Markdown.
std::string judge_claim(const Result& result, const ScenarioResult* scenario, const Ratio* ratio,
                        double factor) {
    const auto untestable = [](std::string_view reason) {
        return classed("warn", fmt::format("not testable: {}", reason));
    };
    if (result.testbed.name == "vm") return untestable("emulated NICs");
    if (scenario == nullptr || ratio == nullptr || !ratio->value) return untestable("not measured");
    if (is_void(*scenario, *ratio)) return untestable("VOID");
    if (!ratio->low) return untestable("no interval");
    // By more than a receiver shows against itself.
    const double smallest = ratio->smallest.value_or(1);
    if (*ratio->high * smallest < factor) return classed("fail", "refuted");
    const bool is_above =
        ratio->verdict == RatioVerdict::different && *ratio->low / smallest >= factor;
    return is_above ? classed("pass", "supported") : classed("warn", "undecided");
}

// Two cells: the ratio measured, and the judgement.
void add_claim_cells(const Result& result, const Claim& claim, const char* baseline,
                     std::vector<std::string>& row) {
    const ScenarioResult* scenario = find_scenario(result, claim.scenario);
    const Ratio* ratio = scenario == nullptr
                             ? nullptr
                             : find_ratio(*scenario, baseline, bypass_of(*scenario), claim.figure);
    const std::string text = ratio_text(ratio);
    row.push_back(text.empty() ? missing("not measured")
                               : struck(text, is_void(*scenario, *ratio)));
    row.push_back(judge_claim(result, scenario, ratio, claim.factor));
}

// The receiver's name; empty if there is none of one feed.
std::string bypass_of(const Result& result) {
    const ScenarioResult* scenario = find_scenario(result, "single");
    return scenario == nullptr ? "" : bypass_of(*scenario);
}

// What the table cannot say.
std::string remarks_of_steps(const Result& result) {
    std::string text = parts_of_sleeping(result);
    const std::string bypass = bypass_of(result);
    if (!bypass.empty()) text += fmt::format("{}Bypass here: {}.", text.empty() ? "" : " ", bypass);
    if (!frames_come_from_kernel(result).empty())
        text += " It reads a kernel socket: leaving the kernel needs a bound port.";
    return text + " In brackets: the confidence interval.";
}

}  // namespace

std::string audit_slide(const Result& result) {
    SlideTable table{
        ".audit",
        {{"claim", "", true},
         {"claimed"},
         {"measured"},
         {"", "", true},
         {"measured"},
         {"", "", true}},
        {"kernel ÷ DPDK", "", "blocking socket", kToTheLeft, "spinning socket", kToTheLeft}};
    for (const Claim& claim : kClaims) {
        std::vector<std::string> row{claim.title, fmt::format("{:g}x", claim.factor)};
        for (const char* baseline : {kBlocking, kSpinning})
            add_claim_cells(result, claim, baseline, row);
        table.rows.push_back(std::move(row));
    }
    const std::string bypass = bypass_of(result);
    return to_markdown(table) +
           remark(fmt::format(
               "Supported: the interval, less what the control leaves, is at or above the claim; "
               "refuted: below it. DPDK here: {}, the first of the file. The example does not say "
               "how its kernel receiver waited, so both are shown.",
               bypass.empty() ? "no DPDK receiver" : bypass)) +
           remark(fmt::format(
               "Its absolute figures come from no known machine: not testable on rung {}.",
               result.testbed.name));
}

std::string steps_slide(const Result& result) {
    struct Step {
        const char *title, *from, *to;
    };
    constexpr const char* kBypass = "";
    constexpr std::array kSteps{Step{"stop sleeping", kBlocking, kSpinning},
                                Step{"then leave the stack", kSpinning, kBypass},
                                Step{"both", kBlocking, kBypass}};
    SlideTable table{".steps",
                     {{"step", "", true}, {"p50"}, {"p99"}, {"p50"}, {"p99"}},
                     {"times faster", "one feed", kToTheLeft, "several feeds", kToTheLeft}};
    for (const Step& step : kSteps) {
        std::vector<std::string> row{step.title};
        for (const char* name : {"single", "multi"}) {
            const ScenarioResult* scenario = find_scenario(result, name);
            std::string to = step.to;
            if (to == kBypass && scenario != nullptr) to = bypass_of(*scenario);
            for (const Figure figure : {Figure::p50, Figure::p99}) {
                row.push_back(scenario == nullptr || to.empty()
                                  ? missing("not measured")
                                  : slide_ratio(*scenario, step.from, to, figure));
            }
        }
        table.rows.push_back(std::move(row));
    }
    return to_markdown(table) + remark(remarks_of_steps(result));
}

}  // namespace rxlab::bench
