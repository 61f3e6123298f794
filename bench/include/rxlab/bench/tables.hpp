// SPDX-License-Identifier: MIT
//
// The tables of a result, as Markdown (tables.md) and as aligned text (the terminal). Both render
// the same document, which is made from the result alone. Pure functions.
#pragma once

#include <rxlab/bench/result.hpp>

#include <string>
#include <vector>

namespace rxlab::bench {

struct Table {
    std::string title;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
};

struct Document {
    std::string title;
    std::vector<std::string> header;
    struct Section {
        std::string title;
        std::vector<Table> tables;
    };
    std::vector<Section> sections;
    std::vector<std::string> footnotes;
};

[[nodiscard]] Document document_of(const Result& result);
[[nodiscard]] std::string to_markdown(const Document& document);
[[nodiscard]] std::string to_plain_text(const Document& document);

// Nanoseconds as microseconds with three significant digits: "0.123", "1.23", "12.3", "123",
// "1230".
[[nodiscard]] std::string microseconds(double value_ns);
// A ratio with three significant digits and its interval, or "no difference".
[[nodiscard]] std::string describe(const Ratio& ratio);

}  // namespace rxlab::bench
