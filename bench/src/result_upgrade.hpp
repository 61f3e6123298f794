// SPDX-License-Identifier: MIT
//
// Result files of earlier schema versions, made into documents of the current one: what they did
// not record is null or empty. Functions without state.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace rxlab::bench {

inline constexpr const char* kResultSchema1 = "rxlab.result/1";

// Adds what version 2 brought: instrument, runs[].cores and gaps, receivers[].outliers,
// scenarios[].control. A document that is damaged is left for the reader to refuse.
void upgrade_from_1(nlohmann::ordered_json& result);

}  // namespace rxlab::bench
