// SPDX-License-Identifier: MIT
#include "market_checker.hpp"

namespace rxlab::feedsim::test {

namespace itch = wire::itch;

void MarketChecker::apply(std::span<const std::byte> message) {
    ++messages_;
    std::uint16_t locate = 0;
    const itch::Status status = itch::visit(message, [&](const auto& fields) {
        using Message = std::decay_t<decltype(fields)>;
        ++counts_[static_cast<unsigned char>(Message::kType)];
        locate = fields.header.stock_locate;
        if (fields.header.timestamp <= last_time_ns_) ++violations_.times_not_increasing;
        last_time_ns_ = fields.header.timestamp;
        on_message(fields);
        if (locate != 0 && !tickers_.contains(locate)) ++violations_.locates_without_directory;
        if constexpr (requires { fields.stock; }) check_ticker(locate, fields.stock.view());
    });
    if (status != itch::Status::ok) ++violations_.not_itch;
    if (locate != 0) check_book(locate);
}

void MarketChecker::check_ticker(std::uint16_t locate, std::string_view ticker) {
    if (tickers_[locate] != ticker) ++violations_.tickers_not_of_the_locate;
}

void MarketChecker::check_book(std::uint16_t locate) {
    Book& book = books_[locate];
    const std::uint32_t bid = book.bids.empty() ? 0 : book.bids.begin()->first;
    const std::uint32_t ask = book.asks.empty() ? 0 : book.asks.begin()->first;
    if (bid != 0 && ask != 0 && bid >= ask) ++violations_.crossed_books;
    if (bid != book.best_bid || ask != book.best_ask) ++touch_changes_;
    book.best_bid = bid;
    book.best_ask = ask;
}

void MarketChecker::add(std::uint64_t reference, Order order) {
    if (reference <= last_reference_) ++violations_.references_not_increasing;
    last_reference_ = reference;
    if (order.shares == 0) ++violations_.empty_orders;
    if (order.price == 0 || order.price % 100 != 0) ++violations_.off_tick_prices;
    order.issued = ++issued_;
    Book& book = books_[order.locate];
    (order.side == itch::kBuy ? book.bids[order.price] : book.asks[order.price]) += order.shares;
    orders_[reference] = order;
}

void MarketChecker::take(std::uint64_t reference, std::uint32_t shares) {
    const auto found = orders_.find(reference);
    if (found == orders_.end()) {
        ++violations_.unknown_references;
        return;
    }
    Order& order = found->second;
    distances_.push_back(issued_ - order.issued);
    if (shares == 0 || shares > order.shares) {
        ++violations_.over_executions;
        return;
    }
    Book& book = books_[order.locate];
    const auto reduce = [&](auto& levels) {
        const auto level = levels.find(order.price);
        if ((level->second -= shares) == 0) levels.erase(level);
    };
    if (order.side == itch::kBuy) {
        reduce(book.bids);
    } else {
        reduce(book.asks);
    }
    if ((order.shares -= shares) == 0) orders_.erase(found);
}

void MarketChecker::note_execution(std::uint64_t reference) {
    const auto found = orders_.find(reference);
    if (found == orders_.end()) return;
    const Book& book = books_[found->second.locate];
    const std::uint32_t best = found->second.side == itch::kBuy ? book.best_bid : book.best_ask;
    if (found->second.price == best) ++at_touch_;
}

void MarketChecker::on_message(const itch::StockDirectory& message) {
    tickers_[message.header.stock_locate] = message.stock.view();
}

void MarketChecker::on_message(const itch::AddOrder& message) {
    add(message.order_reference,
        {message.header.stock_locate, message.side.front(), message.price, message.shares, 0});
}

void MarketChecker::on_message(const itch::AddOrderMpid& message) {
    add(message.order_reference,
        {message.header.stock_locate, message.side.front(), message.price, message.shares, 0});
}

void MarketChecker::on_message(const itch::OrderDelete& message) {
    const auto found = orders_.find(message.order_reference);
    take(message.order_reference, found == orders_.end() ? 0 : found->second.shares);
}

void MarketChecker::on_message(const itch::OrderCancel& message) {
    take(message.order_reference, message.cancelled_shares);
}

void MarketChecker::on_message(const itch::OrderExecuted& message) {
    note_execution(message.order_reference);
    take(message.order_reference, message.executed_shares);
}

void MarketChecker::on_message(const itch::OrderExecutedPrice& message) {
    note_execution(message.order_reference);
    take(message.order_reference, message.executed_shares);
}

void MarketChecker::on_message(const itch::OrderReplace& message) {
    const auto found = orders_.find(message.order_reference);
    if (found == orders_.end()) {
        ++violations_.unknown_references;
        return;
    }
    Order order = found->second;
    take(message.order_reference, order.shares);
    order.price = message.price;
    order.shares = message.shares;
    add(message.new_order_reference, order);
}

}  // namespace rxlab::feedsim::test
