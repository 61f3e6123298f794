// SPDX-License-Identifier: MIT
#include "loopback.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace rxlab::kernel_rx {
namespace {

using test::AnySource;
using test::groups;
using test::lines_of;
using test::LoopbackSender;

// A way of waiting and of reading.
struct Way {
    std::string name;
    SocketOptions options;
    std::size_t ahead_max = 1;  // packets of a busy feed before one of a feed that has few
};

SocketOptions of(Mode mode) {
    SocketOptions options;
    options.mode = mode;
    options.sleep_ms_max = 1;
    return options;
}
SocketOptions sleeping_in_the_read(SocketOptions options) {
    options.sleep_ms_max = kCoarseSleep_ms;
    return options;
}
SocketOptions busy_polling(SocketOptions options) {
    options.busy_poll.us_max = 50;
    return options;
}
SocketOptions stamped(SocketOptions options) {
    options.kernel_timestamps = true;
    return options;
}

// Two lines take turns: each may empty the ring of buffers twice before it is the other's turn.
constexpr unsigned kUringBuffers = 16;
SocketOptions uring(bool kernel_thread = false) {
    SocketOptions options = of(Mode::io_uring);
    options.uring.buffers = kUringBuffers;
    options.uring.kernel_thread = kernel_thread;
    return options;
}
constexpr std::size_t kUringAhead = 3 * kUringBuffers;

std::vector<Way> all_ways() {
    std::vector<Way> ways{
        {"Spin", of(Mode::spin)},
        {"Block", of(Mode::block)},
        {"BlockInTheRead", sleeping_in_the_read(of(Mode::block))},
        {"Epoll", of(Mode::epoll)},
        {"BusyPoll", busy_polling(of(Mode::busy_poll))},
        {"BusyPollInTheRead", sleeping_in_the_read(busy_polling(of(Mode::busy_poll)))},
        {"Recvmmsg", of(Mode::recvmmsg), rx::kBatchPackets},
        {"IoUring", uring(), kUringAhead},
        {"IoUringBusyPoll", busy_polling(uring()), kUringAhead},
        {"IoUringKernelThread", uring(true), kUringAhead},
    };
    for (std::size_t i = 0, count = ways.size(); i < count; ++i)
        ways.push_back({ways[i].name + "Stamped", stamped(ways[i].options), ways[i].ahead_max});
    return ways;
}

class SocketSourceTest : public ::testing::TestWithParam<Way> {
  protected:
    [[nodiscard]] const SocketOptions& options() const { return GetParam().options; }
    [[nodiscard]] std::unique_ptr<AnySource> listen(std::span<const rx::Line> lines) const {
        return test::listen(lines, options());
    }
    std::size_t next(AnySource& source) { return test::next(source, batch_, options()); }
    // Which feeds brought the next packets; fewer than `count` where no more are there.
    std::vector<std::size_t> next_feeds(AnySource& source, std::size_t count) {
        std::vector<std::size_t> feeds;
        while (feeds.size() < count) {
            const std::size_t received = next(source);
            for (std::size_t i = 0; i < received; ++i)
                feeds.push_back(batch_[i].id.feed);
            if (received == 0) break;
        }
        return feeds;
    }

