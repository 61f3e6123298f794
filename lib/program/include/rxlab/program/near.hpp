// SPDX-License-Identifier: MIT
//
// Typing errors: which of the known words somebody probably meant. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rxlab::program {

// The candidate with the fewest typing errors in `word` (a character more, less or another, or two
// neighbours swapped): at most one in three characters, and none in a word below three. Else the
// only candidate that begins with `word`. Dashes in front do not count.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& candidates);

// "; did you mean NAME?", or nothing where no candidate is near.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string>& candidates);

}  // namespace rxlab::program
