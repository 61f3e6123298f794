// SPDX-License-Identifier: MIT
//
// What a result says, in a few sentences: what it saves to stop sleeping, to leave the socket, to
// leave the kernel; what this run cannot tell; the next command to type. Only what the intervals
// carry is stated. Pure functions.
#pragma once

#include "bench/result/result.hpp"

#include <string>
#include <vector>

namespace rxlab::bench {

[[nodiscard]] std::vector<std::string> answer_of(const Result& result);

// What a blocking socket waits for: the core's waking, the thread's, the stack. Of the first
// scenario that has a receiver on a core that is kept awake; empty where none has, or the run
// cannot tell.
[[nodiscard]] std::string parts_of_sleeping(const Result& result);

// That a DPDK receiver of this result has its frames from the kernel, in a sentence; empty where no
// receiver does. To be said beside every table, plot and slide with such a row.
[[nodiscard]] std::string frames_come_from_kernel(const Result& result);

}  // namespace rxlab::bench
