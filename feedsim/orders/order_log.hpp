// SPDX-License-Identifier: MIT
//
// What the send loop keeps for later: when each packet left, and each order as it came. Nothing is
// judged before the run is over (ledger.hpp). Memory is allocated and touched by the constructor;
// what does not fit is counted. Threading: one thread.
#pragma once

#include <rxlab/latency/clock.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace rxlab::feedsim {

struct Arrival {
    latency::Ticks at = 0;
    std::uint32_t bytes = 0;           // of the datagram
    std::array<std::byte, 52> data{};  // its beginning; an order has 47 bytes
    [[nodiscard]] std::span<const std::byte> datagram() const noexcept {
        return std::span{data}.first(std::min<std::size_t>(bytes, data.size()));
    }
};
static_assert(sizeof(Arrival) == 64);

class OrderLog {
  public:
    // Room for so many packets of each feed, and orders in all.
    OrderLog(std::size_t feeds, std::size_t packets_each, std::size_t orders)
        : ticks_(feeds, std::vector<latency::Ticks>(packets_each)),
          packets_(feeds),
          arrivals_(orders) {}

    void note_tick(std::uint32_t feed, latency::Ticks t_tx) noexcept {
        std::size_t& packets = packets_[feed];
        if (packets < ticks_[feed].size()) {
            ticks_[feed][packets++] = t_tx;
        } else {
            ++overflow_;
        }
    }
    void note_order(latency::Ticks at, std::span<const std::byte> datagram) noexcept {
        if (orders_ == arrivals_.size()) {
            ++overflow_;
            return;
        }
        Arrival& arrival = arrivals_[orders_++];
        arrival.at = at;
        arrival.bytes = static_cast<std::uint32_t>(datagram.size());
        std::memcpy(arrival.data.data(), datagram.data(),
                    std::min(datagram.size(), arrival.data.size()));
    }

    // t_tx of the packets of a feed, in their order.
    [[nodiscard]] std::span<const latency::Ticks> ticks(std::size_t feed) const noexcept {
        return std::span{ticks_[feed]}.first(packets_[feed]);
    }
    [[nodiscard]] std::span<const Arrival> arrivals() const noexcept {
        return std::span{arrivals_}.first(orders_);
    }
    // Packets and orders that found no room.
    [[nodiscard]] std::uint64_t overflow() const noexcept { return overflow_; }

  private:
    std::vector<std::vector<latency::Ticks>> ticks_;
    std::vector<std::size_t> packets_;
    std::vector<Arrival> arrivals_;
    std::size_t orders_ = 0;
    std::uint64_t overflow_ = 0;
};

}  // namespace rxlab::feedsim
