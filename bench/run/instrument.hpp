// SPDX-License-Identifier: MIT
//
// What the measuring itself costs, and whether the two cores' clocks agree: measured on the cores
// that will be used, before anything else runs on them. About 0.3 s. Threading: each function runs
// its own threads, pinned to the cores, and joins them.
#pragma once

#include "bench/result/result.hpp"
#include "bench/run/cpus.hpp"

#include <rxlab/latency/clock.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace rxlab::bench {

// One exchange of a cache line: core A stamps and writes, core B sees it and stamps, A sees the
// answer and stamps. B's stamp lies between A's two, if the clocks agree.
struct Exchange {
    latency::Ticks sent, seen, answered;
};

struct ClockOffset {
    double offset_ns;       // of core B's clock against core A's
    double uncertainty_ns;  // the offset is known to within this, either way
};

// The offset that all exchanges allow: each bounds it by [seen - answered, seen - sent], as an
// exchange of NTP does (RFC 5905, section 8). None without exchanges.
[[nodiscard]] std::optional<ClockOffset> clock_offset(std::span<const Exchange> exchanges,
                                                      double ticks_per_ns);

// Throws std::system_error where a thread cannot be pinned. Figures that a busy machine did not
// allow within the time limit are none.
[[nodiscard]] Instrument measure_instrument(const CpuPair& cpus);

}  // namespace rxlab::bench
