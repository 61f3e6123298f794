// SPDX-License-Identifier: MIT
#include <rxlab/feed/ordered_channel.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rxlab::feed {
namespace {

using wire::mold::Session;

constexpr std::uint64_t kWait_ns = OrderedOptions{}.gap_wait_ns;
const Session kFirst{"FIRST"};
const Session kOther{"OTHER"};

std::vector<std::byte> packet(std::uint64_t sequence, std::uint16_t count, const Session& session,
                              std::size_t message_bytes = 10) {
    std::vector<std::byte> memory(wire::mold::kPayloadBytesMax);
    wire::mold::PacketBuilder builder{memory, session};
    builder.start(sequence);
    const std::vector<std::byte> message(message_bytes, std::byte{'x'});
    for (std::uint16_t i = 0; i < count; ++i)
        EXPECT_TRUE(builder.append(message));
    const auto bytes = builder.finish();
    return {bytes.begin(), bytes.end()};
}

// Writes down what it is given: "1-3" messages, "lost<5", "join 1", "heartbeat", "end".
class Log final : public OrderedSink {
  public:
    void deliver(std::span<const std::byte> payload, const Arrival&) noexcept override {
        const auto& header = wire::overlay<wire::mold::Header>(payload);
        const std::uint64_t first = header.sequence;
        if (header.message_count == wire::mold::kHeartbeat) return add("heartbeat");
        if (header.message_count == wire::mold::kEndOfSession) return add("end");
        add(std::to_string(first) + "-" + std::to_string(first + header.message_count - 1));
    }
    void skip_to(std::uint64_t sequence) noexcept override {
        add("lost<" + std::to_string(sequence));
    }
    void begin_anew() noexcept override { add("anew"); }
    void join(const Session& session, std::uint64_t sequence) noexcept override {
        add(std::string{session.view()} + "@" + std::to_string(sequence));
    }
    // What came since the last call.
    std::string take() { return std::exchange(text_, {}); }

  private:
    void add(const std::string& entry) { text_ += (text_.empty() ? "" : " ") + entry; }
    std::string text_;
};

class OrderedChannelTest : public ::testing::Test {
  protected:
    static OrderedOptions options() {
        OrderedOptions options;
        options.hold_packets = 16;
        return options;
    }
    static OrderedOptions recovering() {
        OrderedOptions with = options();
        with.recover = true;
        return with;
    }
    static OrderedOptions with_snapshot() {
        OrderedOptions with = options();
        with.snapshot = true;
        return with;
    }

    void use(const OrderedOptions& options) { channel_.emplace(options); }
    Taken data(std::uint64_t sequence, std::uint16_t count = 1, const Session& session = kFirst,
               Origin origin = Origin::line) {
        const auto bytes = packet(sequence, count, session);
        if (origin == Origin::line &&
            channel_->in_order(wire::overlay<wire::mold::Header>(bytes))) {
            log_.deliver(bytes, {});
            return Taken::delivered;
        }
        return channel_->take(bytes, {origin, now_, 0}, log_);
    }
    Taken answer(std::uint64_t sequence, std::uint16_t count) {
        return data(sequence, count, kFirst, Origin::answer);
    }
    Taken heartbeat(std::uint64_t sequence, const Session& session = kFirst) {
        return channel_->take(packet(sequence, 0, session), {Origin::line, now_, 0}, log_);
    }
    Taken end(std::uint64_t sequence) {
        const wire::mold::Header header{kFirst, sequence, wire::mold::kEndOfSession};
        return channel_->take(wire::bytes_of(header), {Origin::line, now_, 0}, log_);
    }
    // Lets time pass; returns what is asked for meanwhile.
    std::vector<Request> wait(std::uint64_t ns) {
        std::vector<Request> requests;
        const std::uint64_t until = now_ + ns;
        while (channel_->due_ns() <= until) {
            now_ = std::max(now_, channel_->due_ns());
            channel_->poll(now_, log_);
            while (const auto request = channel_->next_request(now_))
                requests.push_back(*request);
        }
        now_ = until;
        return requests;
    }
    std::string finish() {
        channel_->finish(now_, log_);
        EXPECT_TRUE(channel_->ledger().closes());
        return log_.take();
    }

