// SPDX-License-Identifier: MIT
//
// Which packet an order answers: its feed and the number of its first message, in the order's
// client_order_id. 4 and 10 hexadecimal digits, so that it can be read in a packet dump.
#pragma once

#include <rxlab/wire/byte_order.hpp>

#include <cstdint>
#include <optional>

namespace rxlab::order {

struct Tick {
    std::uint16_t feed = 0;      // index of the --group option
    std::uint64_t sequence = 0;  // at most kSequenceMax
    friend auto operator<=>(const Tick&, const Tick&) = default;
};

using Reference = wire::Text<14>;

// A million million messages; a packet beyond has no reference, and so no order.
inline constexpr std::uint64_t kSequenceMax = (std::uint64_t{1} << 40) - 1;

[[nodiscard]] constexpr Reference reference_of(const Tick& tick) noexcept {
    constexpr char kDigits[] = "0123456789ABCDEF";
    char text[14];
    std::uint64_t value = tick.sequence;
    for (int i = 13; i >= 4; --i, value >>= 4)
        text[i] = kDigits[value & 0xf];
    value = tick.feed;
    for (int i = 3; i >= 0; --i, value >>= 4)
        text[i] = kDigits[value & 0xf];
    return Reference{std::string_view{text, sizeof text}};
}

// Nothing if it was not made by reference_of().
[[nodiscard]] inline std::optional<Tick> parse_reference(const Reference& reference) noexcept {
    std::uint64_t value = 0;
    std::uint16_t feed = 0;
    const std::string_view text = reference.padded();
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && (c < 'A' || c > 'F')) return {};
        value = value << 4 | static_cast<std::uint64_t>(is_digit ? c - '0' : c - 'A' + 10);
        if (i == 3) {
            feed = static_cast<std::uint16_t>(value);
            value = 0;
        }
    }
    return Tick{feed, value};
}

}  // namespace rxlab::order
