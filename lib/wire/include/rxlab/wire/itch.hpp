// SPDX-License-Identifier: MIT
//
// The messages of NASDAQ TotalView-ITCH 5.0 (specification of 2015-03-06). Each is described once,
// in the tables of macros below; structs, lengths, dispatcher and the field lists that tests,
// generators and printers walk are generated from them. A struct has exactly the layout of the
// wire: `visit` lays it over received bytes (no copy), and the same struct filled in and passed to
// `bytes_of` is a message to send. At the end: what each type does to an order book. Threading:
// everything here is stateless.
#pragma once

#include <rxlab/wire/byte_order.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// RXLAB_ITCH_MESSAGES(MESSAGE) calls MESSAGE(Name, type character, length in bytes) for each type.
// RXLAB_ITCH_FIELDS_<Name>(FIELD) calls FIELD(type, name) for each field after the common header
// (type, stock locate, tracking number, timestamp: 11 bytes), in wire order.
#define RXLAB_ITCH_MESSAGES(MESSAGE)     \
    MESSAGE(SystemEvent, 'S', 12)        \
    MESSAGE(StockDirectory, 'R', 39)     \
    MESSAGE(TradingAction, 'H', 25)      \
    MESSAGE(RegShoRestriction, 'Y', 20)  \
    MESSAGE(MarketParticipant, 'L', 26)  \
    MESSAGE(MwcbDeclineLevel, 'V', 35)   \
    MESSAGE(MwcbStatus, 'W', 12)         \
    MESSAGE(IpoQuotingPeriod, 'K', 28)   \
    MESSAGE(LuldAuctionCollar, 'J', 35)  \
    MESSAGE(OperationalHalt, 'h', 21)    \
    MESSAGE(AddOrder, 'A', 36)           \
    MESSAGE(AddOrderMpid, 'F', 40)       \
    MESSAGE(OrderExecuted, 'E', 31)      \
    MESSAGE(OrderExecutedPrice, 'C', 36) \
    MESSAGE(OrderCancel, 'X', 23)        \
    MESSAGE(OrderDelete, 'D', 19)        \
    MESSAGE(OrderReplace, 'U', 35)       \
    MESSAGE(Trade, 'P', 44)              \
    MESSAGE(CrossTrade, 'Q', 40)         \
    MESSAGE(BrokenTrade, 'B', 19)        \
    MESSAGE(ImbalanceIndicator, 'I', 50) \
    MESSAGE(RetailInterest, 'N', 20)     \
    MESSAGE(DirectListingRaise, 'O', 48)

// 4.1 system event: O S Q M E C
#define RXLAB_ITCH_FIELDS_SystemEvent(FIELD) FIELD(Char, event_code)

// 4.2.1
#define RXLAB_ITCH_FIELDS_StockDirectory(FIELD) \
    FIELD(Text<8>, stock)                       \
    FIELD(Char, market_category)                \
    FIELD(Char, financial_status)               \
    FIELD(be32, round_lot_size)                 \
    FIELD(Char, round_lots_only)                \
    FIELD(Char, issue_classification)           \
    FIELD(Text<2>, issue_subtype)               \
    FIELD(Char, authenticity)                   \
    FIELD(Char, short_sale_threshold)           \
    FIELD(Char, ipo_flag)                       \
    FIELD(Char, luld_reference_price_tier)      \
    FIELD(Char, etp_flag)                       \
    FIELD(be32, etp_leverage_factor)            \
    FIELD(Char, inverse_indicator)

// 4.2.2
#define RXLAB_ITCH_FIELDS_TradingAction(FIELD) \
    FIELD(Text<8>, stock)                      \
    FIELD(Char, trading_state)                 \
    FIELD(Char, reserved)                      \
    FIELD(Text<4>, reason)

// 4.2.3
#define RXLAB_ITCH_FIELDS_RegShoRestriction(FIELD) \
    FIELD(Text<8>, stock)                          \
    FIELD(Char, action)

// 4.2.4
#define RXLAB_ITCH_FIELDS_MarketParticipant(FIELD) \
    FIELD(Text<4>, mpid)                           \
    FIELD(Text<8>, stock)                          \
    FIELD(Char, primary_market_maker)              \
    FIELD(Char, market_maker_mode)                 \
    FIELD(Char, participant_state)

// 4.2.5.1, prices with eight decimals
#define RXLAB_ITCH_FIELDS_MwcbDeclineLevel(FIELD) \
    FIELD(be64, level_1)                          \
    FIELD(be64, level_2)                          \
    FIELD(be64, level_3)

// 4.2.5.2
#define RXLAB_ITCH_FIELDS_MwcbStatus(FIELD) FIELD(Char, breached_level)

// 4.2.6, release time in seconds since midnight
#define RXLAB_ITCH_FIELDS_IpoQuotingPeriod(FIELD) \
    FIELD(Text<8>, stock)                         \
    FIELD(be32, release_time)                     \
    FIELD(Char, release_qualifier)                \
    FIELD(be32, ipo_price)

// 4.2.7
#define RXLAB_ITCH_FIELDS_LuldAuctionCollar(FIELD) \
    FIELD(Text<8>, stock)                          \
    FIELD(be32, reference_price)                   \
    FIELD(be32, upper_price)                       \
    FIELD(be32, lower_price)                       \
    FIELD(be32, extension)

