// SPDX-License-Identifier: MIT
#include <rxlab/feed/stray_packets.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace rxlab::feed {
namespace {

using wire::mold::Session;
using Verdict = StrayPackets::Verdict;

const Session kOwn{"OWN"};
const Session kOther{"OTHER"};

class StrayPacketsTest : public ::testing::Test {
  protected:
    Verdict header(std::uint64_t sequence, std::uint16_t count, const Session& session,
                   std::size_t bytes = 0) {
        now_ns_ += 1'000;
        std::vector<std::byte> payload(sizeof(wire::mold::Header) + bytes);
        const wire::mold::Header header{session, sequence, count};
        std::memcpy(payload.data(), &header, sizeof header);
        EXPECT_TRUE(StrayPackets::is_stray(header, place_));
        return strays_.take(payload, {.now_ns = now_ns_, .stamp = sequence}, place_);
    }
    Verdict data(std::uint64_t sequence, const Session& session = kOther, std::uint16_t count = 1) {
        return header(sequence, count, session);
    }
    Verdict heartbeat(std::uint64_t sequence, const Session& session = kOther) {
        return header(sequence, wire::mold::kHeartbeat, session);
    }
    void news() { ++place_.highest; }
    // "begin: first-last first-last…", with a * behind what was held.
    std::string released() {
        std::string text = std::to_string(strays_.begin()) + ":";
        strays_.release([&](const PacketHold::Packet& packet) {
            text += " " + std::to_string(packet.sequence) + "-" + std::to_string(packet.end) +
                    (packet.arrival.held ? "*" : "");
            EXPECT_EQ(packet.arrival.stamp, packet.sequence);
        });
        return text;
    }

