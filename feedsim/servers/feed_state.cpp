// SPDX-License-Identifier: MIT
#include "feedsim/servers/feed_state.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace rxlab::feedsim {

namespace itch = wire::itch;

namespace {

// What distinguishes facts of the same type and stock: for most types, nothing.
template <typename Message>
std::string distinction(const Message& message) {
    if constexpr (std::is_same_v<Message, itch::SystemEvent>) {
        return std::string{message.event_code.padded()};
    } else if constexpr (std::is_same_v<Message, itch::MarketParticipant>) {
        return std::string{message.mpid.padded()};
    } else if constexpr (std::is_same_v<Message, itch::OperationalHalt>) {
        return std::string{message.market_code.padded()};
    } else if constexpr (std::is_same_v<Message, itch::MwcbStatus>) {
        return std::string{message.breached_level.padded()};
    } else {
        return {};
    }
}

// True if the latest message of this type stays valid until another comes.
template <typename Message>
constexpr bool kIsFact =
    std::is_same_v<Message, itch::SystemEvent> || std::is_same_v<Message, itch::StockDirectory> ||
    std::is_same_v<Message, itch::TradingAction> ||
    std::is_same_v<Message, itch::RegShoRestriction> ||
    std::is_same_v<Message, itch::MarketParticipant> ||
    std::is_same_v<Message, itch::MwcbDeclineLevel> || std::is_same_v<Message, itch::MwcbStatus> ||
    std::is_same_v<Message, itch::IpoQuotingPeriod> ||
    std::is_same_v<Message, itch::LuldAuctionCollar> ||
    std::is_same_v<Message, itch::OperationalHalt>;

}  // namespace

void FeedState::apply(std::span<const std::byte> message) {
    ++applied_;
    // visit() is noexcept. If memory runs out here, the program ends, as it must.
    (void)itch::visit(message, [&]<typename Message>(const Message& m) {
        if constexpr (std::is_same_v<Message, itch::AddOrder> ||
                      std::is_same_v<Message, itch::AddOrderMpid>) {
            add(m);
        } else if constexpr (std::is_same_v<Message, itch::OrderExecuted> ||
                             std::is_same_v<Message, itch::OrderExecutedPrice>) {
            take(m.order_reference, m.executed_shares);
        } else if constexpr (std::is_same_v<Message, itch::OrderCancel>) {
            take(m.order_reference, m.cancelled_shares);
        } else if constexpr (std::is_same_v<Message, itch::OrderDelete>) {
            orders_.erase(m.order_reference.get());
        } else if constexpr (std::is_same_v<Message, itch::OrderReplace>) {
            replace(m);
        } else if constexpr (kIsFact<Message>) {
            std::string key{m.header.type.padded()};
            const auto locate = wire::bytes_of(m.header.stock_locate);
            key.append(reinterpret_cast<const char*>(locate.data()), locate.size());
            keep(message, key + distinction(m));
        }
    });
}

template <typename Add>
void FeedState::add(const Add& message) {
    LiveOrder order;
    order.add.header = message.header;
    order.add.header.type = itch::AddOrderMpid::kType;
    order.add.order_reference = message.order_reference;
    order.add.side = message.side;
    order.add.shares = message.shares;
    order.add.stock = message.stock;
    order.add.price = message.price;
    if constexpr (std::is_same_v<Add, itch::AddOrderMpid>) {
        order.add.attribution = message.attribution;
        order.is_attributed = true;
    }
    order.priority = applied_;
    orders_.try_emplace(message.order_reference.get(), order);
}

void FeedState::take(std::uint64_t reference, std::uint32_t shares) {
    const auto found = orders_.find(reference);
    if (found == orders_.end()) return;
    const std::uint32_t left = found->second.add.shares;
    if (left <= shares) {
        orders_.erase(found);
    } else {
        found->second.add.shares = left - shares;
    }
}

void FeedState::replace(const itch::OrderReplace& message) {
    auto node = orders_.extract(message.order_reference.get());
    if (node.empty()) return;
    LiveOrder& order = node.mapped();
    order.add.header.timestamp = message.header.timestamp;
    order.add.order_reference = message.new_order_reference;
    order.add.shares = message.shares;
    order.add.price = message.price;
    order.priority = applied_;
    node.key() = message.new_order_reference;
    orders_.insert(std::move(node));
}

void FeedState::keep(std::span<const std::byte> message, std::string key) {
    facts_[std::move(key)] = {Bytes(message.begin(), message.end()), applied_};
}

std::vector<const FeedState::LiveOrder*> FeedState::orders_in_order() const {
    std::vector<const LiveOrder*> result;
    result.reserve(orders_.size());
    for (const auto& [reference, order] : orders_)
        result.push_back(&order);
    std::sort(result.begin(), result.end(),
              [](const LiveOrder* a, const LiveOrder* b) { return a->priority < b->priority; });
    return result;
}

std::vector<const FeedState::Bytes*> FeedState::facts_in_order() const {
    std::vector<const Fact*> facts;
    for (const auto& [key, fact] : facts_)
        facts.push_back(&fact);
    std::sort(facts.begin(), facts.end(),
              [](const Fact* a, const Fact* b) { return a->number < b->number; });
    std::vector<const Bytes*> result;
    for (const Fact* fact : facts)
        result.push_back(&fact->message);
    return result;
}

// AddOrderMpid is AddOrder with another type and a field at the end.
itch::AddOrder FeedState::to_add(const LiveOrder& order) noexcept {
    itch::AddOrder add;
    add.header = order.add.header;
    add.header.type = itch::AddOrder::kType;
    add.order_reference = order.add.order_reference;
    add.side = order.add.side;
    add.shares = order.add.shares;
    add.stock = order.add.stock;
    add.price = order.add.price;
    return add;
}

}  // namespace rxlab::feedsim
