// SPDX-License-Identifier: MIT
//
// What all plots share: colours, quoting, the frame, and running gnuplot. Functions without state.
#pragma once

#include <filesystem>
#include <string>

namespace rxlab::bench {

// Okabe and Ito's palette, which colour-blind people can tell apart. A receiver keeps its colour.
[[nodiscard]] std::string colour_of(const std::string& receiver, std::size_t index);

// gnuplot's single-quoted string.
[[nodiscard]] std::string quoted(const std::string& text);

// A white card, so that the plot is readable on a dark page, too; y is logarithmic. The font size
// is in pixels of the card, large enough to be read from the last row if the plot fills half a
// slide.
[[nodiscard]] std::string preamble(const std::filesystem::path& output, int width, int height,
                                   int font_pixels);

// Throws Interrupted, and std::runtime_error if gnuplot is missing or fails.
void run_gnuplot(const std::string& script);

}  // namespace rxlab::bench
