// SPDX-License-Identifier: MIT
#include "bench/analysis/disturbances.hpp"

#include <algorithm>

namespace rxlab::bench {

std::vector<latency::Stall> stalls_of_machine(std::span<const latency::Stall> stalls,
                                              std::span<const latency::TraceRecord> received,
                                              double ticks_per_ns) {
    std::vector<latency::Ticks> polls;  // that brought packets
    for (const latency::TraceRecord& record : received)
        if ((record.flags & latency::kTraceKernelAge) == 0) polls.push_back(record.first);
    std::ranges::sort(polls);
    std::vector<latency::Stall> found;
    for (const latency::Stall& stall : stalls) {
        const bool is_idle = stall.packets == 0 && !std::ranges::binary_search(polls, stall.to);
        const double ns = static_cast<double>(stall.to - stall.from) / ticks_per_ns;
        if (is_idle || static_cast<double>(stall.away_ns) >= ns / 2) found.push_back(stall);
    }
    return found;
}

Disturbances::Disturbances(std::span<const latency::Stall> taken, double ticks_per_ns) {
    const auto shortest = static_cast<latency::Ticks>(kTaken_ns_min * ticks_per_ns);
    const auto margin = static_cast<latency::Ticks>(kWindow_ns * ticks_per_ns);
    std::vector<std::pair<latency::Ticks, latency::Ticks>> all;
    for (const latency::Stall& each : taken) {
        const latency::Ticks length = each.to - each.from;
        if (length < shortest) continue;
        const auto catching_up =
            static_cast<latency::Ticks>(kCatchingUp * static_cast<double>(length));
        all.emplace_back(each.from - margin, each.to + margin + catching_up);
    }
    std::ranges::sort(all);
    for (const auto& [from, to] : all) {
        if (windows_.empty() || from > windows_.back().second) {
            windows_.emplace_back(from, to);
        } else {
            windows_.back().second = std::max(windows_.back().second, to);
        }
    }
}

bool Disturbances::near(latency::Ticks intended) const noexcept {
    const auto after = std::ranges::upper_bound(windows_, intended, {},
                                                [](const auto& window) { return window.first; });
    return after != windows_.begin() && std::prev(after)->second >= intended;
}

}  // namespace rxlab::bench
