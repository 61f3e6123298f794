// SPDX-License-Identifier: MIT
//
// What the send loop does about orders that answer its packets: it looks for them whenever nothing
// is due, and says when each packet left, so that both are stamped by one thread with one clock.
// Threading: the thread of the send loop. Nothing here allocates, prints or waits.
#pragma once

#include <rxlab/latency/clock.hpp>

#include <cstdint>

namespace rxlab::feedsim {

class OrderInbox {
  public:
    OrderInbox() = default;
    OrderInbox(const OrderInbox&) = delete;
    OrderInbox& operator=(const OrderInbox&) = delete;
    virtual ~OrderInbox() = default;

    // The feed's next data packet left at `t_tx`.
    virtual void note_tick(std::uint32_t feed, latency::Ticks t_tx) noexcept = 0;
    // Takes one order that has come, and stamps it. False: there is none.
    virtual bool look() noexcept = 0;
    // Orders that found no room on the way in, so far. Not in the send loop.
    [[nodiscard]] virtual std::uint64_t drops() noexcept = 0;
};

}  // namespace rxlab::feedsim
