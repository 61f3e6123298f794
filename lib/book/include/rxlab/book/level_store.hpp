// SPDX-License-Identifier: MIT
//
// The fast layouts. An order is a 16-byte slot of a hash table that holds the number of its level;
// a level is a 32-byte record; the levels of a side in order of price are a sorted array of
// numbers. So a delete goes from its reference to the order to the level, and searches nothing.
// Aggregate: an order knows its level only. FIFO: it has a node in its level's queue besides.
// All memory is taken and touched by the constructor. One thread.
#pragma once

#include <rxlab/book/level_pool.hpp>
#include <rxlab/book/level_slab.hpp>
#include <rxlab/book/order_queue.hpp>
#include <rxlab/book/order_table.hpp>
#include <rxlab/book/page_array.hpp>
#include <rxlab/book/prefetch.hpp>
#include <rxlab/book/price_levels.hpp>
#include <rxlab/book/store.hpp>
#include <rxlab/book/types.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace rxlab::book {

template <bool kFifo>
class LevelStore {
  public:
    using Hint = std::size_t;  // the home slot
    struct Place {
        OrderSlot* slot;
        Hint home;
        OrderSlot* operator->() const noexcept { return slot; }
        OrderSlot& operator*() const noexcept { return *slot; }
    };

    // Throws std::invalid_argument or std::system_error, as BasicBook says.
    explicit LevelStore(const BookLimits& limits)
        : orders_{detail::checked_limit(limits.orders, detail::kOrdersMax, "orders")},
          queue_{limits.orders},
          levels_{detail::checked_limit(limits.levels, detail::kLevelsMax, "levels")},
          slab_{units_for(limits.levels)},
          symbols_{kLocates, "symbols"} {}

    [[nodiscard]] Hint hint(std::uint64_t reference) const noexcept {
        return orders_.home(reference);
    }
    [[nodiscard]] Place find(std::uint64_t reference, Hint home) noexcept {
        return {orders_.find(reference, home), home};
    }
    [[nodiscard]] bool alive(Place place) const noexcept { return place->shares != 0; }
    [[nodiscard]] std::uint16_t locate(Place place) const noexcept {
        return levels_[level_of(*place)].locate;
    }
    [[nodiscard]] std::uint32_t shares(Place place) const noexcept { return place->shares; }
    [[nodiscard]] Order order(Place place) const noexcept { return order_in(*place); }
    [[nodiscard]] bool full() const noexcept { return orders_.full(); }

    [[nodiscard, gnu::always_inline]] bool enter(Place place, const Order& order) noexcept {
        PriceLevels& side = side_of(order.locate, order.side);
        const std::int32_t key = price_key(order.side, order.price);
        const PriceLevels::Found found = side.find(slab_, key);
        std::uint32_t number = found.number;
        if (number == PriceLevels::kNone) {
            if (levels_.full()) [[unlikely]]
                return false;
            number = levels_.take(order.locate, order.side, order.price);
            if (!side.insert(slab_, found, key, number)) [[unlikely]] {
                levels_.give(number);
                return false;
            }
        }
        LevelRecord& level = levels_[number];
        level.shares += order.shares;
        ++level.orders;
        std::uint32_t link = number;
        if constexpr (kFifo) link = queue_.push_back(level, number, order.reference, order.shares);
        orders_.insert(place.slot, place.home, order.reference, order.shares, link);
        return true;
    }

    void reduce(Place place, std::uint32_t shares) noexcept {
        levels_[level_of(*place)].shares -= shares;
        place->shares -= shares;
        if constexpr (kFifo) queue_[place->link()].shares -= shares;
    }

    void erase(Place place) noexcept {
        const std::uint32_t number = level_of(*place);
        LevelRecord& level = levels_[number];
        level.shares -= place->shares;
        if constexpr (kFifo) queue_.remove(level, place->link());
        orders_.erase(place.slot);
        if (--level.orders == 0) {
            side_of(level.locate, level.side).erase(slab_, price_key(level.side, level.price));
            levels_.give(number);
        }
    }

    void clear() noexcept {
        orders_.clear();
        queue_.clear();
        levels_.clear();
        for (Symbol& symbol : symbols_) {
            if (symbol.messages == 0) continue;  // nothing was ever said of it
            for (PriceLevels& side : symbol.sides)
                side.clear(slab_);
            static_cast<SymbolName&>(symbol) = {};
        }
    }

    [[nodiscard]] bool best(std::uint16_t locate, Side side, Level& out) const noexcept {
        const std::uint32_t number = side_of(locate, side).best();
        if (number == PriceLevels::kNone) return false;
        out = levels_[number].level();
        return true;
    }

