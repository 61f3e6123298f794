// SPDX-License-Identifier: MIT
#include "headers.hpp"

#include <rxlab/feed/channel.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <ostream>

namespace rxlab::feed {

bool operator==(const Verdict& a, const Verdict& b) {
    return a.kind == b.kind && a.session_changed == b.session_changed && a.skip == b.skip &&
           a.missing == b.missing;
}

std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
    static constexpr const char* kNames[] = {"in_order", "gap",       "duplicate",
                                             "late",     "heartbeat", "end_of_session"};
    return out << kNames[static_cast<int>(verdict.kind)] << " skip " << verdict.skip << " missing "
               << verdict.missing << (verdict.session_changed ? " session changed" : "");
}

namespace {

using test::data;
using test::end_of_session;
using test::heartbeat;
using test::Session;

Verdict in_order(std::uint16_t skip = 0) {
    return {.kind = PacketKind::in_order, .skip = skip};
}
Verdict gap(std::uint64_t missing) {
    return {.kind = PacketKind::gap, .missing = missing};
}
Verdict duplicate(std::uint16_t count) {
    return {.kind = PacketKind::duplicate, .skip = count};
}
Verdict late(std::uint16_t skip = 0) {
    return {.kind = PacketKind::late, .skip = skip};
}
Verdict heard(std::uint64_t missing = 0) {
    return {.kind = PacketKind::heartbeat, .missing = missing};
}
Verdict ended(std::uint64_t missing = 0) {
    return {.kind = PacketKind::end_of_session, .missing = missing};
}
Verdict changed(Verdict verdict) {
    verdict.session_changed = true;
    return verdict;
}

TEST(Channel, StartsEmpty) {
    const Channel channel;
    EXPECT_EQ(channel.counters(), ChannelCounters{});
    EXPECT_EQ(channel.next_sequence(), 0U);
    EXPECT_FALSE(channel.ended());
}

TEST(Channel, JoinsWithDataAtAnySequence) {
    for (std::uint64_t first : {0ULL, 1ULL, 5ULL, 1ULL << 40}) {
        Channel channel;
        EXPECT_EQ(channel.accept(data(first, 3)), in_order());
        EXPECT_EQ(channel.next_sequence(), first + 3);
        EXPECT_EQ(channel.session(), test::kSession);
        EXPECT_EQ(channel.counters(), (ChannelCounters{.packets = 1, .messages = 3}));
    }
}

TEST(Channel, JoinsWithAHeartbeat) {
    Channel channel;
    EXPECT_EQ(channel.accept(heartbeat(100)), heard());
    EXPECT_EQ(channel.next_sequence(), 100U);
    EXPECT_EQ(channel.accept(data(100, 1)), in_order());
    EXPECT_EQ(channel.counters(), (ChannelCounters{.packets = 1, .messages = 1, .heartbeats = 1}));
}

TEST(Channel, JoinsWithAnEndOfSession) {
    Channel channel;
    EXPECT_EQ(channel.accept(end_of_session(100)), ended());
    EXPECT_TRUE(channel.ended());
    EXPECT_EQ(channel.counters(), (ChannelCounters{.ends_of_session = 1}));
}

TEST(Channel, JoinsASessionWhoseNameIsAllZeroBytes) {
    const Session zeros{std::string_view{"\0\0\0\0\0\0\0\0\0\0", 10}};
    Channel channel;
    EXPECT_EQ(channel.accept(data(0, 2, zeros)), in_order());
    EXPECT_EQ(channel.accept(data(2, 2)), changed(in_order()));
}

TEST(Channel, TakesDataInOrder) {
    Channel channel;
    for (std::uint64_t sequence = 1; sequence < 100; sequence += 3) {
        EXPECT_EQ(channel.accept(data(sequence, 3)), in_order());
    }
    EXPECT_EQ(channel.counters(), (ChannelCounters{.packets = 33, .messages = 99}));
}

TEST(Channel, CountsAGapAndGoesOnBehindIt) {
    Channel channel;
    channel.accept(data(1, 2));
    EXPECT_EQ(channel.accept(data(10, 1)), gap(7));
    EXPECT_EQ(channel.accept(data(11, 1)), in_order());
    EXPECT_EQ(channel.counters(),
              (ChannelCounters{.packets = 3, .messages = 4, .gaps = 1, .missed_messages = 7}));
}

TEST(Channel, TakesASecondCopyForADuplicate) {
    Channel channel;
    channel.accept(data(1, 5));
    EXPECT_EQ(channel.accept(data(1, 5)), duplicate(5));
    EXPECT_EQ(channel.accept(data(2, 1)), duplicate(1));
    EXPECT_EQ(channel.next_sequence(), 6U);
    EXPECT_EQ(channel.counters(),
              (ChannelCounters{
                  .packets = 3, .messages = 11, .duplicate_packets = 2, .duplicate_messages = 6}));
}

TEST(Channel, FillsAWholeGapOnce) {
    Channel channel;
    channel.accept(data(1, 1));
    channel.accept(data(5, 1));
    EXPECT_EQ(channel.accept(data(2, 3)), late());
    EXPECT_EQ(channel.accept(data(2, 3)), duplicate(3));
    EXPECT_EQ(channel.next_sequence(), 6U);
    EXPECT_EQ(channel.counters(), (ChannelCounters{.packets = 4,
                                                   .messages = 8,
                                                   .gaps = 1,
                                                   .missed_messages = 0,
                                                   .duplicate_packets = 1,
                                                   .duplicate_messages = 3,
                                                   .late_packets = 1,
                                                   .late_messages = 3}));
}

TEST(Channel, FillsTheFrontTheBackAndTheMiddleOfAGap) {
    Channel channel;
    channel.accept(data(1, 1));
    channel.accept(data(12, 1));  // 2..11 are missing
    EXPECT_EQ(channel.accept(data(2, 2)), late());
    EXPECT_EQ(channel.accept(data(10, 2)), late());
    EXPECT_EQ(channel.accept(data(6, 2)), late());
    EXPECT_EQ(channel.counters().missed_messages, 4U);
    EXPECT_EQ(channel.accept(data(2, 2)), duplicate(2));
    EXPECT_EQ(channel.accept(data(10, 2)), duplicate(2));
    EXPECT_EQ(channel.accept(data(6, 2)), duplicate(2));
    EXPECT_EQ(channel.accept(data(8, 2)), late());
    EXPECT_EQ(channel.accept(data(4, 2)), late());
    EXPECT_EQ(channel.counters().missed_messages, 0U);
    EXPECT_EQ(channel.counters().late_messages, 10U);
    EXPECT_EQ(channel.counters().gaps, 1U);
}

TEST(Channel, TellsWhereALatePacketBeginsToFill) {
    Channel channel;
    channel.accept(data(1, 4));
    channel.accept(data(7, 2));                      // 5 and 6 are missing
    EXPECT_EQ(channel.accept(data(3, 5)), late(2));  // 3 4 [5 6] 7
    EXPECT_EQ(channel.counters().late_messages, 2U);
    EXPECT_EQ(channel.counters().duplicate_messages, 3U);
    EXPECT_EQ(channel.counters().duplicate_packets, 0U);
}

TEST(Channel, FillsSeveralGapsWithOnePacket) {
    Channel channel;
    channel.accept(data(1, 1));
    channel.accept(data(3, 1));
    channel.accept(data(5, 1));
    channel.accept(data(8, 1));                     // 2, 4, 6 and 7 are missing
    EXPECT_EQ(channel.accept(data(2, 5)), late());  // [2] 3 [4] 5 [6]
    EXPECT_EQ(channel.counters().late_messages, 3U);
    EXPECT_EQ(channel.counters().missed_messages, 1U);
    EXPECT_EQ(channel.accept(data(7, 1)), late());
    EXPECT_EQ(channel.counters().missed_messages, 0U);
}

TEST(Channel, SkipsWhatAnOverlapRepeats) {
    Channel channel;
    channel.accept(data(1, 5));
    EXPECT_EQ(channel.accept(data(4, 4)), in_order(2));
    EXPECT_EQ(channel.next_sequence(), 8U);
    EXPECT_EQ(channel.counters(),
              (ChannelCounters{
                  .packets = 2, .messages = 9, .duplicate_messages = 2, .overlap_packets = 1}));
}

TEST(Channel, CountsWhatAnOverlapFillsAsLate) {
    Channel channel;
    channel.accept(data(1, 1));
    channel.accept(data(3, 1));                          // 2 is missing
    EXPECT_EQ(channel.accept(data(1, 5)), in_order(3));  // 1 [2] 3, then 4 and 5
    EXPECT_EQ(channel.counters(), (ChannelCounters{.packets = 3,
                                                   .messages = 7,
                                                   .gaps = 1,
                                                   .missed_messages = 0,
                                                   .duplicate_messages = 2,
                                                   .late_messages = 1,
                                                   .overlap_packets = 1}));
    EXPECT_EQ(channel.accept(data(2, 1)), duplicate(1));
}

TEST(Channel, NoticesWithAHeartbeatThatTheLastMessagesAreMissing) {
    Channel channel;
    channel.accept(data(1, 2));
    EXPECT_EQ(channel.accept(heartbeat(3)), heard());
    EXPECT_EQ(channel.accept(heartbeat(5)), heard(2));
    EXPECT_EQ(channel.accept(heartbeat(5)), heard());
    EXPECT_EQ(channel.counters().gaps, 1U);
    EXPECT_EQ(channel.counters().missed_messages, 2U);
    EXPECT_EQ(channel.counters().heartbeats, 3U);
    EXPECT_EQ(channel.accept(data(3, 2)), late());
    EXPECT_EQ(channel.accept(data(5, 1)), in_order());
    EXPECT_EQ(channel.counters().missed_messages, 0U);
}

TEST(Channel, IgnoresTheSequenceOfAnOldHeartbeat) {
    Channel channel;
    channel.accept(data(1, 10));
    EXPECT_EQ(channel.accept(heartbeat(5)), heard());
    EXPECT_EQ(channel.next_sequence(), 11U);
    EXPECT_EQ(channel.accept(data(11, 1)), in_order());
}

TEST(Channel, EndsTheSessionAndNoticesAMissingTail) {
    Channel channel;
    channel.accept(data(1, 2));
    EXPECT_FALSE(channel.ended());
    EXPECT_EQ(channel.accept(end_of_session(6)), ended(3));
    EXPECT_TRUE(channel.ended());
    EXPECT_EQ(channel.accept(end_of_session(6)), ended());
    EXPECT_EQ(
        channel.counters(),
        (ChannelCounters{
            .packets = 1, .messages = 2, .ends_of_session = 2, .gaps = 1, .missed_messages = 3}));
    EXPECT_EQ(channel.accept(data(3, 3)), late());
    EXPECT_TRUE(channel.ended());
}

TEST(Channel, RestartsWithAnotherSession) {
    const Session next{"SESSION002"};
    Channel channel;
    channel.accept(data(100, 5));
    channel.accept(data(110, 1));
    channel.accept(end_of_session(111));
    EXPECT_EQ(channel.accept(data(1, 2, next)), changed(in_order()));
    EXPECT_EQ(channel.session(), next);
    EXPECT_EQ(channel.next_sequence(), 3U);
    EXPECT_FALSE(channel.ended());
    EXPECT_EQ(channel.counters().missed_messages, 5U);        // for good
    EXPECT_EQ(channel.accept(data(106, 1, next)), gap(103));  // not late: another session's gap
    EXPECT_EQ(channel.counters().session_changes, 1U);
}

TEST(Channel, RestartsWithAnotherSessionsHeartbeatOrEnd) {
    Channel channel;
    channel.accept(data(100, 5));
    EXPECT_EQ(channel.accept(heartbeat(7, "B")), changed(heard()));
    EXPECT_EQ(channel.next_sequence(), 7U);
    EXPECT_EQ(channel.accept(end_of_session(9, "C")), changed(ended()));
    EXPECT_TRUE(channel.ended());
    EXPECT_EQ(channel.counters().missed_messages, 0U);
    EXPECT_EQ(channel.counters().session_changes, 2U);
}

TEST(Channel, TellsSessionsApartByEachCharacter) {
    for (std::size_t i = 0; i < 10; ++i) {
        std::string name = "SESSION001";
        name[i] = '*';
        Channel channel;
        channel.accept(data(1, 1));
        EXPECT_EQ(channel.accept(data(2, 1, Session{name})), changed(in_order())) << name;
    }
}

TEST(Channel, TakesWhatCameBeforeItJoinedForLateAndNeverForMissed) {
    Channel channel;
    channel.accept(data(10, 1));
    EXPECT_EQ(channel.accept(data(8, 2)), late());
    EXPECT_EQ(channel.accept(data(8, 2)), duplicate(2));
    EXPECT_EQ(channel.counters().missed_messages, 0U);
    EXPECT_EQ(channel.counters().gaps, 0U);
    EXPECT_EQ(channel.counters().late_messages, 2U);
    EXPECT_EQ(channel.accept(data(7, 5)), in_order(4));  // [7] 8 9 10, then 11
    EXPECT_EQ(channel.counters().late_messages, 3U);
}

// Receives every second message from 1 on: 2, 4, 6, … are gaps of one message.
void open_gaps(Channel& channel, std::size_t gaps) {
    for (std::size_t i = 0; i <= gaps; ++i)
        channel.accept(data(1 + 2 * i, 1));
}

TEST(Channel, RemembersAsManyGapsAsItSays) {
    Channel channel;
    channel.accept(data(0, 1));
    open_gaps(channel, Channel::kOpenGapsMax);
    EXPECT_EQ(channel.counters().gaps_forgotten, 0U);
    for (std::size_t i = 1; i <= Channel::kOpenGapsMax; ++i) {
        EXPECT_EQ(channel.accept(data(2 * i, 1)), late()) << i;
    }
    EXPECT_EQ(channel.counters().missed_messages, 0U);
}

TEST(Channel, ForgetsTheOldestGapWhenThereAreTooMany) {
    Channel channel;
    channel.accept(data(0, 1));
    open_gaps(channel, Channel::kOpenGapsMax + 2);
    EXPECT_EQ(channel.counters().gaps_forgotten, 2U);
    EXPECT_EQ(channel.accept(data(2, 1)), duplicate(1));
    EXPECT_EQ(channel.accept(data(4, 1)), duplicate(1));
    EXPECT_EQ(channel.accept(data(6, 1)), late());
    EXPECT_EQ(channel.counters().missed_messages, Channel::kOpenGapsMax + 1);
}

TEST(Channel, ForgetsTheOldestGapWhenALatePacketSplitsOne) {
    for (std::uint64_t split : {0U, 1U, 30U, 63U}) {  // which of the 64 gaps
        Channel channel;
        channel.accept(data(0, 1));
        for (std::uint64_t i = 1; i <= Channel::kOpenGapsMax; ++i) {
            channel.accept(data(4 * i, 1));  // 4i-3, 4i-2 and 4i-1 are missing
        }
        const std::uint64_t middle = 4 * (split + 1) - 2;
        EXPECT_EQ(channel.accept(data(middle, 1)), late()) << split;
        EXPECT_EQ(channel.counters().gaps_forgotten, 1U);
        EXPECT_EQ(channel.accept(data(middle, 1)), duplicate(1)) << split;
        EXPECT_EQ(channel.accept(data(middle + 1, 1)), late()) << split;
        const bool oldest_was_split = split == 0;  // its front is what was forgotten
        EXPECT_EQ(channel.accept(data(middle - 1, 1)), oldest_was_split ? duplicate(1) : late());
        EXPECT_EQ(channel.accept(data(1, 1)), duplicate(1)) << split;
    }
}

TEST(Channel, DoesNotCountTheTimeBeforeItJoinedAsAForgottenGap) {
    Channel channel;
    open_gaps(channel, Channel::kOpenGapsMax);  // from 1: message 0 is before the join
    EXPECT_EQ(channel.counters().gaps_forgotten, 0U);
    EXPECT_EQ(channel.accept(data(0, 1)), duplicate(1));
    EXPECT_EQ(channel.accept(data(2, 1)), late());
}

TEST(Channel, EndsAPacketAtTheEndOfTheSequenceRange) {
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    Channel channel;
    channel.accept(data(1, 1));
    EXPECT_EQ(channel.accept(heartbeat(kMax - 5)), heard(kMax - 7));
    EXPECT_EQ(channel.accept(data(kMax - 5, 10)), in_order());
    EXPECT_EQ(channel.next_sequence(), kMax);
    EXPECT_EQ(channel.accept(data(kMax - 5, 10)), duplicate(10));
    EXPECT_EQ(channel.accept(data(kMax, 1)), in_order());
    EXPECT_EQ(channel.accept(data(100, 1)), late());
    EXPECT_EQ(channel.counters().late_messages, 1U);
    EXPECT_EQ(channel.counters().missed_messages, kMax - 8);
}

}  // namespace
}  // namespace rxlab::feed
