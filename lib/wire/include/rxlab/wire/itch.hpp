// SPDX-License-Identifier: MIT
//
// ITCH 5.0 messages as structs, generated from itch_table.hpp. A struct has exactly the layout of
// the wire: `visit` lays it over received bytes (no copy), and the same struct filled in and passed
// to `bytes_of` is a message to send. Threading: everything here is stateless.
#pragma once

#include <rxlab/wire/byte_order.hpp>
#include <rxlab/wire/itch_table.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rxlab::wire::itch {

// Common to all messages (11 bytes). Timestamp: nanoseconds since midnight. Stock locate: the
// day's index of the stock, 0 where the message is about no stock.
struct MessageHeader {
    Char type;
    be16 stock_locate;
    be16 tracking_number;
    be48 timestamp;
};
static_assert(sizeof(MessageHeader) == 11);

inline constexpr char kBuy = 'B';
inline constexpr char kSell = 'S';
// Price(4): unsigned, four implied decimals.
inline constexpr std::uint32_t kPriceScale = 10'000;

// struct AddOrder { MessageHeader header{'A', …}; be64 order_reference; … } and so on.
#define RXLAB_ITCH_FIELD(type, name) type name;
#define RXLAB_ITCH_STRUCT(Name, type_character, length)         \
    struct Name {                                               \
        static constexpr char kType = type_character;           \
        static constexpr std::string_view kName = #Name;        \
        MessageHeader header{Char{type_character}, {}, {}, {}}; \
        RXLAB_ITCH_FIELDS_##Name(RXLAB_ITCH_FIELD)              \
    };                                                          \
    static_assert(sizeof(Name) == length && WireStruct<Name>);
RXLAB_ITCH_MESSAGES(RXLAB_ITCH_STRUCT)
#undef RXLAB_ITCH_STRUCT
#undef RXLAB_ITCH_FIELD

// Calls `visitor(name, field)` for each field after the header, in wire order. `message` may be
// const or not; the field is passed by reference.
#define RXLAB_ITCH_VISIT_FIELD(type, name) visitor(std::string_view{#name}, message.name);
#define RXLAB_ITCH_FOR_EACH(Name, type_character, length)                   \
    template <typename Visitor>                                             \
    constexpr void for_each_field(const Name& message, Visitor&& visitor) { \
        RXLAB_ITCH_FIELDS_##Name(RXLAB_ITCH_VISIT_FIELD)                    \
    }                                                                       \
    template <typename Visitor>                                             \
    constexpr void for_each_field(Name& message, Visitor&& visitor) {       \
        RXLAB_ITCH_FIELDS_##Name(RXLAB_ITCH_VISIT_FIELD)                    \
    }
RXLAB_ITCH_MESSAGES(RXLAB_ITCH_FOR_EACH)
#undef RXLAB_ITCH_FOR_EACH
#undef RXLAB_ITCH_VISIT_FIELD

// Length in bytes of a message of this type; 0 for a type that ITCH 5.0 does not define.
[[nodiscard]] constexpr std::size_t message_length(char type) noexcept {
    switch (type) {
#define RXLAB_ITCH_LENGTH(Name, type_character, length) \
    case type_character:                                \
        return length;
        RXLAB_ITCH_MESSAGES(RXLAB_ITCH_LENGTH)
#undef RXLAB_ITCH_LENGTH
        default:
            return 0;
    }
}

// Calls `visitor.template operator()<Message>()` for each message type, in table order.
template <typename Visitor>
constexpr void for_each_message_type(Visitor&& visitor) {
#define RXLAB_ITCH_CALL(Name, type_character, length) visitor.template operator()<Name>();
    RXLAB_ITCH_MESSAGES(RXLAB_ITCH_CALL)
#undef RXLAB_ITCH_CALL
}

enum class Status : std::uint8_t {
    ok,
    unknown_type,  // not in ITCH 5.0: skip it, the frame around it says how long it is
    wrong_length,  // the type is known, but the message is shorter than that (or it is empty)
};

// Lays the right struct over one message (exactly its bytes, without the length that frames it) and
// calls `visitor(const Message&)`. The view is valid as long as `message` is. A message that is
// longer than its type's is read by what is known of it: a feed grows by fields at the end of its
// messages, and what frames a message says how long it is. To refuse it would empty every book on
// the day of such a change.
template <typename Visitor>
Status visit(std::span<const std::byte> message, Visitor&& visitor) noexcept {
    if (message.empty()) return Status::wrong_length;
    switch (std::to_integer<char>(message.front())) {
#define RXLAB_ITCH_DISPATCH(Name, type_character, length) \
    case type_character:                                  \
        if (message.size() < sizeof(Name)) [[unlikely]]   \
            return Status::wrong_length;                  \
        visitor(overlay<Name>(message));                  \
        return Status::ok;
        RXLAB_ITCH_MESSAGES(RXLAB_ITCH_DISPATCH)
#undef RXLAB_ITCH_DISPATCH
        default:
            return Status::unknown_type;
    }
}

}  // namespace rxlab::wire::itch
