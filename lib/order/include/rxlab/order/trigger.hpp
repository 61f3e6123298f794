// SPDX-License-Identifier: MIT
//
// When an order is sent, and which: what the two ends of tick to trade agree on. A receiver decides
// by it (rx/responder.hpp), the simulator checks by it (feedsim/orders); they share these values,
// not the code that decides. Everything here is a plain value.
#pragma once

#include <rxlab/wire/byte_order.hpp>
#include <rxlab/wire/ouch.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace rxlab::order {

struct Trigger {
    enum class Kind : std::uint8_t {
        // A packet with a message whose number can be divided by `every`, of any feed. The order
        // buys the stock of the packet's first message at its best ask, or at 0 where it has none.
        every,
        // The best bid comes to `price` or above: sells at `price`.
        bid_at_least,
        // The best ask comes to `price` or below: buys at `price`.
        ask_at_most,
    };
    Kind kind = Kind::every;
    std::uint64_t every = 0;
    std::uint32_t price = 0;  // four implied decimals, as ITCH's Price(4)
    wire::Text<8> symbol;
    std::uint16_t feed = 0;  // index of the --group option

    friend bool operator==(const Trigger&, const Trigger&) = default;
};

inline constexpr std::uint32_t kOrderShares = 100;

// "every:N", "bid>=PRICE:SYMBOL" or "ask<=PRICE:SYMBOL"; the last two may end in "@FEED". Throws
// std::invalid_argument that quotes `text` and says what is expected.
[[nodiscard]] Trigger parse_trigger(std::string_view text);
[[nodiscard]] std::string to_string(const Trigger& trigger);

// The order that a trigger sends, but for what is only known then: user_ref_num, client_order_id
// and, of Kind::every, symbol and price.
[[nodiscard]] wire::ouch::EnterOrder order_of(const Trigger& trigger) noexcept;

// Whether one of the `count` messages from number `sequence` on has a number that `every` divides.
[[nodiscard]] constexpr bool has_multiple(std::uint64_t sequence, std::uint64_t count,
                                          std::uint64_t every) noexcept {
    return count != 0 && sequence != 0 && (sequence + count - 1) / every != (sequence - 1) / every;
}

}  // namespace rxlab::order
