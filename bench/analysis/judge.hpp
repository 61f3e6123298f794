// SPDX-License-Identifier: MIT
//
// Whether the figures of a result can be stood behind: named gates over each scenario, and the
// verdict that follows from them. docs/result-format.md lists the gates. Pure functions.
#pragma once

#include "bench/result/result.hpp"

#include <string>
#include <string_view>

namespace rxlab::bench {

// `hypervisor`: as in Environment. In a machine that is emulated instruction by instruction,
// durations are the emulator's, and every figure is void.
[[nodiscard]] Verdict judge(const ScenarioResult& scenario, const Settings& settings,
                            const Instrument& instrument, std::string_view hypervisor = {});

// Nothing was lost, and still the receiver's books are not those that the sender's messages make.
[[nodiscard]] bool has_wrong_book(const Run& run) noexcept;

// The worst of the scenarios' verdicts, with a line for each gate that did not pass.
[[nodiscard]] OverallVerdict judge_all(const std::vector<ScenarioResult>& scenarios);

// A gate failed for this receiver, or for the scenario as a whole: its figures are void.
[[nodiscard]] bool is_void(const ScenarioResult& scenario, const std::string& receiver);

// The names of the gates for which is_void() says so: "no-loss, same-book"; empty if it does not.
[[nodiscard]] std::string void_reasons(const ScenarioResult& scenario, const std::string& receiver);

// "single, kernel-block: no-loss: 12 % (limit 0 %): advice"
[[nodiscard]] std::string describe(const ScenarioResult& scenario, const Gate& gate);

}  // namespace rxlab::bench
