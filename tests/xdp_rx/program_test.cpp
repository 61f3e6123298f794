// SPDX-License-Identifier: MIT
//
// The XDP program as the kernel runs it: loaded through its verifier, and run on frames by
// BPF_PROG_TEST_RUN, without an interface in between. Needs root.
#include "xdp_rx/program.hpp"

#include "tests/lib/wire/whole_frames.hpp"
#include "xdp_rx/redirect.hpp"
#include "xdp_rx/xsk.hpp"

#include <rxlab/program/errors.hpp>

#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <unistd.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::xdp_rx {
namespace {

using Bytes = wire::test::Frame;
using wire::test::as_fragment;
using wire::test::frame_to;
using wire::test::with_options;

constexpr std::uint32_t kA = 0xef010101, kB = 0xef010102;
const std::vector<rx::Line> kLines{
    {{kA, 30'001}, {0, 0}}, {{kB, 30'001}, {1, 0}}, {{kA, 30'002}, {2, 0}}};

// A frame is redirected only where its queue has a socket: one on the loopback interface, which is
// where test runs come from.
class ProgramTest : public ::testing::Test {
  protected:
    void SetUp() override {
        try {
            XskOptions options;
            options.frames = 64;
            socket_.emplace("lo", if_nametoindex("lo"), 0, options, true);
            redirect_.emplace(kLines, 1);
        } catch (const program::RunError& error) {
            // The verifier's refusal is not a reason to skip: it is what this file is for.
            if (geteuid() == 0) throw;
            GTEST_SKIP() << "skipped: needs root: " << error.what();
        }
        redirect_->add_socket(0, socket_->descriptor());
    }
    int run(const Bytes& frame) {
        LIBBPF_OPTS(bpf_test_run_opts, options);
        options.data_in = frame.data();
        options.data_size_in = static_cast<std::uint32_t>(frame.size());
        options.repeat = 1;
        const int result = bpf_prog_test_run_opts(redirect_->program(), &options);
        return result == 0 ? static_cast<int>(options.retval) : -1;
    }

    std::optional<Xsk> socket_;
    std::optional<Redirect> redirect_;
};

TEST_F(ProgramTest, RedirectsTheGroupsDatagrams) {
    for (const rx::Line& line : kLines)
        EXPECT_EQ(run(frame_to(line.group.address, line.group.port)), XDP_REDIRECT);
    EXPECT_EQ(run(with_options(frame_to(kA, 30'002), 1)), XDP_REDIRECT);
    EXPECT_EQ(run(with_options(frame_to(kA, 30'002), 10)), XDP_REDIRECT);
}

TEST_F(ProgramTest, LetsEverythingElsePass) {
    EXPECT_EQ(run(frame_to(kB, 30'002)), XDP_PASS) << "a port of the other address";
    EXPECT_EQ(run(frame_to(kA + 2, 30'001)), XDP_PASS);
    EXPECT_EQ(run(frame_to(kA, 30'001, 7)), XDP_PASS) << "of a VLAN";
    EXPECT_EQ(run(with_options(frame_to(kA, 30'003), 10)), XDP_PASS);
    Bytes frame = frame_to(kA, 30'001);
    frame[23] = std::byte{2};  // IGMP
    EXPECT_EQ(run(frame), XDP_PASS);
    frame = frame_to(kA, 30'001);
    frame[14] = std::byte{0x65};  // no version 4
    EXPECT_EQ(run(frame), XDP_PASS);
    frame[14] = std::byte{0x44};  // a header of 16 bytes
    EXPECT_EQ(run(frame), XDP_PASS);
    frame = frame_to(kA, 30'001);
    frame.resize(43);
    frame[14] = std::byte{0x46};  // options where the frame ends
    EXPECT_EQ(run(frame), XDP_PASS);
}

TEST_F(ProgramTest, CountsAGroupsFragmentsAndLetsThemPass) {
    EXPECT_EQ(run(as_fragment(frame_to(kA, 30'001), 0, true)), XDP_PASS);
    EXPECT_EQ(run(as_fragment(frame_to(kA, 1), 185, true)), XDP_PASS);
    EXPECT_EQ(run(as_fragment(frame_to(kB, 1), 370, false)), XDP_PASS);
    EXPECT_EQ(run(as_fragment(frame_to(kB + 9, 30'001), 370, false)), XDP_PASS);
    EXPECT_EQ(redirect_->fragments(), 3U);
}

TEST_F(ProgramTest, LetsAFramePassWhoseQueueHasNoSocket) {
    redirect_.emplace(kLines, 1);
    EXPECT_EQ(run(frame_to(kA, 30'001)), XDP_PASS);
}

}  // namespace
}  // namespace rxlab::xdp_rx
