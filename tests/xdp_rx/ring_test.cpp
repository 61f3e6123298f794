// SPDX-License-Identifier: MIT
#include "xdp_rx/xsk.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace rxlab::xdp_rx {
namespace {

// A ring of four as the kernel lays it out, with this test as the other side.
struct Memory {
    std::uint32_t producer = 0;
    std::uint32_t consumer = 0;
    std::uint32_t flags = 0;
    std::uint32_t unused = 0;
    std::array<std::uint64_t, 4> entries{};
};
constexpr xdp_ring_offset kOffsets{offsetof(Memory, producer), offsetof(Memory, consumer),
                                   offsetof(Memory, entries), offsetof(Memory, flags)};

class RingTest : public ::testing::Test {
  protected:
    Memory memory;
    Ring<std::uint64_t> fresh() { return {reinterpret_cast<std::byte*>(&memory), kOffsets, 4}; }
};

TEST_F(RingTest, ProducesWhatTheOtherSideFinds) {
    auto ring = fresh();
    ring.write(0, 10);
    ring.write(1, 20);
    EXPECT_EQ(memory.producer, 0U) << "not before it is said";
    ring.produced(2);
    EXPECT_EQ(memory.producer, 2U);
    EXPECT_EQ(memory.entries[1], 20U);
    ring.write(0, 30);
    ring.write(1, 40);
    ring.write(2, 50);
    ring.produced(3);
    EXPECT_EQ(memory.producer, 5U);
    EXPECT_EQ(memory.entries[0], 50U) << "around the end";
}

TEST_F(RingTest, ConsumesWhatTheOtherSideHasProduced) {
    auto ring = fresh();
    EXPECT_EQ(ring.available(), 0U);
    memory.entries = {1, 2, 3, 4};
    memory.producer = 3;
    ASSERT_EQ(ring.available(), 3U);
    EXPECT_EQ(ring[2], 3U);
    ring.consumed(2);
    EXPECT_EQ(memory.consumer, 2U);
    memory.producer = 6;
    EXPECT_EQ(ring.available(), 1U) << "what was seen first";
    ring.consumed(1);
    EXPECT_EQ(ring.available(), 3U);
}

// What Xsk prefetches goes by the entry that a lap before left.
TEST_F(RingTest, GetsFramesBackByTheirBeginning) {
    constexpr std::uint32_t kFrameBytes = 2'048;
    auto ring = fresh();
    const std::array<std::uint64_t, 3> filled{kHeadroomBytes, 3 * kFrameBytes + kHeadroomBytes,
                                              2 * kFrameBytes + kHeadroomBytes + 18};
    put_back(ring, filled, kFrameBytes);
    EXPECT_EQ(memory.producer, 3U);
    EXPECT_EQ(memory.entries[0], 0U);
    EXPECT_EQ(memory.entries[1], 3 * kFrameBytes);
    EXPECT_EQ(memory.entries[2], 2 * kFrameBytes);
}

TEST_F(RingTest, SaysWhenTheKernelWantsToBeWoken) {
    auto ring = fresh();
    EXPECT_FALSE(ring.needs_wakeup());
    memory.flags = XDP_RING_NEED_WAKEUP;
    EXPECT_TRUE(ring.needs_wakeup());
}

}  // namespace
}  // namespace rxlab::xdp_rx
