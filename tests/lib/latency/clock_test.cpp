// SPDX-License-Identifier: MIT
#include <rxlab/latency/clock.hpp>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include <cmath>
#include <cstdint>

namespace rxlab::latency {
namespace {

constexpr Clock kRaw{ClockSource::monotonic_raw};

void wait_ns(std::uint64_t nanoseconds) {
    const Ticks end = kRaw.now() + nanoseconds;
    while (kRaw.now() < end) {
        const timespec nap{0, 1'000'000};
        nanosleep(&nap, nullptr);
    }
}

class EachClock : public testing::TestWithParam<ClockSource> {
  protected:
    void SetUp() override {
        if (clock().source() == ClockSource::tsc && Clock::detect().source() != ClockSource::tsc) {
            GTEST_SKIP() << "this processor reports no invariant TSC";
        }
    }
    static Clock clock() { return Clock{GetParam()}; }
};

INSTANTIATE_TEST_SUITE_P(Clock, EachClock,
                         testing::Values(ClockSource::tsc, ClockSource::monotonic_raw),
                         [](const auto& parameter) {
                             return std::string{to_string(parameter.param)};
                         });

TEST_P(EachClock, NeverGoesBackwards) {
    Ticks last = clock().now();
    for (int i = 0; i < 100'000; ++i) {
        const Ticks now = clock().now();
        ASSERT_GE(now, last);
        last = now;
    }
}

TEST_P(EachClock, AdvancesAtItsCalibratedRate) {
    const Calibration calibration = Calibration::start(clock());
    const ClockAnchor from = ClockAnchor::take(clock());
    wait_ns(50'000'000);
    const ClockAnchor to = ClockAnchor::take(clock());
    const double rate =
        static_cast<double>(to.ticks - from.ticks) / static_cast<double>(to.raw_ns - from.raw_ns);
    EXPECT_NEAR(calibration.start_ticks_per_ns(), rate, rate * 0.01);
}

TEST_P(EachClock, AnchorLiesBetweenReadingsAroundIt) {
    const Ticks ticks_before = clock().now();
    const std::uint64_t raw_before = kRaw.now();
    const ClockAnchor anchor = ClockAnchor::take(clock());
    EXPECT_GE(anchor.ticks, ticks_before);
    EXPECT_GE(anchor.raw_ns, raw_before);
    EXPECT_LE(anchor.ticks, clock().now());
    EXPECT_LE(anchor.raw_ns, kRaw.now());
}

TEST(ClockSourceNames, AreThoseOfTheSummary) {
    EXPECT_EQ(to_string(ClockSource::tsc), "tsc");
    EXPECT_EQ(to_string(ClockSource::monotonic_raw), "monotonic_raw");
    EXPECT_EQ(to_string(ClockSource::virtual_time), "virtual_time");
    EXPECT_EQ(to_string(static_cast<ClockSource>(9)), "unknown");
}

TEST(ClockMonotonicRaw, IsTheKernelsClockInNanoseconds) {
    timespec before{};
    timespec after{};
    clock_gettime(CLOCK_MONOTONIC_RAW, &before);
    const Ticks now = kRaw.now();
    clock_gettime(CLOCK_MONOTONIC_RAW, &after);
    const auto ns = [](const timespec& t) {
        return static_cast<Ticks>(t.tv_sec) * 1'000'000'000U + static_cast<Ticks>(t.tv_nsec);
    };
    EXPECT_LE(ns(before), now);
    EXPECT_LE(now, ns(after));
}

TEST(TicksPerNs, IsExactlyOneForMonotonicRaw) {
    EXPECT_EQ(ticks_per_ns(kRaw, {100, 100}, {1'234, 1'233}), 1.0);
    Calibration calibration = Calibration::start(kRaw);
    calibration.finish();
    EXPECT_EQ(calibration.start_ticks_per_ns(), 1.0);
    EXPECT_EQ(calibration.end_ticks_per_ns(), 1.0);
    EXPECT_EQ(calibration.run_ticks_per_ns(), 1.0);
    EXPECT_EQ(calibration.drift_ppm(), 0.0);
}

TEST(TicksPerNs, IsTheSlopeBetweenTwoAnchors) {
    const Clock tsc{ClockSource::tsc};
    EXPECT_DOUBLE_EQ(ticks_per_ns(tsc, {5'000, 70}, {7'600, 1'070}), 2.6);
}

TEST(TicksPerNs, IsZeroWhereTheSecondAnchorIsNotLater) {
    const Clock tsc{ClockSource::tsc};
    EXPECT_EQ(ticks_per_ns(tsc, {5'000, 70}, {7'600, 70}), 0.0);
    EXPECT_EQ(ticks_per_ns(tsc, {5'000, 70}, {4'000, 60}), 0.0);
}

TEST(Calibration, HasNoEndRateBeforeFinish) {
    const Calibration calibration = Calibration::start(Clock::detect());
    EXPECT_GT(calibration.start_ticks_per_ns(), 0.0);
    EXPECT_EQ(calibration.end_ticks_per_ns(), 0.0);
    EXPECT_EQ(calibration.run_ticks_per_ns(), calibration.start_ticks_per_ns());
    EXPECT_EQ(calibration.drift_ppm(), 0.0);
}

TEST(Calibration, DriftIsTheRelativeChangeInPartsPerMillion) {
    Calibration calibration = Calibration::start(Clock::detect());
    calibration.finish();
    const double start = calibration.start_ticks_per_ns();
    const double end = calibration.end_ticks_per_ns();
    ASSERT_GT(end, 0.0);
    EXPECT_DOUBLE_EQ(calibration.drift_ppm(), (end - start) / start * 1e6);
    EXPECT_NEAR(calibration.run_ticks_per_ns(), start, start * 0.01);
}

TEST(Calibration, IsNotCutShortBySignals) {
    struct sigaction action {};
    struct sigaction saved {};
    action.sa_handler = [](int) {};  // without SA_RESTART: sleeps end with EINTR
    ASSERT_EQ(sigaction(SIGALRM, &action, &saved), 0);
    const itimerval every_ms{{0, 1'000}, {0, 1'000}};
    ASSERT_EQ(setitimer(ITIMER_REAL, &every_ms, nullptr), 0);
    const Ticks before = kRaw.now();
    (void)Calibration::start(kRaw);
    const Ticks elapsed = kRaw.now() - before;
    const itimerval never{};
    setitimer(ITIMER_REAL, &never, nullptr);
    sigaction(SIGALRM, &saved, nullptr);
    EXPECT_GE(elapsed, 19'000'000U);
}

TEST(VirtualTimeClock, StandsStillExceptForItsReadings) {
    const Clock clock{ClockSource::virtual_time};
    VirtualTime::set(1'000, 25);
    EXPECT_EQ(clock.now(), 1'025U);
    EXPECT_EQ(clock.now(), 1'050U);
    EXPECT_EQ(VirtualTime::peek(), 1'050U);
    VirtualTime::advance_to(5'000);
    VirtualTime::advance_to(4'000);
    EXPECT_EQ(clock.now(), 5'025U);
}

TEST(VirtualTimeClock, IsCalibratedWithoutWaiting) {
    const Ticks before = kRaw.now();
    Calibration calibration = Calibration::start(Clock{ClockSource::virtual_time});
    calibration.finish();
    EXPECT_LT(kRaw.now() - before, 20'000'000U) << "one interval alone is longer";
    EXPECT_EQ(calibration.run_ticks_per_ns(), 1.0);
    EXPECT_EQ(calibration.drift_ppm(), 0.0);
}

}  // namespace
}  // namespace rxlab::latency