    std::optional<OrderedChannel> channel_{options()};
    Log log_;
    std::uint64_t now_ = 0;
};

TEST_F(OrderedChannelTest, DeliversInOrderAtOnce) {
    EXPECT_EQ(data(5, 2), Taken::delivered);
    EXPECT_EQ(channel_->freshness(), Freshness::current);
    EXPECT_EQ(data(7, 1), Taken::delivered);
    EXPECT_EQ(log_.take(), "FIRST@5 5-6 7-7");
    EXPECT_EQ(channel_->due_ns(), kNever);
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 3, .delivered = 3}));
}

TEST_F(OrderedChannelTest, HoldsWhatIsEarlyUntilTheRestHasCome) {
    data(1);
    EXPECT_EQ(data(3), Taken::held);
    EXPECT_EQ(data(5), Taken::held);
    EXPECT_EQ(channel_->freshness(), Freshness::behind);
    EXPECT_EQ(data(4), Taken::held);
    EXPECT_EQ(log_.take(), "FIRST@1 1-1");
    EXPECT_EQ(data(2), Taken::delivered);
    EXPECT_EQ(log_.take(), "2-2 3-3 4-4 5-5");
    EXPECT_EQ(channel_->freshness(), Freshness::current);
    EXPECT_EQ(channel_->counters().episodes, 1U);
    EXPECT_EQ(channel_->counters().declared_episodes, 0U);
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 5, .delivered = 5}));
}

TEST_F(OrderedChannelTest, DeclaresLostWhatDoesNotComeInTime) {
    data(1);
    data(4, 2);
    EXPECT_TRUE(wait(kWait_ns - 1).empty());
    EXPECT_EQ(log_.take(), "FIRST@1 1-1");
    EXPECT_TRUE(wait(1).empty());
    EXPECT_EQ(log_.take(), "lost<4 4-5");
    EXPECT_EQ(channel_->freshness(), Freshness::stale);
    EXPECT_EQ(data(2), Taken::old);  // too late
    EXPECT_EQ(data(6), Taken::delivered);
    EXPECT_EQ(channel_->freshness(), Freshness::stale);
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 6, .delivered = 4, .lost = 2}));
    EXPECT_EQ(channel_->last_episode_ns(), kWait_ns);
    EXPECT_TRUE(channel_->last_episode_declared());
}

TEST_F(OrderedChannelTest, FillsAGapFromTheServer) {
    use(recovering());
    data(1);
    data(10);
    EXPECT_EQ(wait(2 * kWait_ns), (std::vector<Request>{{2, 8}}));
    EXPECT_EQ(answer(2, 5), Taken::delivered);
    EXPECT_EQ(log_.take(), "FIRST@1 1-1 2-6");
    EXPECT_EQ(wait(0), (std::vector<Request>{{7, 3}}));
    EXPECT_EQ(answer(7, 3), Taken::delivered);
    EXPECT_EQ(log_.take(), "7-9 10-10");
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 10, .delivered = 2, .recovered = 8}));
    EXPECT_EQ(channel_->freshness(), Freshness::current);
    EXPECT_EQ(answer(7, 3), Taken::ignored);
    EXPECT_EQ(channel_->counters().useless_answers, 1U);
}

TEST_F(OrderedChannelTest, TakesAnswersOutOfOrder) {
    use(recovering());
    data(1);
    data(10);
    wait(2 * kWait_ns);
    EXPECT_EQ(answer(6, 4), Taken::held);
    EXPECT_EQ(answer(2, 6), Taken::delivered);  // overlaps
    EXPECT_EQ(log_.take(), "FIRST@1 1-1 2-7 6-9 10-10");
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 10, .delivered = 2, .recovered = 8}));
}

TEST_F(OrderedChannelTest, IgnoresAnswersThatNobodyAskedFor) {
    use(recovering());
    EXPECT_EQ(answer(5, 1), Taken::ignored);  // before there is a session
    data(1);
    EXPECT_EQ(answer(50, 1), Taken::ignored);
    EXPECT_EQ(data(2, 1, kOther, Origin::answer), Taken::ignored);
    EXPECT_EQ(channel_->next_sequence(), 2U);
    EXPECT_EQ(channel_->counters().useless_answers, 3U);
}

