// SPDX-License-Identifier: MIT
//
// What the files share that make a document's tables. Pure functions.
#pragma once

#include "bench/report/tables.hpp"
#include "bench/result/result.hpp"

#include <string>

namespace rxlab::bench {

inline constexpr const char* kNothing = "–";
inline constexpr const char* kPooledMark = "†";

// In microseconds, with a mark if all rounds had to be pooled.
[[nodiscard]] std::string cell(const Summary& summary);

// Crossed out in Markdown if the row is void.
[[nodiscard]] std::string struck(std::string text, bool is_void);

[[nodiscard]] const Summary& summary_of(const ReceiverResult& receiver, Figure figure);

// The scenario's ratio, or nullptr: a result has each pair once, in a fixed order.
[[nodiscard]] const Ratio* find_ratio(const ScenarioResult& scenario, const std::string& numerator,
                                      const std::string& denominator, Figure figure);

// The tables that say why: where the time goes, who took the cores, why the slowest packets were
// slow, what it costs.
[[nodiscard]] Table stage_table(const ScenarioResult& scenario);
[[nodiscard]] bool has_stolen_shares(const ScenarioResult& scenario);
[[nodiscard]] Table stolen_table(const ScenarioResult& scenario);
[[nodiscard]] bool has_outliers(const ScenarioResult& scenario);
[[nodiscard]] Table outlier_table(const ScenarioResult& scenario);
[[nodiscard]] Table cost_table(const ScenarioResult& scenario);

}  // namespace rxlab::bench
