// SPDX-License-Identifier: MIT
#include "bench/report/drawing.hpp"
#include "bench/report/slides.hpp"
#include "bench/report/table_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace rxlab::bench {
namespace {

// The ratios in the example's table of results, kernel sockets against DPDK. Its code cannot
// produce them: its simulator could not send, and its receivers recorded no percentile.
struct Claim {
    const char *title, *scenario;
    Figure figure;
    double factor;
    Packets packets = Packets::all;
};
// It does not say what its machine was doing meanwhile, so both tails are held against it.
constexpr std::array kClaims{
    Claim{"One feed, p50", "single", Figure::p50, 6.8},
    Claim{"One feed, p99", "single", Figure::p99, 9.2},
    Claim{"… undisturbed", "single", Figure::p99, 9.2, Packets::undisturbed},
    Claim{"Several feeds, p50", "multi", Figure::p50, 7.3},
    Claim{"Several feeds, p99", "multi", Figure::p99, 11.3},
    Claim{"… undisturbed", "multi", Figure::p99, 11.3, Packets::undisturbed},
    Claim{"One feed, standard deviation", "single", Figure::stddev, 10},
    Claim{"… undisturbed", "single", Figure::stddev, 10, Packets::undisturbed}};

// What a ratio says of a claim, as Markdown.
std::string judge_claim(const Result& result, const ScenarioResult* scenario, const Ratio* ratio,
                        const Claim& claim) {
    const auto untestable = [](std::string_view reason) {
        return classed("warn", fmt::format("not testable: {}", reason));
    };
    if (result.testbed.name == "vm") return untestable("emulated NICs");
    if (scenario == nullptr || ratio == nullptr || !ratio->value)
        return untestable(scenario != nullptr && claim.packets == Packets::undisturbed
                              ? "no figure"
                              : "not measured");
    if (is_void(*scenario, *ratio)) return untestable("VOID");
    if (!ratio->low) return untestable("no interval");
    // By more than a receiver shows against itself.
    const double smallest = ratio->smallest.value_or(1);
    if (*ratio->high * smallest < claim.factor && !ratio->at_least)
        return classed("fail", "refuted");
    const bool is_above =
        ratio->verdict == RatioVerdict::different && *ratio->low / smallest >= claim.factor;
    return is_above ? classed("pass", "supported") : classed("warn", "undecided");
}

// Whether a ratio differs from 1 is not the question here: its interval stands beside the claim.
std::string claim_text(const Ratio* ratio) {
    if (ratio == nullptr || ratio->verdict == RatioVerdict::different || !ratio->low ||
        !ratio->high)
        return ratio_text(ratio);
    return classed("whole",
                   fmt::format("{}–{}", three_digits(*ratio->low), three_digits(*ratio->high)));
}

// Two cells: the ratio measured, and the judgement.
void add_claim_cells(const Result& result, const Claim& claim, const char* baseline,
                     std::vector<std::string>& row) {
    const ScenarioResult* scenario = find_scenario(result, claim.scenario);
    const Ratio* ratio = scenario == nullptr ? nullptr
                                             : find_ratio(*scenario, baseline, bypass_of(*scenario),
                                                          claim.figure, claim.packets);
    const std::string text = claim_text(ratio);
    if (!text.empty()) {
        row.push_back(struck(text, is_void(*scenario, *ratio)));
    } else if (scenario != nullptr && claim.packets == Packets::undisturbed) {
        row.push_back(kNothing);
    } else {
        row.push_back(missing("not measured"));
    }
    row.push_back(judge_claim(result, scenario, ratio, claim));
}

// The interval of one ratio as a bar, and the claim as a stroke across it.
struct ClaimBar {
    const Claim* claim;
    const char* baseline;
    const Ratio* ratio;
};

// The medians, whose intervals are narrow enough for a picture; without those that are void or have
// no interval.
std::vector<ClaimBar> claim_bars(const Result& result) {
    std::vector<ClaimBar> bars;
    for (const Claim& claim : kClaims) {
        const ScenarioResult* scenario = find_scenario(result, claim.scenario);
        if (claim.figure != Figure::p50 || scenario == nullptr) continue;
        for (const char* baseline : {kBlocking, kSpinning}) {
            const Ratio* ratio =
                find_ratio(*scenario, baseline, bypass_of(*scenario), claim.figure, claim.packets);
            if (ratio != nullptr && ratio->low && ratio->high && *ratio->low > 0 &&
                !is_void(*scenario, *ratio))
                bars.push_back({&claim, baseline, ratio});
        }
    }
    return bars;
}

// How many times faster, on one axis; empty where there is nothing to draw.
std::string claims_chart(const Result& result) {
    constexpr double kClaimsWidth_px = 1228, kRow_px = 28, kNames_px = 330, kClaims_px = 150,
                     kAxis_px = 36;
    const std::vector<ClaimBar> bars = claim_bars(result);
    if (bars.empty() || result.testbed.name == "vm") return {};
    Scale scale{1, 1, kNames_px, kClaimsWidth_px - kClaims_px, true};
    for (const ClaimBar& bar : bars) {
        scale.low = std::min(scale.low, *bar.ratio->low);
        scale.high = std::max({scale.high, *bar.ratio->high, bar.claim->factor});
    }
    scale.low /= 1.2;
    scale.high *= 1.2;
    const double bottom_px = kRow_px * static_cast<double>(bars.size());
    Drawing drawing(kClaimsWidth_px, bottom_px + kAxis_px,
                    "How many times faster DPDK is than each kernel socket, at the median, and "
                    "what the example claims");
    for (const double tick : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0}) {
        if (tick < scale.low || tick > scale.high) continue;
        const double at = scale.at(tick);
        drawing.line(std::array{Point{at, 0}, Point{at, bottom_px}}, tick == 1 ? "axis" : "grid");
        drawing.text({at, bottom_px + 28}, "middle", fmt::format("{:g}x", tick));
    }
    for (std::size_t i = 0; i < bars.size(); ++i) {
        const ClaimBar& bar = bars[i];
        const double top = kRow_px * static_cast<double>(i), claim = scale.at(bar.claim->factor);
        const double from = scale.at(*bar.ratio->low), to = scale.at(*bar.ratio->high);
        const bool is_first = i == 0 || bars[i - 1].claim != bar.claim;
        drawing.text(
            {kNames_px - 14, top + 22}, "end",
            fmt::format("{}, {}", bar.claim->title,
                        bar.baseline == std::string_view{kBlocking} ? "blocking" : "spinning"));
        drawing.rectangle({from, top + 6}, {std::max(to - from, 2.0), kRow_px - 12}, "area kernel");
        drawing.line(std::array{Point{claim, top + 1}, Point{claim, top + kRow_px - 1}},
                     "axis curve");
        if (is_first)
            drawing.text({kClaimsWidth_px, top + 22}, "end",
                         fmt::format("claim {:g}x", bar.claim->factor));
    }
    return drawing.to_markdown();
}

