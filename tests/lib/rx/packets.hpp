// SPDX-License-Identifier: MIT
//
// Datagrams for the tests of this folder.
#pragma once

#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace rxlab::test {

using Bytes = std::vector<std::byte>;

inline Bytes copy(std::span<const std::byte> bytes) {
    return {bytes.begin(), bytes.end()};
}

inline wire::itch::AddOrder add_order(std::uint64_t reference, char side, std::uint32_t shares,
                                      std::uint32_t price) {
    wire::itch::AddOrder message;
    message.header.stock_locate = 1;
    message.order_reference = reference;
    message.side = side;
    message.shares = shares;
    message.stock = "RXLB";
    message.price = price;
    return message;
}

inline wire::itch::OrderDelete delete_order(std::uint64_t reference) {
    wire::itch::OrderDelete message;
    message.header.stock_locate = 1;
    message.order_reference = reference;
    return message;
}

// A data packet of the session "TEST".
template <typename... Messages>
Bytes data_packet(std::uint64_t sequence, const Messages&... messages) {
    Bytes memory(wire::mold::kPayloadBytesMax);
    wire::mold::PacketBuilder builder{memory, wire::mold::Session{"TEST"}};
    builder.start(sequence);
    (static_cast<void>(builder.append(wire::bytes_of(messages))), ...);
    return copy(builder.finish());
}

inline Bytes heartbeat(std::uint64_t sequence) {
    return data_packet(sequence);
}

inline Bytes end_of_session(std::uint64_t sequence) {
    Bytes memory(wire::mold::kPayloadBytesMax);
    wire::mold::PacketBuilder builder{memory, wire::mold::Session{"TEST"}};
    return copy(builder.end_of_session(sequence));
}

}  // namespace rxlab::test
