// SPDX-License-Identifier: MIT
//
// Who took the cores: the time in which the loops of sender and receiver stood still, in parts that
// have different remedies. Pure functions.
#pragma once

#include "bench/result/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

enum class Core : std::uint8_t { sender, receiver };

// Of a run's time, in percent: the medians over a receiver's runs.
struct StolenShares {
    double threads = 0;  // the loop's thread was switched out
    double shorter = 0;  // not switched out, up to kLongStall_ns: timer ticks and other interrupts
    double longer = 0;   // not switched out, for longer: hypervisor, firmware
};

// None where no run has a stall log of that core with these parts.
[[nodiscard]] std::optional<StolenShares> stolen_shares(const ReceiverResult& receiver, Core core);

// The larger share of a run, in percent, that one of the two cores was away from its loop: as the
// loop's own gaps say, or as the hypervisor admits. None where neither tells.
[[nodiscard]] std::optional<double> stolen_percent(const Run& run);

// What to do about it: named after the largest part of the core from which most was taken, or after
// the hypervisor where that admits to more. `others` ran on this host, perhaps on other cores.
[[nodiscard]] std::string stolen_advice(const ReceiverResult& receiver,
                                        const std::vector<OtherProgram>& others, bool is_virtual);

// The first `most` of them: "indexer 0.57%, kdamond.0 0.31%"; empty without any.
[[nodiscard]] std::string describe(const std::vector<OtherProgram>& others,
                                   std::size_t most = SIZE_MAX);

}  // namespace rxlab::bench
