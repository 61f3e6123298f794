// SPDX-License-Identifier: MIT
//
// Two results side by side: first every difference between their environments, then their figures.
// Results of different rungs of the ladder are not compared at all. Pure functions.
#pragma once

#include "bench/report/tables.hpp"
#include "bench/result/result.hpp"

#include <string>
#include <vector>

namespace rxlab::bench {

// A field in which two results were not made alike: "environment.kernel.release".
struct Difference {
    std::string field, a, b;
};

// Machine, test bed, build, settings and traffic; not the figures, and not the time of the run.
// Whatever only one of them has is "absent" in the other.
[[nodiscard]] std::vector<Difference> differences(const Result& a, const Result& b);

// Both results' verdicts, their differences, and for each scenario that both have the figures of
// the receivers and the ratios that both have; figures of VOID receivers struck through. Throws
// std::runtime_error where the results stand on different rungs.
[[nodiscard]] Document compare(const Result& a, const Result& b);

}  // namespace rxlab::bench
