// SPDX-License-Identifier: MIT
#include "../rx/packets.hpp"
#include "alone.hpp"
#include "lib/recovery/src/recovery_policy.hpp"

#include <rxlab/rx/pipeline.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rxlab::recovery {
namespace {

using rx::Freshness;
using rx::Packet;
using simulation::Alone;
using wire::mold::Session;

constexpr auto kGapWait_ns = static_cast<std::uint64_t>(rx::kGapWaitDefault_us * 1'000);
const Session kFirst{"FIRST"};
const Session kOther{"OTHER"};

test::Bytes packet(std::uint64_t sequence, std::uint16_t count, const Session& session,
                   std::size_t message_bytes = 10) {
    const wire::mold::Header header{session, sequence, count};
    test::Bytes bytes = test::copy(wire::bytes_of(header));
    for (std::uint16_t i = 0; i < count && count != wire::mold::kEndOfSession; ++i) {
        bytes.push_back(static_cast<std::byte>(message_bytes >> 8));
        bytes.push_back(static_cast<std::byte>(message_bytes));
        bytes.insert(bytes.end(), message_bytes, std::byte{'x'});
    }
    return bytes;
}

// Writes down what comes out: "1-3" messages, "lost<5", "FIRST@1" a session joined, "anew".
class Log final : public rx::Pipeline {
  public:
    using Pipeline::Pipeline;
    void deliver(const Packet& packet) noexcept override {
        add(packet.begin, packet.end);
        Pipeline::deliver(packet);
    }
    void lose_before(rx::Feed& feed, std::uint64_t sequence) noexcept override {
        if (sequence > feed.sequencer.next()) add("lost<" + std::to_string(sequence));
        Pipeline::lose_before(feed, sequence);
    }
    void join(rx::Feed& feed, Session session, std::uint64_t sequence) noexcept override {
        add(std::string{session.view()} + "@" + std::to_string(sequence));
        Pipeline::join(feed, session, sequence);
    }
    void begin_anew(rx::Feed& feed, Session session, std::uint64_t sequence,
                    std::uint64_t now_ns) noexcept override {
        add("anew");
        Pipeline::begin_anew(feed, session, sequence, now_ns);
    }
    void give(const test::Bytes& bytes, std::uint64_t now_ns) {
        const std::uint64_t before = feeds()[0].sequencer.next();
        const std::size_t written = text_.size();
        process({bytes, {}}, now_ns);
        const std::uint64_t after = feeds()[0].sequencer.next();
        if (text_.size() == written && after != before) add(before, after);  // the short way
    }
    // What came since the last call.
    std::string take() { return std::exchange(text_, {}); }

  private:
    void add(std::uint64_t begin, std::uint64_t end) {
        add(std::to_string(begin) + "-" + std::to_string(end - 1));
    }
    void add(const std::string& entry) { text_ += (text_.empty() ? "" : " ") + entry; }
    std::string text_;
};

class FeedRecoveryTest : public ::testing::Test {
  protected:
    FeedRecoveryTest() { use(options()); }
    static rx::Options options() {
        rx::Options options;
        options.groups = {{0xef010101, 30001}};
        options.orders = options.levels = 100;
        options.hold_packets = 16;
        options.first_sequence = 1;
        return options;
    }
    static rx::Options recovering() {
        rx::Options with = options();
        with.recover_servers = {{0x7f000001, 1}};
        return with;
    }
    static rx::Options with_snapshot() {
        rx::Options with = options();
        with.first_sequence.reset();
        with.snapshot_servers = {{0x7f000001, 1}};
        return with;
    }

    void use(const rx::Options& options, const std::optional<RequestOptions>& requests = {}) {
        auto policy = std::make_unique<Alone>(options, requests);
        policy_ = policy.get();
        log_.reset();
        latency::VirtualTime::set(0, 0);
        log_.emplace(options, latency::Clock{latency::ClockSource::virtual_time}, nullptr,
                     std::move(policy));
        now_ = 1'000;
    }
    FeedRecovery& feed() { return *policy_->feed; }
    const rx::Feed& state() const { return log_->feeds()[0]; }
    std::string data(std::uint64_t sequence, std::uint16_t count = 1,
                     const Session& session = kFirst) {
        log_->give(packet(sequence, count, session), now_);
        return log_->take();
    }
    std::string answer(std::uint64_t sequence, std::uint16_t count,
                       const Session& session = kFirst) {
        feed().take_answer(packet(sequence, count, session), log_->to_ns(now_), now_);
        return log_->take();
    }
    std::string heartbeat(std::uint64_t sequence, const Session& session = kFirst) {
        return data(sequence, wire::mold::kHeartbeat, session);
    }
    std::string end(std::uint64_t sequence, const Session& session = kFirst) {
        return data(sequence, wire::mold::kEndOfSession, session);
    }
    // Lets time pass; returns what is asked for meanwhile.
    std::vector<Request> wait(std::uint64_t ns) {
        std::vector<Request> requests;
        const std::uint64_t until = log_->to_ns(now_) + ns;
        while (feed().due_ns() <= until) {
            const std::uint64_t now_ns = std::max(log_->to_ns(now_), feed().due_ns());
            feed().poll(now_ns);
            while (const auto request = feed().next_request(now_ns))
                requests.push_back(*request);
        }
        now_ += ns;
        return requests;
    }
    std::string finish() {
        feed().finish(log_->to_ns(now_));
        EXPECT_TRUE(feed().ledger().closes());
        return log_->take();
    }
    Freshness freshness() const { return log_->freshness(0); }
    std::uint64_t next() const { return state().sequencer.next(); }

    Alone* policy_ = nullptr;
    std::optional<Log> log_;
    std::uint64_t now_ = 0;
};

TEST_F(FeedRecoveryTest, DeliversInOrderAtOnce) {
    EXPECT_EQ(data(1, 2), "FIRST@1 1-2");
    EXPECT_EQ(freshness(), Freshness::current);
    EXPECT_EQ(data(3, 1), "3-3");
    EXPECT_EQ(feed().due_ns(), kNever);
    EXPECT_EQ(feed().ledger(), (Ledger{.expected = 3, .delivered = 3}));
}

TEST_F(FeedRecoveryTest, HoldsWhatIsEarlyUntilTheRestHasCome) {
    data(1);
    EXPECT_EQ(data(3), "");
    EXPECT_EQ(data(5), "");
    EXPECT_EQ(freshness(), Freshness::behind);
    EXPECT_EQ(data(4), "");
    EXPECT_EQ(feed().held(), 3U);
    EXPECT_EQ(data(2), "2-2 3-3 4-4 5-5");
    EXPECT_EQ(freshness(), Freshness::current);
    EXPECT_EQ(feed().reorder_ns().count(), 1U);
    EXPECT_EQ(feed().gap_ns().count(), 0U);
    EXPECT_EQ(feed().ledger(), (Ledger{.expected = 5, .delivered = 5}));
}

TEST_F(FeedRecoveryTest, DeclaresLostWhatDoesNotComeInTime) {
    data(1);
    data(4, 2);
    EXPECT_TRUE(wait(kGapWait_ns - 1).empty());
    EXPECT_EQ(log_->take(), "");
    EXPECT_TRUE(wait(1).empty());
    EXPECT_EQ(log_->take(), "lost<4 4-5");
    EXPECT_EQ(freshness(), Freshness::stale);
    EXPECT_EQ(data(2), "");  // too late
    EXPECT_EQ(data(6), "6-6");
    EXPECT_EQ(freshness(), Freshness::stale);
    EXPECT_EQ(feed().ledger(), (Ledger{.expected = 6, .delivered = 4, .lost = 2}));
    EXPECT_EQ(feed().gap_ns().max(), kGapWait_ns);
}

TEST_F(FeedRecoveryTest, FillsAGapFromTheServer) {
    use(recovering());
    data(1);
    data(10);
    EXPECT_EQ(wait(2 * kGapWait_ns), (std::vector<Request>{{2, 8}}));
    EXPECT_EQ(answer(2, 5), "2-6");
    EXPECT_EQ(wait(0), (std::vector<Request>{{7, 3}}));
    EXPECT_EQ(answer(7, 3), "7-9 10-10");
    EXPECT_EQ(feed().ledger(), (Ledger{.expected = 10, .delivered = 2, .recovered = 8}));
    EXPECT_EQ(freshness(), Freshness::current);
    EXPECT_EQ(answer(7, 3), "");
    EXPECT_EQ(feed().counters().useless_answers, 1U);
}

TEST_F(FeedRecoveryTest, TakesAnswersOutOfOrder) {
    use(recovering());
    data(1);
    data(10);
    wait(2 * kGapWait_ns);
    EXPECT_EQ(answer(6, 4), "");
    EXPECT_EQ(answer(2, 6), "2-7 6-9 10-10");  // overlaps
    EXPECT_EQ(feed().ledger(), (Ledger{.expected = 10, .delivered = 2, .recovered = 8}));
}

TEST_F(FeedRecoveryTest, IgnoresAnswersThatNobodyAskedFor) {
    use(recovering());
    EXPECT_EQ(answer(5, 1), "");  // before there is a session
    data(1);
    EXPECT_EQ(answer(50, 1), "");
    EXPECT_EQ(answer(2, 1, kOther), "");
    EXPECT_EQ(next(), 2U);
    EXPECT_EQ(feed().counters().useless_answers, 3U);
}

TEST_F(FeedRecoveryTest, GivesUpWhereTheServerIsSilent) {
    use(recovering());
    data(1);
    data(3);
    EXPECT_EQ(wait(2'000'000'000).size(), RequestOptions{}.attempts_max);
    EXPECT_EQ(log_->take(), "lost<3 3-3");
    EXPECT_EQ(freshness(), Freshness::stale);
}

TEST_F(FeedRecoveryTest, NoticesAMissingTailFromAHeartbeat) {
    use(recovering());
    data(1);
    heartbeat(2);
    EXPECT_EQ(freshness(), Freshness::current);
    heartbeat(4);
    EXPECT_EQ(freshness(), Freshness::behind);
    EXPECT_EQ(wait(2 * kGapWait_ns), (std::vector<Request>{{2, 2}}));
    EXPECT_EQ(answer(2, 2), "2-3");
    EXPECT_EQ(freshness(), Freshness::current);
}

TEST_F(FeedRecoveryTest, EndsTheSessionOnlyWhenItsTailHasCome) {
    use(recovering());
    data(1);
    end(4);
    end(4);
    EXPECT_FALSE(log_->all_ended());
    wait(2 * kGapWait_ns);
    answer(2, 2);
    EXPECT_TRUE(log_->all_ended());
}

TEST_F(FeedRecoveryTest, AppliesEachMessageOnceWhenPacketsOverlap) {
    EXPECT_EQ(data(1, 3), "FIRST@1 1-3");
    EXPECT_EQ(data(2, 4), "2-5");
    EXPECT_EQ(data(2, 2), "");
    data(8, 2);
    EXPECT_EQ(data(8, 2), "");
    EXPECT_EQ(data(6, 3), "6-8 8-9");
    EXPECT_EQ(feed().ledger(), (Ledger{.expected = 9, .delivered = 9, .duplicates = 2}));
}

TEST_F(FeedRecoveryTest, GivesAGapUpWhenThereIsNoRoomToWait) {
    use(recovering());
    data(1);
    for (std::uint64_t i = 3; i < 19; ++i)
        EXPECT_EQ(data(i), "");
    EXPECT_EQ(feed().held(), 16U);
    EXPECT_TRUE(data(19).starts_with("lost<3 3-3 "));
    EXPECT_EQ(next(), 20U);
    EXPECT_EQ(feed().counters().hold_full, 1U);
    EXPECT_EQ(feed().held(), 0U);
}

// Six cells each: three fill the hold.
TEST_F(FeedRecoveryTest, HoldsJumboFramesAndGivesAGapUpWhereTheyFindNoRoom) {
    data(1);
    log_->give(packet(3, 9, kFirst, 900), now_);
    log_->give(packet(12, 9, kFirst, 900), now_);
    EXPECT_EQ(feed().held(), 2U);
    EXPECT_EQ(data(2), "2-2 3-11 12-20");
    EXPECT_EQ(freshness(), Freshness::current);
    for (std::uint64_t first : {30U, 39U})
        log_->give(packet(first, 9, kFirst, 900), now_);
    EXPECT_EQ(feed().held(), 2U);
    log_->give(packet(50, 9, kFirst, 900), now_);
    EXPECT_EQ(log_->take(), "lost<30 30-38 39-47");
    EXPECT_EQ(feed().held(), 1U);
    finish();
    EXPECT_EQ(feed().ledger().lost, 9U + 2U);
}

// Longer than all the room there is.
TEST_F(FeedRecoveryTest, GivesTheGapUpBeforeAPacketThatNoHoldCanTake) {
    data(1);
    log_->give(packet(3, 30, kFirst, 1'000), now_);
    EXPECT_EQ(log_->take(), "lost<3 3-32");
    EXPECT_EQ(freshness(), Freshness::stale);
    finish();
    EXPECT_EQ(feed().ledger(), (Ledger{.expected = 32, .delivered = 31, .lost = 1}));
}

TEST_F(FeedRecoveryTest, KeepsThePacketThatComesWhileRoomIsMadeForIt) {
    const RequestOptions impatient{.messages_max = 2, .attempts_max = 1};
    use(recovering(), impatient);
    data(1);
    for (std::uint64_t i = 6; i < 22; ++i)
        data(i);  // the hold is full
    EXPECT_EQ(wait(2 * kGapWait_ns), (std::vector<Request>{{2, 2}, {4, 2}}));
    now_ += impatient.timeout_ns / 2;
    EXPECT_EQ(answer(2, 1), "2-2");  // 3 may be asked for once more, 4 and 5 are given up first
    wait(impatient.timeout_ns * 6 / 10);
    EXPECT_EQ(log_->take(), "");
    EXPECT_TRUE(data(4).starts_with("lost<4 4-4 lost<6 6-6 "));
    finish();
    EXPECT_EQ(feed().ledger().lost, 2U);
}

TEST_F(FeedRecoveryTest, TakesTheStartFromTheOption) {
    use(recovering());
    EXPECT_EQ(data(4), "FIRST@1");
    EXPECT_EQ(wait(2 * kGapWait_ns), (std::vector<Request>{{1, 3}}));
    EXPECT_EQ(answer(1, 3), "1-3 4-4");
    EXPECT_EQ(freshness(), Freshness::current);
}

TEST_F(FeedRecoveryTest, TakesWhatAPacketPromisedForMissing) {
    use(recovering());
    data(1);
    test::Bytes cut = packet(2, 3, kFirst);
    cut.pop_back();
    log_->give(cut, now_);
    EXPECT_EQ(log_->take(), "2-3");
    EXPECT_EQ(freshness(), Freshness::behind);
    cut = packet(7, 3, kFirst);
    cut.pop_back();
    log_->give(cut, now_);
    wait(2 * kGapWait_ns);
    EXPECT_EQ(feed().missing_counters().requested_messages, 4U);
    EXPECT_EQ(answer(4, 3), "4-6 7-8");
    EXPECT_EQ(answer(9, 1), "9-9");
    EXPECT_EQ(freshness(), Freshness::current);
    EXPECT_EQ(feed().ledger(), (Ledger{.expected = 9, .delivered = 5, .recovered = 4}));
}

TEST_F(FeedRecoveryTest, LosesWhatIsMissingWithItsSession) {
    data(1);
    data(3);
    end(4);
    EXPECT_EQ(data(1, 1, kOther), "anew lost<3 3-3 OTHER@1 1-1");
    EXPECT_EQ(freshness(), Freshness::current);
    EXPECT_EQ(finish(), "");
    EXPECT_EQ(feed().ledger(), (Ledger{.expected = 4, .delivered = 3, .lost = 1}));
}

TEST_F(FeedRecoveryTest, KnowsTheFirstMessageOfEachSession) {
    rx::Options from_ten = recovering();
    from_ten.first_sequence = 10;
    use(from_ten);
    data(10);
    end(11);
    data(12, 1, kOther);
    EXPECT_EQ(wait(2 * kGapWait_ns), (std::vector<Request>{{10, 2}}));
    end(13, kOther);
    // Before the first one: it was not the first.
    EXPECT_EQ(data(3, 1, Session{"EARLY"}), "anew lost<12 12-12 EARLY@3 3-3");
}

TEST_F(FeedRecoveryTest, JoinsTheFeedBehindASnapshot) {
    use(with_snapshot());
    EXPECT_FALSE(feed().take_snapshot_wish());
    EXPECT_EQ(data(100, 2), "FIRST@100");
    EXPECT_TRUE(feed().take_snapshot_wish());
    EXPECT_FALSE(feed().take_snapshot_wish());
    data(102, 2);
    data(104, 2);
    EXPECT_EQ(freshness(), Freshness::behind);
    ASSERT_FALSE(feed().snapshot_fits(kOther, 103));
    ASSERT_TRUE(feed().snapshot_fits(kFirst, 103));
    feed().join_snapshot(103, 0);
    EXPECT_EQ(log_->take(), "FIRST@103 102-103 104-105");  // 102 is left out
    EXPECT_EQ(freshness(), Freshness::current);
    EXPECT_EQ(data(106), "106-106");
    finish();
    EXPECT_EQ(feed().ledger(), (Ledger{.expected = 7, .delivered = 4, .by_snapshot = 3}));
}

TEST_F(FeedRecoveryTest, AsksForWhatLiesBetweenSnapshotAndFeed) {
    rx::Options both = with_snapshot();
    both.recover_servers = {{0x7f000001, 1}};
    use(both);
    data(100);
    ASSERT_TRUE(feed().snapshot_fits(kFirst, 90));
    feed().join_snapshot(90, log_->to_ns(now_));
    EXPECT_EQ(wait(2 * kGapWait_ns), (std::vector<Request>{{90, 10}}));
    EXPECT_EQ(answer(90, 10), "FIRST@90 90-99 100-100");
    EXPECT_EQ(feed().ledger(), (Ledger{.expected = 11, .delivered = 1, .recovered = 10}));
}

TEST_F(FeedRecoveryTest, TakesANewSnapshotAfterALoss) {
    use(with_snapshot());
    data(1);
    static_cast<void>(feed().take_snapshot_wish());
    feed().join_snapshot(2, 0);
    data(4);
    EXPECT_FALSE(feed().take_snapshot_wish());
    log_->take();
    wait(kGapWait_ns);
    EXPECT_EQ(freshness(), Freshness::stale);
    EXPECT_TRUE(feed().take_snapshot_wish());
    EXPECT_FALSE(feed().snapshot_fits(kFirst, 3));  // it does not hold what was lost
    data(5);
    data(6);
    ASSERT_TRUE(feed().snapshot_fits(kFirst, 6));
    feed().join_snapshot(6, log_->to_ns(now_));
    EXPECT_EQ(freshness(), Freshness::current);
    EXPECT_EQ(log_->take(), "FIRST@6 6-6");
    finish();
    EXPECT_EQ(feed().ledger(),
              (Ledger{.expected = 6, .delivered = 1, .lost = 2, .by_snapshot = 3}));
}

TEST_F(FeedRecoveryTest, TakesASnapshotOfTheOtherSession) {
    use(with_snapshot());
    data(1);
    feed().join_snapshot(2, 0);
    static_cast<void>(feed().take_snapshot_wish());
    end(2);
    log_->take();
    EXPECT_EQ(data(1, 1, kOther), "anew OTHER@1");
    EXPECT_EQ(freshness(), Freshness::behind);
    EXPECT_TRUE(feed().take_snapshot_wish());
    ASSERT_TRUE(feed().snapshot_fits(kOther, 2));
    feed().join_snapshot(2, log_->to_ns(now_));
    EXPECT_EQ(log_->take(), "OTHER@2");
    EXPECT_EQ(freshness(), Freshness::current);
}

TEST_F(FeedRecoveryTest, HoldsEachPacketOnceWhileItWaitsForASnapshot) {
    use(with_snapshot());
    data(100, 2);
    data(102, 1);
    data(100, 2);
    EXPECT_EQ(feed().held(), 2U);
    EXPECT_EQ(feed().ledger().duplicates, 2U);
    finish();
    EXPECT_FALSE(feed().take_snapshot_wish());  // it would come too late
}

TEST_F(FeedRecoveryTest, RefusesASnapshotThatIsFarAheadOfTheFeed) {
    use(with_snapshot());
    data(100);
    constexpr std::uint64_t kJump = rx::Sequencer::kJumpMessagesMax;
    EXPECT_FALSE(feed().snapshot_fits(kFirst, ~std::uint64_t{0}));
    EXPECT_FALSE(feed().snapshot_fits(kFirst, 102 + kJump));
    EXPECT_EQ(feed().snapshot.too_new, 2U);
    EXPECT_TRUE(feed().awaits_snapshot());
    EXPECT_TRUE(feed().snapshot_fits(kFirst, 101 + kJump));
}

TEST_F(FeedRecoveryTest, GoesOnStaleWhereThereIsNoSnapshot) {
    use(with_snapshot());
    data(7);
    data(6);
    data(8);
    feed().snapshot_failed(log_->to_ns(now_));
    EXPECT_EQ(log_->take(), "FIRST@6 6-6 7-7 8-8");
    EXPECT_EQ(freshness(), Freshness::stale);
    finish();
    EXPECT_EQ(feed().ledger(), (Ledger{.expected = 3, .delivered = 3}));
}

TEST_F(FeedRecoveryTest, KeepsTheNewestWhileASnapshotIsLoading) {
    use(with_snapshot());
    for (std::uint64_t i = 1; i <= 20; ++i)
        data(i);
    EXPECT_EQ(feed().held(), 16U);
    EXPECT_EQ(feed().counters().hold_full, 4U);
    feed().join_snapshot(18, log_->to_ns(now_));
    EXPECT_EQ(log_->take(), "FIRST@18 18-18 19-19 20-20");
}

TEST_F(FeedRecoveryTest, ClosesTheLedgerWhateverIsOpenAtTheEnd) {
    use(recovering());
    data(1);
    data(5, 2);
    heartbeat(9);
    EXPECT_EQ(finish(), "lost<5 5-6 lost<9");
    EXPECT_EQ(feed().ledger(), (Ledger{.expected = 8, .delivered = 3, .lost = 5}));
}

}  // namespace
}  // namespace rxlab::recovery