TEST_F(OrderedChannelTest, GivesUpWhereTheServerIsSilent) {
    use(recovering());
    data(1);
    data(3);
    EXPECT_EQ(wait(2'000'000'000).size(), RequestOptions{}.attempts_max);
    EXPECT_EQ(log_.take(), "FIRST@1 1-1 lost<3 3-3");
    EXPECT_EQ(channel_->freshness(), Freshness::stale);
}

TEST_F(OrderedChannelTest, NoticesAMissingTailFromAHeartbeat) {
    use(recovering());
    data(1);
    EXPECT_EQ(heartbeat(2), Taken::control);
    EXPECT_EQ(log_.take(), "FIRST@1 1-1 heartbeat");
    EXPECT_EQ(heartbeat(4), Taken::control);
    EXPECT_EQ(channel_->freshness(), Freshness::behind);
    EXPECT_EQ(wait(2 * kWait_ns), (std::vector<Request>{{2, 2}}));
    EXPECT_EQ(answer(2, 2), Taken::delivered);
    EXPECT_EQ(channel_->freshness(), Freshness::current);
}

TEST_F(OrderedChannelTest, EndsTheSessionOnlyWhenItsTailHasCome) {
    use(recovering());
    data(1);
    end(4);
    end(4);
    EXPECT_EQ(log_.take(), "FIRST@1 1-1");
    wait(2 * kWait_ns);
    answer(2, 2);
    EXPECT_EQ(log_.take(), "2-3 end");
    end(4);
    EXPECT_EQ(log_.take(), "end");
}

TEST_F(OrderedChannelTest, AppliesEachMessageOnceWhenPacketsOverlap) {
    data(1, 3);
    EXPECT_EQ(data(2, 4), Taken::delivered);
    EXPECT_EQ(data(2, 2), Taken::old);
    data(8, 2);
    EXPECT_EQ(data(8, 2), Taken::duplicate);
    data(6, 3);
    EXPECT_EQ(log_.take(), "FIRST@1 1-3 2-5 6-8 8-9");
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 9, .delivered = 9, .duplicates = 2}));
}

TEST_F(OrderedChannelTest, GivesAGapUpWhenThereIsNoRoomToWait) {
    use(recovering());
    data(1);
    for (std::uint64_t i = 3; i < 19; ++i)
        EXPECT_EQ(data(i), Taken::held);
    EXPECT_EQ(channel_->held(), 16U);
    EXPECT_EQ(log_.take(), "FIRST@1 1-1");
    EXPECT_EQ(data(19), Taken::delivered);
    EXPECT_TRUE(log_.take().starts_with("lost<3 3-3 "));
    EXPECT_EQ(channel_->next_sequence(), 20U);
    EXPECT_EQ(channel_->counters().hold_full, 1U);
    EXPECT_EQ(channel_->held(), 0U);
}

TEST_F(OrderedChannelTest, KeepsThePacketThatComesWhileRoomIsMadeForIt) {
    OrderedOptions impatient = recovering();
    impatient.requests.messages_max = 2;
    impatient.requests.attempts_max = 1;
    use(impatient);
    data(1);
    for (std::uint64_t i = 6; i < 22; ++i)
        data(i);  // the hold is full
    EXPECT_EQ(wait(2 * kWait_ns), (std::vector<Request>{{2, 2}, {4, 2}}));
    now_ += impatient.requests.timeout_ns / 2;
    answer(2, 1);  // 3 may be asked for once more, 4 and 5 are given up before it
    wait(impatient.requests.timeout_ns * 6 / 10);
    EXPECT_EQ(log_.take(), "FIRST@1 1-1 2-2");
    EXPECT_EQ(data(4), Taken::delivered);
    EXPECT_TRUE(log_.take().starts_with("lost<4 4-4 lost<6 6-6 "));
    finish();
    EXPECT_EQ(channel_->ledger().lost, 2U);
}

TEST_F(OrderedChannelTest, TakesTheStartFromTheOption) {
    OrderedOptions from_one = recovering();
    from_one.first_sequence = 1;
    use(from_one);
    EXPECT_EQ(data(4), Taken::held);
    EXPECT_EQ(wait(2 * kWait_ns), (std::vector<Request>{{1, 3}}));
    answer(1, 3);
    EXPECT_EQ(log_.take(), "FIRST@1 1-3 4-4");
}

