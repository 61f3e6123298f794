// SPDX-License-Identifier: MIT
//
// A synthetic market: an endless stream of ITCH 5.0 messages. The same seed, feed and symbols give
// the same stream on every platform. It opens with S 'O', a stock directory (R) for each symbol,
// S 'Q' and a trading action (H 'T') for each symbol. Then messages follow in the mix of a real
// day, mostly about recent orders, in books that are never crossed. feedsim/README.md describes the
// model. Threading: a Market belongs to one thread. After construction nothing allocates as long as
// the stream stays within MarketOptions::messages_expected.
#pragma once

#include "feedsim/market/message_source.hpp"
#include "feedsim/market/order_pool.hpp"
#include "feedsim/market/price_window.hpp"
#include "feedsim/market/random.hpp"
#include "feedsim/market/symbols.hpp"

#include <rxlab/wire/itch.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace rxlab::feedsim {

struct MarketOptions {
    std::uint64_t seed = 1;
    std::uint32_t feed = 0;       // each feed is another market
    std::uint32_t symbols = 100;  // 1 .. 65,535; stock locates are 1 .. symbols
    // How many messages will be asked for, if that is known: memory for their orders is prepared.
    std::uint64_t messages_expected = ~std::uint64_t{0};
    // Above the first number of live orders, more and more adds become deletes. The second number,
    // which is greater and below 2^32, is never exceeded.
    std::size_t live_orders_soft_max = 600'000;
    std::size_t live_orders_max = 1'000'000;
};

class Market final : public MessageSource {
  public:
    static constexpr std::uint64_t kOpenNs = 34'200'000'000'000;  // 09:30:00 since midnight
    // Mean time between messages by their own timestamps: a busy market open.
    static constexpr std::uint32_t kMessageGapMeanNs = 2'400;

    // Throws std::invalid_argument when there are no symbols or too many for a stock locate.
    explicit Market(const MarketOptions& options);

    [[nodiscard]] std::span<const std::byte> next() noexcept override;

    [[nodiscard]] std::size_t live_orders() const noexcept { return pool_.size(); }

  private:
    enum class Opening : std::uint8_t { start, directory, open, trading, done };
    struct Symbol {
        wire::Text<8> ticker;
        PriceWindow prices;
    };
    using Message = std::span<const std::byte>;

    template <typename T>
    Message emit(T& message, std::uint16_t locate) noexcept {
        static_assert(sizeof(T) <= sizeof(buffer_));
        message.header.stock_locate = locate;
        message.header.timestamp = time_ns_;
        std::memcpy(buffer_.data(), &message, sizeof(T));
        return {buffer_.data(), sizeof(T)};
    }
    Message next_opening() noexcept;
    Message system_event(char code) noexcept;
    Message directory(std::uint16_t locate) noexcept;
    Message trading(std::uint16_t locate) noexcept;

    Message add(bool attributed) noexcept;
    Message remove() noexcept;
    Message replace() noexcept;
    Message cancel() noexcept;
    Message execute() noexcept;
    Message execute_with_price() noexcept;
    Message trade() noexcept;
    Message imbalance() noexcept;

    [[nodiscard]] bool must_shrink() noexcept;
    [[nodiscard]] bool must_grow() noexcept;
    [[nodiscard]] Symbol& symbol(std::uint16_t locate) noexcept { return symbols_[locate - 1U]; }
    [[nodiscard]] std::uint16_t draw_locate() noexcept;
    [[nodiscard]] std::uint32_t draw_shares() noexcept;
    [[nodiscard]] std::uint32_t draw_price_ticks(const PriceWindow& prices, bool bid) noexcept;
    [[nodiscard]] OrderPool::Handle draw_order() noexcept;
    [[nodiscard]] OrderPool::Handle draw_order_at_touch() noexcept;
    void drift(PriceWindow& prices) noexcept;
    void enter(const Order& order) noexcept;
    void leave(OrderPool::Handle handle) noexcept;
    std::uint32_t take_shares(OrderPool::Handle handle, bool all) noexcept;

    Random random_;
    ActivityTable activity_;
    std::vector<Symbol> symbols_;
    OrderPool pool_;
    std::uint64_t time_ns_ = kOpenNs;
    std::uint64_t last_reference_ = 0;
    std::uint64_t last_match_ = 0;
    std::uint32_t live_orders_low_;
    std::size_t live_orders_soft_max_;
    std::size_t live_orders_max_;
    std::uint32_t opening_locate_ = 0;
    Opening opening_ = Opening::start;
    std::array<std::byte, 64> buffer_{};
};

}  // namespace rxlab::feedsim
