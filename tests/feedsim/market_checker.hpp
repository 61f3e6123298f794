// SPDX-License-Identifier: MIT
//
// Follows a synthetic market with books of its own (ordered maps) and counts whatever a real
// exchange would never send. Threading: belongs to one thread.
#pragma once

#include <rxlab/wire/itch.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>

namespace rxlab::feedsim::test {

struct Violations {
    std::uint64_t crossed_books = 0;
    std::uint64_t unknown_references = 0;
    std::uint64_t over_executions = 0;
    std::uint64_t references_not_increasing = 0;
    std::uint64_t times_not_increasing = 0;
    std::uint64_t empty_orders = 0;
    std::uint64_t off_tick_prices = 0;
    std::uint64_t locates_without_directory = 0;
    std::uint64_t tickers_not_of_the_locate = 0;
    std::uint64_t not_itch = 0;

    friend bool operator==(const Violations&, const Violations&) = default;
};

class MarketChecker {
  public:
    void apply(std::span<const std::byte> message);

    [[nodiscard]] const Violations& violations() const noexcept { return violations_; }
    [[nodiscard]] std::size_t live_orders() const noexcept { return orders_.size(); }
    [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }
    [[nodiscard]] std::uint64_t count(char type) const noexcept {
        return counts_[static_cast<unsigned char>(type)];
    }
    [[nodiscard]] double share(char type) const noexcept {
        return static_cast<double>(count(type)) / static_cast<double>(messages_);
    }
    // Orders issued after the one that a delete, cancel, execution or replace is about.
    [[nodiscard]] const std::vector<std::uint64_t>& distances() const noexcept {
        return distances_;
    }
    // How often a message changed the best bid or ask of its symbol.
    [[nodiscard]] std::uint64_t touch_changes() const noexcept { return touch_changes_; }
    // Executions at the best price of their side, as a share of all.
    [[nodiscard]] double executed_at_touch() const noexcept {
        return static_cast<double>(at_touch_) / static_cast<double>(count('E') + count('C'));
    }

  private:
    struct Order {
        std::uint16_t locate;
        char side;
        std::uint32_t price;
        std::uint32_t shares;
        std::uint64_t issued;
    };
    struct Book {
        std::map<std::uint32_t, std::uint64_t, std::greater<>> bids;
        std::map<std::uint32_t, std::uint64_t> asks;
        std::uint32_t best_bid = 0;
        std::uint32_t best_ask = 0;
    };

    void on_message(const wire::itch::StockDirectory& message);
    void on_message(const wire::itch::AddOrder& message);
    void on_message(const wire::itch::AddOrderMpid& message);
    void on_message(const wire::itch::OrderDelete& message);
    void on_message(const wire::itch::OrderCancel& message);
    void on_message(const wire::itch::OrderExecuted& message);
    void on_message(const wire::itch::OrderExecutedPrice& message);
    void on_message(const wire::itch::OrderReplace& message);
    template <typename Other>
    void on_message(const Other&) {}

    void add(std::uint64_t reference, Order order);
    void take(std::uint64_t reference, std::uint32_t shares);
    void note_execution(std::uint64_t reference);
    void check_book(std::uint16_t locate);
    void check_ticker(std::uint16_t locate, std::string_view ticker);

    std::unordered_map<std::uint64_t, Order> orders_;
    std::unordered_map<std::uint16_t, Book> books_;
    std::unordered_map<std::uint16_t, std::string> tickers_;
    std::array<std::uint64_t, 256> counts_{};
    std::vector<std::uint64_t> distances_;
    Violations violations_;
    std::uint64_t messages_ = 0;
    std::uint64_t issued_ = 0;
    std::uint64_t last_reference_ = 0;
    std::uint64_t last_time_ns_ = 0;
    std::uint64_t touch_changes_ = 0;
    std::uint64_t at_touch_ = 0;
};

}  // namespace rxlab::feedsim::test