TEST_F(OrderedChannelTest, FollowsAnotherSessionOnceASecondPacketConfirmsIt) {
    data(10);
    data(12);
    EXPECT_EQ(data(1, 1, kOther), Taken::ignored);
    EXPECT_EQ(log_.take(), "FIRST@10 10-10");
    EXPECT_EQ(data(2, 1, kOther), Taken::delivered);
    EXPECT_EQ(log_.take(), "lost<12 12-12 anew OTHER@1 1-1 2-2");
    EXPECT_EQ(channel_->session(), kOther);
    EXPECT_EQ(data(13), Taken::ignored);  // line B is still in the old one
    EXPECT_EQ(data(3, 1, kOther), Taken::delivered);
    EXPECT_EQ(channel_->strays().old_sessions, 1U);
    EXPECT_EQ(channel_->strays().unconfirmed, 0U);
    EXPECT_EQ(finish(), "3-3");
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 6, .delivered = 5, .lost = 1}));
}

TEST_F(OrderedChannelTest, LeavesOutPacketsOfTheLastFourSessions) {
    const std::vector<Session> days{"MON", "TUE", "WED", "THU", "FRI"};
    for (const Session& day : days) {
        data(1, 1, day);
        data(2, 1, day);
        EXPECT_EQ(channel_->session(), day);
    }
    for (std::size_t i = 0; i + 1 < days.size(); ++i) {
        data(3, 1, days[i]);
        data(4, 1, days[i]);
    }
    EXPECT_EQ(channel_->session(), Session{"FRI"});
    EXPECT_EQ(channel_->strays().old_sessions, 8U);
}

TEST_F(OrderedChannelTest, AsksForWhatItMissedOfASessionThatCameBackAndIsStaleAllTheSame) {
    OrderedOptions with_room = recovering();
    with_room.first_sequence = 1;
    with_room.hold_packets = 64;
    use(with_room);
    data(1);
    data(1, 1, kOther);
    data(2, 1, kOther);
    for (std::uint64_t i = 4; i < 4 + StrayPackets::kSteps; ++i)
        data(i);
    EXPECT_EQ(channel_->session(), kFirst);
    EXPECT_EQ(log_.take(), "FIRST@1 1-1 anew OTHER@1 1-1 2-2 anew FIRST@2");
    EXPECT_EQ(wait(2 * kWait_ns), (std::vector<Request>{{2, 2}}));
    answer(2, 2);
    EXPECT_TRUE(log_.take().starts_with("2-3 4-4 5-5 "));
    EXPECT_EQ(channel_->freshness(), Freshness::stale) << "1 is in no book";
    EXPECT_EQ(channel_->next_sequence(), 20U);
    finish();
    EXPECT_EQ(channel_->ledger().lost, 0U);
}

TEST_F(OrderedChannelTest, TakesASnapshotOfASessionThatCameBack) {
    use(with_snapshot());
    data(1);
    channel_->join_snapshot(2, now_, log_);
    data(1, 1, kOther);
    data(2, 1, kOther);
    static_cast<void>(channel_->take_snapshot_wish());
    for (std::uint64_t i = 4; i < 4 + StrayPackets::kSteps; ++i)
        data(i);
    EXPECT_EQ(channel_->freshness(), Freshness::behind);
    EXPECT_TRUE(channel_->take_snapshot_wish());
    ASSERT_TRUE(channel_->snapshot_fits(kFirst, 19));
    channel_->join_snapshot(19, now_, log_);
    EXPECT_EQ(channel_->freshness(), Freshness::current);
    EXPECT_TRUE(log_.take().ends_with("FIRST@19 19-19"));
    finish();
}

TEST_F(OrderedChannelTest, IsStaleWhereTheBeginningOfAnotherSessionFoundNoRoom) {
    data(1);
    for (std::uint64_t i = 1; i <= 40; ++i) {
        data(1 + i);
        data(i, 1, kOther);
    }
    data(41, 1, kOther);
    EXPECT_EQ(channel_->freshness(), Freshness::behind);
    wait(kWait_ns);
    EXPECT_EQ(channel_->freshness(), Freshness::stale);
    EXPECT_EQ(channel_->ledger().lost, 25U);
}

