// SPDX-License-Identifier: MIT
#include "bench/analysis/disturbances.hpp"

#include "bench/analysis/join.hpp"
#include "bench/analysis/summarise.hpp"
#include "synthetic.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace rxlab::bench {
namespace {

using latency::Stall;
using latency::Ticks;

constexpr double kRate = 2.5;

Ticks at(double us) {
    return static_cast<Ticks>((1e6 + us) * 1e3 * kRate);
}

Stall taken(double from_us, double to_us) {
    return {at(from_us), at(to_us), 0, 0};
}

TEST(Disturbances, CoverTheirTimeTheWindowAroundItAndTheCatchingUp) {
    const std::vector<Stall> all{taken(1'000, 1'100)};
    const Disturbances disturbances{all, kRate};
    EXPECT_FALSE(disturbances.near(at(979)));
    EXPECT_TRUE(disturbances.near(at(981)));
    EXPECT_TRUE(disturbances.near(at(1'050)));
    EXPECT_TRUE(disturbances.near(at(1'129)));  // 20 µs, and a tenth of 100 µs
    EXPECT_FALSE(disturbances.near(at(1'131)));
}

TEST(Disturbances, LeaveOutWhatIsTooShort) {
    const std::vector<Stall> all{taken(1'000, 1'007.9), taken(2'000, 2'008.1)};
    const Disturbances disturbances{all, kRate};
    EXPECT_FALSE(disturbances.near(at(1'004)));
    EXPECT_TRUE(disturbances.near(at(2'004)));
}

TEST(Disturbances, DisturbNothingWhereThereAreNone) {
    EXPECT_FALSE(Disturbances{}.near(0));
    EXPECT_FALSE(Disturbances{}.near(at(5)));
}

// Against a plain look at every one of them.
TEST(Disturbances, MayComeInAnyOrderAndOverlap) {
    std::mt19937_64 random{7};
    std::uniform_real_distribution<double> when{0, 20'000}, length{0, 400};
    for (int round = 0; round < 50; ++round) {
        std::vector<Stall> all;
        for (int i = 0; i < 30; ++i) {
            const double from = when(random);
            all.push_back(taken(from, from + length(random)));
        }
        const Disturbances disturbances{all, kRate};
        for (int i = 0; i < 500; ++i) {
            const Ticks due = at(when(random));
            const auto is_near = [&](const Stall& stall) {
                const double us = static_cast<double>(stall.to - stall.from) / kRate / 1e3;
                return us >= 8 &&
                       static_cast<double>(due) >= static_cast<double>(stall.from) - 20e3 * kRate &&
                       static_cast<double>(due) <=
                           static_cast<double>(stall.to) + (20 + us / 10) * 1e3 * kRate;
            };
            ASSERT_EQ(disturbances.near(due), std::ranges::any_of(all, is_near)) << due;
        }
    }
}

TEST(StallsOfMachine, AreThoseOfTurnsThatHadNoPacket) {
    const std::vector<Stall> log{{10, 20, 0, 0}, {20, 30, 0, 3}, {30, 40, 0, 0}};
    const std::vector<latency::TraceRecord> received{{1, 40, 45, 0, 0, 1}};
    const auto found = stalls_of_machine(log, received, 1e-3);
    ASSERT_EQ(found.size(), 1U) << "one worked on packets, one ended with a poll that brought one";
    EXPECT_EQ(found[0].from, 10U);
}

TEST(StallsOfMachine, AreThoseInWhichTheKernelSaysTheThreadWasAway) {
    const double ticks_per_ns = 2;
    const std::vector<Stall> log{{0, 100'000, 0, 5, 24'999}, {200'000, 300'000, 0, 5, 25'000}};
    const auto found = stalls_of_machine(log, {}, ticks_per_ns);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].from, 200'000U);
}

// A record that says more about the next packet has no t_rx.
TEST(Unseen, IsWhatAHypervisorTookFromALoopThatSpins) {
    const std::vector<Stall> stalls{taken(1'000, 3'000), taken(5'000, 5'090), taken(9'000, 9'400)};
    EXPECT_NEAR(unseen_ns(stalls, {}, kRate), 2.4e6, 10);  // not 90 µs: a tick may take as long
    const std::vector<Stall> half{taken(2'000, 3'100)};
    EXPECT_NEAR(unseen_ns(stalls, half, kRate), 0.4e6, 10);
    const std::vector<Stall> ticks{taken(2'004, 2'010), taken(1'004, 1'010), taken(9'004, 9'010)};
    EXPECT_NEAR(unseen_ns(stalls, ticks, kRate), 2.4e6, 10);
    const std::vector<Stall> twice{taken(1'000, 1'600), taken(1'100, 1'600)};  // on two cores
    EXPECT_NEAR(unseen_ns(stalls, twice, kRate), 2.4e6, 10);
}

class UnseenOfASleeper : public testing::Test {
  protected:
    // `late` of a hundred packets take `late_ns`, the others 40 to 50 µs; `percent` was not seen.
    std::set<Figure> bound(std::uint64_t late, std::uint64_t late_ns, double percent) {
        latency::Histogram packets;
        for (std::uint64_t i = 0; i < 100; ++i)
            packets.record(i < late ? late_ns : 40'000 + 100 * i, 10'000);
        sleeping_.undisturbed = Undisturbed{100, "", {}};
        const Figures figures = figures_of(packets);
        for (const Figure figure : kAllFigures)
            sleeping_.undisturbed->figures[figure] = {figures[figure], 1, 2};
        return bound_unseen(sleeping_, packets, percent);
    }
    [[nodiscard]] const Summary& summary(Figure figure) const {
        return sleeping_.undisturbed->figures.at(figure);
    }

    ReceiverResult sleeping_;
};

TEST_F(UnseenOfASleeper, IsTheMostThatAnyWatchedCoreLost) {
    const auto with = [](double percent) {
        ReceiverResult receiver;
        for (const double part : {0.0, 2 * percent})
            receiver.runs.emplace_back().undisturbed = UndisturbedRun{100, 100, "", {}, {part}};
        return receiver;
    };
    const ReceiverResult quiet = with(0.1), many = with(0.6), few = with(0.45);
    EXPECT_DOUBLE_EQ(unseen_percent(std::vector{&quiet, &many, &few}), 0.6);
}

TEST_F(UnseenOfASleeper, MakesALowerBoundOfAP99ThatItMayHaveMade) {
    EXPECT_TRUE(bound(2, 1'600'000, 1.1).contains(Figure::p99));
    EXPECT_TRUE(summary(Figure::p99).at_least.value_or(false));
    EXPECT_NEAR(*summary(Figure::p99).value, 49'800, 50) << "of the 97.8% that are left";
    EXPECT_FALSE(summary(Figure::p99).min || summary(Figure::p99).max);
    const Undisturbed& of = *sleeping_.undisturbed;
    EXPECT_TRUE(of.why_not.empty());
    ASSERT_TRUE(of.why_at_least);
    EXPECT_NE(of.why_at_least->find("took 1.1% "), std::string::npos);
    EXPECT_NE(of.why_at_least->find("slowest 2.2% "), std::string::npos);
}

TEST_F(UnseenOfASleeper, LeavesAP99ThatItCannotHaveMade) {
    EXPECT_FALSE(bound(2, 1'600'000, 0.4).contains(Figure::p99)) << "as many again are as late";
    EXPECT_GT(*summary(Figure::p99).value, 1'590'000);
    EXPECT_FALSE(bound(1, 1'600'000, 1.1).contains(Figure::p99)) << "it is not of the late ones";
    EXPECT_FALSE(summary(Figure::p99).at_least);
    EXPECT_EQ(summary(Figure::p99).min, 1);
}

TEST_F(UnseenOfASleeper, BoundsOnlyFiguresThatItMayHaveMade) {
    const std::set<Figure> bounds = bound(1, 1'600'000, 1.1);
    EXPECT_TRUE(bounds.contains(Figure::stddev));
    EXPECT_TRUE(bounds.contains(Figure::max));
    EXPECT_FALSE(bounds.contains(Figure::jitter));
    EXPECT_LT(*summary(Figure::stddev).value, 5'000);
    EXPECT_TRUE(bound(1, 1'600'000, 0).empty());
    EXPECT_FALSE(sleeping_.undisturbed->why_at_least);
}

TEST_F(UnseenOfASleeper, TakesAllFiguresIfItIsMoreThanMayBeLeftOut) {
    bound(0, 0, 4.9);
    EXPECT_TRUE(summary(Figure::p99).value);
    EXPECT_TRUE(bound(0, 0, 5.1).empty());
    for (const Figure figure : kAllFigures)
        EXPECT_FALSE(summary(figure).value) << to_string(figure);
    EXPECT_NE(sleeping_.undisturbed->why_not.find("5.1%"), std::string::npos);
}

TEST(StallsOfMachine, DoNotTakeAKernelsStampForAPacket) {
    const std::vector<Stall> log{{10, 20, 0, 0}};
    const std::vector<latency::TraceRecord> received{{1, 20, 0, 0, latency::kTraceKernelAge, 0},
                                                     {1, 40, 45, 0, 0, 1}};
    EXPECT_EQ(stalls_of_machine(log, received, 1).size(), 1U);
}

class UndisturbedPackets : public testing::Test {
  protected:
    // 200 packets, 100 µs apart, each in the book after 3 µs; those in [slow_from, slow_to)
    // after 90.
    synthetic::Traces traces(std::uint64_t slow_from, std::uint64_t slow_to) {
        synthetic::Traces result = synthetic::empty_traces();
        for (std::uint64_t i = 0; i < 200; ++i) {
            const Ticks due = at(100 * static_cast<double>(i));
            const double us = i >= slow_from && i < slow_to ? 90 : 3;
            const auto book = due + static_cast<Ticks>(us * 1e3 * kRate);
            result.sender.push_back({i + 1, due, due, 0, 0, 1});
            result.receiver.push_back({i + 1, book - 100, book, 0, 0, 1});
        }
        return result;
    }
    Joined joined(const synthetic::Traces& traces, const std::vector<Stall>& taken) {
        const Disturbances disturbances{taken, kRate};
        return join(traces.sender_view(), traces.receiver_view(), {0, 0, false, &disturbances});
    }
};

TEST_F(UndisturbedPackets, AreThoseThatNothingWasNear) {
    const Joined all = joined(traces(50, 52), {taken(5'000, 5'100)});
    EXPECT_EQ(all.latency.histogram.count(), 200U);
    EXPECT_EQ(all.undisturbed.histogram.count(), 198U);
    EXPECT_LT(all.undisturbed.histogram.max(), 3'100U);
    EXPECT_GT(all.latency.histogram.max(), 89'000U);
    const UndisturbedRun run = undisturbed_from(all, "");
    EXPECT_EQ(run.samples, 198U);
    EXPECT_NEAR(*run.kept_percent, 99, 1e-9);
    EXPECT_TRUE(run.why_not.empty());
    EXPECT_NEAR(*run.latency[Figure::max], 3'000, 10);
}

TEST_F(UndisturbedPackets, IncludeThoseThatAreSlowByThemselves) {
    const Joined all = joined(traces(120, 122), {taken(5'000, 5'100)});
    EXPECT_GT(all.undisturbed.histogram.max(), 89'000U);
}

TEST_F(UndisturbedPackets, HaveNoFigureBelowNinetyPercent) {
    const Joined all = joined(traces(0, 0), {taken(0, 2'000)});
    const UndisturbedRun run = undisturbed_from(all, "");
    EXPECT_LT(*run.kept_percent, 90);
    EXPECT_FALSE(run.latency[Figure::max]);
    EXPECT_NE(run.why_not.find("only 8"), std::string::npos) << run.why_not;
}

TEST_F(UndisturbedPackets, HaveNoFigureWhereNobodyLooked) {
    const UndisturbedRun run = undisturbed_from(joined(traces(0, 0), {}), "nobody looked");
    EXPECT_FALSE(run.kept_percent || run.latency[Figure::max]);
    EXPECT_EQ(run.why_not, "nobody looked");
}

TEST_F(UndisturbedPackets, OfAllRoundsAreTheShareOfAllPackets) {
    ReceiverResult receiver;
    latency::Histogram pooled;
    for (const double until : {0.0, 3'000.0}) {  // the second run alone has too few
        const Joined all = joined(traces(0, 0), {taken(0, until)});
        receiver.runs.push_back(run_from(all));
        receiver.runs.back().undisturbed = undisturbed_from(all, "");
        pooled.merge(all.undisturbed.histogram);
    }
    summarise(receiver, latency::Histogram{}, pooled, {}, {});
    EXPECT_NEAR(*receiver.undisturbed->kept_percent, 100.0 * (200 + 166) / 400, 1e-9);
    EXPECT_TRUE(receiver.undisturbed->why_not.empty());
    EXPECT_TRUE(receiver.undisturbed->figures.at(Figure::max).value);
    receiver.runs[0].undisturbed = UndisturbedRun{0, std::nullopt, "nobody looked", {}, {}};
    summarise(receiver, latency::Histogram{}, pooled, {}, {});
    EXPECT_EQ(receiver.undisturbed->why_not, "nobody looked");
    EXPECT_FALSE(receiver.undisturbed->figures.at(Figure::max).value);
}

}  // namespace
}  // namespace rxlab::bench
