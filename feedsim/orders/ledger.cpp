// SPDX-License-Identifier: MIT
#include "feedsim/orders/ledger.hpp"

#include <rxlab/wire/ouch.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace rxlab::feedsim {
namespace {

namespace ouch = wire::ouch;

class Judge {
  public:
    Judge(const OrderLog& log, const std::vector<std::vector<std::uint64_t>>& sequences,
          std::span<const ExpectedOrder> expected, double ticks_per_ns)
        : log_{log}, sequences_{sequences}, ticks_per_ns_{ticks_per_ns} {
        for (const ExpectedOrder& order : expected)
            ++left_[order];
    }

    OrderLedger run() {
        ledger_.records.reserve(log_.arrivals().size());
        for (const Arrival& arrival : log_.arrivals())
            take(arrival);
        if (!numbers_.empty()) ledger_.counts.lost = *numbers_.rbegin() - numbers_.size();
        return std::move(ledger_);
    }

  private:
    // t_tx of the packet whose first message has this number; nothing: no packet has.
    [[nodiscard]] std::optional<latency::Ticks> sent_at(const order::Tick& tick) const {
        if (tick.feed >= sequences_.size()) return {};
        const auto& sequences = sequences_[tick.feed];
        const auto found = std::ranges::lower_bound(sequences, tick.sequence);
        const auto index = static_cast<std::size_t>(found - sequences.begin());
        const auto ticks = log_.ticks(tick.feed);
        if (found == sequences.end() || *found != tick.sequence || index >= ticks.size()) return {};
        return ticks[index];
    }

    void take(const Arrival& arrival) {
        OrderCounts& counts = ledger_.counts;
        ++counts.arrived;
        latency::TraceRecord record{0, 0, arrival.at, 0, latency::kTraceMalformedOrder, 0};
        if (!ouch::is_enter_order(arrival.datagram()) ||
            arrival.bytes != sizeof(ouch::EnterOrder)) {
            ++counts.malformed;
            ledger_.records.push_back(record);
            return;
        }
        const auto& order = wire::overlay<ouch::EnterOrder>(arrival.datagram());
        record.messages = order.user_ref_num;
        const auto tick = order::parse_reference(order.client_order_id);
        const auto t_tx = tick ? sent_at(*tick) : std::nullopt;
        if (tick) {
            record.sequence = tick->sequence;
            record.feed = tick->feed;
        }
        if (!t_tx || arrival.at < *t_tx) {
            ++counts.unknown;
            record.flags = latency::kTraceUnknownOrder;
        } else {
            record.first = *t_tx;
            if (order.user_ref_num != 0) numbers_.insert(order.user_ref_num);
            record.flags = verdict_on(order, *tick, arrival.at - *t_tx);
        }
        ledger_.records.push_back(record);
    }

    std::uint16_t verdict_on(const ouch::EnterOrder& order, const order::Tick& tick,
                             latency::Ticks after) {
        OrderCounts& counts = ledger_.counts;
        const auto found = left_.find({.tick = tick,
                                       .is_buy = order.side.front() == ouch::kBuy,
                                       .shares = order.quantity,
                                       .symbol = std::string{order.symbol.view()},
                                       .price = order.price});
        if (found == left_.end()) {
            ++counts.wrong;
            return latency::kTraceWrongOrder;
        }
        if (found->second == 0) {
            ++counts.duplicate;
            return latency::kTraceDuplicateOrder;
        }
        --found->second;
        ++counts.good;
        ledger_.tick_to_trade_ns.record(
            static_cast<std::uint64_t>(static_cast<double>(after) / ticks_per_ns_));
        return 0;
    }

    const OrderLog& log_;
    const std::vector<std::vector<std::uint64_t>>& sequences_;
    double ticks_per_ns_;
    std::map<ExpectedOrder, std::uint32_t> left_;  // how many of them may still come
    std::set<std::uint64_t> numbers_;              // user_ref_num of orders that answer a packet
    OrderLedger ledger_;
};

}  // namespace

OrderLedger judge_orders(const OrderLog& log,
                         const std::vector<std::vector<std::uint64_t>>& sequences,
                         std::span<const ExpectedOrder> expected, std::uint64_t orders_max,
                         double ticks_per_ns) {
    OrderLedger ledger = Judge{log, sequences, expected, ticks_per_ns}.run();
    OrderCounts& counts = ledger.counts;
    counts.expected = std::min<std::uint64_t>(expected.size(), orders_max);
    counts.missed = counts.expected - std::min(counts.expected, counts.good);
    return ledger;
}

}  // namespace rxlab::feedsim