TEST_F(OrderedChannelTest, IsAsGoodAsNewInAnotherSession) {
    data(1);
    data(3);
    wait(kWait_ns);
    EXPECT_EQ(channel_->freshness(), Freshness::stale);
    data(1, 1, kOther);
    EXPECT_EQ(channel_->freshness(), Freshness::stale);
    data(2, 1, kOther);
    EXPECT_EQ(channel_->freshness(), Freshness::current);
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 5, .delivered = 4, .lost = 1}));
}

TEST_F(OrderedChannelTest, TakesASnapshotOfTheOtherSession) {
    use(with_snapshot());
    data(1);
    channel_->join_snapshot(2, now_, log_);
    EXPECT_EQ(log_.take(), "FIRST@1 FIRST@2");
    static_cast<void>(channel_->take_snapshot_wish());
    data(1, 1, kOther);
    data(2, 1, kOther);
    EXPECT_EQ(log_.take(), "anew OTHER@1");
    EXPECT_EQ(channel_->freshness(), Freshness::behind);
    EXPECT_TRUE(channel_->take_snapshot_wish());
    ASSERT_TRUE(channel_->snapshot_fits(kOther, 2));
    channel_->join_snapshot(2, now_, log_);
    EXPECT_EQ(log_.take(), "OTHER@2 2-2");
    EXPECT_EQ(channel_->freshness(), Freshness::current);
}

TEST_F(OrderedChannelTest, KnowsTheFirstMessageOfEachSession) {
    OrderedOptions from_ten = recovering();
    from_ten.first_sequence = 10;
    use(from_ten);
    data(10);
    data(12, 1, kOther);
    data(13, 1, kOther);
    EXPECT_EQ(wait(2 * kWait_ns), (std::vector<Request>{{10, 2}}));
    const Session early{"EARLY"};
    data(3, 1, early);  // before the first one: it was not the first
    data(4, 1, early);
    EXPECT_EQ(log_.take(), "FIRST@10 10-10 anew OTHER@10 lost<12 12-12 13-13 anew EARLY@3 3-3 4-4");
}

TEST_F(OrderedChannelTest, FollowsAnotherSessionsHeartbeatsAndSwappedPackets) {
    data(10);
    heartbeat(1, kOther);
    EXPECT_EQ(heartbeat(1, kOther), Taken::ignored);  // the same packet twice
    now_ += 1'000'000'000;
    heartbeat(1, kOther);
    EXPECT_EQ(channel_->session(), kOther);
    const Session third{"THIRD"};
    data(6, 1, third);
    data(5, 1, third);
    EXPECT_EQ(log_.take(), "FIRST@10 10-10 anew OTHER@1 heartbeat anew THIRD@5 5-5 6-6");
}

TEST_F(OrderedChannelTest, FollowsTheFirstPacketOfASessionAfterTheEndOfTheLast) {
    data(10);
    end(11);
    EXPECT_EQ(data(1, 1, kOther), Taken::delivered);
    EXPECT_EQ(log_.take(), "FIRST@10 10-10 end anew OTHER@1 1-1");
    EXPECT_EQ(data(10), Taken::ignored);
    EXPECT_EQ(channel_->strays(), (StrayCounters{.old_sessions = 1}));
}

TEST_F(OrderedChannelTest, StaysInASessionThatIsHeardOfBetweenThePacketsOfAnother) {
    data(10);
    for (std::uint64_t i = 1; i <= 5; ++i) {
        EXPECT_EQ(data(i, 1, kOther), Taken::ignored);
        i % 2 == 0 ? heartbeat(channel_->next_sequence()) : data(channel_->next_sequence());
    }
    EXPECT_EQ(channel_->session(), kFirst);
    EXPECT_EQ(channel_->strays(), (StrayCounters{.unconfirmed = 5}));
    EXPECT_EQ(log_.take(), "FIRST@10 10-10 11-11 heartbeat 12-12 heartbeat 13-13");
    data(6, 1, kOther);
    data(7, 1, kOther);  // what was kept meanwhile is not lost
    EXPECT_EQ(log_.take(), "anew OTHER@1 1-1 2-2 3-3 4-4 5-5 6-6 7-7");
    EXPECT_EQ(channel_->strays(), StrayCounters{});
}