// The receiver's name; empty if there is none of one feed.
std::string bypass_of(const Result& result) {
    const ScenarioResult* scenario = find_scenario(result, "single");
    return scenario == nullptr ? "" : bypass_of(*scenario);
}

// Of the receivers that are compared here, in all scenarios: who has none, and why.
std::string no_undisturbed_figures(const Result& result) {
    std::vector<const ReceiverResult*> compared;
    for (const ScenarioResult& scenario : result.scenarios) {
        if (!has_undisturbed(scenario)) continue;
        for (const ReceiverResult& receiver : scenario.receivers) {
            if (receiver.name == kBlocking || receiver.name == kSpinning ||
                receiver.name == bypass_of(scenario))
                compared.push_back(&receiver);
        }
    }
    return no_undisturbed_figure(compared);
}

// What the table cannot say.
std::string remarks_of_steps(const Result& result) {
    std::string text = parts_of_sleeping(result);
    if (const std::string bypass = bypass_of(result); !bypass.empty()) {
        text += fmt::format("{}Bypass here: {}. {}", text.empty() ? "" : " ", bypass,
                            frames_come_from_kernel(result));
    }
    return text + " In brackets: the confidence interval. The tail is in the tables.";
}

}  // namespace

std::string claims_title(const Result& result) {
    std::map<std::string, int> judged;
    for (const Claim& claim : kClaims) {
        if (claim.packets == Packets::undisturbed) continue;
        const ScenarioResult* scenario = find_scenario(result, claim.scenario);
        const Ratio* ratio = scenario == nullptr ? nullptr
                                                 : find_ratio(*scenario, kSpinning,
                                                              bypass_of(*scenario), claim.figure);
        for (const char* verdict : {"supported", "refuted", "undecided"}) {
            if (judge_claim(result, scenario, ratio, claim).find(verdict) != std::string::npos)
                ++judged[verdict];
        }
    }
    const int tested = judged["supported"] + judged["refuted"] + judged["undecided"];
    if (tested == 0) return {};
    return fmt::format("jalsol/dpdk, against a socket that spins: {} of {} hold",
                       judged["supported"], tested);
}

std::string audit_slide(const Result& result) {
    const bool with_undisturbed = std::ranges::any_of(result.scenarios, has_undisturbed);
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
        if (claim.packets == Packets::undisturbed && !with_undisturbed) continue;
        std::vector<std::string> row{claim.title, fmt::format("{:g}x", claim.factor)};
        for (const char* baseline : {kBlocking, kSpinning})
            add_claim_cells(result, claim, baseline, row);
        table.rows.push_back(std::move(row));
    }
    const std::string bypass = bypass_of(result);
    return to_markdown(table) +
           remark(fmt::format(
               "Measured: the ratio where it is told from 1, and its 95 % interval. Supported: the "
               "interval, less what the control leaves, is at or above the claim; "
               "refuted: below it. DPDK here: {}, the first of the file. {}{}",
               bypass.empty() ? "no DPDK receiver" : bypass, frames_come_from_kernel(result),
               no_undisturbed_figures(result))) +
           remark(
               "The example, jalsol/dpdk, claims this for an Intel X710, and does not say how its "
               "kernel receiver waited: asleep or spinning?") +
           // Eight rows leave no room for it.
           (with_undisturbed ? std::string{} : claims_chart(result));
}

std::string steps_slide(const Result& result) {
    struct Step {
        const char *title, *from, *to;
    };
    constexpr const char* kBypass = "";
    constexpr std::array kSteps{Step{"stop sleeping", kBlocking, kSpinning},
                                Step{"then leave recv", kSpinning, kBypass},
                                Step{"both", kBlocking, kBypass}};
    SlideTable table{".steps", {{"times faster, p50", "", true}, {"one feed"}, {"several feeds"}}};
    for (const Step& step : kSteps) {
        std::vector<std::string> row{step.title};
        for (const char* name : {"single", "multi"}) {
            const ScenarioResult* scenario = find_scenario(result, name);
            std::string to = step.to;
            if (to == kBypass && scenario != nullptr) to = bypass_of(*scenario);
            row.push_back(scenario == nullptr || to.empty()
                              ? missing("not measured")
                              : slide_ratio(*scenario, step.from, to, Figure::p50));
        }
        table.rows.push_back(std::move(row));
    }
    return to_markdown(table) + remark(remarks_of_steps(result));
}

}  // namespace rxlab::bench
