// SPDX-License-Identifier: MIT
//
// Whether the figures of a result can be trusted: named gates over each scenario, and the verdict
// that follows from them. docs/result-format.md lists the gates. Pure functions.
#pragma once

#include "bench/result/result.hpp"

#include <string>
#include <string_view>

namespace rxlab::bench {

// `hypervisor`: as in Environment. On a machine that is emulated instruction by instruction, the
// durations are those of the emulator, and every figure is void.
[[nodiscard]] Verdict judge(const ScenarioResult& scenario, const Instrument& instrument,
                            std::string_view hypervisor = {});

// True if nothing was lost and the receiver's books still differ from those that the sender's
// messages make.
[[nodiscard]] bool has_wrong_book(const Run& run) noexcept;

// The worst of the scenarios' verdicts, with a line for each gate that did not pass.
[[nodiscard]] OverallVerdict judge_all(const std::vector<ScenarioResult>& scenarios);

// True if a gate failed for this receiver, or for the scenario as a whole: its figures are void.
[[nodiscard]] bool is_void(const ScenarioResult& scenario, const std::string& receiver);

// The names of the gates that make is_void() true: "no-loss, same-book"; else empty.
[[nodiscard]] std::string void_reasons(const ScenarioResult& scenario, const std::string& receiver);

// "12 % (limit 0)"; nothing where the gate has no value.
[[nodiscard]] std::string measured_text(const Gate& gate);

// "single, kernel-block: no-loss: 12 % (limit 0 %): advice"
[[nodiscard]] std::string describe(const ScenarioResult& scenario, const Gate& gate);

}  // namespace rxlab::bench
