// SPDX-License-Identifier: MIT
//
// The state of a feed after some number of its messages, and that state as messages: the content of
// a snapshot. It is separate from the market, which only the send loop may touch, so it works for
// recordings, too.
// Threading: belongs to one thread.
#pragma once

#include <rxlab/wire/itch.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace rxlab::feedsim {

class FeedState {
  public:
    // Applies the next message of the feed. A message that ITCH 5.0 does not know changes nothing.
    void apply(std::span<const std::byte> message);

    // Visits the messages that bring a receiver without any state to this one: the latest of each
    // kind that stays true (system events, directory, trading actions, …), then an add for each
    // live order with the shares that are left, in the order of their time priority.
    template <typename Visitor>
    void for_each_message(Visitor&& visitor) const {
        for (const Bytes* bytes : facts_in_order())
            visitor(std::span<const std::byte>{*bytes});
        for (const LiveOrder* order : orders_in_order()) {
            if (order->is_attributed) {
                visitor(std::span<const std::byte>{wire::bytes_of(order->add)});
            } else {
                const wire::itch::AddOrder add = to_add(*order);
                visitor(std::span<const std::byte>{wire::bytes_of(add)});
            }
        }
    }

    [[nodiscard]] std::size_t live_orders() const noexcept { return orders_.size(); }

  private:
    using Bytes = std::vector<std::byte>;
    struct LiveOrder {
        wire::itch::AddOrderMpid add;  // the attribution may be absent
        bool is_attributed = false;
        std::uint64_t priority = 0;
    };
    struct Fact {
        Bytes message;
        std::uint64_t number = 0;  // of the message among all that were applied
    };

    template <typename Add>
    void add(const Add& message);
    void take(std::uint64_t reference, std::uint32_t shares);
    void replace(const wire::itch::OrderReplace& message);
    void keep(std::span<const std::byte> message, std::string key);
    [[nodiscard]] std::vector<const LiveOrder*> orders_in_order() const;
    [[nodiscard]] std::vector<const Bytes*> facts_in_order() const;
    static wire::itch::AddOrder to_add(const LiveOrder& order) noexcept;

    std::unordered_map<std::uint64_t, LiveOrder> orders_;
    std::map<std::string, Fact, std::less<>> facts_;
    std::uint64_t applied_ = 0;
};

}  // namespace rxlab::feedsim
