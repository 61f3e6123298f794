// SPDX-License-Identifier: MIT
//
// What a run in a virtual machine is there to show: that a port was bound and given back, and that
// both ways into user space make the same books. Pure functions.
#pragma once

#include "bench/result/result.hpp"

#include <string>
#include <vector>

namespace rxlab::bench {

// True if the machine was emulated instruction by instruction, so that its durations mean nothing.
[[nodiscard]] bool is_emulated(const Result& result);

// `notes`: what testbed/nic/nic said about the receiving port, in order. For the terminal: the
// binding, who received what with which digest, the giving back, and what is void.
[[nodiscard]] std::string guest_text(const Result& result, const std::vector<std::string>& notes);

}  // namespace rxlab::bench
