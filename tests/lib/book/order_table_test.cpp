// SPDX-License-Identifier: MIT
#include <rxlab/book/order_table.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <unordered_map>
#include <vector>

namespace rxlab::book {
namespace {

Order order(std::uint64_t reference) {
    return {.reference = reference,
            .price = static_cast<std::uint32_t>(reference * 7),
            .shares = static_cast<std::uint32_t>(reference % 1'000) + 1,
            .locate = static_cast<std::uint16_t>(reference * 3),
            .side = reference % 2 == 0 ? Side::bid : Side::ask};
}

bool same(const Order& a, const Order& b) {
    return a.reference == b.reference && a.price == b.price && a.shares == b.shares &&
           a.locate == b.locate && a.side == b.side;
}

// A random walk of inserts and erases, compared with std::unordered_map.
void compare(std::size_t capacity, const std::vector<std::uint64_t>& references,
             std::uint64_t seed) {
    std::mt19937_64 random{seed};
    OrderTable table{capacity};
    std::unordered_map<std::uint64_t, Order> expected;
    for (int step = 0; step < 4'000; ++step) {
        const std::uint64_t reference = references[random() % references.size()];
        Order* const found = table.find(reference);
        ASSERT_EQ(found != nullptr, expected.contains(reference));
        if (found != nullptr) {
            ASSERT_TRUE(same(*found, expected[reference]));
            table.erase(found);
            expected.erase(reference);
        } else if (!table.full()) {
            table.insert(order(reference));
            expected[reference] = order(reference);
        }
        ASSERT_EQ(table.size(), expected.size());
        ASSERT_EQ(table.full(), expected.size() == capacity);
    }
    std::size_t visited = 0;
    table.for_each([&](const Order& live) {
        ++visited;
        ASSERT_TRUE(expected.contains(live.reference));
        ASSERT_TRUE(same(live, expected[live.reference]));
    });
    ASSERT_EQ(visited, expected.size());
    for (const auto& [reference, live] : expected) {
        ASSERT_NE(table.find(reference), nullptr);
    }
}

TEST(OrderTable, HoldsWhatAMapHolds) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        std::mt19937_64 random{seed};
        std::vector<std::uint64_t> references(1 + random() % 300);
        for (std::uint64_t& reference : references) {
            reference = seed % 2 == 0 ? random() : random() % 400;
        }
        ASSERT_NO_FATAL_FAILURE(compare(1 + random() % 200, references, seed));
    }
}

// x with x * 0x9e3779b97f4a7c15 = product (mod 2^64), by Newton's iteration: a reference whose home
// slot can be chosen.
std::uint64_t reference_that_hashes_to(std::uint64_t product) {
    constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15U;
    std::uint64_t inverse = kMultiplier;
    for (int i = 0; i < 6; ++i) {
        inverse *= 2 - kMultiplier * inverse;
    }
    return product * inverse;
}

TEST(OrderTable, SurvivesReferencesThatAllCollide) {
    std::vector<std::uint64_t> references;
    for (std::uint64_t i = 0; i < 60; ++i) {
        references.push_back(reference_that_hashes_to(i));
    }
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        ASSERT_NO_FATAL_FAILURE(compare(64, references, seed));
    }
}

TEST(OrderTable, SurvivesClustersThatWrapAroundTheEnd) {
    // 128 slots: homes 124 .. 127, and a few at 0 and 1 in the wrapped cluster's way.
    std::vector<std::uint64_t> references;
    for (std::uint64_t home : {124U, 125U, 126U, 127U, 0U, 1U}) {
        for (std::uint64_t i = 0; i < 10; ++i) {
            references.push_back(reference_that_hashes_to((home << 57) + i));
        }
    }
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        ASSERT_NO_FATAL_FAILURE(compare(64, references, seed));
    }
}

TEST(OrderTable, OfOneOrderWorks) {
    OrderTable table{1};
    EXPECT_FALSE(table.full());
    table.insert(order(5));
    EXPECT_TRUE(table.full());
    EXPECT_EQ(table.find(6), nullptr);
    table.erase(table.find(5));
    EXPECT_EQ(table.find(5), nullptr);
    EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace rxlab::book
