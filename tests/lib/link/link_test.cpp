// SPDX-License-Identifier: MIT
#include <rxlab/link/link.hpp>

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <sstream>
#include <vector>

namespace rxlab::link {
namespace {

constexpr unsigned kUpWithCarrier = IFF_UP | kLowerUp;

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
    messages.add(RTM_DELLINK, AF_BRIDGE, 3, kUpWithCarrier, 5);  // it left a bridge
    messages.add(RTM_NEWADDR, AF_UNSPEC, 3, kUpWithCarrier, 5);
    messages.add(RTM_DELLINK, AF_UNSPEC, 4, kUpWithCarrier, 6);
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

TEST(TakeLinkMessage, KnowsTheXdpProgramInItsNest) {
    struct {
        nlmsghdr header;
        ifinfomsg info;
        rtattr xdp;
        rtattr mode;
        std::uint32_t is_driver;  // one byte of it
        rtattr program;
        std::uint32_t id;
    } message{};
    message.header.nlmsg_len = sizeof message;
    message.header.nlmsg_type = RTM_NEWLINK;
    message.xdp = {RTA_LENGTH(sizeof message - offsetof(decltype(message), mode)),
                   IFLA_XDP | NLA_F_NESTED};
    message.mode = {RTA_LENGTH(1), IFLA_XDP_ATTACHED};
    message.is_driver = 1;
    message.program = {RTA_LENGTH(4), IFLA_XDP_PROG_ID};
    message.id = 42;
    std::span<const std::byte> rest{std::as_bytes(std::span{&message, 1})};
    const auto found = take_link_message(rest);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->xdp_program, 42U);
}

TEST(TakeLinkMessage, ReadsNothingBeyondWhatIsThere) {
    Messages messages;
    messages.add(RTM_NEWLINK, AF_UNSPEC, 3, kUpWithCarrier, 5);
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
    messages.add(RTM_NEWLINK, AF_UNSPEC, 3, kUpWithCarrier, 5);
    const auto length = static_cast<std::uint32_t>(messages.bytes().size() - 2);
    std::memcpy(messages.bytes().data(), &length, sizeof length);
    std::span<const std::byte> rest{messages.bytes()};
    const auto message = take_link_message(rest);
    ASSERT_TRUE(message);
    EXPECT_FALSE(message->carrier_down_count);
}

TEST(TakeLinkMessage, EndsWhereALengthCannotBe) {
    Messages messages;
    messages.add(RTM_NEWLINK, AF_UNSPEC, 3, kUpWithCarrier, 5);
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
    EXPECT_EQ(link->xdp_program, 0U);
    const auto none = ask_for_link(0x7ffffff0);
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->removed);
}

TEST(ReadSoftnet, AddsTheCpus) {
    std::istringstream file{
        "0000a1b2 00000003 00000010 00000000 00000000 00000000\n"
        "00000001 00000001 0000000a 00000000 00000000 00000000\n"};
    Softnet softnet;
    ASSERT_TRUE(read_softnet(file, softnet));
    EXPECT_EQ(softnet.dropped, 4U);
    EXPECT_EQ(softnet.time_squeeze, 26U);
}

TEST(ReadSoftnet, SaysNothingOfWhatItCannotRead) {
    Softnet softnet;
    std::istringstream empty{""};
    EXPECT_FALSE(read_softnet(empty, softnet));
    std::istringstream cut{"00000001 00000002\n"};
    EXPECT_FALSE(read_softnet(cut, softnet));
}

}  // namespace
}  // namespace rxlab::link
