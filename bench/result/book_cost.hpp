// SPDX-License-Identifier: MIT
//
// What order books cost: the result file of book_bench (JSON, schema kBookCostSchema). Values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rxlab::bench {

inline constexpr int kBookCostSchema = 1;

// Nanoseconds per message, one value per round.
struct BookFigure {
    std::vector<double> rounds;
};

// Percentiles of messages that were timed one by one, in nanoseconds. Each includes `clock_ns`: the
// time that two clock reads take with nothing between them.
struct BookPercentiles {
    double p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0, clock_ns = 0;
};

struct BookLayoutCost {
    std::string layout;
    BookFigure packet;  // in windows known in advance, top of book read after every message
    BookFigure single;  // the same, message by message
    BookFigure depth;   // as packet, and five levels of both sides read after every message
    BookFigure cold;    // the first window after emptying the caches, at several points of the day
    BookPercentiles message;
    std::uint64_t resident_bytes = 0;  // by which the process grew
    std::uint64_t counted_bytes = 0;   // that the layout says it took; 0: it does not count them
    std::string digest;
};

struct BookDayCost {
    std::string day;
    std::uint64_t messages = 0, bytes = 0, orders = 0, levels = 0;  // the last two: at the end
    std::uint64_t refused = 0;                                      // messages that hit a limit
    BookFigure decode;  // frame, type, the fields that a book reads
    std::vector<BookLayoutCost> layouts;
};

struct BookCost {
    std::string written, cpu, hypervisor, kernel, huge_pages, compiler, commit, command;
    std::uint64_t window = 0, rounds = 0;
    std::vector<BookDayCost> days;
};

void write_book_cost(const std::filesystem::path& path, const BookCost& cost);
// Throws std::runtime_error naming the file and what is wrong with it.
[[nodiscard]] BookCost read_book_cost(const std::filesystem::path& path);

}  // namespace rxlab::bench
