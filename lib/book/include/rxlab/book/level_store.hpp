// SPDX-License-Identifier: MIT
//
// The fast layouts. An order is a slot of a hash table that holds the number of its level; a level
// is a record; the levels of a side in order of price are a sorted array of numbers. So a delete
// goes from its reference to the order to the level, and searches nothing. Nearly half of all
// messages are about the best level of a side. Its record is kept with the symbol, where the top of
// book is read anyway; what stands under its number meanwhile says only whose it is.
// Aggregate: an order knows its level only. FIFO: it knows its neighbours in the queue besides.
// All memory is taken and touched by the constructor. One thread.
#pragma once

#include <rxlab/book/level_pool.hpp>
#include <rxlab/book/level_slab.hpp>
#include <rxlab/book/order_queue.hpp>
#include <rxlab/book/order_table.hpp>
#include <rxlab/book/page_array.hpp>
#include <rxlab/book/pick.hpp>
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
#include <utility>

namespace rxlab::book {

template <bool kFifo>
class LevelStore {
    using Slot = std::conditional_t<kFifo, QueuedOrderSlot, OrderSlot>;
    using Record = std::conditional_t<kFifo, QueuedLevelRecord, LevelRecord>;

  public:
    struct Hint {
        std::size_t home = 0;      // of the order
        std::uint16_t locate = 0;  // whose level it probably has
    };
    struct Place {
        Slot* slot;  // nullptr: no such order
        Record* level;
        std::size_t home;
    };

    // Throws std::invalid_argument or std::system_error, as BasicBook says.
    explicit LevelStore(const BookLimits& limits)
        : orders_{detail::checked_limit(limits.orders, detail::kOrdersMax, "orders")},
          levels_{detail::checked_limit(limits.levels, detail::kLevelsMax, "levels")},
          slab_{units_for(limits.levels)},
          symbols_{kLocates, "symbols"} {}

    [[nodiscard]] Hint hint(std::uint64_t reference, std::uint16_t locate = 0) const noexcept {
        return {orders_.home(reference), locate};
    }
    [[nodiscard]] Place find(std::uint64_t reference, Hint hint) noexcept {
        Slot* const slot = orders_.find(reference, hint.home);
        Record* const level = slot != nullptr ? &record_of(slot->level, hint.locate) : nullptr;
        return {slot, level, hint.home};
    }
    [[nodiscard]] bool alive(Place place) const noexcept { return place.slot != nullptr; }
    [[nodiscard]] std::uint16_t locate(Place place) const noexcept { return place.level->locate; }
    [[nodiscard]] std::uint32_t shares(Place place) const noexcept { return place.slot->shares; }
    [[nodiscard]] Order order(Place place) const noexcept {
        return order_in(*place.slot, *place.level);
    }
    [[nodiscard]] bool full() const noexcept { return orders_.full(); }

    [[nodiscard, gnu::always_inline]] bool enter(Place place, const Order& order) noexcept {
        Symbol& symbol = symbols_[order.locate];
        const auto side = static_cast<std::size_t>(order.side);
        const std::int32_t key = price_key(order.side, order.price);
        std::uint32_t number = symbol.levels[side].find(slab_, key);
        if (number == kNoLevel) {
            number = open_level(symbol, order, key);
            if (number == kNoLevel) [[unlikely]]
                return false;
        }
        Record& best = symbol.best[side];
        Record& level = *pick(number == best.number, &best, &levels_[number]);
        level.shares += order.shares;
        ++level.orders;
        Slot& slot = orders_.insert(place.home, order.reference, order.shares, number);
        if constexpr (kFifo) order_queue::push_back(orders_, level, slot);
        return true;
    }

    void reduce(Place place, std::uint32_t shares) noexcept {
        place.level->shares -= shares;
        place.slot->shares -= shares;
    }

    void erase(Place place) noexcept {
        Record& level = *place.level;
        level.shares -= place.slot->shares;
        if constexpr (kFifo) order_queue::remove(orders_, level, *place.slot);
        orders_.erase(*place.slot, place.home);
        if (--level.orders == 0) close_level(level);
    }

    void clear() noexcept {
        orders_.clear();
        levels_.clear();
        for (Symbol& symbol : symbols_) {
            if (symbol.name.messages == 0) continue;  // nothing was ever said of it
            for (PriceLevels& levels : symbol.levels)
                levels.clear(slab_);
            symbol = {};
        }
    }

    [[nodiscard]] bool best(std::uint16_t locate, Side side, Level& out) const noexcept {
        const Record& best = symbols_[locate].best[static_cast<std::size_t>(side)];
        out = best.level();
        return best.orders != 0;
    }

    std::size_t depth(std::uint16_t locate, Side side, std::span<Level> out) const noexcept {
        const PriceLevels& levels = symbols_[locate].levels[static_cast<std::size_t>(side)];
        const std::size_t count = std::min<std::size_t>(out.size(), levels.size());
        for (std::size_t rank = 0; rank < count; ++rank) {
            out[rank] = record_of(levels.from_best(slab_, rank), locate).level();
        }
        return count;
    }

    // The orders of a price in the order in which they will be executed; returns how many there
    // are in all, of which the first out.size() are written.
    std::size_t queue(std::uint16_t locate, Side side, std::uint32_t price,
                      std::span<QueuedOrder> out) const noexcept requires kFifo {
        const PriceLevels& levels = symbols_[locate].levels[static_cast<std::size_t>(side)];
        const std::uint32_t number = levels.find(slab_, price_key(side, price));
        if (number == kNoLevel) return 0;
        const Record& level = record_of(number, locate);
        order_queue::read(orders_, level, out);
        return level.orders;
    }

