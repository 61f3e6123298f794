// SPDX-License-Identifier: MIT
//
// The other half of tick to trade: looks at the book when a packet's messages are in it, and sends
// an order where a trigger says so (docs/tick-to-trade.md has the rules).
//
// A packet decides once, after its last message, and only if it came whole, in its place, and left
// the book current. A crossing is a difference between two such looks at the book: below the
// level, then at it or beyond. So what happened while the book was not current is seen with the
// next packet that finds it so, and a level that was reached before anybody looked is no crossing.
// A side without orders is below every level.
//
// All memory is allocated by the constructor; the orders are made there, but for the fields that
// only the packet knows. Threading: the thread that receives.
#pragma once

#include <rxlab/book/book.hpp>
#include <rxlab/order/reference.hpp>
#include <rxlab/order/trigger.hpp>
#include <rxlab/rx/order_port.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/wire/ouch.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::rx {

struct Options;
struct Feed;

struct ResponderCounters {
    std::uint64_t orders = 0;      // that left
    std::uint64_t not_sent = 0;    // that the port refused
    std::uint64_t over_limit = 0;  // that --orders-max forbade
    // Packets in their place after which the book was not current: nothing was decided.
    std::uint64_t not_current = 0;
};

class Responder {
  public:
    // Without a trigger it does nothing.
    explicit Responder(const Options& options);

    // The port must outlive the packets.
    void send_through(OrderPort* port) noexcept { port_ = port; }

    // The messages of `packet`, which came whole and in its place, are in the feed's book.
    void decide(const Feed& feed, const PacketView& packet, bool is_current) noexcept;

    [[nodiscard]] const ResponderCounters& counters() const noexcept { return counters_; }

  private:
    struct Watch {
        order::Trigger trigger;
        wire::ouch::EnterOrder order;
        std::uint16_t locate = 0;  // 0: the feed has not named the symbol yet
        bool is_beyond = true;     // at the last look; before the first: nobody knows
        std::uint64_t emptied = 0;
    };

    [[nodiscard]] bool fires(Watch& watch, const Feed& feed, const PacketView& packet) noexcept;
    [[nodiscard]] bool crosses(Watch& watch, const Feed& feed, const PacketView& packet) noexcept;
    void send(Watch& watch, const order::Tick& tick) noexcept;

    std::vector<Watch> watches_;
    OrderPort* port_ = nullptr;
    std::uint64_t left_;  // orders that may still be sent
    std::uint32_t user_ref_num_ = 0;
    ResponderCounters counters_;
};

}  // namespace rxlab::rx
