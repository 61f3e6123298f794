// SPDX-License-Identifier: MIT
#include <rxlab/rx/group_table.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace rxlab::rx {
namespace {

const std::vector<wire::Ipv4Endpoint> kGroups{{0xef010101, 30001}, {0xef010102, 30002}};

// Feeds of one line each, whoever sends.
std::vector<Line> lines_of_groups(const std::vector<wire::Ipv4Endpoint>& groups) {
    Options options;
    options.groups = groups;
    return lines_of(options);
}

// -1: none.
int feed_in(const GroupTable& table, const wire::Ipv4Endpoint& group) {
    const GroupTable::Entry* const entry =
        table.find(wire::destination_key(group.address, group.port));
    return entry == nullptr ? -1 : entry->id.feed;
}

TEST(GroupTableTest, TellsGroupsApartByAddressAndPort) {
    const GroupTable table{lines_of_groups(kGroups)};
    EXPECT_EQ(feed_in(table, {0xef010101, 30001}), 0);
    EXPECT_EQ(feed_in(table, {0xef010102, 30002}), 1);
    EXPECT_EQ(feed_in(table, {0xef010101, 30002}), -1);
    EXPECT_EQ(table.find(0), nullptr);
}

TEST(GroupTableTest, FindsEachOfManyGroupsAndNoOther) {
    std::vector<wire::Ipv4Endpoint> groups;
    for (std::uint32_t i = 0; i < 1'000; ++i)
        groups.push_back({0xef010100 + i / 7, static_cast<std::uint16_t>(30'000 + i % 7)});
    const GroupTable table{lines_of_groups(groups)};
    for (std::uint32_t i = 0; i < groups.size(); ++i) {
        EXPECT_EQ(feed_in(table, groups[i]), static_cast<int>(i));
        EXPECT_EQ(feed_in(table, {groups[i].address, 29'999}), -1);
    }
    EXPECT_EQ(feed_in(GroupTable{{}}, {0xef010101, 1}), -1);
}

TEST(GroupTableTest, TakesTheFirstOfTwoGroupsThatAreTheSame) {
    const std::vector<wire::Ipv4Endpoint> groups{kGroups[0], kGroups[1], kGroups[0]};
    const GroupTable table{lines_of_groups(groups)};
    EXPECT_EQ(feed_in(table, kGroups[0]), 0);
}

}  // namespace
}  // namespace rxlab::rx