    [[nodiscard]] std::size_t orders() const noexcept { return orders_.size(); }
    [[nodiscard]] std::size_t levels() const noexcept { return levels_.size(); }
    [[nodiscard]] SymbolName& symbol(std::uint16_t locate) noexcept {
        return symbols_[locate].name;
    }
    [[nodiscard]] const SymbolName& symbol(std::uint16_t locate) const noexcept {
        return symbols_[locate].name;
    }
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return orders_.memory_bytes() + levels_.memory_bytes() + slab_.memory_bytes() +
               symbols_.memory_bytes();
    }

    template <typename Visitor>
    void for_each_order(Visitor&& visitor) const {
        orders_.for_each([&](const Slot& slot) { visitor(order_in(slot, levels_[slot.level])); });
    }
    template <typename Visitor>
    void for_each_level(Visitor&& visitor) const {
        for (std::size_t i = 0; i < kLocates; ++i) {
            const auto locate = static_cast<std::uint16_t>(i);
            for (const Side side : {Side::bid, Side::ask}) {
                const PriceLevels& levels = symbols_[i].levels[static_cast<std::size_t>(side)];
                for (std::uint32_t rank = 0, size = levels.size(); rank < size; ++rank) {
                    const std::uint32_t number = levels.from_best(slab_, rank);
                    visitor(locate, side, record_of(number, locate).level());
                }
            }
        }
    }

    void prefetch_order(Hint hint) const noexcept { prefetch(&orders_.at_home(hint.home)); }
    void prefetch_symbol(std::uint16_t locate) const noexcept {
        const Symbol& symbol = symbols_[locate];
        prefetch(&symbol.best);
        if constexpr (kFifo) prefetch(&symbol.name);
        for (const PriceLevels& levels : symbol.levels)
            prefetch(&levels);
    }
    // What an order that is there already will need: whether the message is about one is not asked,
    // because a wrong guess costs less than a branch.
    void prefetch_levels(Hint hint) const noexcept {
        const Slot& slot = orders_.at_home(hint.home);
        prefetch(&levels_[slot.level]);
        if constexpr (kFifo) {
            prefetch(&orders_[0], slot.previous);
            prefetch(&orders_[0], slot.next);
        }
    }

  private:
    // Three cache lines, of a FIFO book four. What is read and written at every message is in the
    // first (and, of a FIFO book, the second); the best prices of each side have one.
    struct Symbol {
        std::array<Record, 2> best;  // by side; without orders where there is none
        SymbolName name;
        std::array<PriceLevels, 2> levels;
    };
    static_assert(sizeof(Symbol) == (kFifo ? 256 : 192));

    // A side takes its first unit for seven levels and keeps it until three are left; where it has
    // more than one, two levels or more stand in each.
    [[nodiscard]] static std::size_t units_for(std::size_t levels) noexcept {
        return (levels + 1) / 2;
    }

    // The record of a live level, which is kept with its symbol if it is the best. `locate` is a
    // guess: if it is right, all addresses are known at once, and no load waits for another.
    [[nodiscard]] const Record& record_of(std::uint32_t number,
                                          std::uint16_t locate) const noexcept {
        const Record* record = &levels_[number];
        for (const Record& best : symbols_[locate].best) {
            record = pick(best.number == number, &best, record);
        }
        if (record->locate != locate) [[unlikely]]
            return record_of(number, record->locate);
        return *record;
    }
    [[nodiscard]] Record& record_of(std::uint32_t number, std::uint16_t locate) noexcept {
        return const_cast<Record&>(std::as_const(*this).record_of(number, locate));
    }
    // Number of a new level of the order's price, without orders yet; kNoLevel where there is no
    // room.
    [[nodiscard]] std::uint32_t open_level(Symbol& symbol, const Order& order,
                                           std::int32_t key) noexcept {
        if (levels_.full()) [[unlikely]]
            return kNoLevel;
        PriceLevels& levels = symbol.levels[static_cast<std::size_t>(order.side)];
        Record& best = symbol.best[static_cast<std::size_t>(order.side)];
        const std::uint32_t number = levels_.take();
        const bool leads = levels.would_lead(key);
        if (!levels.insert(slab_, key, number)) [[unlikely]] {
            levels_.give(number);
            return kNoLevel;
        }
        // The former best, if there was one, waits in its record.
        Record nowhere;
        *pick(leads, &levels_[best.number], &nowhere) = best;
        // Written twice rather than copied: a load of what was just stored piece by piece would
        // wait until all of it has arrived in the cache.
        for (Record* const record : {&levels_[number], pick(leads, &best, &levels_[number])}) {
            *record = {};
            record->price = order.price;
            record->number = number;
            record->locate = order.locate;
            record->side = order.side;
        }
        return number;
    }
    void close_level(const Record& level) noexcept {
        Symbol& symbol = symbols_[level.locate];
        const auto side = static_cast<std::size_t>(level.side);
        const std::uint32_t number = level.number;
        Record& best = symbol.best[side];
        symbol.levels[side].erase(slab_, price_key(level.side, level.price));
        best = *pick(number == best.number, &levels_[symbol.levels[side].best()], &best);
        levels_.give(number);
    }
    [[nodiscard]] static Order order_in(const Slot& slot, const Record& level) noexcept {
        return {slot.reference, level.price, slot.shares, level.locate, level.side};
    }

    OrderTable<Slot> orders_;
    LevelPool<Record> levels_;
    LevelSlab slab_;
    PageArray<Symbol> symbols_;
};

using AggregateStore = LevelStore<false>;
using FifoStore = LevelStore<true>;

}  // namespace rxlab::book
