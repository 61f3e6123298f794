// SPDX-License-Identifier: MIT
//
// The price levels of all symbols, each with a number that it keeps as long as it lives: an order
// holds the number and finds its level without a search. 32 bytes, two to a cache line. Fixed size,
// allocated by the constructor; freed levels are used again first, while they are in the cache. One
// thread.
#pragma once

#include <rxlab/book/page_array.hpp>
#include <rxlab/book/types.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>

namespace rxlab::book {

// Number of no level. Its record is there, and always empty.
inline constexpr std::uint32_t kNoLevel = 0;

struct LevelRecord {
    std::uint64_t shares = 0;
    std::uint32_t orders = 0;
    std::uint32_t price = 0;
    std::uint32_t number = kNoLevel;  // its own; of a free level: the next free one
    std::uint16_t locate = 0;
    Side side = Side::bid;

    [[nodiscard]] Level level() const noexcept { return {price, orders, shares}; }
};
static_assert(sizeof(LevelRecord) == 24);

// With the ends of its queue, for a FIFO book: indices of orders.
struct QueuedLevelRecord : LevelRecord {
    std::uint32_t first = ~0U;
    std::uint32_t last = ~0U;
};
static_assert(sizeof(QueuedLevelRecord) == 32);

template <typename Record>
class LevelPool {
  public:
    explicit LevelPool(std::size_t capacity) : records_{capacity + 1, "price levels"} { clear(); }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool full() const noexcept { return size_ + 1 == records_.size(); }
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return records_.memory_bytes(); }

    // Number of a level, whose record is not written yet. The pool must not be full.
    [[nodiscard]] std::uint32_t take() noexcept {
        assert(!full());
        const std::uint32_t number = free_;
        free_ = records_[number].number;
        ++size_;
        return number;
    }
    void give(std::uint32_t number) noexcept {
        records_[number].number = free_;
        free_ = number;
        --size_;
    }

    // As new.
    void clear() noexcept {
        for (std::size_t i = 1; i < records_.size(); ++i) {
            records_[i].number = static_cast<std::uint32_t>(i + 1);
        }
        free_ = 1;
        size_ = 0;
    }

    [[nodiscard]] Record& operator[](std::uint32_t number) noexcept { return records_[number]; }
    [[nodiscard]] const Record& operator[](std::uint32_t number) const noexcept {
        return records_[number];
    }

  private:
    struct alignas(32) Cell : Record {};

    PageArray<Cell> records_;
    std::uint32_t free_ = 1;
    std::size_t size_ = 0;
};

}  // namespace rxlab::book
