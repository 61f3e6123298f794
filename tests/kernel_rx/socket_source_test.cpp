// SPDX-License-Identifier: MIT
#include "loopback.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

namespace rxlab::kernel_rx {
namespace {

using test::groups;
using test::listen;
using test::LoopbackSender;

// Which feeds brought the next packets; fewer than `count` where no more are there.
std::vector<std::size_t> next_feeds(SocketSource& source, std::size_t count) {
    std::vector<std::size_t> feeds;
    std::array<rx::PacketView, rx::kBatchPackets> batch;
    for (std::size_t empty = 0; feeds.size() < count && empty < 3;) {
        const std::size_t received = source.poll(batch);
        for (std::size_t i = 0; i < received; ++i)
            feeds.push_back(batch[i].id.feed);
        empty = received == 0 ? empty + 1 : 0;
    }
    return feeds;
}

// Feeds of one line each, whoever sends.
std::vector<rx::Line> lines_of(const std::vector<wire::Ipv4Endpoint>& groups) {
    rx::Options options;
    options.groups = groups;
    return rx::lines_of(options);
}

SocketOptions mode(Mode mode) {
    SocketOptions options;
    options.mode = mode;
    options.sleep_ms_max = 1;
    return options;
}

// Both ways of waiting, and both of receiving.
class SocketSourceTest : public ::testing::TestWithParam<SocketOptions> {};
std::string name_of(const ::testing::TestParamInfo<SocketOptions>& info) {
    return std::string{info.param.mode == Mode::spin ? "Spin" : "Block"} +
           (info.param.kernel_timestamps ? "Stamped" : "");
}
SocketOptions stamped(SocketOptions options) {
    options.kernel_timestamps = true;
    return options;
}
INSTANTIATE_TEST_SUITE_P(Modes, SocketSourceTest,
                         ::testing::Values(mode(Mode::spin), mode(Mode::block),
                                           stamped(mode(Mode::spin)), stamped(mode(Mode::block))),
                         name_of);

TEST_P(SocketSourceTest, ABusyFeedDoesNotStarveAQuietOne) {
    const auto feeds = groups(0xefff7f10, 3);
    const auto source = listen(lines_of(feeds), GetParam());
    if (!source) return;
    LoopbackSender sender;
    for (int i = 0; i < 30; ++i)
        sender.send(feeds[0], 1);
    sender.send(feeds[2], 1);
    // Whichever comes first, the quiet feed's packet is not behind more than one of the busy one.
    const std::vector<std::size_t> order = next_feeds(*source, 31);
    ASSERT_EQ(order.size(), 31U);
    EXPECT_TRUE(order[0] == 2 || order[1] == 2) << "packet of the quiet feed came later";
}

TEST_P(SocketSourceTest, SaturatedFeedsAreServedAlike) {
    // More than epoll_wait(2) is asked for at once.
    const auto feeds = groups(0xefff7f20, 100);
    const auto source = listen(lines_of(feeds), GetParam());
    if (!source) return;
    LoopbackSender sender;
    for (const auto& feed : feeds) {
        for (int i = 0; i < 6; ++i)
            sender.send(feed, 1);
    }
    // In any three rounds' worth of packets, none has had fewer than two turns.
    std::map<std::size_t, int> turns;
    for (const std::size_t feed : next_feeds(*source, 3 * feeds.size()))
        ++turns[feed];
    ASSERT_EQ(turns.size(), feeds.size()) << "some feeds had no turn at all";
    for (const auto& [feed, count] : turns)
        EXPECT_GE(count, 2) << "feed " << feed;
}

TEST_P(SocketSourceTest, APacketSaysWhoSentIt) {
    const auto feeds = groups(0xefff7f90, 1);
    const auto source = listen(lines_of(feeds), GetParam());
    if (!source) return;
    std::array<rx::PacketView, rx::kBatchPackets> batch;
    for (const std::uint32_t address : {0x7f000001U, 0x7f0a0b0cU}) {
        LoopbackSender{address}.send(feeds[0], 7, 100);
        ASSERT_EQ(source->poll(batch), 1U);
        EXPECT_EQ(batch[0].source, address);
        EXPECT_EQ(batch[0].payload.size(), 100U);
        EXPECT_EQ(batch[0].kernel_age_ns != 0, GetParam().kernel_timestamps);
    }
}

TEST_P(SocketSourceTest, TheLongestDatagramIsNotCut) {
    const auto feeds = groups(0xefff7fa0, 1);
    const auto source = listen(lines_of(feeds), GetParam());
    if (!source) return;
    constexpr std::size_t kBytes = 65'507;  // 65,535 less the headers of IPv4 and UDP
    LoopbackSender{}.send(feeds[0], 0x5a, kBytes);
    std::array<rx::PacketView, rx::kBatchPackets> batch;
    ASSERT_EQ(source->poll(batch), 1U);
    ASSERT_EQ(batch[0].payload.size(), kBytes);
    EXPECT_EQ(batch[0].payload.back(), std::byte{0x5a});
}

// The first sender's packets go to the group as well, and are no business of the socket's.
TEST_P(SocketSourceTest, ALineWithASourceTakesNoOthersPackets) {
    std::vector<rx::Line> lines = lines_of(groups(0xe8ff7f01, 2));
    lines[0].source = 0x7f0a0b0c;
    lines[1].source = test::kLoopback;
    const auto source = listen(lines, GetParam());
    if (!source) return;
    LoopbackSender{}.send(lines[0].group, 1);
    LoopbackSender{0x7f0a0b0c}.send(lines[0].group, 2);
    LoopbackSender{0x7f0a0b0c}.send(lines[1].group, 3);
    std::array<rx::PacketView, rx::kBatchPackets> batch;
    ASSERT_EQ(source->poll(batch), 1U);
    EXPECT_EQ(batch[0].payload[0], std::byte{2});
    EXPECT_EQ(batch[0].id.feed, 0);
    EXPECT_EQ(next_feeds(*source, 1).size(), 0U);
}

TEST_P(SocketSourceTest, WarnsOfASourceSpecificGroupWithoutASource) {
    std::vector<rx::Line> lines = lines_of(groups(0xe8ff7f10, 3));
    testing::internal::CaptureStderr();
    const auto warned = listen(lines, GetParam());
    const std::string warning = testing::internal::GetCapturedStderr();
    if (!warned) return;
    EXPECT_NE(warning.find("--source"), std::string::npos) << warning;
    EXPECT_EQ(std::count(warning.begin(), warning.end(), '\n'), 1) << warning;
    for (rx::Line& line : lines)
        line.source = test::kLoopback;
    testing::internal::CaptureStderr();
    const auto silent = listen(lines, GetParam());
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

// Whoever receives must get to look at other things: the link, the silence of a feed.
TEST(SocketSource, ASleepEndsWithoutAPacket) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{2}}) {
        const auto feeds = groups(0xefff7fb0, count);
        SocketOptions options;
        options.mode = Mode::block;
        const auto source = listen(lines_of(feeds), options);
        if (!source) return;
        std::array<rx::PacketView, rx::kBatchPackets> batch;
        EXPECT_EQ(source->poll(batch), 0U);
        EXPECT_FALSE(source->failed());
        LoopbackSender{}.send(feeds[count - 1], 1);
        EXPECT_EQ(source->poll(batch), 1U);
    }
}

}  // namespace
}  // namespace rxlab::kernel_rx
