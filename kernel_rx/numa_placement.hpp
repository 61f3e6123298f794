// SPDX-License-Identifier: MIT
//
// Memory near the CPU that reads it: through libnuma (numa(3)).
#pragma once

#include <optional>
#include <string>

namespace rxlab::kernel_rx {

// Makes later allocations of this process come from the NUMA node of `cpu` (of the interface's
// device where no CPU is given). Warns on standard error when CPU and interface are on different
// nodes. Does nothing on a machine with one node. Returns the node, -1 where there is no choice.
int prefer_local_memory(std::optional<unsigned> cpu, const std::string& interface);

}  // namespace rxlab::kernel_rx
