// SPDX-License-Identifier: MIT
//
// The tables of what order books cost, which `rxbench report --book` puts behind a result's own.
#pragma once

#include "bench/report/tables.hpp"
#include "bench/result/book_cost.hpp"

namespace rxlab::bench {

// A section a day, under "What the book costs".
[[nodiscard]] Document document_of(const BookCost& cost);

}  // namespace rxlab::bench