    StrayPackets strays_;
    StrayPackets::Place place_{kOwn, 100, false};
    std::uint64_t now_ns_ = 0;
};

TEST_F(StrayPacketsTest, AreOfAnotherSessionOrFarAhead) {
    const auto is_stray = [&](std::uint64_t sequence, const Session& session) {
        return StrayPackets::is_stray({session, sequence, std::uint16_t{1}}, place_);
    };
    EXPECT_FALSE(is_stray(100, kOwn));
    EXPECT_FALSE(is_stray(1, kOwn));
    EXPECT_FALSE(is_stray(100 + StrayPackets::kJumpMessagesMax, kOwn));
    EXPECT_TRUE(is_stray(101 + StrayPackets::kJumpMessagesMax, kOwn));
    EXPECT_TRUE(is_stray(100, kOther));
}

TEST_F(StrayPacketsTest, BelievesASecondPacketOfTheSameStream) {
    EXPECT_EQ(data(1), Verdict::unconfirmed);
    EXPECT_EQ(strays_.counters().packets(), 1U);
    EXPECT_EQ(data(2), Verdict::believed);
    EXPECT_EQ(released(), "1: 1-2* 2-3");
    EXPECT_EQ(strays_.counters(), StrayCounters{});
}

TEST_F(StrayPacketsTest, GivesThemOutByNumber) {
    data(6);
    EXPECT_EQ(data(5), Verdict::believed);
    EXPECT_EQ(released(), "5: 5-6 6-7*");
}

TEST_F(StrayPacketsTest, BelievesTheFirstPacketAfterTheEndOfTheSession) {
    place_.ended = true;
    EXPECT_EQ(data(7), Verdict::believed);
    EXPECT_EQ(released(), "7: 7-8");
    EXPECT_EQ(data(1ULL << 40, kOwn), Verdict::unconfirmed) << "its own session's is no other";
}

TEST_F(StrayPacketsTest, GivesOutWhatWasKeptBeforeTheEndOfTheSession) {
    data(1);
    news();
    place_.ended = true;
    EXPECT_EQ(heartbeat(2), Verdict::believed);
    EXPECT_EQ(released(), "1: 1-2* 2-2");
}

TEST_F(StrayPacketsTest, BelievesHeartbeatsAndWhatTheySayIsNext) {
    EXPECT_EQ(heartbeat(3), Verdict::unconfirmed);
    EXPECT_EQ(data(5), Verdict::believed);
    EXPECT_EQ(released(), "3: 5-6");
}

TEST_F(StrayPacketsTest, TakesTheVerySamePacketForASecondOneOnlyLater) {
    EXPECT_EQ(heartbeat(3), Verdict::unconfirmed);
    EXPECT_EQ(heartbeat(3), Verdict::unconfirmed);
    now_ns_ += 1'000'000'000;
    EXPECT_EQ(heartbeat(3), Verdict::believed);
    EXPECT_EQ(released(), "3: 3-3");
    EXPECT_EQ(strays_.counters(), StrayCounters{});
}

TEST_F(StrayPacketsTest, IsNotTheVerySameWhereTheEndOfTheSessionFollowsAHeartbeat) {
    heartbeat(3);
    EXPECT_EQ(header(3, wire::mold::kEndOfSession, kOther), Verdict::believed);
    EXPECT_EQ(released(), "3: 3-3");
}

TEST_F(StrayPacketsTest, BelievesNobodyWhileTheSessionGoesOn) {
    for (std::uint64_t i = 1; i <= 100; ++i) {
        EXPECT_EQ(data(i), Verdict::unconfirmed);
        news();
    }
    EXPECT_EQ(strays_.counters().unconfirmed, 100U);
    data(101);
    EXPECT_EQ(data(102), Verdict::believed);
    EXPECT_EQ(released().substr(0, 12), "1: 87-88* 88") << "what had no room is a gap";
    EXPECT_EQ(strays_.counters().unconfirmed, 86U);
}

TEST_F(StrayPacketsTest, StartsEvidenceAnewAfterAHeartbeatOfTheSession) {
    data(1);
    strays_.deny();
    EXPECT_EQ(data(2), Verdict::unconfirmed);
    EXPECT_EQ(data(3), Verdict::believed);
    EXPECT_EQ(released(), "1: 1-2* 2-3* 3-4");
}

TEST_F(StrayPacketsTest, BelievesManyPacketsWithNewsOverHeartbeatsOfTheSession) {
    for (std::uint64_t i = 1; i < StrayPackets::kSteps; ++i) {
        EXPECT_EQ(data(i), Verdict::unconfirmed);
        strays_.deny();
        EXPECT_EQ(heartbeat(i + 1), Verdict::unconfirmed);  // without news
        strays_.deny();
    }
    EXPECT_EQ(data(StrayPackets::kSteps), Verdict::believed);
    EXPECT_EQ(released().substr(0, 12), "1: 1-2* 2-3*");
}

TEST_F(StrayPacketsTest, DoesNotTakePacketsFarFromEachOtherForOneStream) {
    data(1);
    EXPECT_EQ(data(1'000'000), Verdict::unconfirmed);
    EXPECT_EQ(data(1'000'001), Verdict::believed);
    EXPECT_EQ(released(), "1000000: 1000000-1000001* 1000001-1000002");
    EXPECT_EQ(strays_.counters().unconfirmed, 1U);
}

TEST_F(StrayPacketsTest, KeepsAStreamApartFromDamagedPacketsInBetween) {
    data(1);
    EXPECT_EQ(data(2, "DAMAGED"), Verdict::unconfirmed);
    EXPECT_EQ(data(2, "DAMAGED2"), Verdict::unconfirmed);
    EXPECT_EQ(data(2ULL << 40, kOwn), Verdict::unconfirmed);
    EXPECT_EQ(data(2), Verdict::believed);
    EXPECT_EQ(released(), "1: 1-2* 2-3");
    EXPECT_EQ(strays_.counters().unconfirmed, 3U);
}

TEST_F(StrayPacketsTest, ForgetsTheStreamThatWasLongestWithoutAPacket) {
    data(1);
    for (std::size_t i = 0; i < StrayPackets::kStreams; ++i)
        data(1, Session{"DAMAGED" + std::to_string(i)});
    EXPECT_EQ(data(2), Verdict::unconfirmed);
    EXPECT_EQ(data(3), Verdict::believed);
    EXPECT_EQ(released(), "2: 2-3* 3-4");
}

// By chance the new place has the number that the old one had.
TEST_F(StrayPacketsTest, StartsAllEvidenceAnewInAnotherPlace) {
    data(1, "FOREIGN");
    data(1);
    EXPECT_EQ(data(2), Verdict::believed);
    strays_.leave(kOwn, 100);
    place_.session = kOther;
    EXPECT_EQ(data(2, "FOREIGN"), Verdict::unconfirmed);
}

TEST_F(StrayPacketsTest, LeavesOutSessionsThatAreOver) {
    strays_.leave(kOther, 3);
    place_.ended = true;
    EXPECT_EQ(data(1), Verdict::over);
    EXPECT_EQ(data(2), Verdict::over);
    EXPECT_EQ(strays_.counters(), (StrayCounters{.old_sessions = 2}));
    for (std::size_t i = 0; i < StrayPackets::kOverMax; ++i)
        strays_.leave(Session{std::to_string(i)}, 1);
    EXPECT_EQ(data(3), Verdict::believed);
    EXPECT_FALSE(strays_.came_back());
}

TEST_F(StrayPacketsTest, BelievesASessionThatWasLeftAfterManyPacketsWithNews) {
    strays_.leave(kOther, 3);
    place_.ended = true;
    for (std::uint64_t i = 5; i < 4 + StrayPackets::kSteps; ++i) {
        EXPECT_EQ(data(i), Verdict::over);
        EXPECT_EQ(data(i), Verdict::over);  // the other line
        EXPECT_EQ(heartbeat(i + 1), Verdict::over);
        EXPECT_EQ(data(2), Verdict::over);
        now_ns_ += 1'000'000'000;
    }
    EXPECT_EQ(data(4 + StrayPackets::kSteps), Verdict::believed);
    EXPECT_TRUE(strays_.came_back());
    EXPECT_EQ(released().substr(0, 12), "3: 5-6* 6-7*") << "3 and 4 are a gap";
    EXPECT_EQ(strays_.counters(), (StrayCounters{.old_sessions = 45 - 15}));
    strays_.leave(kOwn, 100);
    place_ = {kOther, 4 + StrayPackets::kSteps + 1, false};
    EXPECT_EQ(data(100, kOwn), Verdict::over);
}

TEST_F(StrayPacketsTest, TakesNoDuplicateForNewsOfASessionThatWasLeft) {
    strays_.leave(kOther, 50);
    for (std::uint64_t i = 1; i <= 100; ++i) {
        now_ns_ += 1'000'000'000;
        EXPECT_EQ(data(i % 50), Verdict::over);
        EXPECT_EQ(header(50, wire::mold::kEndOfSession, kOther), Verdict::over);
        EXPECT_EQ(heartbeat(50 + i), Verdict::over);
    }
}

TEST_F(StrayPacketsTest, BelievesNoSessionThatWasLeftWhileTheOwnGoesOn) {
    strays_.leave(kOther, 1);
    for (std::uint64_t i = 1; i <= 100; ++i) {
        EXPECT_EQ(data(i), Verdict::over);
        if (i % (StrayPackets::kSteps - 1) == 0) news();
    }
}

TEST_F(StrayPacketsTest, BelievesButDoesNotKeepWhatNoSlotCanHold) {
    EXPECT_EQ(header(1, 1, kOther, PacketHold::kPayloadBytesMax), Verdict::unconfirmed);
    EXPECT_EQ(header(2, 1, kOther, PacketHold::kPayloadBytesMax), Verdict::believed);
    EXPECT_EQ(released(), "1:");
}

}  // namespace
}  // namespace rxlab::feed
