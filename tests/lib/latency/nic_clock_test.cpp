// SPDX-License-Identifier: MIT
//
// On simulated clocks: what the conversion says of a stamp is held against when it was taken.
#include <rxlab/latency/nic_clock.hpp>
#include <rxlab/latency/nic_stamps.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

namespace rxlab::latency {
namespace {

constexpr double kTicksPerNs = 2.9;
constexpr double kErrorMax_ns = 5'000;

// A NIC's clock, and how it is read. Time is true time, in nanoseconds.
struct SimulatedNic {
    double unit_ns = 1;
    double ppm = 0;               // how much faster than it should
    double wander_ppm_per_s = 0;  // how fast that changes
    std::uint64_t offset = 0;     // units
    unsigned bits = 64;
    double read_ns_min = 300, read_ns_max = 2'500;
    double preempted_share = 0.05;  // of the readings: those take 100 times as long

    [[nodiscard]] std::uint64_t at(double ns) const {
        const double s = ns * 1e-9;
        const double own_ns = ns + s * (ppm + wander_ppm_per_s * s / 2) * 1e3;
        const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
        return (offset + static_cast<std::uint64_t>(own_ns / unit_ns)) & mask;
    }
};

// Our clock began long ago.
Ticks ticks(double ns) {
    return (Ticks{1} << 60) + static_cast<Ticks>(ns * kTicksPerNs);
}

class Simulation {
  public:
    Simulation(SimulatedNic nic, std::uint64_t seed, double error_ns_max = kErrorMax_ns)
        : nic_{nic}, random_{seed}, clock_{kTicksPerNs, error_ns_max, nic.bits} {}

    [[nodiscard]] NicClock& clock() { return clock_; }
    [[nodiscard]] double now_ns() const { return now_ns_; }
    // The NIC's clock is set.
    void jump(std::int64_t units) { nic_.offset += static_cast<std::uint64_t>(units); }
    void change_rate(double ppm) {
        // From here on: what it shows now stays.
        const std::uint64_t before = nic_.at(now_ns_);
        nic_.ppm = ppm;
        nic_.offset += before - nic_.at(now_ns_);
    }
    double uniform(double from, double to) {
        return std::uniform_real_distribution{from, to}(random_);
    }

    void read() {
        double width = uniform(nic_.read_ns_min, nic_.read_ns_max);
        if (uniform(0, 1) < nic_.preempted_share) width *= 100;
        // It may be read at any time in between: the way there and the way back differ.
        const std::uint64_t nic = nic_.at(now_ns_ + uniform(0, 1) * width);
        clock_.add({nic, ticks(now_ns_), ticks(now_ns_ + width)});
        now_ns_ += width;
    }
    void pass(double ns) { now_ns_ += ns; }
    // Reads whenever a reading is due, as a receiver that looks every 100 µs.
    void run(double ns) {
        for (const double end = now_ns_ + ns; now_ns_ < end; pass(1e5))
            if (clock_.is_due(ticks(now_ns_))) read();
    }
    // A stamp of some time ago, as a packet has it: how far the conversion is off, as a share of
    // what it says it may be; nothing where it does not convert.
    std::optional<double> miss() {
        const double then_ns = std::max(0.0, now_ns_ - uniform(0, 2e6));
        const auto instant = clock_.to_ticks(nic_.at(then_ns));
        if (!instant) return std::nullopt;
        const auto off =
            static_cast<double>(static_cast<std::int64_t>(instant->at - ticks(then_ns)));
        EXPECT_LE(instant->error_ns, kErrorMax_ns);
        return (std::abs(off) - 2) / kTicksPerNs / instant->error_ns;
    }

