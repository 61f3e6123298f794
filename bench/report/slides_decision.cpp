// SPDX-License-Identifier: MIT
#include "bench/analysis/advice.hpp"
#include "bench/report/decision.hpp"
#include "bench/report/slides.hpp"
#include "bench/result/decision.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kStepsShown = 2;

bool is_of_same_machine(const Result& a, const Result& b) {
    return a.testbed.name == b.testbed.name && a.environment.cpu.model == b.environment.cpu.model &&
           a.environment.kernel.release == b.environment.kernel.release;
}

std::string percentile(const ReceiverResult& way, Figure figure) {
    const Estimate estimate = estimate_of(way, figure);
    return estimate.value ? microseconds(*estimate.value) + "\u00a0µs" : kNothing;
}

// "Kernel socket, spinning: 0.99 cores, p50 2.45 µs, p99 120 µs"
std::string way_text(const ScenarioResult& load, const std::string& name) {
    const ReceiverResult& way = *find_receiver(load, name);
    return fmt::format("{}: {} cores, p50 {}, p99 {}", way.title, cores_text(cores_of(load, way)),
                       percentile(way, Figure::p50), percentile(way, Figure::p99));
}

std::string text_of(const Decision& decision) {
    const Advice advice = advise(decision, {});
    if (!advice.refusal.empty()) return "No recommendation: " + advice.refusal + ".";
    if (advice.chosen.empty()) return "No way here has figures that can be used at every load.";
    const ScenarioResult& load = *find_scenario(decision.measured, advice.loads.back());
    std::string text =
        fmt::format("At {} packets/s here, the cheapest is {}.",
                    grouped(static_cast<std::uint64_t>(std::max(0.0, load.rate_per_feed + 0.5))),
                    way_text(load, advice.chosen));
    for (std::size_t i = 0; i < std::min(advice.steps.size(), kStepsShown); ++i)
        text += fmt::format(" Next step, {}.", way_text(load, advice.steps[i]));
    if (advice.steps.empty()) text += " No dearer way buys anything that the run can tell.";
    if (!frames_come_from_kernel(decision.measured.testbed.name, text).empty())
        text += " DPDK reads a kernel socket here.";
    return text + fmt::format(" rxbench decide, {}, commit {}.", decision.measured.created,
                              decision.measured.rxlab.commit);
}

}  // namespace

std::string decision_slide(const Result& result, const fs::path& beside) {
    const fs::path file = beside / "decision.json";
    if (!fs::exists(file)) {
        // Most decks have none: it takes a quarter of an hour.
        return remark(
            "./rxlab decide names the cheapest way that does what you need; not measured for this "
            "result.");
    }
    const Decision decision = read_decision(file);
    if (!is_of_same_machine(result, decision.measured)) {
        return missing_box(
            "not shown: decision.json is of another machine, kernel or rung; run rxbench decide "
            "again");
    }
    return remark(text_of(decision));
}

}  // namespace rxlab::bench
