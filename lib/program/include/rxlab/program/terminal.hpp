// SPDX-License-Identifier: MIT
//
// Colours, for people at a terminal only. Functions without state.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace rxlab::program {

// SGR parameters (ECMA-48, 8.3.117).
enum class Colour { red = 31, green = 32, yellow = 33 };

// Whether `stream` is a terminal that shows colours, and NO_COLOR is not set (no-color.org).
[[nodiscard]] bool shows_colours(std::FILE* stream);

// The text in this colour where `stream` shows it, else the text.
[[nodiscard]] std::string coloured(std::string_view text, Colour colour, std::FILE* stream);

}  // namespace rxlab::program