  private:
    SimulatedNic nic_;
    std::mt19937_64 random_;
    NicClock clock_;
    double now_ns_ = 1e6;
};

SimulatedNic any_nic(std::uint64_t seed) {
    std::mt19937_64 random{seed};
    const auto pick = [&](double from, double to) {
        return std::uniform_real_distribution{from, to}(random);
    };
    SimulatedNic nic;
    nic.bits = std::array{64U, 40U, 32U}[seed % 3];
    nic.unit_ns = std::array{1.0, 6.4, 4.0 / 3}[seed / 3 % 3];
    nic.ppm = pick(-200, 200);
    nic.offset = random() >> (64 - nic.bits);
    nic.read_ns_max = pick(400, 4'000);
    return nic;
}

// Stamps 2 ms apart: none is further off than the clock says, nearly all are converted, and no jump
// is seen.
void expect_true_stamps(Simulation& simulation, int stamps, int converted_min) {
    int converted = 0;
    for (int i = 0; i < stamps; ++i) {
        simulation.run(2e6);
        const auto miss = simulation.miss();
        ASSERT_LE(miss.value_or(0), 1) << "stamp " << i;
        converted += miss ? 1 : 0;
    }
    ASSERT_GT(converted, converted_min);
    ASSERT_EQ(simulation.clock().jumps(), 0U);
}

TEST(NicClock, IsNeverFurtherOffThanItSays) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE(seed);
        Simulation simulation{any_nic(seed), seed};
        // 6 s: 32 bits of nanoseconds wrap around.
        ASSERT_NO_FATAL_FAILURE(expect_true_stamps(simulation, 3'000, 2'900));
    }
}

TEST(NicClock, IsAboutAsGoodAsItsNarrowestReadings) {
    Simulation simulation{{.read_ns_min = 800, .read_ns_max = 1'200, .preempted_share = 0}, 1};
    simulation.run(2e9);
    const auto instant =
        simulation.clock().to_ticks(static_cast<std::uint64_t>(simulation.now_ns()));
    ASSERT_TRUE(instant);
    EXPECT_GT(instant->error_ns, 400);
    EXPECT_LT(instant->error_ns, 1'000);
    ASSERT_TRUE(simulation.clock().narrowest_ns());
    EXPECT_NEAR(*simulation.clock().narrowest_ns(), 400, 50);
}

TEST(NicClock, FollowsARateThatWanders) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        SCOPED_TRACE(seed);
        SimulatedNic nic = any_nic(seed);
        nic.bits = 64;
        nic.wander_ppm_per_s = (seed % 2 == 0 ? 1 : -1) * 0.01 * static_cast<double>(seed);
        Simulation simulation{nic, seed};
        ASSERT_NO_FATAL_FAILURE(expect_true_stamps(simulation, 2'000, 1'900));
    }
}

TEST(NicClock, SaysHowLongAUnitIs) {
    Simulation simulation{{.unit_ns = 6.4, .ppm = 40}, 2};
    EXPECT_FALSE(simulation.clock().unit_ns());
    simulation.run(2e9);
    ASSERT_TRUE(simulation.clock().unit_ns());
    EXPECT_NEAR(*simulation.clock().unit_ns() / 6.4, 1 - 40e-6, 1.5e-6);
}

TEST(NicClock, ConvertsNothingBeforeAThirdReadingConfirmsTheLine) {
    Simulation simulation{{.preempted_share = 0}, 3};
    for (int i = 0; i < 2; ++i) {
        simulation.read();
        simulation.pass(1e7);
        EXPECT_FALSE(simulation.miss()) << "after " << i + 1;
    }
    simulation.read();
    EXPECT_TRUE(simulation.miss());
}

// As the emulated 82576's does when its frequency is set: backwards or forwards, by any amount.
TEST(NicClock, ForgetsWhatWasBeforeAJump) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Simulation simulation{any_nic(seed), seed};
        simulation.run(1e9 + 1e7 * static_cast<double>(seed));
        ASSERT_TRUE(simulation.miss()) << "seed " << seed;
        const double far_ns = simulation.uniform(5e4, 9e8);
        simulation.jump((seed % 2 == 0 ? 1 : -1) * static_cast<std::int64_t>(far_ns / 6.4));
        simulation.run(1.2 * NicClock::kInterval_ns);
        // From the reading that notices it on, nothing is converted by what was before.
        ASSERT_EQ(simulation.clock().jumps(), 1U) << "seed " << seed << ", " << far_ns << " ns";
        int converted = 0;
        for (int i = 0; i < 1'000; ++i) {
            if (const auto miss = simulation.miss()) {
                // Older stamps than the jump are not asked for any more: it is some 20 ms ago.
                ASSERT_LE(*miss, 1) << "seed " << seed << " stamp " << i;
                ++converted;
            }
            simulation.run(1e6);
        }
        ASSERT_GT(converted, 800) << "seed " << seed;
        ASSERT_EQ(simulation.clock().jumps(), 1U) << "seed " << seed;
    }
}

