// SPDX-License-Identifier: MIT
//
// Turns result files of earlier schema versions into documents of the current one: what they did
// not record is null or empty. Functions without state.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace rxlab::bench {

inline constexpr const char* kResultSchema1 = "rxlab.result/1";
inline constexpr const char* kResultSchema2 = "rxlab.result/2";

// Makes a version 2. Adds what that version brought: instrument, runs[].cores and gaps,
// receivers[].outliers, scenarios[].control. It leaves a damaged document for the reader to refuse.
void upgrade_from_1(nlohmann::ordered_json& result);
// Adds what version 3 brought: runs[].receiver.books, runs[].sender.digest and books.
void upgrade_from_2(nlohmann::ordered_json& result);

}  // namespace rxlab::bench
