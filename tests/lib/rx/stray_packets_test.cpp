// SPDX-License-Identifier: MIT
//
// Packets of other sessions, as both pipelines take them: as they come, and put in order.
#include "receiver.hpp"

#include <rxlab/rx/statistics.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace rxlab::rx {
namespace {

using test::Bytes;
using test::control;
using test::digest_of;
using test::orders;
using test::Receiver;
using wire::mold::Session;

class StrayPackets : public test::OnEitherPipeline {};

TEST_P(StrayPackets, ThatAreAloneDoNotEmptyTheBook) {
    receiver_.give(orders("A", 1, 2));
    receiver_.give(orders("Z", 1, 1));
    receiver_.give(orders("A", 3, 2));
    receiver_.give(control("Y", 1, wire::mold::kHeartbeat));
    receiver_.give(orders("A", 1'000'000'000, 1));  // far ahead
    receiver_.give(orders("A", 5, 2));
    receiver_.give(control("X", 1, wire::mold::kEndOfSession));
    EXPECT_EQ(feed().book.digest(), digest_of("A", 6));
    EXPECT_EQ(feed().emptied, 0U);
    EXPECT_EQ(feed().stray_packets, 4U);
    EXPECT_EQ(feed().channel.counters().session_changes, 0U);
    EXPECT_EQ(feed().channel.counters().gaps, 0U);
    EXPECT_FALSE(feed().channel.ended());
    EXPECT_EQ(counts_of(receiver_.inner()).strays, 4U);
}

TEST_P(StrayPackets, BeginAnotherSessionOnceASecondOneConfirmsIt) {
    receiver_.give(orders("A", 1, 6));
    receiver_.give(orders("B", 1, 2));
    EXPECT_EQ(feed().book.orders(), 6U);
    receiver_.give(orders("B", 3, 1));
    EXPECT_EQ(feed().book.digest(), digest_of("B", 3)) << "what was kept meanwhile is applied";
    EXPECT_EQ(feed().emptied, 1U);
    EXPECT_EQ(feed().emptied_orders, 6U);
    EXPECT_EQ(feed().book.counters().messages, 9U);
    EXPECT_EQ(feed().book.counters().deletes, 0U);
    EXPECT_EQ(feed().channel.counters().session_changes, 1U);
    EXPECT_EQ(feed().channel.counters().messages, 9U);
    EXPECT_EQ(feed().stray_packets, 0U);
    receiver_.give(orders("A", 7, 1));
    receiver_.give(orders("A", 8, 1));
    EXPECT_EQ(feed().book.digest(), digest_of("B", 3)) << "the old session is over";
    EXPECT_EQ(feed().stray_packets, 2U);
}

TEST_P(StrayPackets, BeginAnotherSessionAtOnceAfterTheEndOfTheLast) {
    receiver_.give(orders("A", 1, 6));
    receiver_.give(control("A", 7, wire::mold::kEndOfSession));
    EXPECT_TRUE(receiver_.inner().all_ended());
    receiver_.give(orders("B", 1, 2));
    EXPECT_EQ(feed().book.digest(), digest_of("B", 2));
    EXPECT_EQ(feed().emptied, 1U);
    EXPECT_FALSE(receiver_.inner().all_ended());
    for (int i = 0; i < 10; ++i) {  // ends of session are repeated
        receiver_.give(control("A", 7, wire::mold::kEndOfSession));
        receiver_.wait_ns(10'000'000);
    }
    EXPECT_EQ(feed().emptied, 1U);
    EXPECT_EQ(receiver_.session(), "B");
}

TEST_P(StrayPackets, OfALowRateAreConfirmedByHeartbeats) {
    receiver_.give(orders("A", 1, 6));
    receiver_.give(control("B", 1, wire::mold::kHeartbeat));
    receiver_.give(control("B", 1, wire::mold::kHeartbeat));  // a copy
    EXPECT_EQ(receiver_.session(), "A");
    receiver_.wait_ns(1'000'000'000);
    receiver_.give(control("B", 1, wire::mold::kHeartbeat));
    EXPECT_EQ(receiver_.session(), "B");
    EXPECT_EQ(feed().book.orders(), 0U);
    receiver_.give(orders("C", 1, 2));
    receiver_.wait_ns(1'000'000'000);
    receiver_.give(control("C", 3, wire::mold::kHeartbeat));
    EXPECT_EQ(feed().book.digest(), digest_of("C", 2));
    EXPECT_EQ(feed().stray_packets, 0U);
}

TEST_P(StrayPackets, OfASessionThatAlternatesWithItsOwnAreNotBelieved) {
    for (std::uint64_t n = 1; n <= 40; ++n) {
        receiver_.give(orders("A", n, 1));
        receiver_.give(orders("B", n, 1));
    }
    EXPECT_EQ(feed().book.digest(), digest_of("A", 40));
    EXPECT_EQ(feed().stray_packets, 40U);
    receiver_.give(control("A", 41, wire::mold::kHeartbeat));
    receiver_.give(orders("B", 41, 1));
    EXPECT_EQ(receiver_.session(), "A");
}

TEST_P(StrayPackets, FollowAJumpOnceASecondOneConfirmsIt) {
    receiver_.give(orders("A", 1, 2));
    const std::uint64_t far = 10'000'000;
    receiver_.give(orders("A", far, 2));
    receiver_.give(orders("A", far + 2, 1));
    receiver_.wait_ns(10'000'000);
    EXPECT_EQ(feed().book.orders(), 5U);
    EXPECT_EQ(feed().channel.counters().missed_messages, far - 3);
    EXPECT_EQ(feed().stray_packets, 0U);
}

TEST_P(StrayPackets, ThatAreCutShortConfirmNothing) {
    receiver_.give(orders("A", 1, 2));
    receiver_.give(orders("B", 1, 1));
    Bytes cut = orders("B", 2, 1);
    cut.pop_back();
    receiver_.give(cut);
    EXPECT_EQ(receiver_.session(), "A");
    EXPECT_EQ(feed().malformed_packets, 1U);
}

// Three sessions, and among their packets damaged, late and foreign ones.
class Scenario {
  public:
    explicit Scenario(std::uint64_t seed) : random_{seed} {
        for (const char* name : {"A", "B", "C"})
            add_session(name);
    }

    std::vector<Bytes> packets;
    std::uint64_t strays = 0;
    std::uint64_t messages = 0;  // of the last session

  private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    void add_session(const Session& session) {
        const bool after_an_end = ended_;
        const std::size_t begin = packets.size();
        std::uint64_t next = 1;
        const std::uint64_t count = 4 + below(30);
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t in_packet = i > 1 && below(5) == 0 ? 0 : 1 + below(3);
            packets.push_back(orders(session, next, in_packet));
            next += in_packet;
            if (begin > 0 || i > 0) add_stray(session, next, i > 3);
        }
        // News at the end, so that the last stray is not all that was heard since.
        packets.push_back(orders(session, next++, 1));
        packets.push_back(orders(session, next++, 1));
        ended_ = below(2) == 0;
        for (int i = 0; ended_ && i < 3; ++i)
            packets.push_back(control(session, next, wire::mold::kEndOfSession));
        if (begin > 0 && !after_an_end && below(2) == 0) swap_first_two(begin);
        before_ = session;
        before_next_ = next;
        messages = next - 1;
    }
    // Of the session; what lies between them may be a stray.
    void swap_first_two(std::size_t begin) {
        const auto first = packets.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto second = std::find_if(first + 1, packets.end(), [&](const Bytes& packet) {
            return std::equal(packet.begin(), packet.begin() + 10, first->begin());
        });
        const std::uint64_t sequence = wire::overlay<wire::mold::Header>(*second).sequence;
        if (sequence < 1'000) std::swap(*first, *second);
    }
    void add_stray(const Session& session, std::uint64_t next, bool settled) {
        switch (below(12)) {
            case 0:
                return stray(orders(damaged(), next, 1));
            case 1:
                return stray(control(damaged(), next, wire::mold::kHeartbeat));
            case 2:
                return stray(orders(session, next + (1ULL << 40) + below(1ULL << 50), 1));
            case 3:  // late: of the session before
                if (settled && before_next_ > 3) stray(orders(before_, before_next_ - 2, 2));
                return;
            case 4:
                if (settled && before_next_ > 3)
                    stray(control(before_, before_next_, wire::mold::kEndOfSession));
                return;
            case 5:  // of a feed that goes on beside it: with news of ours in between
                if (!settled) return;
                stray(orders("FOREIGN", foreign_, 2));
                foreign_ += 2;
                return;
            default:
                return;
        }
    }
    void stray(const Bytes& packet) {
        const std::uint64_t copies = below(4) == 0 ? 2 : 1;
        packets.insert(packets.end(), copies, packet);
        strays += copies;
    }
    Session damaged() { return Session{"#" + std::to_string(random_() % 1'000'000'000)}; }

    std::mt19937_64 random_;
    Session before_;
    std::uint64_t before_next_ = 0;
    std::uint64_t foreign_ = 1;
    bool ended_ = false;
};

TEST_P(StrayPackets, LeaveTheBookOfTheLastSession) {
    std::uint64_t strays = 0;
    for (std::uint64_t seed = 1; seed <= 400 && !HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        const Scenario scenario{seed};
        Receiver receiver{GetParam()};
        for (const Bytes& packet : scenario.packets)
            receiver.give(packet);
        receiver.finish();
        EXPECT_EQ(receiver.session(), "C");
        EXPECT_EQ(receiver.feed().book.digest(), digest_of("C", scenario.messages));
        EXPECT_EQ(receiver.feed().emptied, 2U);
        EXPECT_EQ(receiver.feed().stray_packets, scenario.strays);
        EXPECT_EQ(receiver.feed().channel.counters().missed_messages, 0U);
        strays += scenario.strays;
    }
    EXPECT_GT(strays, 2'000U);
}

INSTANTIATE_TEST_SUITE_P(AsTheyCome, StrayPackets, ::testing::Values(false));
INSTANTIATE_TEST_SUITE_P(InOrder, StrayPackets, ::testing::Values(true));

}  // namespace
}  // namespace rxlab::rx
