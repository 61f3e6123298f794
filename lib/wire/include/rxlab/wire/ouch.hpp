// SPDX-License-Identifier: MIT
//
// The order that a trading program sends to Nasdaq: Enter Order of OUCH 5.0 ("OUCH 5.0 Order Entry
// Specification", section "Enter Order Message"), the one message of that protocol that is used
// here. Nasdaq carries it in SoupBinTCP; here it is the whole payload of a UDP datagram.
#pragma once

#include <rxlab/wire/byte_order.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace rxlab::wire::ouch {

inline constexpr char kBuy = 'B', kSell = 'S';
inline constexpr char kImmediateOrCancel = '3';  // time in force
inline constexpr char kVisible = 'Y';            // display
inline constexpr char kPrincipal = 'P';          // capacity
inline constexpr char kNoSweep = 'N';            // intermarket sweep eligibility
inline constexpr char kContinuous = 'N';         // cross type: the continuous market

// Price has four implied decimals, as ITCH's Price(4), in eight bytes.
struct EnterOrder {
    static constexpr char kType = 'O';
    Char type{kType};
    be32 user_ref_num;  // of each order one more than of the one before, from 1
    Char side{kBuy};
    be32 quantity;
    Text<8> symbol;
    be64 price;
    Char time_in_force{kImmediateOrCancel};
    Char display{kVisible};
    Char capacity{kPrincipal};
    Char intermarket_sweep{kNoSweep};
    Char cross_type{kContinuous};
    Text<14> client_order_id;
    be16 appendage_bytes{0};  // of what follows: optional fields
};
static_assert(sizeof(EnterOrder) == 47 && WireStruct<EnterOrder>);
static_assert(offsetof(EnterOrder, user_ref_num) == 1 && offsetof(EnterOrder, side) == 5 &&
              offsetof(EnterOrder, quantity) == 6 && offsetof(EnterOrder, symbol) == 10 &&
              offsetof(EnterOrder, price) == 18 && offsetof(EnterOrder, time_in_force) == 26 &&
              offsetof(EnterOrder, client_order_id) == 31 &&
              offsetof(EnterOrder, appendage_bytes) == 45);

// Whether `datagram` is one Enter Order and nothing else: of its type, a side that there is, and as
// long as it says. If so, it may be laid over the bytes.
[[nodiscard]] inline bool is_enter_order(std::span<const std::byte> datagram) noexcept {
    if (datagram.size() < sizeof(EnterOrder)) return false;
    const auto& order = overlay<EnterOrder>(datagram);
    const char side = order.side.front();
    return order.type.front() == EnterOrder::kType && (side == kBuy || side == kSell) &&
           datagram.size() == sizeof(EnterOrder) + order.appendage_bytes;
}

}  // namespace rxlab::wire::ouch
