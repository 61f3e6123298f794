// SPDX-License-Identifier: MIT
//
// Which orders must come if the receiver lost nothing: the packets of a feed are made again after
// sending, and the triggers are asked after each. The code shares nothing with that of receivers
// (rx/responder.hpp, lib/book): fields are read at the specification's offsets, prices are in a
// std::map. It is slow; use it after a run.
// Threading: belongs to one thread.
#pragma once

#include "feedsim/market/reference_book.hpp"

#include <rxlab/order/reference.hpp>
#include <rxlab/order/trigger.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace rxlab::feedsim {

// What an order says, and to which packet it answers.
struct ExpectedOrder {
    order::Tick tick;
    bool is_buy = true;
    std::uint32_t shares = 0;
    std::string symbol = {};  // without padding
    std::uint64_t price = 0;
    friend auto operator<=>(const ExpectedOrder&, const ExpectedOrder&) = default;
};

class ExpectedOrders {
  public:
    explicit ExpectedOrders(std::span<const order::Trigger> triggers);

    // The next packet of a feed; its first message has this number. `looks`: the triggers are asked
    // afterwards, which they are not where the packet came late. Throws std::bad_alloc.
    void take(std::uint16_t feed, std::uint64_t sequence,
              std::span<const std::span<const std::byte>> messages, bool looks = true);

    // In the order of the packets that were taken.
    [[nodiscard]] const std::vector<ExpectedOrder>& orders() const noexcept { return orders_; }

  private:
    using Prices = std::map<std::uint32_t, std::uint32_t>;  // with the orders at each
    struct FeedBook {
        ReferenceBook book;
        std::unordered_map<std::uint32_t, Prices> sides;  // by locate * 2, + 1: asks
        std::unordered_map<std::uint16_t, std::string> names;
    };
    struct Watch {
        order::Trigger trigger;
        bool was_beyond = true;
    };

    static void apply(FeedBook& feed, std::span<const std::byte> message);
    static std::optional<std::uint32_t> best(const FeedBook& feed, std::uint16_t locate,
                                             bool is_ask);
    [[nodiscard]] static bool crosses(Watch& watch, const FeedBook& feed);

    std::map<std::uint16_t, FeedBook> feeds_;
    std::vector<Watch> watches_;
    std::vector<ExpectedOrder> orders_;
};

}  // namespace rxlab::feedsim
