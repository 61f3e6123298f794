// SPDX-License-Identifier: MIT
//
// Which processors the sender, the receiver and rxbench itself run on. Functions without state.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace rxlab::bench {

// CPU numbers of a kernel list such as "0-3,8", ascending. Throws std::runtime_error for other
// text.
[[nodiscard]] std::vector<int> parse_cpu_list(std::string_view list);

// CPUs this process may run on (sched_getaffinity(2)), ascending.
[[nodiscard]] std::vector<int> allowed_cpus();

struct CpuPair {
    int sender;
    int receiver;
};

// Two different CPUs of `allowed`: those asked for, else isolated ones, else the lowest for the
// sender and the next for the receiver. Throws program::UsageError if that is impossible.
[[nodiscard]] CpuPair choose_cpus(const std::vector<int>& allowed, const std::vector<int>& isolated,
                                  std::optional<int> sender, std::optional<int> receiver);

// A CPU for each of `count` receivers that run together, the pair's own first, then isolated ones;
// never the sender's. Fewer if the machine has fewer: then receivers share them.
[[nodiscard]] std::vector<int> receiver_cpus(std::size_t count, const CpuPair& cpus,
                                             const std::vector<int>& allowed,
                                             const std::vector<int>& isolated);

// Keeps this process off the receivers' CPUs, and off the sender's if there is another one.
void stay_off(int sender, const std::vector<int>& receivers, const std::vector<int>& allowed);

}  // namespace rxlab::bench
