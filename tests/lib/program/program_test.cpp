// SPDX-License-Identifier: MIT
#include <rxlab/program/cpu.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/program/publish.hpp>
#include <rxlab/program/side_thread.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sched.h>

#include <atomic>
#include <cerrno>
#include <new>
#include <string>
#include <thread>

namespace rxlab::program {
namespace {

struct Ended {
    int status;
    std::string complaint;
};

Ended guard(const std::function<int()>& body) {
    ::testing::internal::CaptureStderr();
    const int status = guard_main("tool", "ask for less", body);
    return {status, ::testing::internal::GetCapturedStderr()};
}

TEST(GuardMain, ReturnsWhatTheBodyReturns) {
    EXPECT_EQ(guard([] { return 0; }).status, 0);
    EXPECT_EQ(guard([] { return 77; }).status, 77);
}

TEST(GuardMain, EndsWrongUsageWithTwoAndOneLine) {
    const Ended ended = guard([]() -> int { throw UsageError("--rate 0: too few"); });
    EXPECT_EQ(ended.status, 2);
    EXPECT_EQ(ended.complaint, "tool: --rate 0: too few\n");
}

TEST(GuardMain, EndsFailuresWithOneAndOneLine) {
    const Ended ended = guard([]() -> int { throw RunError("it broke"); });
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(ended.complaint, "tool: it broke\n");
}

TEST(GuardMain, NamesTheRemedyForTooLittleMemory) {
    const Ended ended = guard([]() -> int { throw std::bad_alloc(); });
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(ended.complaint, "tool: out of memory; ask for less\n");
}

TEST(RunErrorText, NamesOperationReasonAndRemedy) {
    const RunError error{ENODEV, "join 239.1.1.1 on eth0", "see `ip link`"};
    EXPECT_STREQ(error.what(), "join 239.1.1.1 on eth0: No such device; see `ip link`");
    EXPECT_STREQ(RunError(ENODEV, "join").what(), "join: No such device");
}

TEST(PinToCpu, RunsTheThreadThere) {
    cpu_set_t before;
    ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
    const auto here = static_cast<unsigned>(sched_getcpu());
    pin_to_cpu(here);
    cpu_set_t now;
    ASSERT_EQ(sched_getaffinity(0, sizeof now, &now), 0);
    EXPECT_EQ(CPU_COUNT(&now), 1);
    EXPECT_TRUE(CPU_ISSET(here, &now));
    ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

TEST(PinToCpu, RefusesACpuThatDoesNotExist) {
    EXPECT_THROW(pin_to_cpu(CPU_SETSIZE - 1), UsageError);
    EXPECT_THROW(pin_to_cpu(4'000'000'000U), UsageError);
}

TEST(UsageOf, CountsWhatWasSpentSince) {
    const Usage start{1.0, 2.0, 10, 20, 30, 40, 100.0};
    const Usage end{1.5, 2.25, 11, 22, 33, 44, 101.25};
    const nlohmann::ordered_json json = end.since(start);
    EXPECT_EQ(json["user_s"], 0.5);
    EXPECT_EQ(json["system_s"], 0.25);
    EXPECT_EQ(json["voluntary_switches"], 1);
    EXPECT_EQ(json["involuntary_switches"], 2);
    EXPECT_EQ(json["minor_faults"], 3);
    EXPECT_EQ(json["major_faults"], 4);
    EXPECT_EQ(json["wall_s"], 1.25);
}

TEST(Publish, RefusesAFileItCannotWrite) {
    EXPECT_THROW(publish("", {}, "/dev/null/summary.json"), RunError);
    EXPECT_THROW(publish("", {}, "/dev/full"), RunError);
}

TEST(SideThread, WakesAndEnds) {
    std::atomic<int> turns{0};
    SideThread thread;
    thread.start({}, [&] {
        pollfd bell{thread.descriptor(), POLLIN, 0};
        while (poll(&bell, 1, -1) == 1 && !thread.stopping()) {
            thread.calm();
            ++turns;
        }
    });
    thread.wake();
    while (turns == 0)
        std::this_thread::yield();
    thread.stop();  // comes back: the thread was woken once more
    EXPECT_EQ(turns, 1);
}

}  // namespace
}  // namespace rxlab::program
