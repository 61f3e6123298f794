// SPDX-License-Identifier: MIT
#include <rxlab/order/trigger.hpp>

#include <charconv>
#include <limits>
#include <optional>
#include <stdexcept>

namespace rxlab::order {
namespace {

constexpr std::uint32_t kPriceScale = 10'000;
constexpr std::size_t kDecimals = 4;

template <typename T>
std::optional<T> number(std::string_view text) {
    T value{};
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || rest != end) return {};
    return value;
}

// "100", "100.5", "100.0001".
std::optional<std::uint32_t> price_of(std::string_view text) {
    const std::size_t point = text.find('.');
    const auto whole = number<std::uint32_t>(text.substr(0, point));
    if (!whole) return {};
    std::uint64_t price = std::uint64_t{*whole} * kPriceScale;
    if (point != std::string_view::npos) {
        const std::string_view decimals = text.substr(point + 1);
        const auto digits = number<std::uint32_t>(decimals);
        if (!digits || decimals.size() > kDecimals) return {};
        std::uint64_t part = *digits;
        for (std::size_t i = decimals.size(); i < kDecimals; ++i)
            part *= 10;
        price += part;
    }
    if (price == 0 || price > std::numeric_limits<std::uint32_t>::max()) return {};
    return static_cast<std::uint32_t>(price);
}

std::string price_text(std::uint32_t price) {
    std::string decimals = std::to_string(price % kPriceScale);
    decimals.insert(0, kDecimals - decimals.size(), '0');
    return std::to_string(price / kPriceScale) + "." + decimals;
}

[[noreturn]] void refuse(std::string_view text) {
    throw std::invalid_argument("'" + std::string{text} +
                                "' is not every:N, bid>=PRICE:SYMBOL or ask<=PRICE:SYMBOL, with "
                                "@FEED behind the last two for a feed other than 0");
}

// "PRICE:SYMBOL" or "PRICE:SYMBOL@FEED".
bool read_crossing(std::string_view text, Trigger& trigger) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return false;
    const auto price = price_of(text.substr(0, colon));
    std::string_view symbol = text.substr(colon + 1);
    const std::size_t at = symbol.find('@');
    const auto feed = at == std::string_view::npos ? std::optional<std::uint16_t>{0}
                                                   : number<std::uint16_t>(symbol.substr(at + 1));
    symbol = symbol.substr(0, at);
    if (!price || !feed || symbol.empty() || symbol.size() > sizeof trigger.symbol) return false;
    trigger.price = *price;
    trigger.symbol = symbol;
    trigger.feed = *feed;
    return true;
}

}  // namespace

Trigger parse_trigger(std::string_view text) {
    Trigger trigger;
    bool is_understood = false;
    if (text.starts_with("every:")) {
        trigger.every = number<std::uint64_t>(text.substr(6)).value_or(0);
        is_understood = trigger.every != 0;
    } else if (text.starts_with("bid>=")) {
        trigger.kind = Trigger::Kind::bid_at_least;
        is_understood = read_crossing(text.substr(5), trigger);
    } else if (text.starts_with("ask<=")) {
        trigger.kind = Trigger::Kind::ask_at_most;
        is_understood = read_crossing(text.substr(5), trigger);
    }
    if (!is_understood) refuse(text);
    return trigger;
}

std::string to_string(const Trigger& trigger) {
    if (trigger.kind == Trigger::Kind::every) return "every:" + std::to_string(trigger.every);
    std::string text = trigger.kind == Trigger::Kind::bid_at_least ? "bid>=" : "ask<=";
    text += price_text(trigger.price) + ":" + std::string{trigger.symbol.view()};
    if (trigger.feed != 0) text += "@" + std::to_string(trigger.feed);
    return text;
}

wire::ouch::EnterOrder order_of(const Trigger& trigger) noexcept {
    wire::ouch::EnterOrder order;
    order.quantity = kOrderShares;
    order.symbol = trigger.symbol;
    order.price = trigger.price;
    order.side = trigger.kind == Trigger::Kind::bid_at_least ? wire::ouch::kSell : wire::ouch::kBuy;
    return order;
}

}  // namespace rxlab::order