TEST_F(OrderedChannelTest, DoesNotFollowADamagedPacket) {
    data(1);
    EXPECT_EQ(data(2, 1, "F\x01RST"), Taken::ignored);
    EXPECT_EQ(data(2, 1, "F\x01RST"), Taken::ignored);  // its duplicate
    EXPECT_EQ(data(2 + (1ULL << 40)), Taken::ignored);
    EXPECT_EQ(data(2), Taken::delivered);
    EXPECT_EQ(channel_->strays().unconfirmed, 3U);
    EXPECT_EQ(finish(), "FIRST@1 1-1 2-2");
}

TEST_F(OrderedChannelTest, FollowsALongJumpOnceConfirmed) {
    data(1);
    const std::uint64_t far = 10'000'000;
    EXPECT_EQ(data(far), Taken::ignored);
    EXPECT_EQ(data(far + 1), Taken::held);
    wait(kWait_ns);
    EXPECT_EQ(log_.take(), "FIRST@1 1-1 lost<10000000 10000000-10000000 10000001-10000001");
}

TEST_F(OrderedChannelTest, RecognisesASequenceResetAndLosesNothing) {
    OrderedOptions with_room = options();
    with_room.hold_packets = 64;
    use(with_room);
    data(1'000);
    log_.take();
    for (std::uint64_t i = 1; i <= 40; ++i) {
        now_ += 50'000'000;
        data(i);
    }
    EXPECT_EQ(channel_->counters().resets, 1U);
    EXPECT_EQ(channel_->counters().resets_full, 0U);
    EXPECT_EQ(channel_->next_sequence(), 41U);
    EXPECT_TRUE(log_.take().starts_with("anew FIRST@1 1-1 2-2 3-3 "));
    EXPECT_EQ(channel_->freshness(), Freshness::current);
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 41, .delivered = 41}));
}

// Perhaps a line that is seconds late: its book may lack what came before.
TEST_F(OrderedChannelTest, IsStaleAfterAResetWhoseStartWasNotHeard) {
    OrderedOptions with_room = options();
    with_room.hold_packets = 64;
    use(with_room);
    data(1'000);
    for (std::uint64_t i = 500; i < 540; ++i) {
        now_ += 50'000'000;
        data(i);
    }
    EXPECT_EQ(channel_->counters().resets, 1U);
    EXPECT_EQ(channel_->freshness(), Freshness::stale);
}

// Two lines, each packet one place away from where it belongs, one of ten on neither line.
TEST_F(OrderedChannelTest, RecognisesASequenceResetOnTwoLinesThatAreNotPerfect) {
    OrderedOptions with_room = recovering();
    with_room.hold_packets = 64;
    use(with_room);
    data(1'000);
    for (std::uint64_t i = 1; i <= 40; ++i) {
        now_ += 50'000'000;
        const std::uint64_t sequence = i % 2 == 0 ? i - 1 : i + 1;
        if (sequence % 10 == 5) continue;
        data(sequence);
        data(sequence);
    }
    EXPECT_EQ(channel_->counters().resets, 1U);
    EXPECT_EQ(log_.take(), "FIRST@1000 1000-1000 anew FIRST@1 1-1 2-2 3-3 4-4");
    EXPECT_EQ(wait(2 * kWait_ns), (std::vector<Request>{{5, 21}, {35, 1}}));
    for (std::uint64_t i = 5; i < 40; i += 10)
        answer(i, 1);
    EXPECT_EQ(channel_->next_sequence(), 41U);
    EXPECT_EQ(channel_->ledger(),
              (Ledger{.expected = 41, .delivered = 37, .recovered = 4, .duplicates = 9}));
}

TEST_F(OrderedChannelTest, DeclaresLostWhatFoundNoRoomBeforeAResetWasBelieved) {
    data(1'000);  // 16 packets can be kept
    for (std::uint64_t i = 1; i <= 40; ++i) {
        now_ += 50'000'000;
        data(i);
    }
    EXPECT_EQ(channel_->counters().resets_full, 5U);  // the last of them is the one that decided
    wait(kWait_ns);
    EXPECT_EQ(channel_->next_sequence(), 41U);
    EXPECT_TRUE(finish().find("16-16 lost<21 21-21 22-22") != std::string::npos);
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 41, .delivered = 37, .lost = 4}));
}

