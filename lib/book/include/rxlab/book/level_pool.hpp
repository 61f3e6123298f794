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

struct alignas(32) LevelRecord {
    std::uint64_t shares = 0;
    std::uint32_t orders = 0;  // a live level has some
    std::uint32_t price = 0;
    std::uint32_t first = 0;  // of a free level: the next free one; of a FIFO book's: its queue
    std::uint32_t last = 0;
    std::uint16_t locate = 0;
    Side side = Side::bid;

    [[nodiscard]] Level level() const noexcept { return {price, orders, shares}; }
};
static_assert(sizeof(LevelRecord) == 32);

class LevelPool {
  public:
    explicit LevelPool(std::size_t capacity) : records_{capacity, "price levels"} {
        for (std::size_t i = 0; i < capacity; ++i) {
            records_[i].first = static_cast<std::uint32_t>(i + 1);
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool full() const noexcept { return size_ == records_.size(); }
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return records_.memory_bytes(); }

    // Number of a level without orders and shares. The pool must not be full.
    [[nodiscard]] std::uint32_t take(std::uint16_t locate, Side side,
                                     std::uint32_t price) noexcept {
        assert(!full());
        const std::uint32_t number = free_;
        LevelRecord& record = records_[number];
        free_ = record.first;
        record = {.shares = 0,
                  .orders = 0,
                  .price = price,
                  .first = 0,
                  .last = 0,
                  .locate = locate,
                  .side = side};
        ++size_;
        return number;
    }
    void give(std::uint32_t number) noexcept {
        records_[number].orders = 0;
        records_[number].first = free_;
        free_ = number;
        --size_;
    }

    // As new. What is so already is not written.
    void clear() noexcept {
        for (std::size_t i = 0; i < records_.size(); ++i) {
            LevelRecord& record = records_[i];
            const auto next = static_cast<std::uint32_t>(i + 1);
            if (record.orders == 0 && record.first == next) continue;
            record.orders = 0;
            record.first = next;
        }
        free_ = 0;
        size_ = 0;
    }

    [[nodiscard]] LevelRecord& operator[](std::uint32_t number) noexcept {
        return records_[number];
    }
    [[nodiscard]] const LevelRecord& operator[](std::uint32_t number) const noexcept {
        return records_[number];
    }

    template <typename Visitor>
    void for_each(Visitor&& visitor) const {
        for (const LevelRecord& record : records_) {
            if (record.orders != 0) visitor(record);
        }
    }

  private:
    PageArray<LevelRecord> records_;
    std::uint32_t free_ = 0;
    std::size_t size_ = 0;
};

}  // namespace rxlab::book