// 4.2.8
#define RXLAB_ITCH_FIELDS_OperationalHalt(FIELD) \
    FIELD(Text<8>, stock)                        \
    FIELD(Char, market_code)                     \
    FIELD(Char, halt_action)

// 4.3.1
#define RXLAB_ITCH_FIELDS_AddOrder(FIELD) \
    FIELD(be64, order_reference)          \
    FIELD(Char, side)                     \
    FIELD(be32, shares)                   \
    FIELD(Text<8>, stock)                 \
    FIELD(be32, price)

// 4.3.2: as AddOrder, then the market participant
#define RXLAB_ITCH_FIELDS_AddOrderMpid(FIELD) \
    RXLAB_ITCH_FIELDS_AddOrder(FIELD) FIELD(Text<4>, attribution)

// 4.4.1
#define RXLAB_ITCH_FIELDS_OrderExecuted(FIELD) \
    FIELD(be64, order_reference)               \
    FIELD(be32, executed_shares)               \
    FIELD(be64, match_number)

// 4.4.2: as OrderExecuted, then at which price
#define RXLAB_ITCH_FIELDS_OrderExecutedPrice(FIELD) \
    RXLAB_ITCH_FIELDS_OrderExecuted(FIELD) FIELD(Char, printable) FIELD(be32, execution_price)

// 4.4.3
#define RXLAB_ITCH_FIELDS_OrderCancel(FIELD) \
    FIELD(be64, order_reference)             \
    FIELD(be32, cancelled_shares)

// 4.4.4
#define RXLAB_ITCH_FIELDS_OrderDelete(FIELD) FIELD(be64, order_reference)

// 4.4.5: side, stock and attribution stay; time priority is lost
#define RXLAB_ITCH_FIELDS_OrderReplace(FIELD) \
    FIELD(be64, order_reference)              \
    FIELD(be64, new_order_reference)          \
    FIELD(be32, shares)                       \
    FIELD(be32, price)

// 4.5.1: an execution against a non-displayed order; never touches the book
#define RXLAB_ITCH_FIELDS_Trade(FIELD) RXLAB_ITCH_FIELDS_AddOrder(FIELD) FIELD(be64, match_number)

// 4.5.2
#define RXLAB_ITCH_FIELDS_CrossTrade(FIELD) \
    FIELD(be64, shares)                     \
    FIELD(Text<8>, stock)                   \
    FIELD(be32, cross_price)                \
    FIELD(be64, match_number)               \
    FIELD(Char, cross_type)

// 4.5.3
#define RXLAB_ITCH_FIELDS_BrokenTrade(FIELD) FIELD(be64, match_number)

// 4.6
#define RXLAB_ITCH_FIELDS_ImbalanceIndicator(FIELD) \
    FIELD(be64, paired_shares)                      \
    FIELD(be64, imbalance_shares)                   \
    FIELD(Char, imbalance_direction)                \
    FIELD(Text<8>, stock)                           \
    FIELD(be32, far_price)                          \
    FIELD(be32, near_price)                         \
    FIELD(be32, reference_price)                    \
    FIELD(Char, cross_type)                         \
    FIELD(Char, price_variation)

// 4.7
#define RXLAB_ITCH_FIELDS_RetailInterest(FIELD) \
    FIELD(Text<8>, stock)                       \
    FIELD(Char, interest)

// 4.8, added to the specification after 2015
#define RXLAB_ITCH_FIELDS_DirectListingRaise(FIELD) \
    FIELD(Text<8>, stock)                           \
    FIELD(Char, open_eligibility)                   \
    FIELD(be32, minimum_price)                      \
    FIELD(be32, maximum_price)                      \
    FIELD(be32, near_execution_price)               \
    FIELD(be64, near_execution_time)                \
    FIELD(be32, lower_collar)                       \
    FIELD(be32, upper_collar)

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

// The seven message types that change an order book. visit() jumps to another piece of code for
// each type; in a real mix of types the processor mispredicts every second jump, and a
// misprediction costs more than the decoding. Here a table says what a type does to a book, and
// types that do the same are read through one struct.
enum class BookAction : std::uint8_t {
    none,     // no message about orders, or shorter than its type: ask visit()
    add,      // A, F
    reduce,   // E, C, X
    remove,   // D
    replace,  // U
};

// What a message type means to a book.
struct BookType {
    std::uint8_t length = 0;  // 0: not about orders
    BookAction action = BookAction::none;
    // Offset of the side, in types that add an order; others have no side, and 0 here.
    std::uint8_t side_at = 0;
};

// Types that do the same have the fields that a book needs at the same place.
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

namespace detail {

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

}  // namespace detail

// What a message (exactly its bytes) means to a book: none if it is shorter than its type. A longer
// one is read as far as its type is known, as by visit().
[[gnu::always_inline]] inline BookType book_type(std::span<const std::byte> message) noexcept {
    if (message.empty()) [[unlikely]]
        return {};
    const BookType type = detail::kBookTypes[std::to_integer<unsigned char>(message[0])];
    // The length is 0 for a type that is not about orders; its action is none, too.
    if (message.size() < type.length) [[unlikely]]
        return {};
    return type;
}

}  // namespace rxlab::wire::itch