TEST_F(OrderedChannelTest, TakesASnapshotAfterAReset) {
    OrderedOptions with_room = with_snapshot();
    with_room.hold_packets = 64;
    use(with_room);
    data(1'000);
    channel_->join_snapshot(1'001, now_, log_);
    for (std::uint64_t i = 1; i <= 30; ++i) {
        now_ += 50'000'000;
        data(i);
    }
    EXPECT_EQ(channel_->held(), 30U);
    log_.take();
    ASSERT_TRUE(channel_->snapshot_fits(kFirst, 29));
    channel_->join_snapshot(29, now_, log_);
    EXPECT_EQ(log_.take(), "FIRST@29 29-29 30-30");
    finish();
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 31, .delivered = 2, .by_snapshot = 29}));
}

// A line that is far behind brings the rest of the session after the other has told of its end.
TEST_F(OrderedChannelTest, TakesNothingForAResetAfterTheEndOfTheSession) {
    const auto from_the_past = [this](const Session& session) {
        for (std::uint64_t i = 1; i <= 40; ++i) {
            now_ += 50'000'000;
            data(i, 1, session);
        }
    };
    data(1'000);
    end(1'001);
    from_the_past(kFirst);
    EXPECT_EQ(channel_->counters().resets, 0U);
    data(1'000, 1, kOther);
    data(1'001, 1, kOther);
    from_the_past(kOther);
    EXPECT_EQ(channel_->counters().resets, 1U);
}

TEST_F(OrderedChannelTest, TakesASlowLineForNoReset) {
    for (std::uint64_t i = 1; i <= 100; ++i)
        data(i);
    for (std::uint64_t i = 1; i <= 100; ++i) {
        now_ += 50'000'000;
        data(100 + i);                   // line A goes on
        EXPECT_EQ(data(i), Taken::old);  // line B is far behind
    }
    EXPECT_EQ(channel_->counters().resets, 0U);
}

TEST_F(OrderedChannelTest, JoinsTheFeedBehindASnapshot) {
    use(with_snapshot());
    EXPECT_FALSE(channel_->take_snapshot_wish());
    data(100, 2);
    EXPECT_TRUE(channel_->take_snapshot_wish());
    EXPECT_FALSE(channel_->take_snapshot_wish());
    data(102, 2);
    data(104, 2);
    EXPECT_EQ(channel_->freshness(), Freshness::behind);
    EXPECT_EQ(log_.take(), "FIRST@100");
    ASSERT_FALSE(channel_->snapshot_fits(kOther, 103));
    ASSERT_TRUE(channel_->snapshot_fits(kFirst, 103));
    channel_->join_snapshot(103, now_, log_);
    EXPECT_EQ(log_.take(), "FIRST@103 102-103 104-105");  // the channel skips 102
    EXPECT_EQ(channel_->freshness(), Freshness::current);
    EXPECT_EQ(data(106), Taken::delivered);
    finish();
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 7, .delivered = 4, .by_snapshot = 3}));
}

TEST_F(OrderedChannelTest, AsksForWhatLiesBetweenSnapshotAndFeed) {
    OrderedOptions both = recovering();
    both.snapshot = true;
    use(both);
    data(100);
    ASSERT_TRUE(channel_->snapshot_fits(kFirst, 90));
    channel_->join_snapshot(90, now_, log_);
    EXPECT_EQ(wait(2 * kWait_ns), (std::vector<Request>{{90, 10}}));
    answer(90, 10);
    EXPECT_EQ(log_.take(), "FIRST@100 FIRST@90 90-99 100-100");
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 11, .delivered = 1, .recovered = 10}));
}

