// SPDX-License-Identifier: MIT
#include <rxlab/rx/wakeup.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace rxlab::rx {
namespace {

class StoppingSignal : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Signals, StoppingSignal, ::testing::Values(SIGINT, SIGTERM, SIGHUP));

TEST_P(StoppingSignal, AsksToStop) {
    Wakeup wakeup;
    EXPECT_FALSE(wakeup.pending());
    std::raise(GetParam());
    EXPECT_TRUE(wakeup.pending());
    EXPECT_TRUE(Wakeup::stop_requested());
    EXPECT_FALSE(Wakeup::operator_decided());
}

TEST(Wakeup, TellsOnceThatTheOperatorHasDecided) {
    Wakeup wakeup;
    EXPECT_FALSE(Wakeup::operator_decided());
    std::raise(SIGUSR1);
    std::raise(SIGUSR1);
    EXPECT_TRUE(wakeup.pending());
    wakeup.acknowledge();
    EXPECT_TRUE(Wakeup::operator_decided());
    EXPECT_FALSE(Wakeup::operator_decided());
    EXPECT_FALSE(Wakeup::stop_requested());
    std::raise(SIGUSR1);
    EXPECT_TRUE(Wakeup::operator_decided()) << "the next decision is one of its own";
}

TEST(Wakeup, ForgetsWhatWasDecidedBeforeTheRun) {
    {
        Wakeup before;
        std::raise(SIGUSR1);
    }
    Wakeup wakeup;
    EXPECT_FALSE(Wakeup::operator_decided());
}

TEST(Wakeup, LeavesAnIgnoredHangUpIgnored) {
    std::signal(SIGHUP, SIG_IGN);
    {
        Wakeup wakeup;
        std::raise(SIGHUP);
        EXPECT_FALSE(wakeup.pending());
        EXPECT_FALSE(Wakeup::stop_requested());
    }
    EXPECT_EQ(std::signal(SIGHUP, SIG_DFL), SIG_IGN) << "nor afterwards";
}

TEST(Wakeup, AClosedPipeIsAnErrorAndNotTheEnd) {
    std::signal(SIGPIPE, SIG_DFL);
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    close(ends[0]);
    { Wakeup wakeup; }
    EXPECT_EQ(write(ends[1], "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
    close(ends[1]);
}

}  // namespace
}  // namespace rxlab::rx
