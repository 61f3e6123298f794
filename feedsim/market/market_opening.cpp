// SPDX-License-Identifier: MIT
//
// The beginning of a day: the system events, the stock directory and the trading states.
#include "feedsim/market/market.hpp"

namespace rxlab::feedsim {

namespace itch = wire::itch;

Market::Message Market::system_event(char code) noexcept {
    itch::SystemEvent message;
    message.event_code = wire::Char{code};
    return emit(message, 0);
}

Market::Message Market::directory(std::uint16_t locate) noexcept {
    itch::StockDirectory message;
    message.stock = symbol(locate).ticker;
    message.market_category = wire::Char{'Q'};  // NASDAQ Global Select
    message.financial_status = wire::Char{'N'};
    message.round_lot_size = 100;
    message.round_lots_only = wire::Char{'N'};
    message.issue_classification = wire::Char{'C'};  // common stock
    message.issue_subtype = wire::Text<2>{"Z"};
    message.authenticity = wire::Char{'T'};  // a test system
    message.short_sale_threshold = wire::Char{'N'};
    message.ipo_flag = wire::Char{'N'};
    message.luld_reference_price_tier = wire::Char{'1'};
    message.etp_flag = wire::Char{'N'};
    message.inverse_indicator = wire::Char{'N'};
    return emit(message, locate);
}

Market::Message Market::trading(std::uint16_t locate) noexcept {
    itch::TradingAction message;
    message.stock = symbol(locate).ticker;
    message.trading_state = wire::Char{'T'};
    return emit(message, locate);
}

Market::Message Market::next_opening() noexcept {
    const auto symbols = static_cast<std::uint32_t>(symbols_.size());
    switch (opening_) {
        case Opening::start:
            opening_ = Opening::directory;
            return system_event('O');
        case Opening::directory:
            if (++opening_locate_ == symbols) opening_ = Opening::open;
            return directory(static_cast<std::uint16_t>(opening_locate_));
        case Opening::open:
            opening_ = Opening::trading;
            opening_locate_ = 0;
            return system_event('Q');
        case Opening::trading:
        case Opening::done:
            break;
    }
    if (++opening_locate_ == symbols) opening_ = Opening::done;
    return trading(static_cast<std::uint16_t>(opening_locate_));
}

}  // namespace rxlab::feedsim
