// SPDX-License-Identifier: MIT
#include "loopback.hpp"

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
    const auto source = listen(rx::lines_of(feeds), GetParam());
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
    const auto source = listen(rx::lines_of(feeds), GetParam());
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
    const auto source = listen(rx::lines_of(feeds), GetParam());
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
    const auto source = listen(rx::lines_of(feeds), GetParam());
    if (!source) return;
    constexpr std::size_t kBytes = 65'507;  // 65,535 less the headers of IPv4 and UDP
    LoopbackSender{}.send(feeds[0], 0x5a, kBytes);
    std::array<rx::PacketView, rx::kBatchPackets> batch;
    ASSERT_EQ(source->poll(batch), 1U);
    ASSERT_EQ(batch[0].payload.size(), kBytes);
    EXPECT_EQ(batch[0].payload.back(), std::byte{0x5a});
}

}  // namespace
}  // namespace rxlab::kernel_rx
