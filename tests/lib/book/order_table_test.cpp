// SPDX-License-Identifier: MIT
#include <rxlab/book/order_table.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace rxlab::book {
namespace {

std::uint32_t shares_of(std::uint64_t reference) {
    return static_cast<std::uint32_t>(reference % 1'000) + 1;
}
std::uint32_t link_of(std::uint64_t reference) {
    return static_cast<std::uint32_t>(reference * 7 % OrderSlot::kPassed);
}

bool is_order(const OrderSlot& slot, std::uint64_t reference) {
    return slot.reference == reference && slot.shares == shares_of(reference) &&
           slot.link() == link_of(reference);
}

void insert(OrderTable& table, std::uint64_t reference) {
    table.insert(table.find(reference), table.home(reference), reference, shares_of(reference),
                 link_of(reference));
}

bool has(OrderTable& table, std::uint64_t reference) {
    const OrderSlot* const slot = table.find(reference);
    return slot->shares != 0 && slot->reference == reference;
}

// A random walk of inserts and erases, compared with std::unordered_map.
void compare(std::size_t capacity, const std::vector<std::uint64_t>& references,
             std::uint64_t seed) {
    std::mt19937_64 random{seed};
    OrderTable table{capacity};
    std::unordered_set<std::uint64_t> expected;
    for (int step = 0; step < 4'000; ++step) {
        const std::uint64_t reference = references[random() % references.size()];
        OrderSlot* const found = table.find(reference);
        ASSERT_EQ(found->shares != 0, expected.contains(reference));
        if (found->shares != 0) {
            ASSERT_TRUE(is_order(*found, reference));
            table.erase(found);
            expected.erase(reference);
        } else if (!table.full()) {
            insert(table, reference);
            expected.insert(reference);
        }
        ASSERT_EQ(table.size(), expected.size());
        ASSERT_EQ(table.full(), expected.size() == capacity);
    }
    std::size_t visited = 0;
    table.for_each([&](const OrderSlot& live) {
        ++visited;
        ASSERT_TRUE(expected.contains(live.reference));
        ASSERT_TRUE(is_order(live, live.reference));
    });
    ASSERT_EQ(visited, expected.size());
    for (const std::uint64_t reference : expected) {
        ASSERT_TRUE(has(table, reference));
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

// `count` references for each of these home slots of a table of 128, found by trying.
std::vector<std::uint64_t> references_at_home(const std::vector<std::ptrdiff_t>& homes,
                                              std::size_t count) {
    const OrderTable table{64};
    const OrderSlot* first = &table.at_home(table.home(0));
    for (std::uint64_t reference = 1; reference < 100'000; ++reference) {
        first = std::min(first, &table.at_home(table.home(reference)));
    }
    std::vector<std::uint64_t> references;
    for (const std::ptrdiff_t home : homes) {
        std::size_t left = count;
        for (std::uint64_t reference = 0; left > 0; ++reference) {
            if (&table.at_home(table.home(reference)) - first != home) continue;
            references.push_back(reference);
            --left;
        }
    }
    return references;
}

TEST(OrderTable, SurvivesReferencesThatAllCollide) {
    const std::vector<std::uint64_t> references = references_at_home({5}, 60);
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        ASSERT_NO_FATAL_FAILURE(compare(64, references, seed));
    }
}

TEST(OrderTable, SurvivesClustersThatWrapAroundTheEnd) {
    // Homes 124 .. 127, and a few at 0 and 1 in the wrapped cluster's way.
    const std::vector<std::uint64_t> references =
        references_at_home({124, 125, 126, 127, 0, 1}, 10);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        ASSERT_NO_FATAL_FAILURE(compare(64, references, seed));
    }
}

// Without this, the orders that come and go quickly would lie all over the table.
TEST(OrderTable, KeepsFourReferencesInARowInOneCacheLine) {
    const OrderTable table{1'000};
    for (std::uint64_t reference = 0; reference < 4'000; reference += 4) {
        for (std::uint64_t i = 0; i < 4; ++i) {
            EXPECT_EQ(
                &table.at_home(table.home(reference + i)) - &table.at_home(table.home(reference)),
                static_cast<std::ptrdiff_t>(i));
        }
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&table.at_home(table.home(reference))) % 64, 0U);
    }
}

// Regular distances between references must not make them meet.
TEST(OrderTable, SpreadsReferencesOfAnyDistance) {
    for (int shift = 2; shift < 48; ++shift) {
        OrderTable table{4'096};
        std::unordered_map<const OrderSlot*, int> lines;
        int most = 0;
        for (std::uint64_t i = 0; i < 2'048; ++i) {
            most = std::max(most, ++lines[&table.at_home(table.home(i << shift))]);
        }
        EXPECT_LE(most, 16) << "distance 2^" << shift;
    }
}

TEST(OrderTable, OfOneOrderWorks) {
    OrderTable table{1};
    EXPECT_FALSE(table.full());
    insert(table, 5);
    EXPECT_TRUE(table.full());
    EXPECT_FALSE(has(table, 6));
    table.erase(table.find(5));
    EXPECT_FALSE(has(table, 5));
    EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace rxlab::book
