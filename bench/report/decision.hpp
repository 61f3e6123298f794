// SPDX-License-Identifier: MIT
//
// What a decision shows: its tables, its recommendation in words, and its chart. Pure functions,
// apart from draw_decision().
#pragma once

#include "bench/analysis/advice.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/decision.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

// Each way at each load, what further ways buy, and the recommendation as the document's answer.
[[nodiscard]] Document document_of(const Decision& decision, const Needs& needs);

// The recommendation: what was asked for, the way to take, those that this run cannot tell from it,
// what each next step buys, and what only the real NIC can say.
[[nodiscard]] std::vector<std::string> recommendation(const Decision& decision, const Needs& needs,
                                                      const Advice& advice);

// "0.31", of a core.
[[nodiscard]] std::string cores_text(const Estimate& cores);

// "1430 [900, 2210]": microseconds, with the interval.
[[nodiscard]] std::string interval_text(const ReceiverResult& way, Figure figure);
// "2.10 → 1.81 µs (1.16x less)": what the run says of two ways that are at this load.
[[nodiscard]] std::string change_text(const ScenarioResult& load, const std::string& from,
                                      const std::string& to, Figure figure);

// Draws cost against latency into decision.svg, a point for each way and load; VOID ones are left
// out. Returns its path, or none where nothing can be drawn. Throws what draw() throws.
std::optional<std::filesystem::path> draw_decision(const Decision& decision,
                                                   const std::filesystem::path& directory);

}  // namespace rxlab::bench
