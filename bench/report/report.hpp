// SPDX-License-Identifier: MIT
//
// What is made from a result: tables.md, with what the book costs where that was measured, and the
// plots in a directory.
#pragma once

#include "bench/result/book_cost.hpp"
#include "bench/result/result.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace rxlab::bench {

// Creates `directory` where needed. Returns the files it wrote, tables first. Throws as the
// functions that it calls; what was written before stays.
std::vector<std::filesystem::path> write_report(const Result& result,
                                                const std::filesystem::path& directory,
                                                const std::optional<BookCost>& book = {});

// Puts another document's header, sections and footnotes behind a document's own.
void append(Document& document, Document more);

// Creates a directory with its parents; std::system_error naming it where that fails.
void make_directory(const std::filesystem::path& directory);

}  // namespace rxlab::bench