    std::array<rx::PacketView, rx::kBatchPackets> batch_;
};
std::string name_of(const ::testing::TestParamInfo<Way>& info) {
    return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Ways, SocketSourceTest, ::testing::ValuesIn(all_ways()), name_of);

TEST_P(SocketSourceTest, ABusyFeedDoesNotStarveAQuietOne) {
    const auto feeds = groups(0xefff7f10, 3);
    const auto source = listen(lines_of(feeds));
    if (!source) return;
    LoopbackSender sender;
    for (int i = 0; i < 150; ++i)
        sender.send(feeds[0], 1);
    sender.send(feeds[2], 1);
    // Whichever comes first, the quiet feed's packet comes after at most one turn of the busy one.
    const std::vector<std::size_t> order = next_feeds(*source, 151);
    ASSERT_EQ(order.size(), 151U);
    EXPECT_LE(std::ranges::find(order, 2U) - order.begin(),
              static_cast<std::ptrdiff_t>(GetParam().ahead_max));
}

TEST_P(SocketSourceTest, SaturatedFeedsAreServedAlike) {
    // More than epoll_wait(2) is asked for at once, and than there are buffers of io_uring.
    const auto feeds = groups(0xefff7f20, 100);
    const auto source = listen(lines_of(feeds));
    if (!source) return;
    LoopbackSender sender;
    for (const auto& feed : feeds) {
        for (int i = 0; i < 6; ++i)
            sender.send(feed, 1);
    }
    // In any three rounds' worth of packets, no feed has had fewer than two turns. A source that
    // takes several at a time has served all of them after six.
    const bool takes_one = GetParam().ahead_max == 1;
    std::map<std::size_t, int> turns;
    for (const std::size_t feed : next_feeds(*source, (takes_one ? 3 : 6) * feeds.size()))
        ++turns[feed];
    ASSERT_EQ(turns.size(), feeds.size()) << "some feeds had no turn at all";
    for (const auto& [feed, count] : turns)
        EXPECT_GE(count, takes_one ? 2 : 6) << "feed " << feed;
}

TEST_P(SocketSourceTest, APacketSaysWhoSentIt) {
    const auto feeds = groups(0xefff7f90, 1);
    const auto source = listen(lines_of(feeds));
    if (!source) return;
    for (const std::uint32_t address : {0x7f000001U, 0x7f0a0b0cU}) {
        LoopbackSender{address}.send(feeds[0], 7, 100);
        ASSERT_EQ(next(*source), 1U);
        EXPECT_EQ(batch_[0].source, address);
        ASSERT_EQ(batch_[0].payload.size(), 100U);
        EXPECT_EQ(batch_[0].payload.front(), std::byte{7});
        EXPECT_EQ(batch_[0].payload.back(), std::byte{7});
        EXPECT_EQ(batch_[0].ages.kernel_ns != 0, options().kernel_timestamps);
        EXPECT_LT(batch_[0].ages.kernel_ns, 2'000'000'000U);
        EXPECT_EQ(batch_[0].ages.nic_ns, 0U);
    }
}

TEST_P(SocketSourceTest, PacketsOfAFeedComeInTheirOrder) {
    constexpr int kPackets = 150;
    const auto feeds = groups(0xefff7f98, 1);
    const auto source = listen(lines_of(feeds));
    if (!source) return;
    LoopbackSender sender;
    for (int i = 0; i < kPackets; ++i)
        sender.send(feeds[0], static_cast<std::uint8_t>(i), 1 + static_cast<std::size_t>(i));
    for (int expected = 0; expected < kPackets;) {
        const std::size_t received = next(*source);
        ASSERT_NE(received, 0U) << "after " << expected;
        for (std::size_t i = 0; i < received; ++i, ++expected) {
            ASSERT_EQ(batch_[i].payload.size(), static_cast<std::size_t>(expected) + 1);
            ASSERT_EQ(batch_[i].payload.back(), std::byte(expected));
        }
    }
}

TEST_P(SocketSourceTest, TheLongestDatagramIsNotCut) {
    const auto feeds = groups(0xefff7fa0, 1);
    const auto source = listen(lines_of(feeds));
    if (!source) return;
    constexpr std::size_t kBytes = 65'507;  // 65,535 less the headers of IPv4 and UDP
    LoopbackSender{}.send(feeds[0], 0x5a, kBytes);
    ASSERT_EQ(next(*source), 1U);
    ASSERT_EQ(batch_[0].payload.size(), kBytes);
    EXPECT_EQ(batch_[0].payload.back(), std::byte{0x5a});
}

// It is a packet, and not the end of anything.
TEST_P(SocketSourceTest, AnEmptyDatagramIsNotTheLast) {
    const auto feeds = groups(0xefff7fa8, 1);
    const auto source = listen(lines_of(feeds));
    if (!source) return;
    LoopbackSender sender;
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{5}, std::size_t{0}}) {
        sender.send(feeds[0], 1, bytes);
        ASSERT_EQ(next(*source), 1U);
        EXPECT_EQ(batch_[0].payload.size(), bytes);
        EXPECT_FALSE(source->failed());
    }
}

