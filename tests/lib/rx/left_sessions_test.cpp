// SPDX-License-Identifier: MIT
//
// Sessions that were left and come back, as both pipelines take them.
#include "receiver.hpp"

#include <gtest/gtest.h>

#include <random>

namespace rxlab::rx {
namespace {

using test::control;
using test::digest_of;
using test::orders;
using test::Receiver;
using wire::mold::Session;

class LeftSessions : public test::OnEitherPipeline {};

TEST_P(LeftSessions, AreNotPutOutForEver) {
    for (std::uint64_t n = 1; n <= 100; ++n)
        receiver_.give(orders("REAL", n, 1));
    receiver_.give(orders("FOREIGN", 1, 1));
    receiver_.give(orders("FOREIGN", 2, 1));
    EXPECT_EQ(receiver_.session(), "FOREIGN");
    for (std::uint64_t n = 101; n <= 500; ++n)
        receiver_.give(orders("REAL", n, 1));
    EXPECT_EQ(receiver_.session(), "REAL");
    EXPECT_EQ(feed().book.digest(), digest_of("REAL", 101, 500));
    EXPECT_EQ(feed().stray_packets, 0U);
    EXPECT_EQ(feed().channel.counters().missed_messages, 0U);
    EXPECT_FALSE(receiver_.is_current()) << "the first hundred are in no book";
}

// The new session's first packets come among those of the old, more than there is room for.
TEST_P(LeftSessions, GiveWayToOneWhoseFirstPacketsFoundNoRoomAndAreMissed) {
    receiver_.give(orders("A", 1, 1));
    for (std::uint64_t n = 1; n <= 100; ++n) {
        receiver_.give(orders("A", 1 + n, 1));
        receiver_.give(orders("B", n, 1));
    }
    receiver_.give(orders("B", 101, 1));
    receiver_.wait_ns(100'000'000);
    receiver_.finish();
    EXPECT_EQ(receiver_.session(), "B");
    EXPECT_EQ(feed().channel.counters().missed_messages, 85U);
    EXPECT_EQ(feed().channel.counters().gaps, 1U);
    EXPECT_EQ(feed().book.digest(), digest_of("B", 86, 101));
    EXPECT_FALSE(receiver_.is_current());
}

// MAIN, BACKUP, MAIN: each may end before the other begins, messages may be missed in between, and
// what is repeated of the one that was left changes nothing.
TEST_P(LeftSessions, AreFollowedAfterAFailOverAndTheWayBack) {
    for (std::uint64_t seed = 1; seed <= 200 && !HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937_64 random{seed};
        Receiver receiver{GetParam()};
        const auto run = [&](const Session& session, std::uint64_t first, std::uint64_t last,
                             const Session& other, std::uint64_t other_last) {
            for (std::uint64_t n = first; n <= last; ++n) {
                receiver.give(orders(session, n, 1));
                if (random() % 4 == 0) receiver.give(orders(session, n, 1));
                for (int i = 0; other_last > 0 && i < 20 && random() % 8 != 0; ++i)
                    receiver.give(orders(other, 1 + random() % other_last, 1));
                if (other_last > 0)
                    receiver.give(control(other, other_last + 1, wire::mold::kEndOfSession));
            }
            if (random() % 2 == 0)
                receiver.give(control(session, last + 1, wire::mold::kEndOfSession));
        };
        const std::uint64_t main_last = 20 + random() % 30;
        const std::uint64_t missed = random() % 5;
        const std::uint64_t first = main_last + missed + 1;
        run("MAIN", 1, main_last, "BACKUP", 0);
        run("BACKUP", 1, 20 + random() % 30, "MAIN", main_last);
        EXPECT_EQ(receiver.session(), "BACKUP");
        run("MAIN", first, first + 40, "BACKUP", 20);
        receiver.wait_ns(100'000'000);
        receiver.finish();
        EXPECT_EQ(receiver.session(), "MAIN");
        EXPECT_EQ(receiver.feed().book.digest(), digest_of("MAIN", first, first + 40));
        EXPECT_EQ(receiver.feed().channel.counters().missed_messages, missed);
        EXPECT_EQ(receiver.feed().emptied, 2U);
        EXPECT_FALSE(receiver.is_current());
    }
}

INSTANTIATE_TEST_SUITE_P(AsTheyCome, LeftSessions, ::testing::Values(false));
INSTANTIATE_TEST_SUITE_P(InOrder, LeftSessions, ::testing::Values(true));

}  // namespace
}  // namespace rxlab::rx
