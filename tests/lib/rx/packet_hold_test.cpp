// SPDX-License-Identifier: MIT
#include <rxlab/rx/packet_hold.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

namespace rxlab::rx {
namespace {

std::vector<std::byte> filled(std::uint64_t sequence, std::size_t bytes) {
    return std::vector<std::byte>(bytes, static_cast<std::byte>(sequence));
}

void insert(PacketHold& hold, std::uint64_t sequence, std::uint64_t end) {
    const auto payload = filled(sequence, 20 + sequence % 1'000);
    EXPECT_TRUE(hold.insert(sequence, end, payload, {.stamp = sequence}));
}

TEST(PacketHold, GivesPacketsBackInTheOrderOfTheirNumbers) {
    std::mt19937 random{1};
    for (int round = 0; round < 200; ++round) {
        PacketHold hold{1 + random() % 40};
        std::multimap<std::uint64_t, std::uint64_t> expected;
        for (int step = 0; step < 200; ++step) {
            if (hold.has_room(1'100) && random() % 3 != 0) {
                const std::uint64_t sequence = random() % 100;
                insert(hold, sequence, sequence + 3);
                expected.emplace(sequence, sequence + 3);
            } else if (!hold.empty()) {
                const PacketHold::Packet& front = hold.front();
                ASSERT_EQ(front.sequence, expected.begin()->first);
                ASSERT_EQ(front.arrival.stamp, front.sequence);
                const auto payload = filled(front.sequence, 20 + front.sequence % 1'000);
                const auto kept = hold.front_payload();
                ASSERT_TRUE(std::equal(payload.begin(), payload.end(), kept.begin(), kept.end()));
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
        EXPECT_TRUE(hold.has_room(100));
        insert(hold, i, i + 1);
    }
    EXPECT_FALSE(hold.has_room(0));
    EXPECT_FALSE(hold.insert(9, 10, filled(9, 20), {}));
    EXPECT_EQ(hold.size(), 3U);
    hold.clear();
    EXPECT_TRUE(hold.empty());
    EXPECT_TRUE(hold.has_room(3 * PacketHold::kCellBytes));
}

// Jumbo frames among others, in and out.
TEST(PacketHold, HoldsLongPacketsInSeveralCells) {
    std::mt19937 random{2};
    for (int round = 0; round < 100; ++round) {
        PacketHold hold{32};
        std::map<std::uint64_t, std::vector<std::byte>> expected;
        std::size_t cells = 0;
        const auto cells_of = [](std::size_t bytes) {
            return (bytes + PacketHold::kCellBytes - 1) / PacketHold::kCellBytes;
        };
        for (std::uint64_t step = 0; step < 300; ++step) {
            const std::size_t bytes = std::array{20, 1'536, 1'537, 2'300, 9'000}[random() % 5];
            if (cells + cells_of(bytes) <= 32 && random() % 2 == 0) {
                const std::uint64_t sequence = step * 7 % 307;  // each once
                expected[sequence] = filled(sequence + step, bytes);
                ASSERT_TRUE(hold.insert(sequence, sequence + 1, expected[sequence], {}));
                cells += cells_of(bytes);
            } else if (!hold.empty()) {
                const auto kept = hold.front_payload();
                const auto& payload = expected.begin()->second;
                ASSERT_EQ(hold.front().sequence, expected.begin()->first);
                ASSERT_TRUE(std::equal(payload.begin(), payload.end(), kept.begin(), kept.end()));
                cells -= cells_of(payload.size());
                expected.erase(expected.begin());
                hold.pop_front();
            }
            ASSERT_EQ(hold.size(), expected.size());
            ASSERT_EQ(hold.has_room((32 - cells) * PacketHold::kCellBytes), cells < 32);
            ASSERT_FALSE(hold.has_room((33 - cells) * PacketHold::kCellBytes));
        }
    }
}

}  // namespace
}  // namespace rxlab::rx
