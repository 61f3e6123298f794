// SPDX-License-Identifier: MIT
//
// The filters as the kernel runs them: on a pair of Unix sockets, for which no rights are needed.
// What a filter returns cuts the datagram to that length, so its answer can be read.
#include "packet_rx/filter.hpp"

#include "tests/lib/wire/whole_frames.hpp"

#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/errors.hpp>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace rxlab::packet_rx {
namespace {

using Bytes = wire::test::Frame;
using wire::test::as_fragment;
using wire::test::frame_to;
using wire::test::with_options;

constexpr std::uint32_t kA = 0xef010101, kB = 0xef010102;
// Three feeds, two of them with the same address; feed 2 has a second line.
const std::vector<rx::Line> kLines{
    {{kA, 30'001}, {0, 0}}, {{kB, 30'001}, {1, 0}}, {{kA, 30'002}, {2, 0}}, {{kB, 7}, {2, 1}}};

class FilterTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::array<int, 2> pair{};
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()),
                  0);
        from_ = program::Descriptor{pair[0]};
        to_ = program::Descriptor{pair[1]};
    }
    // What the filter says to these bytes, at most their length; 0: not let through.
    std::size_t answer(std::span<const std::byte> bytes) {
        // A filter that lets nothing pass makes send() fail, with EPERM or without.
        static_cast<void>(send(from_.get(), bytes.data(), bytes.size(), 0));
        std::array<std::byte, 2'000> memory{};
        const ssize_t received = recv(to_.get(), memory.data(), memory.size(), 0);
        return received < 0 ? 0 : static_cast<std::size_t>(received);
    }
    bool passes(const Bytes& frame) { return answer(frame) == frame.size(); }
    void use(const Filter& filter) { set_filter(to_.get(), filter); }

    program::Descriptor from_, to_;
};

TEST_F(FilterTest, LetsTheGroupsDatagramsPassWhole) {
    use(group_filter(kLines));
    for (const rx::Line& line : kLines)
        EXPECT_TRUE(passes(frame_to(line.group.address, line.group.port))) << line.group.port;
}

TEST_F(FilterTest, RefusesOtherAddressesPortsProtocolsAndTypes) {
    use(group_filter(kLines));
    EXPECT_EQ(answer(frame_to(kA, 7)), 0U) << "a port of the other address";
    EXPECT_EQ(answer(frame_to(kA + 2, 30'001)), 0U);
    Bytes frame = frame_to(kA, 30'001);
    frame[23] = std::byte{6};  // TCP
    EXPECT_EQ(answer(frame), 0U);
    frame = frame_to(kA, 30'001);
    frame[12] = std::byte{0x86};  // IPv6
    EXPECT_EQ(answer(frame), 0U);
    EXPECT_EQ(answer(Bytes(20)), 0U) << "shorter than what is looked at";
}

TEST_F(FilterTest, FindsThePortBehindIpv4Options) {
    use(group_filter(kLines));
    EXPECT_TRUE(passes(with_options(frame_to(kA, 30'002), 1)));
    EXPECT_TRUE(passes(with_options(frame_to(kA, 30'002), 10)));
    EXPECT_EQ(answer(with_options(frame_to(kA, 30'003), 10)), 0U);
}

TEST_F(FilterTest, LetsAGroupsFragmentsPassWhichHaveNoPort) {
    use(group_filter(kLines));
    EXPECT_TRUE(passes(as_fragment(frame_to(kA, 30'001), 0, true))) << "the first has";
    EXPECT_EQ(answer(as_fragment(frame_to(kA, 1), 0, true)), 0U);
    EXPECT_TRUE(passes(as_fragment(frame_to(kA, 1), 185, true)));
    EXPECT_TRUE(passes(as_fragment(frame_to(kA, 1), 370, false)));
    EXPECT_EQ(answer(as_fragment(frame_to(kA + 9, 30'001), 185, true)), 0U);
}

TEST_F(FilterTest, LetsNothingPassBeforeASocketListens) {
    use(no_frame());
    EXPECT_EQ(answer(frame_to(kA, 30'001)), 0U);
}

TEST_F(FilterTest, TellsManyGroupsApart) {
    std::vector<rx::Line> lines;
    for (std::uint32_t i = 0; i < 400; ++i) {
        lines.push_back({{0xef020000 + i / 4 * 3, static_cast<std::uint16_t>(1'000 + i % 4)},
                         {static_cast<std::uint16_t>(i), 0}});
    }
    try {
        use(group_filter(lines));
    } catch (const program::RunError& error) {  // net.core.optmem_max is 20 KiB on older kernels
        EXPECT_NE(std::string{error.what()}.find("optmem_max"), std::string::npos) << error.what();
        GTEST_SKIP() << "skipped: " << error.what();
    }
    for (const rx::Line& line : lines) {
        EXPECT_TRUE(passes(frame_to(line.group.address, line.group.port)));
        EXPECT_EQ(answer(frame_to(line.group.address, 1'004)), 0U);
        EXPECT_EQ(answer(frame_to(line.group.address + 1, line.group.port)), 0U);
    }
}

TEST_F(FilterTest, RefusesMoreGroupsThanAFilterHolds) {
    std::vector<rx::Line> lines;
    for (std::uint32_t i = 0; i < 1'000; ++i)
        lines.push_back({{0xef020000 + i, 1'000}, {static_cast<std::uint16_t>(i), 0}});
    EXPECT_THROW(use(group_filter(lines)), program::UsageError);
}

TEST_F(FilterTest, ChoosesTheWorkerByTheFeed) {
    use(worker_choice(kLines, 2));
    const auto worker_of = [this](const Bytes& frame) {
        return answer(std::span{frame}.subspan(sizeof(wire::EthernetHeader)));
    };
    EXPECT_EQ(worker_of(frame_to(kB, 30'001)), 1U) << "feed 1";
    EXPECT_EQ(worker_of(frame_to(kA, 30'001)), 0U) << "feed 0";
    EXPECT_EQ(worker_of(with_options(frame_to(kB, 30'001), 3)), 1U);
    use(worker_choice(kLines, 3));
    EXPECT_EQ(worker_of(frame_to(kA, 30'002)), 2U) << "feed 2, line A";
    EXPECT_EQ(worker_of(frame_to(kB, 7)), 2U) << "feed 2, line B";
}

}  // namespace
}  // namespace rxlab::packet_rx
