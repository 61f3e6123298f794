// SPDX-License-Identifier: MIT
#include <rxlab/feed/packet_hold.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

namespace rxlab::feed {
namespace {

std::vector<std::byte> filled(std::uint64_t sequence, std::size_t bytes) {
    return std::vector<std::byte>(bytes, static_cast<std::byte>(sequence));
}

void insert(PacketHold& hold, std::uint64_t sequence, std::uint64_t end) {
    const auto payload = filled(sequence, 20 + sequence % 1'000);
    hold.insert({sequence, end, payload, {.stamp = sequence}});
}

TEST(PacketHold, GivesPacketsBackInTheOrderOfTheirNumbers) {
    std::mt19937 random{1};
    for (int round = 0; round < 200; ++round) {
        PacketHold hold{1 + random() % 40};
        std::multimap<std::uint64_t, std::uint64_t> expected;
        for (int step = 0; step < 200; ++step) {
            if (!hold.full() && random() % 3 != 0) {
                const std::uint64_t sequence = random() % 100;
                insert(hold, sequence, sequence + 3);
                expected.emplace(sequence, sequence + 3);
            } else if (!hold.empty()) {
                const PacketHold::Packet& front = hold.front();
                ASSERT_EQ(front.sequence, expected.begin()->first);
                ASSERT_EQ(front.arrival.stamp, front.sequence);
                const auto payload = filled(front.sequence, 20 + front.sequence % 1'000);
                ASSERT_TRUE(std::equal(payload.begin(), payload.end(), front.payload.begin(),
                                       front.payload.end()));
                hold.pop_front();
                expected.erase(expected.begin());
            }
            ASSERT_EQ(hold.size(), expected.size());
            std::size_t index = 0;
            for (const auto& [sequence, end] : expected)
                ASSERT_EQ(hold[index++].sequence, sequence);
        }
    }
}

TEST(PacketHold, HoldsAsManyAsItSays) {
    PacketHold hold{3};
    for (std::uint64_t i = 0; i < 3; ++i) {
        EXPECT_FALSE(hold.full());
        insert(hold, i, i + 1);
    }
    EXPECT_TRUE(hold.full());
    hold.clear();
    EXPECT_TRUE(hold.empty());
    EXPECT_EQ(hold.capacity(), 3U);
}

TEST(PacketHold, TakesALongestPayload) {
    PacketHold hold{2};
    const auto payload = filled(7, PacketHold::kPayloadBytesMax);
    hold.insert({7, 8, payload, {}});
    hold.insert({6, 7, payload, {}});
    EXPECT_EQ(hold[1].payload.size(), PacketHold::kPayloadBytesMax);
    EXPECT_EQ(hold[1].payload.back(), std::byte{7});
}

}  // namespace
}  // namespace rxlab::feed
