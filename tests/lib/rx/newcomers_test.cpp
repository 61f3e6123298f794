// SPDX-License-Identifier: MIT
//
// Packets that are not where their feed is, with either policy: who is believed, what is held, and
// what is said about the book meanwhile.
#include "receiver.hpp"

#include <rxlab/rx/statistics.hpp>

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace rxlab::rx {
namespace {

using test::Bytes;
using test::digest_of;
using test::end_of;
using test::heartbeat_of;
using test::orders;
using test::Receiver;
using wire::mold::Session;

constexpr std::uint32_t kOwn = 0x0a630001;
constexpr std::uint32_t kForeign = 0x0a63004d;
constexpr std::uint64_t kSecond_ns = 1'000'000'000;

class NewcomersTest : public test::WithEitherPolicy {
  protected:
    // The feed's first `count` messages, one a packet.
    void give_feed(std::uint64_t count, std::uint64_t first = 1) {
        for (std::uint64_t n = first; n < first + count; ++n)
            receiver_.give(orders("A", n, 1), kOwn);
    }
    void expect_untouched(std::uint64_t messages) {
        EXPECT_EQ(receiver_.session(), "A");
        EXPECT_EQ(receiver_.book().digest(), digest_of("A", messages));
        EXPECT_EQ(feed().emptied, 0U);
        EXPECT_EQ(receiver_.counters().missed_messages, 0U);
    }
};

TEST_P(NewcomersTest, ThatAreAloneDoNotEmptyTheBook) {
    give_feed(20);
    receiver_.give(orders("Z", 1, 1), kForeign);
    receiver_.give(orders("A", 21, 2), kOwn);
    receiver_.give(heartbeat_of("Y", 1), kOwn);
    receiver_.give(orders("A", 1'000'000'000, 1), kOwn);  // far ahead
    receiver_.give(orders("A", 23, 2), kOwn);
    receiver_.give(end_of("X", 1), kForeign);
    expect_untouched(24);
    EXPECT_EQ(feed().newcomers.counters().packets(), 4U);
    EXPECT_EQ(counts_of(receiver_.pipeline()).strays, 4U);
    EXPECT_FALSE(receiver_.pipeline().all_ended());
    EXPECT_EQ(receiver_.freshness(), "current");
}

TEST_P(NewcomersTest, ThatAreForeignAreNeverBelievedHoweverMany) {
    give_feed(20);
    for (std::uint64_t n = 1; n <= 3'000; ++n)
        receiver_.give(orders("Z", n, 1), kForeign);
    expect_untouched(20);
    EXPECT_EQ(receiver_.freshness(), "current");
    ASSERT_EQ(feed().newcomers.publishers().size(), 1U);
    EXPECT_EQ(feed().newcomers.publishers()[0].address, kForeign);
    EXPECT_EQ(feed().newcomers.publishers()[0].packets, 3'000U);
    receiver_.wait_ns(3 * kSecond_ns);
    EXPECT_EQ(receiver_.freshness(), "unconfirmed");
    EXPECT_EQ(receiver_.doubt(), "silence");
}

TEST_P(NewcomersTest, OfAnotherSessionWithoutAnEndAreHeldAndTheBookIsUnconfirmed) {
    give_feed(20);
    for (std::uint64_t n = 1; n <= 40; ++n)
        receiver_.give(orders("B", n, 1), kOwn);
    expect_untouched(20);
    EXPECT_EQ(receiver_.freshness(), "unconfirmed");
    EXPECT_EQ(receiver_.doubt(), "another-session");
    EXPECT_EQ(feed().newcomers.held(), 40U);
    receiver_.give(heartbeat_of("A", 21), kOwn);  // it lives
    EXPECT_EQ(receiver_.freshness(), "current");
    receiver_.give(orders("B", 41, 1), kOwn);
    EXPECT_EQ(receiver_.freshness(), "unconfirmed");
    receiver_.give(orders("A", 21, 1), kOwn);
    EXPECT_EQ(receiver_.freshness(), "current");
    receiver_.give(end_of("A", 22), kOwn);  // its own word
    receiver_.give(orders("B", 42, 1), kOwn);
    EXPECT_EQ(receiver_.session(), "B");
    EXPECT_EQ(receiver_.book().digest(), digest_of("B", 42)) << "what was held is not lost";
    EXPECT_EQ(receiver_.freshness(), "current");
    EXPECT_EQ(feed().newcomers.counters().packets(), 0U);
}

TEST_P(NewcomersTest, FollowAtOnceAfterTheEndOfTheSession) {
    give_feed(6);
    receiver_.give(end_of("A", 7), kOwn);
    EXPECT_TRUE(receiver_.pipeline().all_ended());
    receiver_.give(orders("B", 1, 2), kOwn);
    EXPECT_EQ(receiver_.book().digest(), digest_of("B", 2));
    EXPECT_EQ(feed().emptied, 1U);
    EXPECT_EQ(feed().emptied_orders, 6U);
    EXPECT_FALSE(receiver_.pipeline().all_ended());
    for (int i = 0; i < 10; ++i) {  // ends of session are repeated
        receiver_.give(end_of("A", 7), kOwn);
        receiver_.wait_ns(10'000'000);
    }
    EXPECT_EQ(feed().emptied, 1U);
    EXPECT_EQ(receiver_.session(), "B");
    EXPECT_EQ(feed().newcomers.counters().old_sessions, 10U);
    EXPECT_EQ(receiver_.freshness(), "current");
}

TEST_P(NewcomersTest, OfAnotherPublisherFollowAfterTheEndIfTheyWereNotHeardBefore) {
    give_feed(20);
    receiver_.give(orders("Z", 1, 1), kForeign);
    receiver_.give(end_of("A", 21), kOwn);
    for (std::uint64_t n = 2; n < 50; ++n)
        receiver_.give(orders("Z", n, 1), kForeign);
    expect_untouched(20);
    EXPECT_EQ(receiver_.freshness(), "current");
    receiver_.give(orders("B", 1, 1), kForeign + 1);
    EXPECT_EQ(receiver_.session(), "A");
    receiver_.give(orders("B", 2, 1), kForeign + 1);
    EXPECT_EQ(receiver_.session(), "B");
    EXPECT_EQ(receiver_.book().digest(), digest_of("B", 2));
}

TEST_P(NewcomersTest, AreFollowedOnTheOperatorsWord) {
    give_feed(20);
    receiver_.give(orders("B", 1, 3), kOwn);
    receiver_.go_over();
    EXPECT_EQ(receiver_.session(), "B");
    EXPECT_EQ(receiver_.book().digest(), digest_of("B", 3));
    EXPECT_EQ(receiver_.freshness(), "current");
    receiver_.go_over();  // to nobody
    EXPECT_EQ(receiver_.session(), "B");
}

TEST_P(NewcomersTest, ThatFoundNoRoomAreMissing) {
    give_feed(20);
    for (std::uint64_t n = 1; n <= Newcomers::kPacketsMax + 100; ++n)
        receiver_.give(orders("B", n, 1), kOwn);
    receiver_.give(end_of("A", 21), kOwn);
    receiver_.give(orders("B", Newcomers::kPacketsMax + 101, 1), kOwn);
    receiver_.wait_ns(10'000'000);
    EXPECT_EQ(receiver_.session(), "B");
    EXPECT_EQ(receiver_.counters().missed_messages, 101U)
        << "the packet that decides has its place";
    EXPECT_EQ(receiver_.freshness(), "stale");
}

TEST_P(NewcomersTest, OfASessionThatWasLeftFollowWithNewsOnly) {
    give_feed(20);
    receiver_.give(end_of("A", 21), kOwn);
    receiver_.give(orders("B", 1, 2), kOwn);
    receiver_.give(orders("A", 5, 16), kOwn);
    EXPECT_EQ(receiver_.freshness(), "current");
    receiver_.give(end_of("B", 3), kOwn);
    receiver_.give(orders("A", 5, 16), kOwn);
    EXPECT_EQ(receiver_.session(), "B");
    for (std::uint64_t n = 21; n < 21 + Newcomers::kEstablished - 1; ++n)
        receiver_.give(orders("A", n, 1), kOwn);
    EXPECT_EQ(receiver_.session(), "B") << "it may be a replay";
    receiver_.wait_ns(Newcomers::kSourceSilence_ns);
    receiver_.give(orders("A", 36, 1), kOwn);
    EXPECT_EQ(receiver_.session(), "A");
    EXPECT_EQ(receiver_.book().digest(), digest_of("A", 21, 36));
    EXPECT_EQ(receiver_.freshness(), "stale") << "its first twenty are in no book";
}

TEST_P(NewcomersTest, FarAheadAreFollowedOnceOthersConfirmThem) {
    give_feed(2);
    const std::uint64_t far = 10'000'000;
    for (std::uint64_t n = 0; n < Newcomers::kEstablished - 1; ++n)
        receiver_.give(orders("A", far + n, 1), kOwn);
    EXPECT_EQ(receiver_.doubt(), "far-ahead");
    EXPECT_EQ(receiver_.book().orders(), 2U);
    receiver_.give(orders("A", far + Newcomers::kEstablished - 1, 1), kOwn);
    receiver_.wait_ns(10'000'000);
    EXPECT_EQ(receiver_.book().orders(), 2 + Newcomers::kEstablished);
    EXPECT_EQ(receiver_.counters().missed_messages, far - 3);
    EXPECT_EQ(receiver_.freshness(), "stale");
}

TEST_P(NewcomersTest, FarAheadAreFollowedWithTheSecondOneWhereTheFeedIsSilent) {
    give_feed(2);
    const std::uint64_t far = 10'000'000;
    receiver_.wait_ns(Newcomers::kSourceSilence_ns);
    receiver_.give(orders("A", far, 2), kOwn);
    EXPECT_EQ(receiver_.doubt(), "far-ahead");
    receiver_.give(orders("A", far + 2, 1), kOwn);
    receiver_.wait_ns(10'000'000);
    EXPECT_EQ(receiver_.book().orders(), 5U);
    EXPECT_EQ(receiver_.counters().missed_messages, far - 3);
    EXPECT_EQ(receiver_.freshness(), "stale");
}

TEST_P(NewcomersTest, OfAnotherPublisherTakeOverWhenTheOwnFallsSilent) {
    give_feed(20);
    receiver_.give(orders("A", 21, 1), kForeign);
    EXPECT_EQ(receiver_.doubt(), "another-source");
    receiver_.wait_ns(Newcomers::kSourceSilence_ns);
    receiver_.give(orders("A", 22, 1), kForeign);
    expect_untouched(22);
    EXPECT_EQ(feed().source_changes, 1U);
    EXPECT_EQ(receiver_.freshness(), "current");
}

TEST_P(NewcomersTest, OfAnotherPublisherDoNotTakePartWhileTheOwnLives) {
    give_feed(20);
    for (std::uint64_t n = 21; n < 100; ++n) {
        receiver_.give(orders("A", n, 30), kForeign);
        receiver_.give(orders("A", n, 1), kOwn);
    }
    expect_untouched(99);
    EXPECT_EQ(receiver_.freshness(), "current");
}

TEST_P(NewcomersTest, OfAnotherPublisherAreNeverFollowedWhereOneIsGiven) {
    Options options = test::one_group(GetParam());
    options.sources = {kOwn};
    Receiver receiver{options};
    receiver.give(orders("Z", 1, 1), kForeign);
    receiver.give(orders("A", 1, 2), kOwn);
    receiver.wait_ns(2 * kSecond_ns);
    receiver.give(orders("A", 3, 1), kForeign);
    EXPECT_EQ(receiver.session(), "A");
    EXPECT_EQ(receiver.book().digest(), digest_of("A", 2));
}

TEST_P(NewcomersTest, PutAStrayFirstPacketRight) {
    receiver_.give(orders("Z", 1, 1), kForeign);
    for (std::uint64_t n = 1; n <= 20; ++n) {
        receiver_.wait_ns(200'000'000);
        receiver_.give(orders("A", n, 1), kOwn);
        if (n < 15) {
            EXPECT_EQ(receiver_.freshness(), "unconfirmed");
        }
    }
    EXPECT_EQ(receiver_.session(), "A");
    EXPECT_EQ(receiver_.book().digest(), digest_of("A", 20));
    EXPECT_EQ(receiver_.freshness(), "current");
}

TEST_P(NewcomersTest, ThatAreCutShortConfirmNothing) {
    give_feed(2);
    Bytes cut = orders("B", 1, 2);
    cut.pop_back();
    receiver_.give(cut, kOwn);
    EXPECT_EQ(receiver_.session(), "A");
    EXPECT_EQ(feed().cut_short_packets, 1U);
    EXPECT_EQ(feed().malformed_packets, 1U);
}

// Restart or replay: nobody can tell.

TEST_P(NewcomersTest, FromThePastLeaveTheBookAndADoubtUntilTheFeedGoesOn) {
    give_feed(100);
    for (std::uint64_t n = 40; n < 57; ++n)
        receiver_.give(orders("A", n, 1), kOwn);
    expect_untouched(100);
    EXPECT_EQ(receiver_.doubt(), "sequence-began-again");
    receiver_.give(heartbeat_of("A", 101), kOwn);
    EXPECT_EQ(receiver_.freshness(), "current");
    give_feed(1, 101);
    expect_untouched(101);
    EXPECT_EQ(receiver_.freshness(), "current");
    EXPECT_EQ(receiver_.counters().duplicate_packets, 17U);
}

TEST_P(NewcomersTest, ThatSayThatTheSequenceIsAtItsStartMakeTheBookUnconfirmed) {
    give_feed(100);
    receiver_.give(heartbeat_of("A", 1), kOwn);
    EXPECT_EQ(receiver_.freshness(), "unconfirmed");
    receiver_.give(heartbeat_of("A", 101), kOwn);
    EXPECT_EQ(receiver_.freshness(), "current");
}

TEST_P(NewcomersTest, ThatGoAllTheWayAgainAreHeldForGood) {
    give_feed(100);
    for (std::uint64_t n = 1; n <= 150; ++n)
        receiver_.give(orders("A", n, 1), kOwn);
    receiver_.give(heartbeat_of("A", 151), kOwn);
    EXPECT_EQ(receiver_.book().digest(), digest_of("A", 100));
    EXPECT_EQ(receiver_.doubt(), "sequence-began-again");
    EXPECT_EQ(receiver_.freshness(), "unconfirmed");
    receiver_.go_over();
    EXPECT_EQ(receiver_.book().digest(), digest_of("A", 150));
    EXPECT_EQ(receiver_.freshness(), "current");
    EXPECT_EQ(feed().restarts, 1U);
}

// Late copies of what the line said last must not hide what comes behind them.
TEST_P(NewcomersTest, ThatGoAllTheWayAgainAreHeldThoughCopiesOfTheLastPacketComeAmidThem) {
    give_feed(100);
    receiver_.give(orders("A", 1, 1), kOwn);
    receiver_.give(orders("A", 95, 3), kOwn);
    receiver_.give(orders("A", 99, 2), kOwn);
    for (std::uint64_t n = 2; n <= 150; ++n)
        receiver_.give(orders("A", n, 1), kOwn);
    EXPECT_EQ(receiver_.book().digest(), digest_of("A", 100));
    EXPECT_EQ(receiver_.doubt(), "sequence-began-again");
    receiver_.go_over();
    EXPECT_EQ(receiver_.book().digest(), digest_of("A", 150));
}

TEST_P(NewcomersTest, ThatBeginAnewBeforeTheyAreBelievedAreTakenFromThere) {
    give_feed(20);
    for (std::uint64_t n = 1; n <= 40; ++n)
        receiver_.give(orders("B", n, 1), kOwn);
    receiver_.wait_ns(200'000'000);
    for (std::uint64_t n = 1; n <= 30; ++n)
        receiver_.give(orders("B", n, 1), kOwn);
    EXPECT_EQ(feed().newcomers.held(), 30U);
    receiver_.go_over();
    EXPECT_EQ(receiver_.session(), "B");
    EXPECT_EQ(receiver_.book().digest(), digest_of("B", 30));
    EXPECT_EQ(receiver_.freshness(), "current");
    receiver_.give(orders("B", 31, 5), kOwn);
    EXPECT_EQ(receiver_.book().digest(), digest_of("B", 35));
    EXPECT_EQ(receiver_.freshness(), "current");
}

// All that comes before the end of the next session is lost, and then the first packet comes late.
TEST_P(NewcomersTest, LeaveAGapForMessagesThatOnlyTheirEndMentions) {
    give_feed(20);
    receiver_.give(end_of("A", 21), kOwn);
    receiver_.give(end_of("B", 58), kOwn);
    EXPECT_EQ(receiver_.session(), "A");
    receiver_.give(orders("B", 1, 1), kOwn);
    EXPECT_EQ(receiver_.session(), "B");
    EXPECT_EQ(receiver_.freshness(), GetParam() ? "behind" : "stale");
    for (std::uint64_t n = 2; n < 58; ++n)
        receiver_.give(orders("B", n, 1), kOwn);
    EXPECT_EQ(receiver_.freshness(), GetParam() ? "current" : "stale");
    EXPECT_EQ(receiver_.book().digest(), digest_of("B", GetParam() ? 57 : 1));
}

// The new publisher's second packet, with which the feed goes over, may be damaged.
TEST_P(NewcomersTest, ThatAreBelievedAreNotFollowedFarAhead) {
    give_feed(20);
    receiver_.give(end_of("A", 21), kOwn);
    receiver_.give(orders("B", 1, 4), kForeign);
    receiver_.give(orders("B", 35'184'372'088'833, 3), kForeign);
    EXPECT_EQ(receiver_.session(), "B");
    receiver_.give(orders("B", 5, 2), kForeign);
    EXPECT_EQ(receiver_.book().digest(), digest_of("B", 6));
    EXPECT_EQ(receiver_.freshness(), "current");
}

TEST_P(NewcomersTest, EndTheFeedWhereTheRestartedSequenceEnds) {
    give_feed(100);
    for (std::uint64_t n = 1; n <= 50; ++n)
        receiver_.give(orders("A", n, 1), kOwn);
    receiver_.give(end_of("A", 51), kOwn);
    EXPECT_FALSE(receiver_.pipeline().all_ended()) << "an old end";
    for (std::uint64_t n = 51; n <= 120; ++n)
        receiver_.give(orders("A", n, 1), kOwn);
    receiver_.give(end_of("A", 121), kOwn);
    EXPECT_TRUE(receiver_.pipeline().all_ended());
    EXPECT_EQ(receiver_.freshness(), "unconfirmed");
}

TEST_P(NewcomersTest, OnlyRepeatEachPacketAtOnceAndAreNoDoubt) {
    for (std::uint64_t n = 1; n <= 100; ++n) {
        receiver_.give(orders("A", n, 1), kOwn);
        receiver_.give(orders("A", n, 1), kOwn);
        EXPECT_EQ(receiver_.freshness(), "current");
    }
    expect_untouched(100);
}

INSTANTIATE_TEST_SUITE_P(AsTheyCome, NewcomersTest, ::testing::Values(false));
INSTANTIATE_TEST_SUITE_P(InOrder, NewcomersTest, ::testing::Values(true));

class FreshnessTest : public test::WithEitherPolicy {};

TEST_P(FreshnessTest, IsUnconfirmedBeforeAnythingWasHeard) {
    EXPECT_EQ(receiver_.freshness(), "unconfirmed");
    EXPECT_EQ(receiver_.doubt(), "silence");
}

TEST_P(FreshnessTest, IsUnconfirmedWhileNothingIsHeardNotEvenAHeartbeat) {
    receiver_.give(orders("A", 1, 2));
    receiver_.wait_ns(2'900'000'000);
    EXPECT_EQ(receiver_.freshness(), "current");
    receiver_.give(heartbeat_of("A", 3));
    receiver_.wait_ns(2'900'000'000);
    EXPECT_EQ(receiver_.freshness(), "current");
    receiver_.wait_ns(200'000'000);
    EXPECT_EQ(receiver_.freshness(), "unconfirmed");
    receiver_.give(heartbeat_of("A", 3));
    EXPECT_EQ(receiver_.freshness(), "unconfirmed") << "as of the last look";
    receiver_.wait_ns(1);
    EXPECT_EQ(receiver_.freshness(), "current");
    EXPECT_EQ(feed().silence.times, 1U);
    EXPECT_GE(feed().silence.longest_ns, 3'000'000'000U);
}

TEST_P(FreshnessTest, IsCurrentAfterTheEndHoweverSilentItIsThen) {
    receiver_.give(orders("A", 1, 2));
    receiver_.give(end_of("A", 3));
    receiver_.wait_ns(100 * kSecond_ns);
    EXPECT_EQ(receiver_.freshness(), "current");
}

TEST_P(FreshnessTest, IsStaleWhereTheFeedWasJoinedLate) {
    receiver_.give(orders("A", 500, 2));
    EXPECT_EQ(receiver_.freshness(), "stale");
    EXPECT_EQ(receiver_.counters().missed_messages, 0U);
}

TEST_P(FreshnessTest, IsStaleAfterALossAndCurrentInTheNextSession) {
    receiver_.give(orders("A", 1, 2));
    receiver_.give(orders("A", 5, 2));
    receiver_.wait_ns(10'000'000);
    EXPECT_EQ(receiver_.freshness(), "stale");
    receiver_.give(end_of("A", 7));
    receiver_.give(orders("B", 1, 2));
    EXPECT_EQ(receiver_.freshness(), "current");
}

TEST_P(FreshnessTest, IsStaleWhereAHeartbeatTellsOfALoss) {
    receiver_.give(orders("A", 1, 2));
    receiver_.give(heartbeat_of("A", 5));
    receiver_.wait_ns(10'000'000);
    EXPECT_EQ(receiver_.freshness(), "stale");
    EXPECT_EQ(receiver_.counters().missed_messages, 2U);
}

// Received means: its messages were read. The same account with either policy.
TEST_P(FreshnessTest, IsStaleWhereAPacketPromisedMoreThanItBrought) {
    Bytes cut = orders("A", 1, 10);
    cut.resize(sizeof(wire::mold::Header) + 3 * 38 + 5);
    receiver_.give(cut);
    EXPECT_NE(receiver_.freshness(), "current");
    EXPECT_EQ(receiver_.book().orders(), 3U);
    receiver_.give(orders("A", 11, 1));
    receiver_.give(end_of("A", 12));
    receiver_.wait_ns(10'000'000);
    receiver_.finish();
    EXPECT_EQ(receiver_.freshness(), "stale");
    EXPECT_EQ(receiver_.counters().messages, 4U);
    EXPECT_EQ(receiver_.counters().missed_messages, 7U);
    EXPECT_EQ(receiver_.book().orders(), 4U);
    EXPECT_EQ(feed().cut_short_packets, 1U);
    EXPECT_EQ(feed().cut_short_messages, 7U);
}

TEST_P(FreshnessTest, IsStaleWhereTheLastPacketWasCutShort) {
    receiver_.give(orders("A", 1, 2));
    Bytes cut = orders("A", 3, 2);
    cut.pop_back();
    receiver_.give(cut);
    receiver_.finish();
    EXPECT_EQ(receiver_.counters().missed_messages, 1U);
    EXPECT_EQ(receiver_.freshness(), "stale");
}

TEST_P(FreshnessTest, IsCurrentWhereBytesAreLeftOver) {
    Bytes longer = orders("A", 1, 2);
    longer.resize(longer.size() + 6);
    receiver_.give(longer);
    EXPECT_EQ(receiver_.book().digest(), digest_of("A", 2));
    EXPECT_EQ(feed().left_over_packets, 1U);
    EXPECT_EQ(receiver_.freshness(), "current");
}

TEST_P(FreshnessTest, RevokesAnEndThatDataFollows) {
    receiver_.give(orders("A", 1, 2));
    receiver_.give(end_of("A", 3));
    EXPECT_TRUE(receiver_.pipeline().all_ended());
    receiver_.give(orders("A", 3, 1));
    EXPECT_FALSE(receiver_.pipeline().all_ended());
    EXPECT_EQ(receiver_.book().digest(), digest_of("A", 3));
    receiver_.give(end_of("A", 0));  // some publishers end without a number
    EXPECT_TRUE(receiver_.pipeline().all_ended());
}

INSTANTIATE_TEST_SUITE_P(AsTheyCome, FreshnessTest, ::testing::Values(false));
INSTANTIATE_TEST_SUITE_P(InOrder, FreshnessTest, ::testing::Values(true));

// The captures of the field that today's kind of fault came from, as they were made.

TEST(Field, KeepsTheFeedGoingAfterALostJumboFrame) {
    Receiver receiver{true};
    for (std::uint64_t k = 0; k < 100; ++k) {
        if (k != 10) receiver.give(orders("JUMBO", 1 + k * 60, 60));
        receiver.wait_ns(1'000'000);
    }
    receiver.finish();
    EXPECT_EQ(receiver.book().orders(), 5'940U);
    EXPECT_EQ(receiver.counters().missed_messages, 60U);
    EXPECT_EQ(receiver.freshness(), "stale");
}

TEST(Field, TakesTheCopiesOfALateLineBForCopies) {
    for (const std::uint64_t late : {0U, 12U, 1'200U, 2'000U}) {
        Options options = test::one_group(true);
        options.line_b = {{0xef010102, 30002}};
        Receiver receiver{options};
        for (std::uint64_t n = 1; n <= 1'000 + late; ++n) {
            if (n <= 1'000) receiver.give(orders("ABLAG", n, 1), kOwn, 0);
            if (n > late) receiver.give(orders("ABLAG", n - late, 1), kOwn, 1);
            if (n > 1'000 && n % 500 == 0) receiver.give(heartbeat_of("ABLAG", 1'001), kOwn, 0);
            EXPECT_EQ(receiver.freshness(), "current") << n;
        }
        receiver.finish();
        EXPECT_EQ(receiver.book().digest(), digest_of("ABLAG", 1'000));
        EXPECT_EQ(receiver.freshness(), "current");
        EXPECT_EQ(receiver.counters().duplicate_messages, 1'000U);
    }
}

// Line B lost the end of the session before the restart, and as much of its beginning after: its
// numbers go on as if nothing had been.
TEST(NewcomersOfTwoLines, ThatGoOnInTheMiddleOfARestartAreHeldToo) {
    Options options = test::one_group(true);
    options.line_b = {{0xef010102, 30002}};
    Receiver receiver{options};
    for (std::uint64_t n = 1; n <= 60; ++n) {
        receiver.give(orders("A", n, 1), kOwn, 0);
        if (n <= 40) receiver.give(orders("A", n, 1), kOwn, 1);
    }
    receiver.wait_ns(kSecond_ns);
    for (std::uint64_t n = 1; n <= 80; ++n)
        receiver.give(orders("A", n, 1), kOwn, 0);
    for (std::uint64_t n = 41; n <= 80; ++n)
        receiver.give(orders("A", n, 1), kOwn, 1);
    EXPECT_EQ(receiver.book().digest(), digest_of("A", 60));
    EXPECT_EQ(receiver.doubt(), "sequence-began-again");
    receiver.go_over();
    EXPECT_EQ(receiver.book().digest(), digest_of("A", 80));
    EXPECT_EQ(receiver.freshness(), "current");
}

// Line A says all of its session again, so what comes on it is held; then line B has news, and A
// what comes behind that.
TEST(NewcomersOfTwoLines, WhoseHeldPacketsAreAheadKeepTheBookFromBeingCurrent) {
    Options options = test::one_group(true);
    options.line_b = {{0xef010102, 30002}};
    Receiver receiver{options};
    for (std::uint64_t n = 1; n <= 20; ++n) {
        receiver.give(orders("A", n, 1), kOwn, 0);
        receiver.give(orders("A", n, 1), kOwn, 1);
    }
    receiver.wait_ns(kSecond_ns);
    for (std::uint64_t n = 1; n <= 20; ++n)
        receiver.give(orders("A", n, 1), kOwn, 0);
    ASSERT_EQ(receiver.doubt(), "sequence-began-again");
    receiver.give(orders("A", 21, 1), kOwn, 1);
    EXPECT_EQ(receiver.freshness(), "current");
    receiver.give(orders("A", 22, 2), kOwn, 0);
    const bool is_whole = receiver.book().digest() == digest_of("A", 23);
    EXPECT_EQ(receiver.freshness() == "current", is_whole);
    receiver.give(orders("A", 22, 2), kOwn, 1);
    EXPECT_EQ(receiver.book().digest(), digest_of("A", 23));
    EXPECT_EQ(receiver.freshness(), "current");
}

}  // namespace
}  // namespace rxlab::rx
