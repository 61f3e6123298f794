// SPDX-License-Identifier: MIT
#include "bench/run/core_observer.hpp"

#include <rxlab/program/cpu.hpp>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace rxlab::bench {
namespace {

using Kind = CoreEvent::Kind;

constexpr pid_t kReceiver = 100, kThread = 101, kOther = 200;
const std::set<pid_t> kOwn{kReceiver, 301};

std::vector<latency::Stall> taken(const std::vector<CoreEvent>& events) {
    return taken_of(events, kOwn, 1'000, 1'000'000);
}

TEST(TakenCore, IsThatOfATaskThatIsNotPartOfTheRun) {
    const auto found = taken({{Kind::task_ends, 50'000, kReceiver, kThread},
                              {Kind::task_ends, 80'000, kOther, kOther},
                              {Kind::task_ends, 90'000, 0, 0},
                              {Kind::task_ends, 95'000, 300, 301}});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].from, 50'000U);
    EXPECT_EQ(found[0].to, 80'000U);
    EXPECT_EQ(found[0].switches, 1U);
}

TEST(TakenCore, IsThatOfATaskThatRanWhenTheObserverCame) {
    const auto found = taken({{Kind::task_ends, 80'000, kOther, kOther}});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].from, 1'000U);
}

TEST(TakenCore, IsThatOfTheTickAndOfNoOtherTimer) {
    const auto found = taken({{Kind::timer_begins, 10'000},
                              {Kind::timer_ends, 22'000},
                              {Kind::timer_begins, 50'000},
                              {Kind::tick, 52'000},
                              {Kind::timer_ends, 62'000}});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].from, 50'000U);
    EXPECT_EQ(found[0].to, 62'000U);
    EXPECT_EQ(found[0].switches, 0U);
}

TEST(TakenCore, IsOneTimeForATickAndTheSoftirqAfterIt) {
    const auto found = taken({{Kind::timer_begins, 50'000},
                              {Kind::tick, 52'000},
                              {Kind::timer_ends, 56'000},
                              {Kind::softirq_begins, 57'000},
                              {Kind::softirq_ends, 60'000},
                              {Kind::softirq_begins, 70'000},
                              {Kind::softirq_ends, 71'000}});
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].to, 60'000U);
}

TEST(TakenCore, NeedsBothEndsOfWhatInterrupts) {
    EXPECT_TRUE(taken({{Kind::timer_ends, 50'000}, {Kind::softirq_ends, 60'000}}).empty());
    EXPECT_TRUE(taken({{Kind::timer_begins, 50'000}, {Kind::tick, 51'000}}).empty());
}

// A child that spins on a core for 50 ms, and runs on no other before.
class Spinner {
  public:
    explicit Spinner(int cpu) {
        cpu_set_t allowed;
        ::sched_getaffinity(0, sizeof allowed, &allowed);
        program::pin_to_cpu(static_cast<unsigned>(cpu));
        pid_ = ::fork();
        if (pid_ != 0) {
            ::sched_setaffinity(0, sizeof allowed, &allowed);
            return;
        }
        const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{50};
        while (std::chrono::steady_clock::now() < end) {
        }
        ::_exit(0);
    }
    void wait() const { ::waitpid(pid_, nullptr, 0); }
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    pid_t pid_ = 0;
};

double total_ms(const CoreObservation& observed) {
    const double ticks_per_ns = [] {
        const latency::Calibration calibration =
            latency::Calibration::start(latency::Clock::detect());
        return calibration.start_ticks_per_ns();
    }();
    latency::Ticks sum = 0;
    for (const latency::Stall& stall : *observed.taken)
        sum += stall.to - stall.from;
    return static_cast<double>(sum) / ticks_per_ns / 1e6;
}

TEST(CoreObserver, SeesAnotherProcessAndNotTheRunsOwn) {
    const int cpu = allowed_cpus().front();
    std::array<double, 2> seen_ms{};
    for (const bool is_own : {false, true}) {
        CoreObserver observer{std::array{cpu}};
        const Spinner spinner{cpu};
        spinner.wait();
        std::set<pid_t> own{::getpid()};
        if (is_own) own.insert(spinner.pid());
        const CoreObservation observed = observer.end({cpu, cpu}, own);
        if (!observed.taken) GTEST_SKIP() << observed.why_not;
        seen_ms[is_own] = total_ms(observed);
    }
    EXPECT_GT(seen_ms[false], 10);
    EXPECT_GT(seen_ms[false] - seen_ms[true], 5);
}

std::size_t threads() {
    const std::filesystem::directory_iterator tasks{"/proc/self/task"};
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

TEST(CoreObserver, SharesACoreAmongThoseWhoRunThereAndKeepsTheOthersApart) {
    const int first = allowed_cpus().front(), last = allowed_cpus().back();
    if (first == last) GTEST_SKIP() << "needs 2 CPUs";
    const std::size_t before = threads();
    CoreObserver observer{std::array{first, last, last, first}};
    const std::size_t begun = threads() - before;
    const Spinner spinner{last};
    spinner.wait();
    const std::set<pid_t> own{::getpid()}, with_spinner{::getpid(), spinner.pid()};
    const CoreObservation observed = observer.end({first, last}, own);
    if (!observed.taken) GTEST_SKIP() << observed.why_not;
    EXPECT_EQ(begun, 2U) << "one that empties each core's buffer";
    const double both_ms = total_ms(observed);
    const double first_ms = total_ms(observer.end({first, first}, own));
    const double last_ms = total_ms(observer.end({last, last}, own));
    EXPECT_NEAR(first_ms + last_ms, both_ms, 0.1 + both_ms / 100);
    EXPECT_GT(last_ms - total_ms(observer.end({last, last}, with_spinner)), 5);
    EXPECT_NEAR(total_ms(observer.end({first, first}, with_spinner)), first_ms,
                0.1 + first_ms / 100);
}

TEST(CoreObserver, LeavesNothingMounted) {
    const auto mounts = [] {
        std::ifstream file{"/proc/self/mounts"};
        return std::string{std::istreambuf_iterator<char>{file}, {}};
    };
    const std::string before = mounts();
    {
        const CoreObserver observer{allowed_cpus()};
        EXPECT_EQ(mounts(), before);
    }
    EXPECT_EQ(mounts(), before);
}

TEST(CoreObserver, SaysWhyAnOrdinaryUserSeesNothing) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
        CoreObserver observer{allowed_cpus()};
        const CoreObservation observed =
            observer.end({allowed_cpus().front(), allowed_cpus().back()}, {});
        const bool is_told = observed.why_not.find("root") != std::string::npos;
        ::_exit(!observed.taken && is_told ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace rxlab::bench
