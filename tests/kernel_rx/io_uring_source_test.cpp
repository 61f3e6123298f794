// SPDX-License-Identifier: MIT
//
// What is io_uring's own: buffers and completions that run out. socket_source_test.cpp has what it
// shares with the other ways.
#include "loopback.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace rxlab::kernel_rx {
namespace {

using test::groups;
using test::LoopbackSender;

constexpr int kSent = 50;

SocketOptions with(unsigned buffers, unsigned completions = 0) {
    SocketOptions options;
    options.mode = Mode::io_uring;
    options.uring.buffers = buffers;
    options.uring.completions = completions;
    return options;
}

// Sends all, then receives all; the payloads, in the order of arrival.
std::vector<int> receive_all(test::AnySource& source, const SocketOptions& options,
                             const wire::Ipv4Endpoint& feed) {
    LoopbackSender sender;
    for (int i = 0; i < kSent; ++i)
        sender.send(feed, static_cast<std::uint8_t>(i));
    std::vector<int> payloads;
    std::array<rx::PacketView, rx::kBatchPackets> batch;
    while (const std::size_t received = test::next(source, batch, options)) {
        for (std::size_t i = 0; i < received; ++i)
            payloads.push_back(std::to_integer<int>(batch[i].payload.front()));
    }
    return payloads;
}

std::vector<int> all_in_order() {
    std::vector<int> payloads;
    for (int i = 0; i < kSent; ++i)
        payloads.push_back(i);
    return payloads;
}

TEST(IoUringSource, ArmsAgainWhereBuffersRanOut) {
    const auto feeds = groups(0xefff7fd0, 1);
    const SocketOptions options = with(2);
    const auto source = test::listen(test::lines_of(feeds), options);
    if (!source) return;
    EXPECT_EQ(receive_all(*source, options, feeds[0]), all_in_order());
    const auto counters = source->report().counters;
    EXPECT_GE(counters["uring_buffers_ran_out"], kSent / 2 - 1);
    EXPECT_GE(counters["uring_armed_again"], counters["uring_buffers_ran_out"]);
    EXPECT_EQ(counters["uring_completions_overflowed"], 0);
    EXPECT_EQ(source->report().drops["socket"], 0);
}

TEST(IoUringSource, LosesNothingWhereCompletionsOverflow) {
    const auto feeds = groups(0xefff7fd4, 1);
    const SocketOptions options = with(64, 2);
    const auto source = test::listen(test::lines_of(feeds), options);
    if (!source) return;
    EXPECT_EQ(receive_all(*source, options, feeds[0]), all_in_order());
    EXPECT_GE(source->report().counters["uring_completions_overflowed"], 1);
    EXPECT_EQ(source->report().drops["socket"], 0);
}

TEST(IoUringSource, CountsNothingWhereThereIsRoom) {
    const auto feeds = groups(0xefff7fd8, 1);
    const SocketOptions options = with(64);
    const auto source = test::listen(test::lines_of(feeds), options);
    if (!source) return;
    EXPECT_EQ(receive_all(*source, options, feeds[0]), all_in_order());
    const auto counters = source->report().counters;
    EXPECT_EQ(counters["uring_buffers_ran_out"], 0);
    EXPECT_EQ(counters["uring_armed_again"], 0);
    EXPECT_EQ(counters["uring_completions_overflowed"], 0);
}

}  // namespace
}  // namespace rxlab::kernel_rx
