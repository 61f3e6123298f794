// SPDX-License-Identifier: MIT
//
// ITCH messages for the tests, as bytes.
#pragma once

#include <rxlab/wire/itch.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace rxlab::book::test {

namespace itch = wire::itch;
using Bytes = std::vector<std::byte>;

template <typename Message>
Bytes bytes(Message message, std::uint16_t locate) {
    message.header.stock_locate = locate;
    const auto view = wire::bytes_of(message);
    return {view.begin(), view.end()};
}

inline Bytes add(std::uint16_t locate, std::uint64_t reference, char side, std::uint32_t shares,
                 std::uint32_t price, std::string_view stock = "TEST") {
    itch::AddOrder m;
    m.order_reference = reference;
    m.side = wire::Char{side};
    m.shares = shares;
    m.stock = stock;
    m.price = price;
    return bytes(m, locate);
}

inline Bytes add_mpid(std::uint16_t locate, std::uint64_t reference, char side,
                      std::uint32_t shares, std::uint32_t price, std::string_view stock = "TEST") {
    itch::AddOrderMpid m;
    m.order_reference = reference;
    m.side = wire::Char{side};
    m.shares = shares;
    m.stock = stock;
    m.price = price;
    m.attribution = "MPID";
    return bytes(m, locate);
}

inline Bytes execute(std::uint16_t locate, std::uint64_t reference, std::uint32_t shares) {
    itch::OrderExecuted m;
    m.order_reference = reference;
    m.executed_shares = shares;
    return bytes(m, locate);
}

inline Bytes execute_at(std::uint16_t locate, std::uint64_t reference, std::uint32_t shares,
                        std::uint32_t price, char printable = 'Y') {
    itch::OrderExecutedPrice m;
    m.order_reference = reference;
    m.executed_shares = shares;
    m.printable = wire::Char{printable};
    m.execution_price = price;
    return bytes(m, locate);
}

inline Bytes cancel(std::uint16_t locate, std::uint64_t reference, std::uint32_t shares) {
    itch::OrderCancel m;
    m.order_reference = reference;
    m.cancelled_shares = shares;
    return bytes(m, locate);
}

inline Bytes remove(std::uint16_t locate, std::uint64_t reference) {
    itch::OrderDelete m;
    m.order_reference = reference;
    return bytes(m, locate);
}

inline Bytes replace(std::uint16_t locate, std::uint64_t reference, std::uint64_t new_reference,
                     std::uint32_t shares, std::uint32_t price) {
    itch::OrderReplace m;
    m.order_reference = reference;
    m.new_order_reference = new_reference;
    m.shares = shares;
    m.price = price;
    return bytes(m, locate);
}

}  // namespace rxlab::book::test
