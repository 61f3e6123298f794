// SPDX-License-Identifier: MIT
//
// The order books of all symbols of one ITCH 5.0 feed (one day: a symbol is its stock locate). It
// is given messages and answers with top of book, depth by price level, and a digest of its whole
// state. All memory is allocated and touched by the constructor; apply() neither allocates nor
// throws nor logs. Nothing a feed can contain aborts it: what cannot be applied is counted in
// BookCounters, which says for each case what happens to the book. Threading: one thread.
#pragma once

#include <rxlab/book/digest.hpp>
#include <rxlab/book/level_slab.hpp>
#include <rxlab/book/order_table.hpp>
#include <rxlab/book/page_array.hpp>
#include <rxlab/book/price_levels.hpp>
#include <rxlab/book/types.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::book {

class Book {
  public:
    // Throws std::invalid_argument (limits outside their range) or std::system_error (no memory);
    // both say the sizes.
    explicit Book(const BookLimits& limits = {});

    // One message: exactly its bytes, without the length that frames it. Semantics:
    // - A, F add an order behind all others at its price.
    // - E, C, X take shares off an order, which dies at 0; C takes them off the order's own price,
    //   whatever price it executed at, and whether printable or not.
    // - D removes an order. U removes one and adds another of the same symbol and side; its new
    //   reference may be the old one.
    // - An order belongs to the symbol that it was added under: E, C, X, D and U find it by its
    //   reference alone, a different stock locate in them is only counted.
    // - Checks are made in this order, and the first that fails is counted. A, F: side, locate,
    //   shares, reference, room for the order, room for the level. E, C, X: reference, shares.
    //   U: reference, (the old order goes), shares, new reference, room for the level.
    void apply(std::span<const std::byte> message) noexcept;

    [[nodiscard]] TopOfBook top(std::uint16_t locate) const noexcept;
    // Fills `out` with the best levels of a side, best first, and returns how many there were.
    std::size_t depth(std::uint16_t locate, Side side, std::span<Level> out) const noexcept;

    // Live orders and price levels, over all symbols.
    [[nodiscard]] std::size_t orders() const noexcept { return orders_.size(); }
    [[nodiscard]] std::size_t levels() const noexcept { return levels_; }

    [[nodiscard]] const BookCounters& counters() const noexcept { return counters_; }

    // Digest of all live orders and levels (digest.hpp). Walks all memory: for the end of a run.
    [[nodiscard]] std::uint64_t digest() const noexcept;

    // The n symbols with the most messages, most first, then by locate. Counted are well-formed
    // messages of every type, by the stock locate that they carry. Allocates: not for the hot path.
    [[nodiscard]] std::vector<SymbolActivity> busiest(std::size_t n) const;

  private:
    struct Visitor;

    // One cache line.
    struct alignas(64) Symbol {
        std::array<PriceLevels, 2> sides;
        std::uint64_t messages = 0;
        std::array<char, 8> stock{};  // as last named, padded with spaces
    };

    void add(std::uint64_t reference, char side, std::uint32_t shares, std::uint32_t price,
             std::uint16_t locate) noexcept;
    void reduce(std::uint64_t reference, std::uint32_t shares, std::uint16_t locate,
                std::uint64_t& applied) noexcept;
    void remove(std::uint64_t reference, std::uint16_t locate) noexcept;
    void replace(std::uint64_t reference, std::uint64_t new_reference, std::uint32_t shares,
                 std::uint32_t price, std::uint16_t locate) noexcept;

    // The live order, or null; an unknown reference and a wrong locate are counted.
    Order* find(std::uint64_t reference, std::uint16_t locate) noexcept;
    // Puts an order into the table and its level; false (and counted) where there is no level.
    bool enter(const Order& order) noexcept;
    // Takes shares of an order out of its level, and the order itself where it dies.
    void leave_level(const Order& order, std::uint32_t shares) noexcept;

    OrderTable orders_;
    LevelSlab slab_;
    PageArray<Symbol> symbols_;
    std::size_t levels_ = 0;
    std::size_t levels_max_;
    BookCounters counters_;
};

}  // namespace rxlab::book
