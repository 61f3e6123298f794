// SPDX-License-Identifier: MIT
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/rx/responder.hpp>
#include <rxlab/wire/itch.hpp>

#include <utility>

namespace rxlab::rx {
namespace {

using order::Trigger;
namespace mold = wire::mold;

constexpr std::size_t kFirstMessage = sizeof(mold::Header) + 2;  // behind its length

std::string_view stock_of(const book::Book& book, std::uint16_t locate) noexcept {
    const auto& stock = book.store().symbol(locate).stock;
    return {stock.data(), stock.size()};
}

// Where a message of the packet is about the symbol: its locate. Else 0.
std::uint16_t find_locate(const book::Book& book, const PacketView& packet,
                          std::string_view symbol) noexcept {
    std::uint16_t found = 0;
    static_cast<void>(
        mold::for_each_message(packet.payload, [&](std::span<const std::byte> message) {
            if (message.size() < sizeof(wire::itch::MessageHeader)) return;
            const std::uint16_t locate =
                wire::overlay<wire::itch::MessageHeader>(message).stock_locate;
            if (locate != 0 && stock_of(book, locate) == symbol) found = locate;
        }));
    return found;
}

}  // namespace

Responder::Responder(const Options& options) : left_{options.orders_max} {
    watches_.reserve(options.respond_when.size());
    for (const Trigger& trigger : options.respond_when)
        watches_.push_back({.trigger = trigger, .order = order::order_of(trigger)});
}

// [snippet: decide]
void Responder::decide(const Feed& feed, const PacketView& packet, bool is_current) noexcept {
    if (!is_current) {
        ++counters_.not_current;
        return;
    }
    const auto& header = wire::overlay<mold::Header>(packet.payload);
    for (Watch& watch : watches_) {
        if (fires(watch, feed, packet)) send(watch, {packet.id.feed, header.sequence});
    }
}
// [end: decide]

bool Responder::fires(Watch& watch, const Feed& feed, const PacketView& packet) noexcept {
    if (watch.trigger.kind != Trigger::Kind::every)
        return watch.trigger.feed == packet.id.feed && crosses(watch, feed, packet);
    const auto& header = wire::overlay<mold::Header>(packet.payload);
    const std::uint64_t count = header.message_count;
    if (!order::has_multiple(header.sequence, count, watch.trigger.every)) return false;
    const auto message = packet.payload.subspan(kFirstMessage);
    std::uint16_t locate = 0;
    if (message.size() >= sizeof(wire::itch::MessageHeader))
        locate = wire::overlay<wire::itch::MessageHeader>(message).stock_locate;
    watch.order.symbol = locate == 0 ? std::string_view{} : stock_of(feed.book, locate);
    const auto ask = feed.book.top(locate).ask;
    watch.order.price = ask ? ask->price : 0;
    return true;
}

bool Responder::crosses(Watch& watch, const Feed& feed, const PacketView& packet) noexcept {
    if (watch.emptied != feed.emptied) {  // another day: other numbers for the symbols
        watch.emptied = feed.emptied;
        watch.locate = 0;
        watch.is_beyond = true;
    }
    if (watch.locate == 0) [[unlikely]] {
        watch.locate = find_locate(feed.book, packet, watch.trigger.symbol.padded());
        if (watch.locate == 0) return false;
    }
    const book::TopOfBook top = feed.book.top(watch.locate);
    const bool is_beyond = watch.trigger.kind == Trigger::Kind::bid_at_least
                               ? top.bid && top.bid->price >= watch.trigger.price
                               : top.ask && top.ask->price <= watch.trigger.price;
    const bool was_beyond = std::exchange(watch.is_beyond, is_beyond);
    return is_beyond && !was_beyond;
}

void Responder::send(Watch& watch, const order::Tick& tick) noexcept {
    if (left_ == 0 || tick.sequence > order::kSequenceMax) {
        ++counters_.over_limit;
        return;
    }
    --left_;
    watch.order.user_ref_num = user_ref_num_ + 1;
    watch.order.client_order_id = order::reference_of(tick);
    const bool is_sent = port_ != nullptr && port_->send(wire::bytes_of(watch.order));
    user_ref_num_ += is_sent ? 1U : 0U;
    ++(is_sent ? counters_.orders : counters_.not_sent);
}

}  // namespace rxlab::rx