TEST_F(OrderedChannelTest, TakesANewSnapshotAfterALoss) {
    use(with_snapshot());
    data(1);
    static_cast<void>(channel_->take_snapshot_wish());
    channel_->join_snapshot(2, now_, log_);
    data(4);
    EXPECT_FALSE(channel_->take_snapshot_wish());
    wait(kWait_ns);
    EXPECT_EQ(channel_->freshness(), Freshness::stale);
    EXPECT_TRUE(channel_->take_snapshot_wish());
    EXPECT_FALSE(channel_->snapshot_fits(kFirst, 3));  // it does not hold what was lost
    data(5);
    data(6);
    ASSERT_TRUE(channel_->snapshot_fits(kFirst, 6));
    channel_->join_snapshot(6, now_, log_);
    EXPECT_EQ(channel_->freshness(), Freshness::current);
    EXPECT_EQ(log_.take(), "FIRST@1 FIRST@2 lost<4 FIRST@6 6-6");
    finish();
    EXPECT_EQ(channel_->ledger(),
              (Ledger{.expected = 6, .delivered = 1, .lost = 2, .by_snapshot = 3}));
}

TEST_F(OrderedChannelTest, HoldsEachPacketOnceWhileItWaitsForASnapshot) {
    use(with_snapshot());
    data(100, 2);
    data(102, 1);
    EXPECT_EQ(data(100, 2), Taken::duplicate);
    EXPECT_EQ(channel_->held(), 2U);
    EXPECT_EQ(channel_->ledger().duplicates, 2U);
    finish();
    EXPECT_FALSE(channel_->take_snapshot_wish());  // it would come too late
}

TEST_F(OrderedChannelTest, RefusesASnapshotThatIsFarAheadOfTheFeed) {
    use(with_snapshot());
    data(100);
    EXPECT_FALSE(channel_->snapshot_fits(kFirst, ~std::uint64_t{0}));
    EXPECT_FALSE(channel_->snapshot_fits(kFirst, 102 + OrderedChannel::kJumpMessagesMax));
    EXPECT_EQ(channel_->counters().snapshots_too_new, 2U);
    EXPECT_TRUE(channel_->awaits_snapshot());
    EXPECT_TRUE(channel_->snapshot_fits(kFirst, 101 + OrderedChannel::kJumpMessagesMax));
}

TEST_F(OrderedChannelTest, GoesOnStaleWhereThereIsNoSnapshot) {
    use(with_snapshot());
    data(7);
    data(6);
    data(8);
    channel_->snapshot_failed(now_, log_);
    EXPECT_EQ(log_.take(), "FIRST@7 FIRST@6 6-6 7-7 8-8");
    EXPECT_EQ(channel_->freshness(), Freshness::stale);
}

TEST_F(OrderedChannelTest, KeepsTheNewestWhileASnapshotIsLoading) {
    use(with_snapshot());
    for (std::uint64_t i = 1; i <= 20; ++i)
        data(i);
    EXPECT_EQ(channel_->held(), 16U);
    EXPECT_EQ(channel_->counters().hold_full, 4U);
    channel_->join_snapshot(18, now_, log_);
    EXPECT_EQ(log_.take(), "FIRST@1 FIRST@18 18-18 19-19 20-20");
}

TEST_F(OrderedChannelTest, ClosesTheLedgerWhateverIsOpenAtTheEnd) {
    use(recovering());
    data(1);
    data(5, 2);
    heartbeat(9);
    EXPECT_EQ(finish(), "FIRST@1 1-1 lost<5 5-6 lost<9");
    EXPECT_EQ(channel_->ledger(), (Ledger{.expected = 8, .delivered = 3, .lost = 5}));
}

TEST_F(OrderedChannelTest, LeavesOutWhatNoSlotCanHold) {
    const auto long_packet = packet(5, 1, kFirst, 1'400);
    std::vector<std::byte> too_long(PacketHold::kPayloadBytesMax + 1);
    std::copy(long_packet.begin(), long_packet.end(), too_long.begin());
    data(1);
    EXPECT_EQ(channel_->take(too_long, {Origin::line, 0, 0}, log_), Taken::ignored);
    EXPECT_EQ(channel_->counters().too_long, 1U);
    EXPECT_EQ(channel_->take(long_packet, {Origin::line, 0, 0}, log_), Taken::held);
}

}  // namespace
}  // namespace rxlab::feed
