// SPDX-License-Identifier: MIT
//
// Who took the cores: the time during which the loops of sender and receiver stood still, in parts
// that have different remedies. Pure functions.
#pragma once

#include "bench/result/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

enum class Core : std::uint8_t { sender, receiver };

// In percent of a run's time; medians over a receiver's runs.
struct StolenShares {
    double threads = 0;  // the loop's thread was switched out
    double shorter = 0;  // not switched out, up to kLongStall_ns: timer ticks and other interrupts
    double longer = 0;   // not switched out, for longer: hypervisor, firmware
};

// None if no run has a stall log of that core with these parts.
[[nodiscard]] std::optional<StolenShares> stolen_shares(const ReceiverResult& receiver, Core core);

// The share of a run, in percent, that a core was away from its loop, for the core with the larger
// share: from the loop's own stalls, or from the steal time that the hypervisor reports. None if
// there is neither.
[[nodiscard]] std::optional<double> stolen_percent(const Run& run);

// What to do about it. The advice follows the largest part on the core from which most was taken,
// or the hypervisor if the steal time that it reports is larger. `others` ran on this host, perhaps
// on other cores.
[[nodiscard]] std::string stolen_advice(const ReceiverResult& receiver,
                                        const std::vector<OtherProgram>& others, bool is_virtual);

// The first `most` of `others`: "indexer 0.57%, kdamond.0 0.31%"; empty if there are none.
[[nodiscard]] std::string describe(const std::vector<OtherProgram>& others,
                                   std::size_t most = SIZE_MAX);

}  // namespace rxlab::bench
