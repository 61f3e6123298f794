// SPDX-License-Identifier: MIT
//
// The layouts that one writes first: maps, of the standard library or in its manner. They are where
// the lesson starts (docs/from-std-map-to-n-ns.md) and what the fast layouts are held against; no
// receiver uses them. Unlike those they allocate at new orders and levels, so a message can end in
// std::bad_alloc, which ends the program. `OrderMap` holds the live orders by reference, `LevelMap`
// the levels of a side by price. One thread.
#pragma once

#include <rxlab/book/store.hpp>
#include <rxlab/book/types.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace rxlab::book {

template <template <typename...> typename OrderMap,
          template <typename...> typename LevelMap = std::map>
class MapStore {
  public:
    using Place = const Order*;
    struct Hint {};

    explicit MapStore(const BookLimits& limits)
        : orders_max_{detail::checked_limit(limits.orders, detail::kOrdersMax, "orders")},
          levels_max_{detail::checked_limit(limits.levels, detail::kLevelsMax, "levels")},
          symbols_(kLocates) {}

    [[nodiscard]] Hint hint(std::uint64_t) const noexcept { return {}; }
    [[nodiscard]] Place find(std::uint64_t reference, Hint) noexcept {
        const auto found = orders_.find(reference);
        return found == orders_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] bool alive(Place place) const noexcept { return place != nullptr; }
    [[nodiscard]] std::uint16_t locate(Place place) const noexcept { return place->locate; }
    [[nodiscard]] std::uint32_t shares(Place place) const noexcept { return place->shares; }
    [[nodiscard]] Order order(Place place) const noexcept { return *place; }
    [[nodiscard]] bool full() const noexcept { return orders_.size() == orders_max_; }

    [[nodiscard]] bool enter(Place, const Order& order) noexcept {
        Levels& side = levels_of(order.locate, order.side);
        const auto found = side.find(order.price);
        if (found == side.end() && level_count_ == levels_max_) return false;
        Level& level = found != side.end() ? found->second : side[order.price];
        if (level.orders == 0) ++level_count_;
        level.price = order.price;
        level.shares += order.shares;
        ++level.orders;
        orders_.emplace(order.reference, order);
        return true;
    }
    void reduce(Place place, std::uint32_t shares) noexcept {
        levels_of(place->locate, place->side).find(place->price)->second.shares -= shares;
        orders_.find(place->reference)->second.shares -= shares;
    }
    void erase(Place place) noexcept {
        Levels& side = levels_of(place->locate, place->side);
        const auto level = side.find(place->price);
        level->second.shares -= place->shares;
        if (--level->second.orders == 0) {
            side.erase(level);
            --level_count_;
        }
        orders_.erase(place->reference);
    }

    void clear() noexcept {
        orders_.clear();
        level_count_ = 0;
        for (Symbol& symbol : symbols_) {
            for (Levels& side : symbol.sides)
                side.clear();
            static_cast<SymbolName&>(symbol) = {};
        }
    }

    [[nodiscard]] bool best(std::uint16_t locate, Side side, Level& out) const noexcept {
        return depth(locate, side, {&out, 1}) == 1;
    }
    std::size_t depth(std::uint16_t locate, Side side, std::span<Level> out) const noexcept {
        const Levels& levels = symbols_[locate].sides[static_cast<std::size_t>(side)];
        const std::size_t count = std::min(out.size(), levels.size());
        const auto copy = [&](auto from) {
            for (std::size_t rank = 0; rank < count; ++rank, ++from) {
                out[rank] = from->second;
            }
        };
        side == Side::bid ? copy(levels.rbegin()) : copy(levels.begin());
        return count;
    }

    [[nodiscard]] std::size_t orders() const noexcept { return orders_.size(); }
    [[nodiscard]] std::size_t levels() const noexcept { return level_count_; }
    [[nodiscard]] SymbolName& symbol(std::uint16_t locate) noexcept { return symbols_[locate]; }
    [[nodiscard]] const SymbolName& symbol(std::uint16_t locate) const noexcept {
        return symbols_[locate];
    }
    [[nodiscard]] static std::size_t memory_bytes() noexcept { return 0; }

    template <typename Visitor>
    void for_each_order(Visitor&& visitor) const {
        const auto visit = [&](const auto& entry) { visitor(entry.second); };
        if constexpr (requires { orders_.for_each(visit); }) {
            orders_.for_each(visit);
        } else {
            std::ranges::for_each(orders_, visit);
        }
    }
    template <typename Visitor>
    void for_each_level(Visitor&& visitor) const {
        std::size_t left = level_count_;
        for (std::size_t locate = 0; left > 0; ++locate) {
            for (const Side side : {Side::bid, Side::ask}) {
                const Levels& levels = symbols_[locate].sides[static_cast<std::size_t>(side)];
                for (const auto& entry : levels) {
                    visitor(static_cast<std::uint16_t>(locate), side, entry.second);
                }
                left -= levels.size();
            }
        }
    }

  private:
    using Levels = LevelMap<std::uint32_t, Level>;  // by price
    struct Symbol : SymbolName {
        std::array<Levels, 2> sides;
    };

    [[nodiscard]] Levels& levels_of(std::uint16_t locate, Side side) noexcept {
        return symbols_[locate].sides[static_cast<std::size_t>(side)];
    }

    std::size_t orders_max_;
    std::size_t levels_max_;
    OrderMap<std::uint64_t, Order> orders_;
    std::size_t level_count_ = 0;
    std::vector<Symbol> symbols_;
};

}  // namespace rxlab::book
