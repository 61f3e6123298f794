// SPDX-License-Identifier: MIT
//
// What both parts of the target share: a channel's options from an input, and the judge of what it
// delivers.
#pragma once

#include "fuzz.hpp"

#include <rxlab/feed/ordered_channel.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace rxlab::fuzz {

namespace mold = wire::mold;
using feed::Arrival;
using feed::Origin;

inline constexpr std::size_t kStepsMax = 400;
inline const mold::Session kSession{"SESSION001"};

inline feed::OrderedOptions take_options(Input& input, std::uint64_t base) {
    feed::OrderedOptions options;
    const auto bits = input.take<std::uint8_t>();
    options.hold_packets = 1 + (bits & 31);
    options.recover = (bits & 32) != 0;
    options.snapshot = (bits & 64) != 0;
    const auto more = input.take<std::uint8_t>();
    if ((bits & 128) != 0) options.first_sequence = base + (more & 3);
    options.gap_wait_ns = std::array<std::uint64_t, 4>{0, 30'000, 1'000'000, 5}[more >> 2 & 3];
    const auto requests = input.take<std::uint8_t>();
    options.requests = {static_cast<std::uint16_t>(1 + (requests & 31)),
                        std::size_t{1} + (requests >> 5), 1U + (more >> 4), 1'000'000, more};
    return options;
}

// What a channel delivers, one after the other.
class Judge : public feed::OrderedSink {
  public:
    void deliver(Bytes payload, const Arrival&) noexcept override {
        const auto& header = wire::overlay<mold::Header>(payload);
        const std::uint64_t sequence = header.sequence;
        const std::uint16_t count = header.message_count;
        REQUIRE(!anew_ && header.session == session_ && sequence <= next_);
        if (count == mold::kHeartbeat || count == mold::kEndOfSession) return;
        const std::uint64_t end = sequence + std::min<std::uint64_t>(count, ~sequence);
        REQUIRE(end > next_);
        on_messages(payload, next_ - sequence);
        delivered_ += end - next_;
        next_ = end;
    }
    void skip_to(std::uint64_t sequence) noexcept override {
        REQUIRE(sequence > next_);
        on_loss(next_, sequence);
        lost_ += sequence - next_;
        next_ = sequence;
    }
    void begin_anew() noexcept override { anew_ = true; }
    void join(const mold::Session& session, std::uint64_t sequence) noexcept override {
        REQUIRE(anew_ || !joined_ || session == session_);
        joined_ = true;
        anew_ = false;
        session_ = session;
        next_ = sequence;
        on_join();
    }

    void compare(const feed::OrderedChannel& channel) const {
        const feed::Ledger ledger = channel.ledger();
        REQUIRE(ledger.closes() && channel.held() == 0);
        REQUIRE(ledger.delivered + ledger.recovered == delivered_);
        REQUIRE(ledger.lost == lost_);
        REQUIRE(channel.next_sequence() == next_);
    }

  private:
    virtual void on_messages(Bytes, std::size_t) noexcept {}
    virtual void on_loss(std::uint64_t, std::uint64_t) noexcept {}
    virtual void on_join() noexcept {}

    mold::Session session_{std::string_view{"\0\0\0\0\0\0\0\0\0\0", 10}};
    bool joined_ = false;
    bool anew_ = false;
    std::uint64_t next_ = 0;
    std::uint64_t delivered_ = 0;
    std::uint64_t lost_ = 0;
};

}  // namespace rxlab::fuzz
