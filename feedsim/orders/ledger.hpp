// SPDX-License-Identifier: MIT
//
// Holds the orders that came against those that had to come. Functions without state; they
// allocate, after a run.
#pragma once

#include "feedsim/orders/expected.hpp"
#include "feedsim/orders/order_log.hpp"

#include <rxlab/latency/histogram.hpp>
#include <rxlab/latency/trace.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace rxlab::feedsim {

// Each order that came is in one of those from `good` to `malformed`.
struct OrderCounts {
    std::uint64_t expected = 0;  // at most --orders-max
    std::uint64_t arrived = 0;
    std::uint64_t good = 0;       // expected, and as expected in every field
    std::uint64_t wrong = 0;      // false: nothing asked for it, or not for this
    std::uint64_t duplicate = 0;  // its like was good before
    std::uint64_t unknown = 0;    // answers a packet that was never sent, or not yet
    std::uint64_t malformed = 0;  // not one Enter Order of OUCH 5.0
    std::uint64_t missed = 0;     // expected, and did not come
    // Numbers of orders (user_ref_num) that were left out: those were sent and got lost.
    std::uint64_t lost = 0;
};

struct OrderLedger {
    OrderCounts counts;
    std::vector<latency::TraceRecord> records;  // one for each that came (TraceKind::orders)
    latency::Histogram tick_to_trade_ns;        // of the good ones: from t_tx to the arrival
};

// `sequences`: for each feed, the number of the first message of each packet that was sent.
[[nodiscard]] OrderLedger judge_orders(const OrderLog& log,
                                       const std::vector<std::vector<std::uint64_t>>& sequences,
                                       std::span<const ExpectedOrder> expected,
                                       std::uint64_t orders_max, double ticks_per_ns);

}  // namespace rxlab::feedsim
