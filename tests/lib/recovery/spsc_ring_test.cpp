// SPDX-License-Identifier: MIT

#include "lib/recovery/src/spsc_ring.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

namespace rxlab::recovery {
namespace {

TEST(SpscRing, IsFullAndEmptyWhereItSaysSo) {
    SpscRing<int> ring{3};  // four
    EXPECT_EQ(ring.front(), nullptr);
    for (int i = 0; i < 4; ++i) {
        ASSERT_NE(ring.back(), nullptr);
        *ring.back() = i;
        ring.push();
    }
    EXPECT_EQ(ring.back(), nullptr);
    for (int i = 0; i < 4; ++i) {
        ASSERT_NE(ring.front(), nullptr);
        EXPECT_EQ(*ring.front(), i);
        ring.pop();
    }
    EXPECT_EQ(ring.front(), nullptr);
}

TEST(SpscRing, KeepsOrderBetweenTwoThreads) {
    constexpr std::uint64_t kCount = 100'000;
    SpscRing<std::uint64_t> ring{64};
    std::thread producer{[&] {
        for (std::uint64_t i = 0; i < kCount;) {
            std::uint64_t* const slot = ring.back();
            if (slot == nullptr) {
                std::this_thread::yield();
                continue;
            }
            *slot = i++;
            ring.push();
        }
    }};
    for (std::uint64_t expected = 0; expected < kCount;) {
        const std::uint64_t* const value = ring.front();
        if (value == nullptr) {
            std::this_thread::yield();
            continue;
        }
        ASSERT_EQ(*value, expected++);
        ring.pop();
    }
    producer.join();
}

}  // namespace
}  // namespace rxlab::recovery
