// SPDX-License-Identifier: MIT
//
// Named pieces of a result for the slides, in pandoc's Markdown: tables, remarks, plots, and
// sentences' single figures. What a piece needs and the result lacks, it says.
#pragma once

#include "bench/result/result.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace rxlab::bench {

struct Fragments {
    std::map<std::string, std::string> blocks;   // name -> Markdown
    std::map<std::string, std::string> inlines;  // of one line
};

// Plots, loads and sins are taken from files in `beside`, the result's folder.
[[nodiscard]] Fragments fragments_of(const Result& result, const std::filesystem::path& beside);

// Writes each block to NAME.md in `directory`, which it creates, and the others as lines "NAME
// MARKDOWN" to inlines.txt. Throws std::system_error.
void write_fragments(const Fragments& fragments, const std::filesystem::path& directory);

}  // namespace rxlab::bench
