// SPDX-License-Identifier: MIT
//
// The one description of NASDAQ TotalView-ITCH 5.0 (specification of 2015-03-06). Everything else
// about the messages is generated from these macros: the structs, their lengths, the dispatcher,
// the field lists that tests, generators and printers walk.
//
// RXLAB_ITCH_MESSAGES(MESSAGE) calls MESSAGE(Name, type character, length in bytes) for each type.
// RXLAB_ITCH_FIELDS_<Name>(FIELD) calls FIELD(type, name) for each field after the common header
// (type, stock locate, tracking number, timestamp: 11 bytes), in wire order.
#pragma once

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
