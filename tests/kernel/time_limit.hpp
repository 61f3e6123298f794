// SPDX-License-Identifier: MIT
//
// Ends a test that sleeps for ever, for instance because a wake-up was lost: the program says which
// test it was, and ends. RXLAB_TIME_LIMIT_S is for kernels on which everything takes longer.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

namespace rxlab::kernel_test {

inline const char* running_test = "";

inline void say_which_and_end(int) {
    static constexpr char kText[] = "ended by its time limit: ";
    static_cast<void>(!::write(STDERR_FILENO, kText, sizeof kText - 1));
    static_cast<void>(!::write(STDERR_FILENO, running_test, std::strlen(running_test)));
    static_cast<void>(!::write(STDERR_FILENO, "\n", 1));
    ::_exit(1);
}

// In SetUp().
inline void start_time_limit() {
    const char* const limit_s = std::getenv("RXLAB_TIME_LIMIT_S");
    running_test = testing::UnitTest::GetInstance()->current_test_info()->name();
    ::signal(SIGALRM, say_which_and_end);
    ::alarm(limit_s != nullptr ? static_cast<unsigned>(std::atoi(limit_s)) : 120);
}
// In TearDown().
inline void end_time_limit() {
    ::alarm(0);
}

}  // namespace rxlab::kernel_test
