// SPDX-License-Identifier: MIT
#include "link_watch.hpp"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cstring>
#include <vector>

namespace rxlab::kernel_rx {
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

// What rtnetlink(7) says: a message, and attributes behind it.
class Messages {
  public:
    void add(std::uint16_t type, unsigned char family, int index, unsigned flags,
             std::uint32_t carrier_downs) {
        struct {
            nlmsghdr header;
            ifinfomsg info;
            rtattr name;
            char text[4];
            rtattr count;
            std::uint32_t downs;
        } message{};
        message.header.nlmsg_len = sizeof message;
        message.header.nlmsg_type = type;
        message.info.ifi_family = family;
        message.info.ifi_index = index;
        message.info.ifi_flags = flags;
        message.name = {RTA_LENGTH(3), IFLA_IFNAME};
        std::memcpy(message.text, "rx", 3);
        message.count = {RTA_LENGTH(4), IFLA_CARRIER_DOWN_COUNT};
        message.downs = carrier_downs;
        const auto* const bytes = reinterpret_cast<const std::byte*>(&message);
        bytes_.insert(bytes_.end(), bytes, bytes + sizeof message);
    }
    std::vector<std::byte>& bytes() { return bytes_; }

  private:
    std::vector<std::byte> bytes_;
};

TEST(TakeLinkMessage, TakesOneByOneAndPassesOverOthers) {
    Messages messages;
    messages.add(RTM_NEWLINK, AF_UNSPEC, 3, IFF_UP, 5);
    messages.add(RTM_DELLINK, AF_BRIDGE, 3, kRunning, 5);  // it left a bridge
    messages.add(RTM_NEWADDR, AF_UNSPEC, 3, kRunning, 5);
    messages.add(RTM_DELLINK, AF_UNSPEC, 4, kRunning, 6);
    std::span<const std::byte> rest{messages.bytes()};
    auto message = take_link_message(rest);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->index, 3U);
    EXPECT_FALSE(message->removed);
    EXPECT_TRUE(message->is_set_up());
    EXPECT_FALSE(message->has_link());
    EXPECT_EQ(message->carrier_down_count, 5U);
    message = take_link_message(rest);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->index, 4U);
    EXPECT_TRUE(message->removed);
    EXPECT_FALSE(take_link_message(rest));
    EXPECT_TRUE(rest.empty());
}

TEST(TakeLinkMessage, ReadsNothingBeyondWhatIsThere) {
    Messages messages;
    messages.add(RTM_NEWLINK, AF_UNSPEC, 3, kRunning, 5);
    for (std::size_t bytes = 0; bytes < messages.bytes().size(); ++bytes) {
        // A copy of just that size: a sanitizer sees what is read behind it.
        const std::vector<std::byte> cut{
            messages.bytes().begin(),
            messages.bytes().begin() + static_cast<std::ptrdiff_t>(bytes)};
        std::span<const std::byte> rest{cut};
        EXPECT_FALSE(take_link_message(rest)) << bytes;
    }
}

TEST(TakeLinkMessage, ReadsNoAttributeThatItsMessageCuts) {
    Messages messages;
    messages.add(RTM_NEWLINK, AF_UNSPEC, 3, kRunning, 5);
    const auto length = static_cast<std::uint32_t>(messages.bytes().size() - 2);
    std::memcpy(messages.bytes().data(), &length, sizeof length);
    std::span<const std::byte> rest{messages.bytes()};
    const auto message = take_link_message(rest);
    ASSERT_TRUE(message);
    EXPECT_FALSE(message->carrier_down_count);
}

TEST(TakeLinkMessage, EndsWhereALengthCannotBe) {
    Messages messages;
    messages.add(RTM_NEWLINK, AF_UNSPEC, 3, kRunning, 5);
    for (const std::uint16_t length :
         std::vector<std::uint16_t>{0, 3, 0xffff}) {  // of the first attribute
        std::memcpy(messages.bytes().data() + NLMSG_SPACE(sizeof(ifinfomsg)), &length,
                    sizeof length);
        std::span<const std::byte> rest{messages.bytes()};
        const auto message = take_link_message(rest);
        ASSERT_TRUE(message);
        EXPECT_FALSE(message->carrier_down_count) << length;
    }
    const std::uint32_t none = 0;
    std::memcpy(messages.bytes().data(), &none, sizeof none);
    std::span<const std::byte> rest{messages.bytes()};
    EXPECT_FALSE(take_link_message(rest));
    EXPECT_TRUE(rest.empty());
}

TEST(AskForLink, KnowsTheLoopbackInterfaceAndNoOther) {
    const auto link = ask_for_link(if_nametoindex("lo"));
    ASSERT_TRUE(link);
    EXPECT_TRUE(link->statistics);
    EXPECT_TRUE(link->has_link());
    const auto none = ask_for_link(0x7ffffff0);
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->removed);
}

}  // namespace
}  // namespace rxlab::kernel_rx
