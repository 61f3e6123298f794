// SPDX-License-Identifier: MIT
//
// What the documents of rxbench load, drain and recovery share. Pure functions.
#pragma once

#include "bench/report/tables.hpp"
#include "bench/result/result.hpp"

#include <string>
#include <vector>

namespace rxlab::bench {

// With the machine, the test bed and the build as its header.
[[nodiscard]] Document begin_document(std::string title, const MeasuredFacts& facts);

// A footnote for each failure of what is called `title`.
void add_failures(Document& document, const std::string& title,
                  const std::vector<std::string>& failures);

// The last footnotes: what was left out, and add_caveat().
void end_document(Document& document, const MeasuredFacts& facts);

}  // namespace rxlab::bench
