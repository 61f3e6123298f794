// SPDX-License-Identifier: MIT
//
// What all pictures share: colours, quoting, the frame, and running gnuplot. Functions without
// state.
#pragma once

#include <filesystem>
#include <string>

namespace rxlab::bench {

// Okabe and Ito's palette, which the colour-blind can tell apart; a receiver keeps its colour.
[[nodiscard]] std::string colour_of(const std::string& receiver, std::size_t index);

// gnuplot's single-quoted string.
[[nodiscard]] std::string quoted(const std::string& text);

// A white card, so that the picture reads on a dark page, too; y is logarithmic. The font's size is
// in pixels of the card: large enough to be read from the last row where the plot fills half a
// slide.
[[nodiscard]] std::string preamble(const std::filesystem::path& output, int width, int height,
                                   int font_pixels);

// Throws std::runtime_error where gnuplot is missing or fails, Interrupted.
void run_gnuplot(const std::string& script);

}  // namespace rxlab::bench
