// SPDX-License-Identifier: MIT
#include "bench/run/kept_awake.hpp"

#include <rxlab/program/errors.hpp>

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <thread>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

// Threads of this process that run only when nobody else wants to.
int idle_threads() {
    int count = 0;
    for (const auto& task : fs::directory_iterator{"/proc/self/task"}) {
        if (::sched_getscheduler(std::stoi(task.path().filename())) == SCHED_IDLE) ++count;
    }
    return count;
}

// What the kernel grants to whoever asks last, in microseconds.
std::int32_t latency_limit() {
    std::int32_t limit = -1;
    std::ifstream{"/dev/cpu_dma_latency", std::ios::binary}.read(reinterpret_cast<char*>(&limit),
                                                                 sizeof limit);
    return limit;
}

TEST(KeptAwake, SpinsBehindAllOthersAndEnds) {
    {
        const KeptAwake busy{CoreSleep::never_idle, ::sched_getcpu()};
        for (int i = 0; i < 1'000 && idle_threads() == 0; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        EXPECT_EQ(idle_threads(), 1);
    }
    EXPECT_EQ(idle_threads(), 0);
}

TEST(KeptAwake, ForbidsIdleStatesForAsLongAsItLives) {
    if (::access("/dev/cpu_dma_latency", R_OK | W_OK) != 0) GTEST_SKIP() << "needs root";
    {
        const KeptAwake awake{CoreSleep::forbidden, 0};
        EXPECT_EQ(latency_limit(), 0);
    }
    EXPECT_GT(latency_limit(), 0);
}

TEST(KeptAwake, LeavesACoreAsItIs) {
    const KeptAwake nothing{CoreSleep::as_it_is, 0};
    EXPECT_EQ(idle_threads(), 0);
}

}  // namespace
}  // namespace rxlab::bench
