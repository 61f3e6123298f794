// SPDX-License-Identifier: MIT
//
// Writes into a directory what is made from a result: tables.md, with the cost of the book if that
// was measured, and the plots; or the fragments that slides include.
#pragma once

#include "bench/report/tables.hpp"
#include "bench/result/book_cost.hpp"
#include "bench/result/result.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

// Creates `directory` if needed. Returns the files that it wrote, tables first. Throws what the
// functions throw that it calls; files written before that stay.
std::vector<std::filesystem::path> write_report(const Result& result,
                                                const std::filesystem::path& directory,
                                                const std::optional<BookCost>& book = {});

// Appends another document's header, sections and footnotes to a document's own.
void append(Document& document, Document more);

// Creates a directory with its parents. Throws std::system_error naming it.
void make_directory(const std::filesystem::path& directory);

// Named pieces of a result for the slides, in pandoc's Markdown: tables, remarks, plots, and
// sentences' single figures. A piece says what it needs and the result lacks.
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
