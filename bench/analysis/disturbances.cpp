// SPDX-License-Identifier: MIT
#include "bench/analysis/disturbances.hpp"

#include "bench/analysis/outliers.hpp"

#include <algorithm>

namespace rxlab::bench {

std::vector<latency::Stall> stalls_of_machine(std::span<const latency::Stall> stalls,
                                              std::span<const latency::TraceRecord> received,
                                              double ticks_per_ns) {
    std::vector<latency::Ticks> polls;  // that brought packets
    for (const latency::TraceRecord& record : received)
        if (latency::is_packet(record)) polls.push_back(record.first);
    std::ranges::sort(polls);
    std::vector<latency::Stall> found;
    for (const latency::Stall& stall : stalls) {
        const bool is_idle = stall.packets == 0 && !std::ranges::binary_search(polls, stall.to);
        const double ns = static_cast<double>(stall.to - stall.from) / ticks_per_ns;
        if (is_idle || static_cast<double>(stall.away_ns) >= ns / 2) found.push_back(stall);
    }
    return found;
}

double unseen_ns(std::span<const latency::Stall> of_machine, std::span<const latency::Stall> seen,
                 double ticks_per_ns) {
    std::vector<latency::Stall> known(seen.begin(), seen.end());
    std::ranges::sort(known, {}, &latency::Stall::from);
    double unseen = 0;
    for (const latency::Stall& stall : of_machine) {
        const double length = static_cast<double>(stall.to - stall.from);
        if (length <= kLongStall_ns * ticks_per_ns) continue;
        double explained = 0;
        latency::Ticks until = stall.from;  // what the kernel saw on two cores at once counts once
        for (const latency::Stall& each : known) {
            if (each.from >= stall.to) break;
            const latency::Ticks from = std::max(each.from, until);
            const latency::Ticks to = std::min(each.to, stall.to);
            if (from >= to) continue;
            explained += static_cast<double>(to - from);
            until = to;
        }
        if (explained < length / 2) unseen += length / ticks_per_ns;
    }
    return unseen;
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