    std::size_t depth(std::uint16_t locate, Side side, std::span<Level> out) const noexcept {
        const PriceLevels& levels = side_of(locate, side);
        const std::size_t count = std::min<std::size_t>(out.size(), levels.size());
        for (std::size_t rank = 0; rank < count; ++rank) {
            out[rank] = levels_[levels.from_best(slab_, rank)].level();
        }
        return count;
    }

    // The orders of a price in the order in which they will be executed; returns how many there
    // are in all, of which the first out.size() are written.
    std::size_t queue(std::uint16_t locate, Side side, std::uint32_t price,
                      std::span<QueuedOrder> out) const noexcept requires kFifo {
        const std::uint32_t number =
            side_of(locate, side).find(slab_, price_key(side, price)).number;
        if (number == PriceLevels::kNone) return 0;
        queue_.read(levels_[number], out);
        return levels_[number].orders;
    }

    [[nodiscard]] std::size_t orders() const noexcept { return orders_.size(); }
    [[nodiscard]] std::size_t levels() const noexcept { return levels_.size(); }
    [[nodiscard]] SymbolName& symbol(std::uint16_t locate) noexcept { return symbols_[locate]; }
    [[nodiscard]] const SymbolName& symbol(std::uint16_t locate) const noexcept {
        return symbols_[locate];
    }
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return orders_.memory_bytes() + queue_.memory_bytes() + levels_.memory_bytes() +
               slab_.memory_bytes() + symbols_.memory_bytes();
    }

    template <typename Visitor>
    void for_each_order(Visitor&& visitor) const {
        orders_.for_each([&](const OrderSlot& slot) { visitor(order_in(slot)); });
    }
    template <typename Visitor>
    void for_each_level(Visitor&& visitor) const {
        levels_.for_each([&](const LevelRecord& record) {
            visitor(record.locate, record.side, record.level());
        });
    }

    void prefetch_order(Hint home) const noexcept { prefetch(&orders_.at_home(home)); }
    void prefetch_symbol(std::uint16_t locate) const noexcept { prefetch(&symbols_[locate]); }
    // What an order that is added, and one that is there already, will need: which of the two the
    // message is about is not asked, because a wrong guess costs less than a branch.
    void prefetch_levels(Hint home, std::uint16_t locate, Side side) const noexcept {
        // The best eight entries, which may lie in two lines, and most of the next ones.
        const LevelEntry* const back = side_of(locate, side).back(slab_);
        prefetch(back);
        prefetch(back, std::size_t{0} - 7);
        prefetch(back, std::size_t{0} - 15);
        const std::uint32_t link = orders_.at_home(home).link();
        if constexpr (kFifo) {
            prefetch(&queue_[link]);
        } else {
            prefetch(&levels_[link]);
        }
        for (const PriceLevels& levels : symbols_[locate].sides) {
            prefetch(&levels_[0], levels.best());
        }
    }
    void prefetch_queue(Hint home) const noexcept {
        if constexpr (kFifo) {
            const OrderNode& node = queue_[orders_.at_home(home).link()];
            prefetch(&levels_[node.level]);
            prefetch(&queue_[node.previous]);
            prefetch(&queue_[node.next]);
        }
    }

  private:
    // One cache line.
    struct alignas(64) Symbol : SymbolName {
        std::array<PriceLevels, 2> sides;
    };
    static_assert(sizeof(Symbol) == 64);

    // At most one unit for each level is in use at a time, and, because larger blocks have two
    // levels a unit or more, hardly half of that where each side has its smallest block already.
    // Twice as many leave room to grow in where small arrays lie scattered.
    [[nodiscard]] static std::size_t units_for(std::size_t levels) noexcept {
        return std::max(levels, std::min(2 * levels, 4 * kLocates));
    }
    [[nodiscard]] PriceLevels& side_of(std::uint16_t locate, Side side) noexcept {
        return symbols_[locate].sides[static_cast<std::size_t>(side)];
    }
    [[nodiscard]] const PriceLevels& side_of(std::uint16_t locate, Side side) const noexcept {
        return symbols_[locate].sides[static_cast<std::size_t>(side)];
    }
    [[nodiscard]] std::uint32_t level_of(const OrderSlot& slot) const noexcept {
        if constexpr (kFifo) return queue_[slot.link()].level;
        return slot.link();
    }
    [[nodiscard]] Order order_in(const OrderSlot& slot) const noexcept {
        const LevelRecord& level = levels_[level_of(slot)];
        return {slot.reference, level.price, slot.shares, level.locate, level.side};
    }

    OrderTable orders_;
    [[no_unique_address]] std::conditional_t<kFifo, OrderQueue, NoQueue> queue_;
    LevelPool levels_;
    LevelSlab slab_;
    PageArray<Symbol> symbols_;
};

using AggregateStore = LevelStore<false>;
using FifoStore = LevelStore<true>;

}  // namespace rxlab::book