TEST(NicClock, AJumpAmongTheFirstReadingsIsNoticed) {
    Simulation simulation{{.preempted_share = 0}, 4};
    simulation.read();
    simulation.pass(1e7);
    simulation.jump(1'000'000);  // a line through these two is 10 % off
    simulation.read();
    simulation.pass(1e7);
    simulation.read();
    EXPECT_EQ(simulation.clock().jumps(), 1U);
    EXPECT_FALSE(simulation.miss());
    simulation.run(1e8);
    const auto miss = simulation.miss();
    ASSERT_TRUE(miss);
    EXPECT_LE(*miss, 1);
}

// What a PTP daemon does when it has settled.
TEST(NicClock, ASmallChangeOfTheRateIsWithinTheError) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Simulation simulation{{.ppm = 10}, seed};
        simulation.run(2e9 + 1e6 * static_cast<double>(seed));
        simulation.change_rate(10 + simulation.uniform(-1, 1));
        for (int i = 0; i < 3'000; ++i) {
            ASSERT_LE(simulation.miss().value_or(0), 1) << "seed " << seed << " stamp " << i;
            simulation.run(1e6);
        }
    }
}

// And when it has just begun. Nobody can see a change before the clock is read.
TEST(NicClock, AfterALargeChangeOfTheRateTheErrorHoldsAgainThreeReadingsLater) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Simulation simulation{{.read_ns_max = 1'000, .preempted_share = 0}, seed};
        simulation.run(2e9);
        const double ppm = 20 + 3 * static_cast<double>(seed);
        simulation.change_rate(ppm);
        simulation.run(4.2 * NicClock::kInterval_ns);
        int converted = 0;
        for (int i = 0; i < 3'000; ++i) {
            const auto miss = simulation.miss();
            ASSERT_LE(miss.value_or(0), 1) << "seed " << seed << " stamp " << i;
            converted += miss ? 1 : 0;
            simulation.run(1e6);
        }
        ASSERT_GT(converted, 2'900) << "seed " << seed;
    }
}

// 2^32 ns are 4.3 s: nobody can tell how often the counter wrapped around meanwhile.
TEST(NicClock, ALongPauseIsANewBeginning) {
    Simulation simulation{{.bits = 32, .preempted_share = 0}, 5};
    simulation.run(1e9);
    ASSERT_TRUE(simulation.miss());
    simulation.pass(std::ldexp(1, 32) - 1e6);
    simulation.read();
    EXPECT_FALSE(simulation.miss());
    simulation.run(1e8);
    const auto miss = simulation.miss();
    ASSERT_TRUE(miss);
    EXPECT_LE(*miss, 1);
    EXPECT_EQ(simulation.clock().jumps(), 0U);
}

TEST(NicClock, RefusesWhereReadingTakesTooLong) {
    Simulation simulation{{.read_ns_min = 11'000, .read_ns_max = 20'000}, 6};
    simulation.run(1e9);
    EXPECT_FALSE(simulation.miss());
    EXPECT_GT(simulation.clock().readings(), 5U);
    EXPECT_EQ(simulation.clock().wide(), simulation.clock().readings());
    EXPECT_FALSE(simulation.clock().narrowest_ns());
}

TEST(NicClock, RefusesFarFromItsReadings) {
    Simulation simulation{{.preempted_share = 0}, 7};
    for (int i = 0; i < 3; ++i) {
        simulation.read();
        simulation.pass(1e6);
    }
    ASSERT_TRUE(simulation.miss());
    simulation.pass(1e8);  // 50 times as long as the line
    EXPECT_FALSE(simulation.clock().to_ticks(static_cast<std::uint64_t>(simulation.now_ns())));
}

TEST(NicClock, RefusesAClockThatStandsStill) {
    NicClock clock{kTicksPerNs, kErrorMax_ns};
    for (int i = 0; i < 5; ++i)
        clock.add({1'000, ticks(i * 1e7), ticks(i * 1e7 + 500)});
    EXPECT_FALSE(clock.to_ticks(1'000));
    EXPECT_FALSE(clock.unit_ns());
}

TEST(NicClock, ReadsAgainSoonerAtFirstAndAfterAFailure) {
    Simulation simulation{{.preempted_share = 0}, 8};
    EXPECT_TRUE(simulation.clock().is_due(ticks(simulation.now_ns())));
    simulation.run(5e7);
    const std::uint64_t first = simulation.clock().readings();
    EXPECT_GE(first, 4U);
    simulation.run(1e9);
    const std::uint64_t second = simulation.clock().readings() - first;
    EXPECT_LE(second, 16U);
    EXPECT_GE(second, 9U);
    simulation.clock().add_failure(ticks(simulation.now_ns()));
    EXPECT_EQ(simulation.clock().failures(), 1U);
    EXPECT_FALSE(simulation.clock().is_due(ticks(simulation.now_ns())));
}

// With readings at 0, 10, … ms that say what the time is.
NicStamps stamps_of_an_exact_clock() {
    NicStamps stamps{NicClock{1, kErrorMax_ns}};
    for (std::uint64_t ns = 0; ns <= 100'000'000; ns += 10'000'000)
        stamps.clock().add({5'000 + ns, ns, ns + 1'000});
    return stamps;
}

TEST(NicStamps, TellHowLongAgo) {
    NicStamps stamps = stamps_of_an_exact_clock();
    const std::uint32_t age_ns = stamps.age_ns(5'000 + 90'000'000, 90'030'000);
    EXPECT_NEAR(age_ns, 30'000, 501);
    EXPECT_EQ(stamps.converted(), 1U);
    EXPECT_GT(stamps.error_ns_max(), 500);
    EXPECT_LT(stamps.error_ns_max(), 600);
}

TEST(NicStamps, WhatIsLaterThanItsReceiptByNoMoreThanTheErrorIsOfNow) {
    NicStamps stamps = stamps_of_an_exact_clock();
    EXPECT_EQ(stamps.age_ns(5'000 + 90'000'000, 90'000'100), 1U);
    EXPECT_EQ(stamps.converted(), 1U);
}

TEST(NicStamps, WhatCannotBeIsCountedAndGivesNoFigure) {
    NicStamps stamps = stamps_of_an_exact_clock();
    EXPECT_EQ(stamps.age_ns(5'000 + 90'000'000, 89'990'000), 0U) << "later than its receipt";
    EXPECT_EQ(stamps.impossible(), 1U);
    EXPECT_EQ(stamps.age_ns(5'000 + 90'000'000, 1'090'600'000), 0U) << "a second ago";
    EXPECT_EQ(stamps.impossible(), 2U);
    EXPECT_EQ(stamps.age_ns(5'000 + 9'000'000'000, 9'000'000'000), 0U) << "far from a reading";
    EXPECT_EQ(stamps.not_converted(), 1U);
    EXPECT_EQ(stamps.converted(), 0U);
}

}  // namespace
}  // namespace rxlab::latency
