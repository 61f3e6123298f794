// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/eal_output.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace rxlab::dpdk_rx {
namespace {

// What EAL does in the middle of rte_eal_init.
[[noreturn]] void leave(const char* words, int status) {
    std::fputs(words, stderr);
    std::exit(status);
}

TEST(ExitWatchDeathTest, TurnsAnExitOnAWrongOptionIntoOneLineAndWrongUsage) {
    EXPECT_EXIT(
        {
            OutputCapture capture;
            const ExitWatch watch{&capture};
            leave("EAL: Detected CPU lcores: 2\nARGPARSE: unknown argument --frobnicate!\n", 234);
        },
        testing::ExitedWithCode(2),
        "^eal_output_test: EAL options: ARGPARSE: unknown argument --frobnicate!; they are listed "
        "by `eal_output_test --eal-help`\n$");
}

TEST(ExitWatchDeathTest, SaysWhereToLookWhenTheOutputWasNotHeldBack) {
    EXPECT_EXIT(
        {
            const ExitWatch watch{nullptr};
            leave("EAL: unknown\n", 234);
        },
        testing::ExitedWithCode(2), "^EAL: unknown\neal_output_test: EAL options: see above; ");
}

TEST(ExitWatchDeathTest, ShowsWhatWasHeldBackWhenTheExitIsASuccess) {
    EXPECT_EXIT(
        {
            dup2(STDERR_FILENO, STDOUT_FILENO);
            OutputCapture capture;
            const ExitWatch watch{&capture};
            leave("Usage: dpdk_rx [options]\n", 0);
        },
        testing::ExitedWithCode(0), "^Usage: dpdk_rx \\[options\\]\n$");
}

TEST(ExitWatchDeathTest, LeavesLaterExitsAlone) {
    EXPECT_EXIT(
        {
            { const ExitWatch watch{nullptr}; }
            leave("later\n", 7);
        },
        testing::ExitedWithCode(7), "^later\n$");
}

}  // namespace
}  // namespace rxlab::dpdk_rx
