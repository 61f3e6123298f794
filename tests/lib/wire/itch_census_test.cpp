// SPDX-License-Identifier: MIT
#include "test_bytes.hpp"

#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/itch_census.hpp>

#include <gtest/gtest.h>

namespace rxlab::wire {
namespace {

using test::Bytes;

// Calls change(bytes) of one message of each type, and counts what that makes of it.
template <typename Change>
ItchCensus census(Change&& change) {
    ItchCensus result;
    itch::for_each_message_type([&]<typename Message>() {
        Bytes message = test::exact(bytes_of(Message{}));
        change(message);
        result.count(message);
    });
    return result;
}

TEST(ItchCensus, HasNoComplaintOfMessagesAsSpecified) {
    const ItchCensus result = census([](Bytes&) {});
    EXPECT_EQ(result.exact(), result.messages);
    EXPECT_TRUE(result.is_itch());
    EXPECT_EQ(result.complaint(), "");
    EXPECT_FALSE(ItchCensus{}.is_itch());
}

TEST(ItchCensus, TellsFieldsAddedAtTheEnd) {
    const ItchCensus result = census([](Bytes& m) { m.insert(m.end(), 2, std::byte{0}); });
    EXPECT_EQ(result.longer, result.messages);
    EXPECT_TRUE(result.is_itch());
    EXPECT_NE(result.complaint().find("longer than ITCH 5.0"), std::string::npos);
}

TEST(ItchCensus, NamesSoupBinTcp) {
    ItchCensus result = census([](Bytes& m) { m.insert(m.begin(), std::byte{'S'}); });
    EXPECT_EQ(result.soup_packets, result.messages);
    result.count(test::bytes({'H'}));  // a heartbeat of the protocol
    EXPECT_EQ(result.soup_others, 1U);
    EXPECT_FALSE(result.is_itch());
    EXPECT_NE(result.complaint().find("SoupBinTCP"), std::string::npos) << result.complaint();
}

TEST(ItchCensus, TellsTruncatedAndUnknownMessages) {
    const ItchCensus cut = census([](Bytes& m) { m.pop_back(); });
    EXPECT_EQ(cut.shorter, cut.messages);
    EXPECT_FALSE(cut.is_itch());
    const ItchCensus unknown = census([](Bytes& m) { m[0] = std::byte{'*'}; });
    EXPECT_EQ(unknown.unknown, unknown.messages);
    EXPECT_NE(unknown.complaint().find("of no type"), std::string::npos);
    ItchCensus empty;
    empty.count({});
    EXPECT_EQ(empty.unknown, 1U);
}

}  // namespace
}  // namespace rxlab::wire
