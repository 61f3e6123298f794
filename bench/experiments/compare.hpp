// SPDX-License-Identifier: MIT
//
// Two results side by side: first every difference between their environments, then their figures.
// Results of different rungs of the ladder are not compared at all. Pure functions.
#pragma once

#include "bench/report/tables.hpp"
#include "bench/result/json.hpp"
#include "bench/result/result.hpp"

#include <string>
#include <vector>

namespace rxlab::bench {

// A field in which two results differ: "environment.kernel.release".
struct Difference {
    std::string field, a, b;
};

struct NamedResult {
    std::string name;  // of its file
    Result result;
};

// Compares machine, test bed, build, settings and traffic, but neither the figures nor the time of
// the run. A field that only one result has is "absent" in the other.
[[nodiscard]] std::vector<Difference> differences(const Result& a, const Result& b);

// Both results' verdicts and their differences; then, for each scenario that both have, the figures
// of the receivers and the ratios that both have. Figures of VOID receivers are struck through.
// Throws std::runtime_error if the results are of different rungs.
[[nodiscard]] Document compare(const NamedResult& a, const NamedResult& b);

// The same as "rxlab.compare/1". Throws likewise.
[[nodiscard]] Json compare_json(const NamedResult& a, const NamedResult& b);

}  // namespace rxlab::bench
