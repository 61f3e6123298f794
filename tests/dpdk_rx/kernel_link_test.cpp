// SPDX-License-Identifier: MIT
//
// What needs no rights: the loopback interface, which every network namespace has.
#include "dpdk_rx/eal/kernel_link.hpp"

#include <gtest/gtest.h>
#include <net/if.h>

#include <string>

namespace rxlab::dpdk_rx {
namespace {

TEST(KernelLinkTest, KnowsTheLoopbackInterface) {
    const auto link = read_link("lo");
    ASSERT_TRUE(link.has_value());
    EXPECT_EQ(link->index, if_nametoindex("lo"));
    EXPECT_EQ(link->xdp_program, 0U);
}

TEST(KernelLinkTest, KnowsNoInterfaceThatIsNone) {
    EXPECT_FALSE(read_link("").has_value());
    EXPECT_FALSE(read_link("nosuch0").has_value());
    EXPECT_FALSE(read_link(std::string(1'000, 'x')).has_value());
}

TEST(LinkNewsTest, SaysNothingWhereNothingHappens) {
    LinkNews news{"lo", if_nametoindex("lo")};
    EXPECT_FALSE(news.next().has_value());
}

}  // namespace
}  // namespace rxlab::dpdk_rx
