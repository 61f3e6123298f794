// SPDX-License-Identifier: MIT
//
// The tables of a result, as Markdown (tables.md) and as aligned text (the terminal: verdict and
// answer first, at most 100 columns). Both render the same document, which is made from the result
// alone. Pure functions.
#pragma once

#include "bench/result/book_cost.hpp"
#include "bench/result/result.hpp"
#include "bench/result/sins.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rxlab::bench {

struct Table {
    std::string title;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
};

struct Document {
    std::string title;
    std::vector<std::string> verdict;  // and its reasons; may be empty
    std::vector<std::string> header;   // what was measured, and where
    struct Section {
        std::string title;
        std::vector<Table> tables;
    };
    std::vector<Section> sections;
    std::vector<std::string> footnotes;
    std::vector<std::string> answer;  // may be empty
};

[[nodiscard]] Document document_of(const Result& result);
[[nodiscard]] std::string to_markdown(const Document& document);
[[nodiscard]] std::string to_plain_text(const Document& document);

// A table without its title in Markdown; `alignment` has an l or r for each column.
[[nodiscard]] std::string markdown_rows(const Table& table, std::string_view alignment);

// What a run can say of two receivers, with the interval: "2.31x [2.1, 2.5]", "equal within 3%
// [0.98, 1.02]", "cannot tell [0.7, 1.9]".
[[nodiscard]] std::string describe(const Ratio& ratio);

// The tables of what order books cost, which `rxbench report --book` puts after a result's own. A
// section a day, under "What the book costs".
[[nodiscard]] Document document_of(const BookCost& cost);

// A table for each series, with what each error gains over the honest figure.
[[nodiscard]] Document document_of(const Sins& sins);

}  // namespace rxlab::bench
