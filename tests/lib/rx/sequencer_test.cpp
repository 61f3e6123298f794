// SPDX-License-Identifier: MIT
#include "headers.hpp"

#include <rxlab/rx/sequencer.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <ostream>
#include <string>

namespace rxlab::headers {

std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
    static constexpr const char* kNames[] = {"in_order", "gap",       "duplicate",
                                             "late",     "heartbeat", "end_of_session"};
    return out << kNames[static_cast<int>(verdict.kind)] << " skip " << verdict.skip << " missing "
               << verdict.missing << (verdict.session_changed ? " session changed" : "");
}

}  // namespace rxlab::headers

namespace rxlab::rx {
namespace {

using headers::accept;
using headers::Kind;
using headers::Verdict;

using headers::data;
using headers::end_of_session;
using headers::heartbeat;
using headers::Session;

Verdict in_order(std::uint16_t skip = 0) {
    return {.kind = Kind::in_order, .skip = skip};
}
Verdict gap(std::uint64_t missing) {
    return {.kind = Kind::gap, .missing = missing};
}
Verdict duplicate(std::uint16_t count) {
    return {.kind = Kind::duplicate, .skip = count};
}
Verdict late() {
    return {.kind = Kind::late};
}
Verdict heard(std::uint64_t missing = 0) {
    return {.kind = Kind::heartbeat, .missing = missing};
}
Verdict ended(std::uint64_t missing = 0) {
    return {.kind = Kind::end_of_session, .missing = missing};
}
Verdict changed(Verdict verdict) {
    verdict.session_changed = true;
    return verdict;
}

TEST(SequencerTest, StartsEmpty) {
    const Sequencer sequencer;
    EXPECT_EQ(sequencer.counters(), SequenceCounters{});
    EXPECT_EQ(sequencer.next(), 0U);
    EXPECT_FALSE(sequencer.ended());
}

TEST(SequencerTest, JoinsWithDataAtAnySequence) {
    for (std::uint64_t first : {0ULL, 1ULL, 5ULL, 1ULL << 40}) {
        Sequencer sequencer;
        EXPECT_EQ(accept(sequencer, data(first, 3)), in_order());
        EXPECT_EQ(sequencer.next(), first + 3);
        EXPECT_EQ(sequencer.session(), headers::kSession);
        EXPECT_EQ(sequencer.counters(), (SequenceCounters{.packets = 1, .messages = 3}));
    }
}

TEST(SequencerTest, JoinsWithAHeartbeat) {
    Sequencer sequencer;
    EXPECT_EQ(accept(sequencer, heartbeat(100)), heard());
    EXPECT_EQ(sequencer.next(), 100U);
    EXPECT_EQ(accept(sequencer, data(100, 1)), in_order());
    EXPECT_EQ(sequencer.counters(),
              (SequenceCounters{.packets = 1, .messages = 1, .heartbeats = 1}));
}

TEST(SequencerTest, JoinsWithAnEndOfSession) {
    Sequencer sequencer;
    EXPECT_EQ(accept(sequencer, end_of_session(100)), ended());
    EXPECT_TRUE(sequencer.ended());
    EXPECT_EQ(sequencer.counters(), (SequenceCounters{.ends_of_session = 1}));
}

TEST(SequencerTest, JoinsASessionWhoseNameIsAllZeroBytes) {
    const Session zeros{std::string_view{"\0\0\0\0\0\0\0\0\0\0", 10}};
    Sequencer sequencer;
    EXPECT_EQ(accept(sequencer, data(0, 2, zeros)), in_order());
    EXPECT_EQ(accept(sequencer, data(2, 2)), changed(in_order()));
}

TEST(SequencerTest, TakesDataInOrder) {
    Sequencer sequencer;
    for (std::uint64_t sequence = 1; sequence < 100; sequence += 3) {
        EXPECT_EQ(accept(sequencer, data(sequence, 3)), in_order());
    }
    EXPECT_EQ(sequencer.counters(), (SequenceCounters{.packets = 33, .messages = 99}));
}

TEST(SequencerTest, CountsAGapAndGoesOnBehindIt) {
    Sequencer sequencer;
    accept(sequencer, data(1, 2));
    EXPECT_EQ(accept(sequencer, data(10, 1)), gap(7));
    EXPECT_EQ(accept(sequencer, data(11, 1)), in_order());
    EXPECT_EQ(sequencer.counters(),
              (SequenceCounters{.packets = 3, .messages = 4, .gaps = 1, .missed_messages = 7}));
}

TEST(SequencerTest, TakesASecondCopyForADuplicate) {
    Sequencer sequencer;
    accept(sequencer, data(1, 5));
    EXPECT_EQ(accept(sequencer, data(1, 5)), duplicate(5));
    EXPECT_EQ(accept(sequencer, data(2, 1)), duplicate(1));
    EXPECT_EQ(sequencer.next(), 6U);
    EXPECT_EQ(sequencer.counters(),
              (SequenceCounters{
                  .packets = 3, .messages = 11, .duplicate_packets = 2, .duplicate_messages = 6}));
}

TEST(SequencerTest, FillsAWholeGapOnce) {
    Sequencer sequencer;
    accept(sequencer, data(1, 1));
    accept(sequencer, data(5, 1));
    EXPECT_EQ(accept(sequencer, data(2, 3)), late());
    EXPECT_EQ(accept(sequencer, data(2, 3)), duplicate(3));
    EXPECT_EQ(sequencer.next(), 6U);
    EXPECT_EQ(sequencer.counters(), (SequenceCounters{.packets = 4,
                                                      .messages = 8,
                                                      .gaps = 1,
                                                      .missed_messages = 0,
                                                      .duplicate_packets = 1,
                                                      .duplicate_messages = 3,
                                                      .late_packets = 1,
                                                      .late_messages = 3}));
}

TEST(SequencerTest, FillsTheFrontTheBackAndTheMiddleOfAGap) {
    Sequencer sequencer;
    accept(sequencer, data(1, 1));
    accept(sequencer, data(12, 1));  // 2..11 are missing
    EXPECT_EQ(accept(sequencer, data(2, 2)), late());
    EXPECT_EQ(accept(sequencer, data(10, 2)), late());
    EXPECT_EQ(accept(sequencer, data(6, 2)), late());
    EXPECT_EQ(sequencer.counters().missed_messages, 4U);
    EXPECT_EQ(accept(sequencer, data(2, 2)), duplicate(2));
    EXPECT_EQ(accept(sequencer, data(10, 2)), duplicate(2));
    EXPECT_EQ(accept(sequencer, data(6, 2)), duplicate(2));
    EXPECT_EQ(accept(sequencer, data(8, 2)), late());
    EXPECT_EQ(accept(sequencer, data(4, 2)), late());
    EXPECT_EQ(sequencer.counters().missed_messages, 0U);
    EXPECT_EQ(sequencer.counters().late_messages, 10U);
    EXPECT_EQ(sequencer.counters().gaps, 1U);
}

TEST(SequencerTest, TellsWhereALatePacketBeginsToFill) {
    Sequencer sequencer;
    accept(sequencer, data(1, 4));
    accept(sequencer, data(7, 2));                     // 5 and 6 are missing
    EXPECT_EQ(accept(sequencer, data(3, 5)), late());  // 3 4 [5 6] 7
    EXPECT_EQ(sequencer.counters().late_messages, 2U);
    EXPECT_EQ(sequencer.counters().duplicate_messages, 3U);
    EXPECT_EQ(sequencer.counters().duplicate_packets, 0U);
}

TEST(SequencerTest, FillsSeveralGapsWithOnePacket) {
    Sequencer sequencer;
    accept(sequencer, data(1, 1));
    accept(sequencer, data(3, 1));
    accept(sequencer, data(5, 1));
    accept(sequencer, data(8, 1));                     // 2, 4, 6 and 7 are missing
    EXPECT_EQ(accept(sequencer, data(2, 5)), late());  // [2] 3 [4] 5 [6]
    EXPECT_EQ(sequencer.counters().late_messages, 3U);
    EXPECT_EQ(sequencer.counters().missed_messages, 1U);
    EXPECT_EQ(accept(sequencer, data(7, 1)), late());
    EXPECT_EQ(sequencer.counters().missed_messages, 0U);
}

TEST(SequencerTest, SkipsWhatAnOverlapRepeats) {
    Sequencer sequencer;
    accept(sequencer, data(1, 5));
    EXPECT_EQ(accept(sequencer, data(4, 4)), in_order(2));
    EXPECT_EQ(sequencer.next(), 8U);
    EXPECT_EQ(sequencer.counters(),
              (SequenceCounters{
                  .packets = 2, .messages = 9, .duplicate_messages = 2, .overlap_packets = 1}));
}

TEST(SequencerTest, CountsWhatAnOverlapFillsAsLate) {
    Sequencer sequencer;
    accept(sequencer, data(1, 1));
    accept(sequencer, data(3, 1));                          // 2 is missing
    EXPECT_EQ(accept(sequencer, data(1, 5)), in_order(3));  // 1 [2] 3, then 4 and 5
    EXPECT_EQ(sequencer.counters(), (SequenceCounters{.packets = 3,
                                                      .messages = 7,
                                                      .gaps = 1,
                                                      .missed_messages = 0,
                                                      .duplicate_messages = 2,
                                                      .late_messages = 1,
                                                      .overlap_packets = 1}));
    EXPECT_EQ(accept(sequencer, data(2, 1)), duplicate(1));
}

TEST(SequencerTest, NoticesWithAHeartbeatThatTheLastMessagesAreMissing) {
    Sequencer sequencer;
    accept(sequencer, data(1, 2));
    EXPECT_EQ(accept(sequencer, heartbeat(3)), heard());
    EXPECT_EQ(accept(sequencer, heartbeat(5)), heard(2));
    EXPECT_EQ(accept(sequencer, heartbeat(5)), heard());
    EXPECT_EQ(sequencer.counters().gaps, 1U);
    EXPECT_EQ(sequencer.counters().missed_messages, 2U);
    EXPECT_EQ(sequencer.counters().heartbeats, 3U);
    EXPECT_EQ(accept(sequencer, data(3, 2)), late());
    EXPECT_EQ(accept(sequencer, data(5, 1)), in_order());
    EXPECT_EQ(sequencer.counters().missed_messages, 0U);
}

TEST(SequencerTest, IgnoresTheSequenceOfAnOldHeartbeat) {
    Sequencer sequencer;
    accept(sequencer, data(1, 10));
    EXPECT_EQ(accept(sequencer, heartbeat(5)), heard());
    EXPECT_EQ(sequencer.next(), 11U);
    EXPECT_EQ(accept(sequencer, data(11, 1)), in_order());
}

TEST(SequencerTest, EndsTheSessionAndNoticesAMissingTail) {
    Sequencer sequencer;
    accept(sequencer, data(1, 2));
    EXPECT_FALSE(sequencer.ended());
    EXPECT_EQ(accept(sequencer, end_of_session(6)), ended(3));
    EXPECT_TRUE(sequencer.ended());
    EXPECT_EQ(accept(sequencer, end_of_session(6)), ended());
    EXPECT_EQ(
        sequencer.counters(),
        (SequenceCounters{
            .packets = 1, .messages = 2, .ends_of_session = 2, .gaps = 1, .missed_messages = 3}));
    EXPECT_EQ(accept(sequencer, data(3, 3)), late());
    EXPECT_TRUE(sequencer.ended());
}

TEST(SequencerTest, RestartsWithAnotherSession) {
    const Session next{"SESSION002"};
    Sequencer sequencer;
    accept(sequencer, data(100, 5));
    accept(sequencer, data(110, 1));
    accept(sequencer, end_of_session(111));
    EXPECT_EQ(accept(sequencer, data(1, 2, next)), changed(in_order()));
    EXPECT_EQ(sequencer.session(), next);
    EXPECT_EQ(sequencer.next(), 3U);
    EXPECT_FALSE(sequencer.ended());
    EXPECT_EQ(sequencer.counters().missed_messages, 5U);         // for good
    EXPECT_EQ(accept(sequencer, data(106, 1, next)), gap(103));  // not late: another session's gap
    EXPECT_EQ(sequencer.counters().session_changes, 1U);
}

TEST(SequencerTest, RestartsWithAnotherSessionsHeartbeatOrEnd) {
    Sequencer sequencer;
    accept(sequencer, data(100, 5));
    EXPECT_EQ(accept(sequencer, heartbeat(7, "B")), changed(heard()));
    EXPECT_EQ(sequencer.next(), 7U);
    EXPECT_EQ(accept(sequencer, end_of_session(9, "C")), changed(ended()));
    EXPECT_TRUE(sequencer.ended());
    EXPECT_EQ(sequencer.counters().missed_messages, 0U);
    EXPECT_EQ(sequencer.counters().session_changes, 2U);
}

TEST(SequencerTest, TellsSessionsApartByEachCharacter) {
    for (std::size_t i = 0; i < 10; ++i) {
        std::string name = "SESSION001";
        name[i] = '*';
        Sequencer sequencer;
        accept(sequencer, data(1, 1));
        EXPECT_EQ(accept(sequencer, data(2, 1, Session{name})), changed(in_order())) << name;
    }
}

TEST(SequencerTest, LetsNoOtherSessionOrSourceGoTheShortWay) {
    Sequencer sequencer;
    accept(sequencer, data(1, 1));
    sequencer.set_source(0, 7);
    EXPECT_EQ(sequencer.classify(data(2, 1), 7), Place::next);
    EXPECT_EQ(sequencer.classify(data(2, 1), 8), Place::foreign);
    for (std::size_t i = 0; i < 10; ++i) {
        std::string name = "SESSION001";
        name[i] = '*';
        EXPECT_EQ(sequencer.classify(data(2, 1, Session{name}), 7), Place::foreign) << name;
    }
}

TEST(SequencerTest, LetsNothingGoTheShortWayWhileThereIsAReason) {
    for (const auto reason : {Sequencer::waiting, Sequencer::told_end, Sequencer::in_doubt}) {
        Sequencer sequencer;
        accept(sequencer, data(1, 1));
        sequencer.set(reason, true);
        EXPECT_EQ(sequencer.classify(data(2, 1)), Place::own);
        sequencer.set(reason, false);
        EXPECT_EQ(sequencer.classify(data(2, 1)), Place::next);
    }
}

TEST(SequencerTest, SaysWhereEachKindOfPacketStands) {
    Sequencer sequencer;
    accept(sequencer, data(10, 5));
    EXPECT_EQ(sequencer.classify(data(15, 1)), Place::next);
    EXPECT_EQ(sequencer.classify(data(14, 2)), Place::own);
    EXPECT_EQ(sequencer.classify(data(16, 1)), Place::own);
    EXPECT_EQ(sequencer.classify(data(10, 5)), Place::own);
    EXPECT_EQ(sequencer.classify(heartbeat(15)), Place::own);
    EXPECT_EQ(sequencer.classify(end_of_session(15)), Place::own);
    EXPECT_EQ(sequencer.classify(heartbeat(15, "OTHER")), Place::foreign);
    EXPECT_EQ(sequencer.classify(data(15 + Sequencer::kJumpMessagesMax, 1)), Place::own);
    EXPECT_EQ(sequencer.classify(data(16 + Sequencer::kJumpMessagesMax, 1)), Place::foreign);
}

TEST(SequencerTest, TakesWhatAPacketPromisedForMissing) {
    Sequencer sequencer;
    accept(sequencer, data(1, 10));
    sequencer.cut_short(4);
    EXPECT_EQ(sequencer.next(), 4U);
    EXPECT_EQ(sequencer.highest(), 11U);
    EXPECT_EQ(sequencer.counters(), (SequenceCounters{.packets = 1, .messages = 3}));
    EXPECT_EQ(accept(sequencer, data(4, 1)), in_order()) << "it may have lied";
    EXPECT_EQ(accept(sequencer, data(11, 1)), gap(6));
}

TEST(SequencerTest, TakesWhatCameBeforeItJoinedForLateAndNeverForMissed) {
    Sequencer sequencer;
    accept(sequencer, data(10, 1));
    EXPECT_EQ(accept(sequencer, data(8, 2)), late());
    EXPECT_EQ(accept(sequencer, data(8, 2)), duplicate(2));
    EXPECT_EQ(sequencer.counters().missed_messages, 0U);
    EXPECT_EQ(sequencer.counters().gaps, 0U);
    EXPECT_EQ(sequencer.counters().late_messages, 2U);
    EXPECT_EQ(accept(sequencer, data(7, 5)), in_order(4));  // [7] 8 9 10, then 11
    EXPECT_EQ(sequencer.counters().late_messages, 3U);
}

// Receives every second message from 1 on: 2, 4, 6, … are gaps of one message.
void open_gaps(Sequencer& sequencer, std::size_t gaps) {
    for (std::size_t i = 0; i <= gaps; ++i)
        accept(sequencer, data(1 + 2 * i, 1));
}

TEST(SequencerTest, RemembersAsManyGapsAsItSays) {
    Sequencer sequencer;
    accept(sequencer, data(0, 1));
    open_gaps(sequencer, Sequencer::kOpenGapsMax);
    EXPECT_EQ(sequencer.counters().gaps_forgotten, 0U);
    for (std::size_t i = 1; i <= Sequencer::kOpenGapsMax; ++i) {
        EXPECT_EQ(accept(sequencer, data(2 * i, 1)), late()) << i;
    }
    EXPECT_EQ(sequencer.counters().missed_messages, 0U);
}

TEST(SequencerTest, ForgetsTheOldestGapWhenThereAreTooMany) {
    Sequencer sequencer;
    accept(sequencer, data(0, 1));
    open_gaps(sequencer, Sequencer::kOpenGapsMax + 2);
    EXPECT_EQ(sequencer.counters().gaps_forgotten, 2U);
    EXPECT_EQ(accept(sequencer, data(2, 1)), duplicate(1));
    EXPECT_EQ(accept(sequencer, data(4, 1)), duplicate(1));
    EXPECT_EQ(accept(sequencer, data(6, 1)), late());
    EXPECT_EQ(sequencer.counters().missed_messages, Sequencer::kOpenGapsMax + 1);
}

TEST(SequencerTest, ForgetsTheOldestGapWhenALatePacketSplitsOne) {
    for (std::uint64_t split : {0U, 1U, 30U, 63U}) {  // which of the 64 gaps
        Sequencer sequencer;
        accept(sequencer, data(0, 1));
        for (std::uint64_t i = 1; i <= Sequencer::kOpenGapsMax; ++i) {
            accept(sequencer, data(4 * i, 1));  // 4i-3, 4i-2 and 4i-1 are missing
        }
        const std::uint64_t middle = 4 * (split + 1) - 2;
        EXPECT_EQ(accept(sequencer, data(middle, 1)), late()) << split;
        EXPECT_EQ(sequencer.counters().gaps_forgotten, 1U);
        EXPECT_EQ(accept(sequencer, data(middle, 1)), duplicate(1)) << split;
        EXPECT_EQ(accept(sequencer, data(middle + 1, 1)), late()) << split;
        const bool oldest_was_split = split == 0;  // its front is what was forgotten
        EXPECT_EQ(accept(sequencer, data(middle - 1, 1)), oldest_was_split ? duplicate(1) : late());
        EXPECT_EQ(accept(sequencer, data(1, 1)), duplicate(1)) << split;
    }
}

TEST(SequencerTest, DoesNotCountTheTimeBeforeItJoinedAsAForgottenGap) {
    Sequencer sequencer;
    open_gaps(sequencer, Sequencer::kOpenGapsMax);  // from 1: message 0 is before the join
    EXPECT_EQ(sequencer.counters().gaps_forgotten, 0U);
    EXPECT_EQ(accept(sequencer, data(0, 1)), duplicate(1));
    EXPECT_EQ(accept(sequencer, data(2, 1)), late());
}

TEST(SequencerTest, EndsAPacketAtTheEndOfTheSequenceRange) {
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    Sequencer sequencer;
    accept(sequencer, data(1, 1));
    EXPECT_EQ(accept(sequencer, heartbeat(kMax - 5)), heard(kMax - 7));
    EXPECT_EQ(accept(sequencer, data(kMax - 5, 10)), in_order());
    EXPECT_EQ(sequencer.next(), kMax);
    EXPECT_EQ(accept(sequencer, data(kMax - 5, 10)), duplicate(10));
    EXPECT_EQ(accept(sequencer, data(kMax, 1)), in_order());
    EXPECT_EQ(accept(sequencer, data(100, 1)), late());
    EXPECT_EQ(sequencer.counters().late_messages, 1U);
    EXPECT_EQ(sequencer.counters().missed_messages, kMax - 8);
}

}  // namespace
}  // namespace rxlab::rx
