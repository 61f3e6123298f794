// SPDX-License-Identifier: MIT
//
// What goes into a book and what comes out of it. Prices are ITCH's Price(4): unsigned with four
// implied decimals, so 1,000,000 is 100.00. Everything here is a plain value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rxlab::book {

enum class Side : std::uint8_t { bid = 0, ask = 1 };

// One price of one side of one symbol.
struct Level {
    std::uint32_t price = 0;
    std::uint32_t orders = 0;  // live orders at this price
    std::uint64_t shares = 0;  // their sum
    friend bool operator==(const Level&, const Level&) = default;
};
static_assert(sizeof(Level) == 16);

// Empty where the side has no order.
struct TopOfBook {
    std::optional<Level> bid;
    std::optional<Level> ask;
    friend bool operator==(const TopOfBook&, const TopOfBook&) = default;
};

// Room for what is live at once. Memory: 32 to 64 bytes an order, 32 bytes a level and for its
// place in the sorted arrays 140 to 280 (both are rounded up to powers of two; of up to 131,072
// levels 280 to 560), and 4 MiB for the symbols; a FIFO book needs 32 bytes an order more. Each
// layout says how much it took: memory_bytes().
struct BookLimits {
    std::size_t orders = 1'000'000;  // 1 .. 2^30
    std::size_t levels = 262'144;    // 1 .. 2^26
};

struct SymbolActivity {
    std::uint16_t locate = 0;
    std::string stock;  // without padding; empty where no R, A or F message has named it
    std::uint64_t messages = 0;
};

// Every message is counted in `messages` and in exactly one of the counters down to
// `levels_over_capacity`; the last two are remarks on messages that were applied all the same.
struct BookCounters {
    std::uint64_t messages = 0;

    // Applied.
    std::uint64_t adds = 0;        // A, F
    std::uint64_t executions = 0;  // E, C
    std::uint64_t cancels = 0;     // X
    std::uint64_t deletes = 0;     // D
    std::uint64_t replaces = 0;    // U
    // Of a type that never touches a book: all the others, P, Q and B among them.
    std::uint64_t ignored = 0;

    // Refused. The book stays as it was, except that a refused U has removed its old order.
    std::uint64_t unknown_type = 0;          // not in ITCH 5.0
    std::uint64_t wrong_length = 0;          // empty, or shorter than its type
    std::uint64_t bad_side = 0;              // A, F: neither B nor S
    std::uint64_t zero_locate = 0;           // A, F: stock locate 0 means "no stock"
    std::uint64_t zero_shares = 0;           // A, F, E, C, X, U of no shares
    std::uint64_t unknown_reference = 0;     // E, C, X, D, U of an order that is not alive
    std::uint64_t duplicate_reference = 0;   // A, F, or U's new reference: already alive
    std::uint64_t orders_over_capacity = 0;  // A, F: BookLimits::orders are alive
    // A, F, U: BookLimits::levels are alive, or no piece of memory large enough is left.
    std::uint64_t levels_over_capacity = 0;

    // Applied nevertheless.
    std::uint64_t over_execution = 0;   // E, C, X of more shares than are left: the order dies
    std::uint64_t locate_mismatch = 0;  // another stock locate than the order's, which counts

    friend bool operator==(const BookCounters&, const BookCounters&) = default;
};

// A counter and its name, for reports: `counters.*entry.value`.
struct NamedCounter {
    std::string_view name;
    std::uint64_t BookCounters::*value;
    bool anomaly;  // not 0: the feed, or what was received of it, is not what it should be
};

inline constexpr std::array kBookCounters{
    NamedCounter{"messages", &BookCounters::messages, false},
    NamedCounter{"adds", &BookCounters::adds, false},
    NamedCounter{"executions", &BookCounters::executions, false},
    NamedCounter{"cancels", &BookCounters::cancels, false},
    NamedCounter{"deletes", &BookCounters::deletes, false},
    NamedCounter{"replaces", &BookCounters::replaces, false},
    NamedCounter{"ignored", &BookCounters::ignored, false},
    NamedCounter{"unknown_type", &BookCounters::unknown_type, true},
    NamedCounter{"wrong_length", &BookCounters::wrong_length, true},
    NamedCounter{"bad_side", &BookCounters::bad_side, true},
    NamedCounter{"zero_locate", &BookCounters::zero_locate, true},
    NamedCounter{"zero_shares", &BookCounters::zero_shares, true},
    NamedCounter{"unknown_reference", &BookCounters::unknown_reference, true},
    NamedCounter{"duplicate_reference", &BookCounters::duplicate_reference, true},
    NamedCounter{"orders_over_capacity", &BookCounters::orders_over_capacity, true},
    NamedCounter{"levels_over_capacity", &BookCounters::levels_over_capacity, true},
    NamedCounter{"over_execution", &BookCounters::over_execution, true},
    NamedCounter{"locate_mismatch", &BookCounters::locate_mismatch, true},
};
static_assert(sizeof(BookCounters) == kBookCounters.size() * sizeof(std::uint64_t));

}  // namespace rxlab::book
