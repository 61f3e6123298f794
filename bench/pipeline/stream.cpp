// SPDX-License-Identifier: MIT
#include "stream.hpp"

#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <cstring>
#include <deque>
#include <random>
#include <stdexcept>

namespace rxlab::bench::pipeline {
namespace {

namespace itch = wire::itch;
namespace mold = wire::mold;

constexpr std::size_t kLiveMax = 100;
constexpr std::uint32_t kShares = 300;
const mold::Session kSession{"BENCH"};

struct Live {
    std::uint64_t reference;
    std::uint16_t locate;
    bool touched;  // it has lost some of its shares
};

// Makes messages one by one, so that no order is left at the end.
class Market {
  public:
    // `left`: the number of messages still to come, including this one.
    std::span<const std::byte> next(std::size_t left) {
        if (left <= live_.size()) return remove(0);
        const std::size_t choice = random_() % 100;
        if (live_.empty() || (choice < 45 && live_.size() < kLiveMax && left > live_.size() + 1))
            return add();
        const std::size_t which = random_() % live_.size();
        if (choice < 50 && !live_[which].touched) return execute(live_[which]);
        if (choice < 55 && !live_[which].touched) return cancel(live_[which]);
        // If the last order went now, a message would be left over.
        if (choice < 63 || (live_.size() == 1 && left == 2)) return replace(live_[which]);
        return remove(which);
    }

  private:
    template <typename Message>
    std::span<const std::byte> keep(const Message& message) {
        static_assert(sizeof(Message) <= sizeof memory_);
        std::memcpy(memory_.data(), &message, sizeof message);
        return std::span{memory_}.first(sizeof message);
    }
    std::uint32_t price() { return static_cast<std::uint32_t>(1'000'000 + random_() % 10 * 100); }

    std::span<const std::byte> add() {
        const auto locate = static_cast<std::uint16_t>(1 + random_() % 16);
        live_.push_back({++reference_, locate, false});
        itch::AddOrder message;
        message.header.stock_locate = locate;
        message.order_reference = reference_;
        message.side = random_() % 2 == 0 ? itch::kBuy : itch::kSell;
        message.shares = kShares;
        message.stock = "BENCH";
        message.price = price();
        return keep(message);
    }
    std::span<const std::byte> execute(Live& order) {
        order.touched = true;
        itch::OrderExecuted message;
        message.header.stock_locate = order.locate;
        message.order_reference = order.reference;
        message.executed_shares = kShares / 3;
        return keep(message);
    }
    std::span<const std::byte> cancel(Live& order) {
        order.touched = true;
        itch::OrderCancel message;
        message.header.stock_locate = order.locate;
        message.order_reference = order.reference;
        message.cancelled_shares = kShares / 3;
        return keep(message);
    }
    std::span<const std::byte> replace(Live& order) {
        itch::OrderReplace message;
        message.header.stock_locate = order.locate;
        message.order_reference = order.reference;
        message.new_order_reference = ++reference_;
        message.shares = kShares;
        message.price = price();
        order = {reference_, order.locate, false};
        return keep(message);
    }
    std::span<const std::byte> remove(std::size_t which) {
        itch::OrderDelete message;
        message.header.stock_locate = live_[which].locate;
        message.order_reference = live_[which].reference;
        live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(which));
        return keep(message);
    }

    std::mt19937_64 random_{1};
    std::deque<Live> live_;
    std::uint64_t reference_ = 0;
    std::array<std::byte, 64> memory_{};
};

}  // namespace

Stream::Stream(std::size_t packets, std::size_t messages)
    : memory_(packets * mold::kPayloadBytesMax), messages_{messages} {
    Market market;
    std::size_t left = packets * messages;
    std::size_t used = 0;
    for (std::size_t i = 0; i < packets; ++i) {
        const std::span<std::byte> room = std::span{memory_}.subspan(used);
        mold::PacketBuilder builder{room.first(mold::kPayloadBytesMax), kSession};
        builder.start(0);
        for (std::size_t m = 0; m < messages; ++m, --left) {
            if (!builder.append(market.next(left))) {
                throw std::invalid_argument("that many messages do not fit into a packet");
            }
        }
        const std::size_t bytes = builder.finish().size();
        packets_.push_back(room.first(bytes));
        used += (bytes + 63) / 64 * 64;
    }
    renumber();
}

void Stream::renumber() noexcept {
    for (const std::span<std::byte> packet : packets_) {
        mold::Header header = wire::overlay<mold::Header>(packet);
        header.sequence = next_;
        std::memcpy(packet.data(), &header, sizeof header);
        next_ += messages_;
    }
}

}  // namespace rxlab::bench::pipeline
