// SPDX-License-Identifier: MIT
//
// A look around before measuring: who else uses the CPUs. Threading: one thread.
#pragma once

namespace rxlab::bench {

// Looks for a second. Where other programs use more than kBusy_percent of all CPUs, says who on
// standard error and looks again, up to kLooks times; then goes on, and leaves the rest to the
// gates. Throws Interrupted.
void wait_until_quiet();

inline constexpr double kBusy_percent = 10;
inline constexpr int kLooks = 30;

}  // namespace rxlab::bench
