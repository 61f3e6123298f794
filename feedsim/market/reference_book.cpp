// SPDX-License-Identifier: MIT
#include "feedsim/market/reference_book.hpp"

#include <initializer_list>
#include <map>
#include <tuple>

namespace rxlab::feedsim {

namespace {

// Offsets and lengths: "NASDAQ TotalView-ITCH 5.0", sections 1.3 (add), 1.4 (modify).
constexpr std::size_t kLocateAt = 1, kReferenceAt = 11;
constexpr std::size_t kAddSideAt = 19, kAddSharesAt = 20, kAddPriceAt = 32;
constexpr std::size_t kReducedSharesAt = 19;
constexpr std::size_t kNewReferenceAt = 19, kNewSharesAt = 27, kNewPriceAt = 31;

// Big-endian.
std::uint64_t number(std::span<const std::byte> message, std::size_t at, std::size_t bytes) {
    std::uint64_t value = 0;
    for (const std::byte byte : message.subspan(at, bytes))
        value = value << 8 | std::to_integer<std::uint64_t>(byte);
    return value;
}

std::uint32_t number32(std::span<const std::byte> message, std::size_t at) {
    return static_cast<std::uint32_t>(number(message, at, 4));
}

// 0 for a type that is not about orders.
std::size_t length_of(char type) {
    switch (type) {
        case 'A':
            return 36;
        case 'F':
            return 40;
        case 'E':
            return 31;
        case 'C':
            return 36;
        case 'X':
            return 23;
        case 'D':
            return 19;
        case 'U':
            return 35;
        default:
            return 0;
    }
}

// mix(), chain() and the initial values of the chains are those of docs/contracts.md.
constexpr std::uint64_t mix(std::uint64_t x) {
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9;
    x ^= x >> 27;
    x *= 0x94d049bb133111eb;
    x ^= x >> 31;
    return x;
}

std::uint64_t chain(std::uint64_t first, std::initializer_list<std::uint64_t> fields) {
    std::uint64_t hash = first;
    for (const std::uint64_t field : fields)
        hash = mix(hash + 0x9e3779b97f4a7c15 + mix(field ^ 0xd1b54a32d192ed03));
    return hash;
}

constexpr std::uint64_t kOrder = 1, kLevel = 2, kFeeds = 3;

}  // namespace

void ReferenceBook::apply(std::span<const std::byte> message) {
    if (message.empty()) return;
    const char type = std::to_integer<char>(message[0]);
    const std::size_t length = length_of(type);
    if (length == 0 || message.size() < length) return;  // a message may be longer than length
    if (type == 'A' || type == 'F') {
        add(message);
    } else if (type == 'D') {
        orders_.erase(number(message, kReferenceAt, 8));
    } else if (type == 'U') {
        replace(message);
    } else {
        reduce(message);
    }
}

void ReferenceBook::add(std::span<const std::byte> message) {
    const auto locate = static_cast<std::uint16_t>(number(message, kLocateAt, 2));
    const char side = std::to_integer<char>(message[kAddSideAt]);
    const std::uint32_t shares = number32(message, kAddSharesAt);
    if ((side != 'B' && side != 'S') || locate == 0 || shares == 0) return;
    // If the reference is alive, it keeps its order.
    orders_.try_emplace(number(message, kReferenceAt, 8),
                        Order{locate, side == 'S', number32(message, kAddPriceAt), shares});
}

// E, C and X reduce what the earlier ones left.
void ReferenceBook::reduce(std::span<const std::byte> message) {
    const auto found = orders_.find(number(message, kReferenceAt, 8));
    if (found == orders_.end()) return;
    const std::uint32_t shares = number32(message, kReducedSharesAt);
    if (shares < found->second.shares) {
        found->second.shares -= shares;
    } else {
        orders_.erase(found);
    }
}

// Symbol and side stay. The old order goes, even if the new one cannot be added.
void ReferenceBook::replace(std::span<const std::byte> message) {
    const auto found = orders_.find(number(message, kReferenceAt, 8));
    if (found == orders_.end()) return;
    Order order = found->second;
    orders_.erase(found);
    order.shares = number32(message, kNewSharesAt);
    order.price = number32(message, kNewPriceAt);
    if (order.shares == 0) return;
    orders_.try_emplace(number(message, kNewReferenceAt, 8), order);
}

BookState ReferenceBook::state() const {
    struct Level {
        std::uint64_t shares = 0, orders = 0;
    };
    std::map<std::tuple<std::uint16_t, bool, std::uint32_t>, Level> levels;
    BookState state;
    for (const auto& [reference, order] : orders_) {
        state.digest +=
            chain(kOrder, {order.locate, order.is_ask, order.price, order.shares, reference});
        Level& level = levels[{order.locate, order.is_ask, order.price}];
        level.shares += order.shares;
        ++level.orders;
    }
    for (const auto& [place, level] : levels) {
        const auto& [locate, is_ask, price] = place;
        state.digest += chain(kLevel, {locate, is_ask, price, level.shares, level.orders});
    }
    state.orders = orders_.size();
    state.levels = levels.size();
    return state;
}

std::uint64_t digest_of_feeds(std::span<const std::uint64_t> digests) noexcept {
    std::uint64_t hash = kFeeds;
    for (const std::uint64_t digest : digests)
        hash = chain(hash, {digest});
    return hash;
}

}  // namespace rxlab::feedsim
