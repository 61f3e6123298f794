// SPDX-License-Identifier: MIT
//
// The seven message types that change an order book. itch::visit() jumps to another piece of code
// for each type; in a real mix of types the processor mispredicts every second jump, and a
// misprediction costs more than the decoding. Here the type looks up what it does to a book
// (book_type()), or where its fields stand, and all are loaded alike into one struct
// (decode_book_message()). Stateless.
#pragma once

#include <rxlab/wire/byte_order.hpp>
#include <rxlab/wire/itch.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace rxlab::wire::itch {

enum class BookAction : std::uint8_t {
    none,     // no message about orders, or shorter than its type: ask visit()
    add,      // A, F
    reduce,   // E, C, X
    remove,   // D
    replace,  // U
};

// What a type is to a book.
struct BookType {
    std::uint8_t length = 0;  // 0: not about orders
    BookAction action = BookAction::none;
    // Offset of an added order's side; the others have none: their type's.
    std::uint8_t side_at = 0;
};

// Types that do the same have what a book needs of them at the same place.
using BookAdd = AddOrder;        // A, F
using BookReduce = OrderCancel;  // E, C, X
static_assert(offsetof(AddOrderMpid, order_reference) == offsetof(BookAdd, order_reference) &&
              offsetof(AddOrderMpid, side) == offsetof(BookAdd, side) &&
              offsetof(AddOrderMpid, shares) == offsetof(BookAdd, shares) &&
              offsetof(AddOrderMpid, stock) == offsetof(BookAdd, stock) &&
              offsetof(AddOrderMpid, price) == offsetof(BookAdd, price));
static_assert(offsetof(OrderExecuted, executed_shares) == offsetof(BookReduce, cancelled_shares) &&
              offsetof(OrderExecutedPrice, executed_shares) ==
                  offsetof(BookReduce, cancelled_shares));

// Every field of a message about orders; 0 where the type has none. Numbers are in host order.
// Without initial values, so that an array of them costs nothing before it is filled.
struct BookMessage {
    BookAction action;
    char type;
    char flag;  // A, F: side; C: printable
    std::uint16_t stock_locate;
    std::uint16_t tracking_number;
    std::uint64_t timestamp;
    std::uint64_t order_reference;
    // A, F: stock, its first character in the highest byte; E, C: match number; U: new reference.
    std::uint64_t second;
    std::uint32_t shares;
    std::uint32_t price;
    std::uint32_t attribution;  // F, its first character in the highest byte
};

namespace detail {

// Where a field stands, and which bits of what is loaded there belong to it: none where the type
// has no such field. A mask, because g++ makes a branch of a condition, and it would not be
// predictable.
template <typename T>
struct BookField {
    T mask = 0;
    std::uint8_t offset = 0;

    constexpr BookField() = default;
    constexpr BookField(std::size_t at) noexcept  // NOLINT: converts like an offset
        : mask{static_cast<T>(~T{0})}, offset{static_cast<std::uint8_t>(at)} {}

    [[gnu::always_inline]] T load(const std::byte* message) const noexcept {
        T raw;
        std::memcpy(&raw, message + offset, sizeof(T));
        return static_cast<T>(wire::detail::big_endian(raw) & mask);
    }
};

consteval std::array<BookType, 256> make_book_types() {
    std::array<BookType, 256> table{};
    const auto set = [&table]<typename Message>(const Message&, BookAction action,
                                                std::size_t side_at = 0) {
        table[static_cast<unsigned char>(Message::kType)] = {sizeof(Message), action,
                                                             static_cast<std::uint8_t>(side_at)};
    };
    set(AddOrder{}, BookAction::add, offsetof(AddOrder, side));
    set(AddOrderMpid{}, BookAction::add, offsetof(AddOrderMpid, side));
    set(OrderExecuted{}, BookAction::reduce);
    set(OrderExecutedPrice{}, BookAction::reduce);
    set(OrderCancel{}, BookAction::reduce);
    set(OrderDelete{}, BookAction::remove);
    set(OrderReplace{}, BookAction::replace);
    return table;
}
inline constexpr std::array<BookType, 256> kBookTypes = make_book_types();

// Reference and header stand where a delete has them.
struct BookLayout {
    BookField<std::uint8_t> flag;
    BookField<std::uint32_t> shares;
    BookField<std::uint32_t> price;
    BookField<std::uint32_t> attribution;
    BookField<std::uint64_t> second;
};

consteval std::array<BookLayout, 256> make_book_layouts() {
    std::array<BookLayout, 256> table{};
    for (const std::uint8_t type : {std::uint8_t{'A'}, std::uint8_t{'F'}}) {
        BookLayout& add = table[type];
        add.flag = offsetof(AddOrder, side);
        add.shares = offsetof(AddOrder, shares);
        add.price = offsetof(AddOrder, price);
        add.second = offsetof(AddOrder, stock);
    }
    table['F'].attribution = offsetof(AddOrderMpid, attribution);
    for (const std::uint8_t type : {std::uint8_t{'E'}, std::uint8_t{'C'}}) {
        BookLayout& execute = table[type];
        execute.shares = offsetof(OrderExecuted, executed_shares);
        execute.second = offsetof(OrderExecuted, match_number);
    }
    table['C'].flag = offsetof(OrderExecutedPrice, printable);
    table['C'].price = offsetof(OrderExecutedPrice, execution_price);
    table['X'].shares = offsetof(OrderCancel, cancelled_shares);
    BookLayout& replace = table['U'];
    replace.second = offsetof(OrderReplace, new_order_reference);
    replace.shares = offsetof(OrderReplace, shares);
    replace.price = offsetof(OrderReplace, price);
    return table;
}
inline constexpr std::array<BookLayout, 256> kBookLayouts = make_book_layouts();

}  // namespace detail

// What a message, exactly its bytes, is to a book: none where it is shorter than its type. What is
// longer is read by what is known of it, as by visit().
[[gnu::always_inline]] inline BookType book_type(std::span<const std::byte> message) noexcept {
    if (message.empty()) [[unlikely]]
        return {};
    const BookType type = detail::kBookTypes[std::to_integer<unsigned char>(message[0])];
    // 0 for a type that is not about orders: its action is none, too.
    if (message.size() < type.length) [[unlikely]]
        return {};
    return type;
}

// All fields of a message, exactly its bytes.
[[gnu::always_inline]] inline BookMessage decode_book_message(
    std::span<const std::byte> message) noexcept {
    const BookType type = book_type(message);
    if (type.action == BookAction::none) [[unlikely]]
        return {};
    const std::byte* const at = message.data();
    const detail::BookLayout& layout =
        detail::kBookLayouts[std::to_integer<unsigned char>(message[0])];
    const auto& any = overlay<OrderDelete>(message);
    return {.action = type.action,
            .type = any.header.type.front(),
            .flag = static_cast<char>(layout.flag.load(at)),
            .stock_locate = any.header.stock_locate,
            .tracking_number = any.header.tracking_number,
            .timestamp = any.header.timestamp,
            .order_reference = any.order_reference,
            .second = layout.second.load(at),
            .shares = layout.shares.load(at),
            .price = layout.price.load(at),
            .attribution = layout.attribution.load(at)};
}

}  // namespace rxlab::wire::itch
