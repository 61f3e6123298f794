// SPDX-License-Identifier: MIT
//
// Whatever arrives, in whatever order: messages come out ascending, each once, and the account
// closes.
#include <rxlab/feed/ordered_channel.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace rxlab::feed {
namespace {

using wire::mold::Header;
using wire::mold::Session;

// Believes what it is told and objects to what cannot be.
class Judge final : public OrderedSink {
  public:
    void deliver(std::span<const std::byte> payload, const Arrival&) noexcept override {
        const auto& header = wire::overlay<Header>(payload);
        const std::uint16_t count = header.message_count;
        EXPECT_EQ(header.session, session_);
        if (count == wire::mold::kHeartbeat || count == wire::mold::kEndOfSession) {
            EXPECT_LE(header.sequence, next_);
            return;
        }
        const std::uint64_t sequence = header.sequence;
        const std::uint64_t end = sequence + std::min<std::uint64_t>(count, ~sequence);
        EXPECT_LE(sequence, next_) << "a gap";
        EXPECT_GT(end, next_) << "nothing new";
        delivered += end - next_;
        next_ = end;
    }
    void skip_to(std::uint64_t sequence) noexcept override {
        EXPECT_GT(sequence, next_);
        lost += sequence - next_;
        next_ = sequence;
    }
    void begin_anew() noexcept override {}
    void join(const Session& session, std::uint64_t sequence) noexcept override {
        session_ = session;
        next_ = sequence;
    }

    std::uint64_t delivered = 0;
    std::uint64_t lost = 0;

  private:
    Session session_;
    std::uint64_t next_ = 0;
};

class RandomFeed {
  public:
    explicit RandomFeed(std::uint64_t seed) : random_{seed} {
        options_.hold_packets = 1 + below(40);
        options_.gap_wait_ns = below(3) * 500'000;
        options_.recover = below(2) == 0;
        options_.snapshot = below(3) == 0;
        if (below(4) == 0) options_.first_sequence = below(20);
        options_.requests = {static_cast<std::uint16_t>(1 + below(40)), 1 + below(20),
                             static_cast<std::uint32_t>(1 + below(4)), 1'000'000, seed};
        strange_ = below(2) == 0;
    }

    void run() {
        OrderedChannel channel{options_};
        Judge judge;
        std::uint64_t now_ns = 0;
        for (int step = 0; step < 400 && !::testing::Test::HasFailure(); ++step) {
            now_ns += below(10) == 0 ? below(50'000'000) : below(20'000);
            give(channel, judge, now_ns);
            turn(channel, judge, now_ns);
            ASSERT_LE(channel.held(), options_.hold_packets);
            if (channel.awaits_snapshot() && below(5) == 0) snapshot(channel, judge, now_ns);
        }
        channel.finish(now_ns, judge);
        const Ledger ledger = channel.ledger();
        ASSERT_TRUE(ledger.closes());
        ASSERT_EQ(ledger.delivered + ledger.recovered, judge.delivered);
        ASSERT_EQ(ledger.lost, judge.lost);
        ASSERT_EQ(channel.held(), 0U);
    }

  private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    Header header() {
        front_ += below(8);
        const std::uint64_t back = below(4) == 0 ? below(60) : 0;
        Header header{session_, front_ > back ? front_ - back : 0,
                      static_cast<std::uint16_t>(below(12))};
        if (below(200) == 0) header.message_count = wire::mold::kEndOfSession;
        if (!strange_) return header;
        switch (below(60)) {
            case 0:
                header.session = std::array<Session, 2>{"DAMAGED", "OTHER"}[below(2)];
                break;
            case 1:
                header.sequence = random_();
                break;
            case 2:
                header.sequence = ~std::uint64_t{0} - below(5);
                break;
            case 3:
                header.message_count = static_cast<std::uint16_t>(random_());
                break;
            case 4:
                if (below(10) == 0)
                    session_ = std::array<Session, 3>{"ONE", "TWO", "THREE"}[below(3)];
                break;
            case 5:
                if (below(20) == 0) front_ = below(50);
                break;
            default:
                break;
        }
        return header;
    }

    void give(OrderedChannel& channel, Judge& judge, std::uint64_t now_ns) {
        const Header packet = header();
        std::vector<std::byte> payload(below(100) == 0 ? 1'600 : sizeof packet + below(50));
        std::copy_n(wire::bytes_of(packet).begin(), sizeof packet, payload.begin());
        const auto origin = below(6) == 0 ? Origin::answer : Origin::line;
        if (origin == Origin::line && channel.in_order(packet)) {
            judge.deliver(payload, {});
            return;
        }
        channel.take(payload, {origin, now_ns, 0}, judge);
    }

    static void turn(OrderedChannel& channel, Judge& judge, std::uint64_t now_ns) {
        if (channel.due_ns() <= now_ns) channel.poll(now_ns, judge);
        for (int i = 0; channel.next_request(now_ns); ++i)
            ASSERT_LT(i, 1'000);
    }

    void snapshot(OrderedChannel& channel, Judge& judge, std::uint64_t now_ns) {
        if (below(5) == 0) return channel.snapshot_failed(now_ns, judge);
        const std::uint64_t sequence = channel.next_sequence() + below(60);
        const std::uint64_t from = sequence > 30 ? sequence - 30 : 0;
        if (channel.snapshot_fits(channel.session(), from)) {
            channel.join_snapshot(from, now_ns, judge);
        }
    }

    std::mt19937_64 random_;
    OrderedOptions options_;
    Session session_{"ONE"};
    std::uint64_t front_ = 1;
    bool strange_ = false;
};

TEST(OrderedChannelRandom, DeliversAscendingAndClosesTheAccount) {
    for (std::uint64_t seed = 0; seed < 3'000 && !HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        RandomFeed{seed}.run();
    }
}

}  // namespace
}  // namespace rxlab::feed