// What a socket drops is counted, and what it still holds is delivered.
TEST_P(SocketSourceTest, DropsAreCounted) {
    SocketOptions small = options();
    small.receive_buffer_bytes = 4'096;
    const auto feeds = groups(0xefff7fac, 1);
    const auto source = test::listen(lines_of(feeds), small);
    if (!source) return;
    constexpr std::size_t kPackets = 300;
    LoopbackSender sender;
    for (std::size_t i = 0; i < kPackets; ++i)
        sender.send(feeds[0], 1, 1'000);
    const std::size_t received = next_feeds(*source, kPackets).size();
    const auto dropped = source->report().drops["socket"].get<std::size_t>();
    EXPECT_GT(dropped, 0U);
    EXPECT_EQ(received + dropped, kPackets);
}

// The first sender's packets go to the group as well, and are no business of the socket's.
TEST_P(SocketSourceTest, ALineWithASourceTakesNoOthersPackets) {
    std::vector<rx::Line> lines = lines_of(groups(0xe8ff7f01, 2));
    lines[0].source = 0x7f0a0b0c;
    lines[1].source = test::kLoopback;
    const auto source = listen(lines);
    if (!source) return;
    LoopbackSender{}.send(lines[0].group, 1);
    LoopbackSender{0x7f0a0b0c}.send(lines[0].group, 2);
    LoopbackSender{0x7f0a0b0c}.send(lines[1].group, 3);
    ASSERT_EQ(next(*source), 1U);
    EXPECT_EQ(batch_[0].payload[0], std::byte{2});
    EXPECT_EQ(batch_[0].id.feed, 0);
    EXPECT_EQ(next_feeds(*source, 1).size(), 0U);
}

TEST_P(SocketSourceTest, WarnsOfASourceSpecificGroupWithoutASource) {
    std::vector<rx::Line> lines = lines_of(groups(0xe8ff7f10, 3));
    testing::internal::CaptureStderr();
    const auto warned = listen(lines);
    const std::string warning = testing::internal::GetCapturedStderr();
    if (!warned) return;
    EXPECT_NE(warning.find("--source"), std::string::npos) << warning;
    EXPECT_EQ(std::count(warning.begin(), warning.end(), '\n'), 1) << warning;
    for (rx::Line& line : lines)
        line.source = test::kLoopback;
    testing::internal::CaptureStderr();
    const auto silent = listen(lines);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

// Whoever receives must get to look at other things: the link, the silence of a feed.
TEST_P(SocketSourceTest, ASleepEndsWithoutAPacket) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{2}}) {
        const auto feeds = groups(0xefff7fb0, count);
        const auto source = listen(lines_of(feeds));
        if (!source) return;
        EXPECT_EQ(source->poll(batch_), 0U);
        EXPECT_FALSE(source->failed());
        LoopbackSender{}.send(feeds[count - 1], 1);
        EXPECT_EQ(next(*source), 1U);
    }
}

// As the kernel prints an address: in hexadecimal, its bytes in the machine's own order.
bool is_member(const wire::Ipv4Endpoint& group) {
    std::ifstream file{"/proc/net/igmp"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    return text.find(fmt::format("{:08X}", htonl(group.address))) != std::string::npos;
}

TEST_P(SocketSourceTest, LeavesItsGroupsWhenItEnds) {
    // No other process's: tests run side by side.
    const auto feeds = groups(0xef000000 + 2 * static_cast<std::uint32_t>(getpid() & 0x3fffff), 2);
    auto source = listen(lines_of(feeds));
    if (!source) return;
    EXPECT_TRUE(is_member(feeds[0]) && is_member(feeds[1]));
    source.reset();
    EXPECT_FALSE(is_member(feeds[0]) || is_member(feeds[1]));
}

TEST(RecvmmsgSource, TakesWhatWaitsByOneCall) {
    const auto feeds = groups(0xefff7fb8, 1);
    const SocketOptions options = of(Mode::recvmmsg);
    const auto source = test::listen(lines_of(feeds), options);
    if (!source) return;
    for (std::uint32_t i = 0; i < 10; ++i)
        LoopbackSender{0x7f000001 + i}.send(feeds[0], static_cast<std::uint8_t>(i));
    std::array<rx::PacketView, rx::kBatchPackets> batch;
    ASSERT_EQ(source->poll(batch), 10U);
    for (std::uint32_t i = 0; i < 10; ++i) {
        EXPECT_EQ(batch[i].payload.front(), std::byte(i));
        EXPECT_EQ(batch[i].source, 0x7f000001 + i);
    }
}

// On the loopback interface nothing is polled, as its packets come without a NAPI id.
TEST(BusyPolling, ReportsThatItHadNothingToPoll) {
    const auto feeds = groups(0xefff7fbc, 1);
    const SocketOptions options = busy_polling(of(Mode::busy_poll));
    const auto source = test::listen(lines_of(feeds), options);
    if (!source) return;
    LoopbackSender{}.send(feeds[0], 1);
    std::array<rx::PacketView, rx::kBatchPackets> batch;
    ASSERT_EQ(test::next(*source, batch, options), 1U);
    const auto counters = source->report().counters;
    EXPECT_EQ(counters["busy_poll_us"], 50);
    EXPECT_EQ(counters["sockets_with_napi_id"], 0);
    EXPECT_NE(counters["busy_poll"].get<std::string>().find("nothing to poll"), std::string::npos);
}

}  // namespace
}  // namespace rxlab::kernel_rx
