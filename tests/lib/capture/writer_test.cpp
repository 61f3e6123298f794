// SPDX-License-Identifier: MIT
#include "handmade.hpp"

#include <rxlab/capture/writer.hpp>

#include <gtest/gtest.h>

#include <iterator>
#include <stdexcept>

namespace rxlab::capture {
namespace {

using namespace test;

TEST(CaptureWriter, WritesWhatTheSpecificationSays) {
    const TemporaryFile file{""};
    const Blob frame = ethernet(ipv4_udp(0xef010101, 30'001, "payload"));
    Writer writer{file.path()};
    ASSERT_TRUE(writer.append(std::as_bytes(std::span{frame}), 1'577'957'400'123'456'789));
    writer.close();
    std::ifstream in{file.path(), std::ios::binary};
    const Blob written{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(written, pcap_header(Order::little, 0xa1b23c4d, 1) +
                           pcap_record(Order::little, 1'577'957'400, 123'456'789, frame));
}

TEST(CaptureWriter, TellsOfAFullDisk) {
    Writer writer{"/dev/full"};
    const Blob frame(1'000, '\0');
    for (int i = 0; i < 100; ++i)
        (void)writer.append(std::as_bytes(std::span{frame}), 0);
    EXPECT_NE(writer.failure().find("No space left on device"), std::string::npos);
    EXPECT_THROW(writer.close(), std::runtime_error);
}

}  // namespace
}  // namespace rxlab::capture
