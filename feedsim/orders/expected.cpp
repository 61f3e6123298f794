// SPDX-License-Identifier: MIT
#include "feedsim/orders/expected.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace rxlab::feedsim {
namespace {

using order::Trigger;

// "NASDAQ TotalView-ITCH 5.0", sections 1.1 to 1.8.
constexpr std::size_t kLocateAt = 1, kReferenceAt = 11, kNewReferenceAt = 19, kStockBytes = 8;

std::uint64_t number(std::span<const std::byte> message, std::size_t at, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = at; i < at + bytes && i < message.size(); ++i)
        value = value << 8 | std::to_integer<std::uint64_t>(message[i]);
    return value;
}

char type_of(std::span<const std::byte> message) {
    return message.empty() ? '\0' : std::to_integer<char>(message[0]);
}

std::uint16_t locate_of(std::span<const std::byte> message) {
    return static_cast<std::uint16_t>(number(message, kLocateAt, 2));
}

// Where a message names its stock; 0: it does not.
std::size_t stock_at(char type) {
    constexpr std::string_view kAt11 = "RHYKJhNO", kAt24 = "AFP";
    if (kAt11.find(type) != kAt11.npos) return 11;
    if (kAt24.find(type) != kAt24.npos) return 24;
    return type == 'L' ? 15 : type == 'Q' ? 19 : type == 'I' ? 28 : 0;
}

std::string without_padding(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

}  // namespace

ExpectedOrders::ExpectedOrders(std::span<const Trigger> triggers) {
    for (const Trigger& trigger : triggers)
        watches_.push_back({trigger});
}

// A message changes the orders that it names, and no others.
void ExpectedOrders::apply(FeedBook& feed, std::span<const std::byte> message) {
    const char type = type_of(message);
    if (const std::size_t at = stock_at(type); at != 0 && message.size() >= at + kStockBytes) {
        const auto* const text = reinterpret_cast<const char*>(message.data()) + at;
        if (*text != ' ') feed.names[locate_of(message)] = without_padding({text, kStockBytes});
    }
    constexpr std::string_view kAboutOrders = "AFECXDU";
    if (kAboutOrders.find(type) == kAboutOrders.npos) return feed.book.apply(message);
    const std::array references{number(message, kReferenceAt, 8),
                                number(message, kNewReferenceAt, 8)};
    const auto count = [&](int change) {
        for (std::size_t i = 0; i < (type == 'U' && references[0] != references[1] ? 2U : 1U);
             ++i) {
            const auto order = feed.book.find(references[i]);
            if (!order) continue;
            Prices& prices = feed.sides[order->locate * 2U + (order->is_ask ? 1 : 0)];
            prices[order->price] += static_cast<std::uint32_t>(change);
            if (prices[order->price] == 0) prices.erase(order->price);
        }
    };
    count(-1);
    feed.book.apply(message);
    count(1);
}

std::optional<std::uint32_t> ExpectedOrders::best(const FeedBook& feed, std::uint16_t locate,
                                                  bool is_ask) {
    const auto side = feed.sides.find(locate * 2U + (is_ask ? 1 : 0));
    if (side == feed.sides.end() || side->second.empty()) return {};
    return is_ask ? side->second.begin()->first : side->second.rbegin()->first;
}

// Nobody has looked before the feed names the symbol.
bool ExpectedOrders::crosses(Watch& watch, const FeedBook& feed) {
    const Trigger& trigger = watch.trigger;
    const auto named = std::ranges::find_if(
        feed.names, [&](const auto& each) { return each.second == trigger.symbol.view(); });
    if (named == feed.names.end()) return false;
    const bool is_ask = trigger.kind == Trigger::Kind::ask_at_most;
    const auto price = best(feed, named->first, is_ask);
    const bool was_beyond = watch.was_beyond;
    watch.was_beyond = price && (is_ask ? *price <= trigger.price : *price >= trigger.price);
    return watch.was_beyond && !was_beyond;
}

void ExpectedOrders::take(std::uint16_t number, std::uint64_t sequence,
                          std::span<const std::span<const std::byte>> messages, bool looks) {
    FeedBook& feed = feeds_[number];
    for (const auto& message : messages)
        apply(feed, message);
    if (messages.empty() || !looks) return;
    for (Watch& watch : watches_) {
        const Trigger& trigger = watch.trigger;
        ExpectedOrder order{.tick = {number, sequence}, .shares = order::kOrderShares};
        if (trigger.kind != Trigger::Kind::every) {
            if (trigger.feed != number || !crosses(watch, feed)) continue;
            order.is_buy = trigger.kind == Trigger::Kind::ask_at_most;
            order.symbol = trigger.symbol.view();
            order.price = trigger.price;
        } else {
            bool is_one = false;
            for (std::uint64_t i = 0; i < messages.size(); ++i)
                is_one = is_one || (sequence + i) % trigger.every == 0;
            if (!is_one) continue;
            const std::uint16_t locate = locate_of(messages.front());
            if (const auto name = feed.names.find(locate); name != feed.names.end())
                order.symbol = name->second;
            order.price = best(feed, locate, true).value_or(0);
        }
        orders_.push_back(order);
    }
}

}  // namespace rxlab::feedsim
