// SPDX-License-Identifier: MIT
//
// Writes into a directory what is made from a result: tables.md, with the cost of the book if that
// was measured, and the plots.
#pragma once

#include "bench/report/tables.hpp"
#include "bench/result/book_cost.hpp"
#include "bench/result/result.hpp"

#include <filesystem>
#include <optional>
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

}  // namespace rxlab::bench
