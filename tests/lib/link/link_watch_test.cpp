// SPDX-License-Identifier: MIT
#include <rxlab/link/link_watch.hpp>
#include <rxlab/program/errors.hpp>

#include <gtest/gtest.h>
#include <net/if.h>

#include <cstdint>

namespace rxlab::link {
namespace {

constexpr unsigned kRunning = IFF_UP | kLowerUp;
constexpr std::int64_t kSecond = 1'000'000'000;

LinkMessage with_flags(unsigned flags) {
    LinkMessage message;
    message.flags = flags;
    return message;
}

LinkMessage removal() {
    LinkMessage message = with_flags(kRunning);
    message.removed = true;
    return message;
}

TEST(LinkState, IsNotLostWhileItsTimeLasts) {
    LinkState state{5 * kSecond};
    state.told(with_flags(IFF_UP), 10 * kSecond);
    EXPECT_TRUE(state.is_down());
    EXPECT_FALSE(state.is_lost(15 * kSecond - 1));
    EXPECT_TRUE(state.is_lost(15 * kSecond));
}

TEST(LinkState, ComesBack) {
    LinkState state{5 * kSecond};
    state.told(with_flags(IFF_UP), 10 * kSecond);
    state.told(with_flags(kRunning), 12 * kSecond);
    EXPECT_FALSE(state.is_down());
    EXPECT_FALSE(state.is_lost(100 * kSecond));
    EXPECT_EQ(state.losses(), 1U);
    EXPECT_EQ(state.returns(), 1U);
    EXPECT_EQ(state.down_ns(100 * kSecond), 2 * kSecond);
}

TEST(LinkState, HasTheWholeTimeAgainAtTheNextLoss) {
    LinkState state{5 * kSecond};
    state.told(with_flags(IFF_UP), 10 * kSecond);
    state.told(with_flags(kRunning), 14 * kSecond);
    state.told(with_flags(0), 20 * kSecond);
    EXPECT_FALSE(state.is_lost(24 * kSecond));
    EXPECT_EQ(state.losses(), 2U);
    EXPECT_EQ(state.down_ns(24 * kSecond), 8 * kSecond);
}

// IFF_RUNNING follows the carrier only when the kernel gets round to it.
TEST(LinkState, GoesByTheCarrierItself) {
    LinkState state{5 * kSecond};
    state.told(with_flags(IFF_UP | IFF_RUNNING), 1);
    EXPECT_TRUE(state.is_down());
    state.told(with_flags(IFF_UP | kLowerUp), 2);
    EXPECT_FALSE(state.is_down());
}

TEST(LinkState, CountsALossOnceHoweverOftenItIsTold) {
    LinkState state{5 * kSecond};
    state.told(with_flags(kRunning), 1);
    state.told(with_flags(IFF_UP), 2);
    state.told(with_flags(0), 3);
    state.told(with_flags(IFF_UP), 4);
    EXPECT_EQ(state.losses(), 1U);
    EXPECT_FALSE(state.was_set_down());
}

LinkMessage with_count(unsigned flags, std::uint32_t carrier_downs) {
    LinkMessage message = with_flags(flags);
    message.carrier_down_count = carrier_downs;
    return message;
}

TEST(LinkState, KnowsOfALossThatWasOverBeforeItWasTold) {
    LinkState state{5 * kSecond};
    state.told(with_count(kRunning, 40), 1);
    EXPECT_EQ(state.losses(), 0U) << "the first count is where it begins";
    state.told(with_count(kRunning, 42), 2);
    EXPECT_EQ(state.losses(), 2U);
    EXPECT_EQ(state.returns(), 2U);
    EXPECT_EQ(state.down_ns(3), 0);
    state.told(with_count(IFF_UP, 45), 4);  // two more, and the one that lasts
    EXPECT_EQ(state.losses(), 5U);
    EXPECT_EQ(state.returns(), 4U);
    state.told(with_count(kRunning, 46), 5);  // it was back and lost again in between
    EXPECT_EQ(state.losses(), 6U);
    EXPECT_EQ(state.returns(), 6U);
}

TEST(LinkState, CountsALossOnceIfTheCarrierGoesAfterTheInterface) {
    LinkState state{5 * kSecond};
    state.told(with_count(kRunning, 7), 1);
    state.told(with_count(0, 7), 2);
    state.told(with_count(0, 8), 3);
    state.told(with_count(kRunning, 8), 4);
    EXPECT_EQ(state.losses(), 1U);
    EXPECT_EQ(state.returns(), 1U);
    state.told(with_count(0, 8), 5);  // of a driver that keeps the carrier
    state.told(with_count(kRunning, 8), 6);
    EXPECT_EQ(state.losses(), 2U);
    state.told(with_count(kRunning, 9), 7);
    EXPECT_EQ(state.losses(), 3U);
}

TEST(LinkState, TellsWhoSetItDown) {
    LinkState state{5 * kSecond};
    state.told(with_flags(0), 1);
    EXPECT_TRUE(state.was_set_down());
}

TEST(LinkState, ARemovedInterfaceIsLostAtOnceAndForEver) {
    LinkState state{5 * kSecond};
    state.told(removal(), 1);
    EXPECT_TRUE(state.is_lost(1));
    EXPECT_TRUE(state.was_removed());
    state.told(with_flags(kRunning), 2);
    EXPECT_TRUE(state.is_lost(2));
}

TEST(LinkWatch, HasNothingNewWhereNothingHappens) {
    LinkWatch watch{if_nametoindex("lo"), "lo", 5};
    EXPECT_EQ(watch.look(), LinkWatch::Seen::nothing_new);
    EXPECT_FALSE(watch.lost());
    EXPECT_EQ(watch.xdp_program(), 0U);
}

TEST(LinkWatch, LosesAnInterfaceThatIsNotThere) {
    LinkWatch watch{0x7ffffff0, "gone0", 5};
    EXPECT_EQ(watch.look(), LinkWatch::Seen::lost);
    EXPECT_EQ(watch.loss_text(), "interface gone0 was removed");
}

TEST(WaitForLink, EndsWithTheLinkOrWithTheTime) {
    int asked = 0;
    wait_for_link("start", 60, [&] { return ++asked == 2; });
    EXPECT_EQ(asked, 2);
    EXPECT_THROW(wait_for_link("start", 0, [] { return false; }), program::RunError);
}

}  // namespace
}  // namespace rxlab::link
