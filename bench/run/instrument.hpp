// SPDX-License-Identifier: MIT
//
// What measuring itself costs, and whether the two cores' clocks agree. Both are measured on the
// cores that will be used, before anything else runs on them, in about 0.3 s. Threading: each
// function runs its own threads, pinned to the cores, and joins them.
#pragma once

#include "bench/result/result.hpp"
#include "bench/run/cpus.hpp"

#include <rxlab/latency/clock.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace rxlab::bench {

// One exchange of a cache line: core A stamps and writes, core B sees it and stamps, A sees the
// answer and stamps. If the clocks agree, B's stamp lies between A's two.
struct Exchange {
    latency::Ticks sent, seen, answered;
};

struct ClockOffset {
    double offset_ns;       // of core B's clock from core A's
    double uncertainty_ns;  // the offset is known to within this, either way
};

// The offset that all exchanges allow. Each exchange bounds it by [seen - answered, seen - sent],
// as one of NTP does (RFC 5905, section 8). None without exchanges.
[[nodiscard]] std::optional<ClockOffset> clock_offset(std::span<const Exchange> exchanges,
                                                      double ticks_per_ns);

// How long a cache line takes from one core to the other, one way: both write it in turn, and each
// sees what the other wrote. The median of batches, so that a stolen core does not show; none where
// the machine was too busy. Takes about 10 ms. Throws as below.
[[nodiscard]] std::optional<double> line_handover_ns(const CpuPair& cpus);

// Throws std::system_error if a thread cannot be pinned. Figures that a busy machine did not allow
// within the time limit are none.
[[nodiscard]] Instrument measure_instrument(const CpuPair& cpus);

}  // namespace rxlab::bench
