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

// Nanoseconds a message, one value a round.
struct BookFigure {
    std::vector<double> rounds;
};

// Of one message timed by itself, in nanoseconds; two clock reads that enclose nothing take
// `clock_ns` of it.
struct BookPercentiles {
    double p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0, clock_ns = 0;
};

struct BookLayoutCost {
    std::string layout;
    BookFigure packet;  // in windows known ahead, top of book read after every message
    BookFigure single;  // the same, message by message
    BookFigure depth;   // as packet, and five levels of both sides read after every message
    BookFigure cold;    // the first window after the caches were emptied, at points of the day
    BookPercentiles message;
    std::uint64_t resident_bytes = 0;  // what the process grew by
    std::uint64_t counted_bytes = 0;   // what the layout says it took; 0: it does not count
    std::string digest;
};

struct BookDayCost {
    std::string day;
    std::uint64_t messages = 0, bytes = 0, orders = 0, levels = 0;  // the last two: at the end
    std::uint64_t refused = 0;                                      // messages that hit a limit
    BookFigure decode;  // frame, dispatch, all fields of book messages
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
