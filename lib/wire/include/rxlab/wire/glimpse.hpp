// SPDX-License-Identifier: MIT
//
// GLIMPSE 5.0: a snapshot of the book over SoupBinTCP. After the login the server sends, each in a
// sequenced data packet, ITCH messages that build the book as it stands (stock directory, trading
// actions, an add for each live order, those of a price in their time priority), then
// EndOfSnapshot, and closes. Who applies them and then the live feed from EndOfSnapshot::sequence
// on has missed nothing and applied nothing twice.
#pragma once

#include <rxlab/wire/byte_order.hpp>
#include <rxlab/wire/soupbintcp.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace rxlab::wire::glimpse {

struct EndOfSnapshot {
    static constexpr char kType = 'G';
    Char type{kType};
    soup::SequenceText sequence;  // of the first message of the live feed that is not contained
};
static_assert(sizeof(EndOfSnapshot) == 21 && WireStruct<EndOfSnapshot>);

[[nodiscard]] inline EndOfSnapshot end_of_snapshot(std::uint64_t sequence) noexcept {
    return {EndOfSnapshot::kType, soup::to_number_text<20>(sequence)};
}

// Whether a sequenced message is the end of the snapshot. ITCH 5.0 has no type G.
[[nodiscard]] inline bool is_end_of_snapshot(std::span<const std::byte> message) noexcept {
    return !message.empty() && std::to_integer<char>(message.front()) == EndOfSnapshot::kType;
}
// Where to join; nothing unless it is a well-formed end of a snapshot.
[[nodiscard]] inline std::optional<std::uint64_t> join_sequence(
    std::span<const std::byte> message) noexcept {
    if (!is_end_of_snapshot(message) || message.size() != sizeof(EndOfSnapshot)) return {};
    return soup::parse_number_text(overlay<EndOfSnapshot>(message).sequence.padded());
}

}  // namespace rxlab::wire::glimpse
