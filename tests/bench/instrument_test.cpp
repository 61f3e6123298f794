// SPDX-License-Identifier: MIT
//
// The instrument (clocks, floor) and the counters of a core that the kernel keeps.
#include "bench/run/instrument.hpp"

#include "bench/run/core_counters.hpp"

#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

// Exchanges between clocks that differ by `offset` ticks; there and back take what is given.
std::vector<Exchange> exchanges(
    std::int64_t offset, const std::vector<std::pair<latency::Ticks, latency::Ticks>>& ways) {
    std::vector<Exchange> result;
    latency::Ticks now = 1'000'000;
    for (const auto& [there, back] : ways) {
        result.push_back(
            {now, now + there + static_cast<latency::Ticks>(offset), now + there + back});
        now += 10'000;
    }
    return result;
}

TEST(ClockOffset, OfEqualClocksIsWithinItsUncertainty) {
    const auto offset = clock_offset(exchanges(0, {{200, 240}, {220, 220}, {5'000, 230}}), 2.0);
    ASSERT_TRUE(offset);
    EXPECT_LE(std::abs(offset->offset_ns), offset->uncertainty_ns);
    EXPECT_NEAR(offset->uncertainty_ns, 105, 1) << "half of the tightest way there and back";
}

TEST(ClockOffset, IsFoundInBothDirections) {
    for (std::int64_t ticks : {4'000, -4'000}) {
        const auto offset = clock_offset(exchanges(ticks, {{200, 210}, {210, 200}}), 2.0);
        ASSERT_TRUE(offset);
        EXPECT_NEAR(offset->offset_ns, static_cast<double>(ticks) / 2, offset->uncertainty_ns + 1);
        EXPECT_LT(offset->uncertainty_ns, 110);
    }
}

TEST(ClockOffset, ThatChangesIsKnownToWithinNothing) {
    auto both = exchanges(0, {{200, 200}});
    both.push_back(exchanges(4'000, {{200, 200}}).front());
    const auto offset = clock_offset(both, 2.0);
    ASSERT_TRUE(offset);
    EXPECT_EQ(offset->uncertainty_ns, 0);
    EXPECT_GT(std::abs(offset->offset_ns), 500);
}

TEST(ClockOffset, OfNoExchangesIsNone) {
    EXPECT_FALSE(clock_offset({}, 2.0));
}

TEST(Instrument, IsMeasuredOnThisMachine) {
    const std::vector<int> allowed = allowed_cpus();
    if (allowed.size() < 2) GTEST_SKIP() << "needs 2 CPUs";
    const Instrument instrument = measure_instrument({allowed[0], allowed[1]});
    ASSERT_TRUE(instrument.two_clock_reads_ns);
    ASSERT_TRUE(instrument.empty_pipeline_ns);
    EXPECT_GT(*instrument.two_clock_reads_ns, 0);
    EXPECT_GT(*instrument.empty_pipeline_ns, *instrument.two_clock_reads_ns / 2)
        << "it reads the clock twice itself";
}

TEST(LineHandover, IsMeasuredOnThisMachine) {
    const std::vector<int> allowed = allowed_cpus();
    if (allowed.size() < 2) GTEST_SKIP() << "needs 2 CPUs";
    const auto handover_ns = line_handover_ns({allowed[0], allowed[1]});
    if (!handover_ns) GTEST_SKIP() << "the machine is too busy";
    EXPECT_GT(*handover_ns, 1) << "nothing gets from core to core in so short a time";
}

class Counters : public testing::Test {
  protected:
    program::ScratchDirectory root_{fs::temp_directory_path()};

    void put(const std::string& path, const std::string& text) {
        fs::create_directories((root_.path() / path).parent_path());
        program::write_file_atomically(root_.path() / path, text);
    }
};

TEST_F(Counters, AreThoseOfTheCoreAskedFor) {
    put("proc/stat",
        "cpu  9 9 9 9 9 9 9 900 0 0\ncpu0 1 2 3 4 5 6 7 100 0 0\ncpu2 1 2 3 4 5 6 7 250 0 0\n");
    put("proc/interrupts",
        "           CPU0       CPU2\n  0:         35          7   IO-APIC   2-edge  timer\n"
        "LOC:      10000       2000   Local timer interrupts\nERR:          3\nMIS:          0\n");
    put("proc/softirqs",
        "                    CPU0       CPU2\n          HI:          9          9\n"
        "      NET_RX:         44         55\n");
    put("sys/devices/system/cpu/cpu2/cpufreq/scaling_cur_freq", "2600000\n");
    const CoreCounters counters = read_core_counters(2, root_.path());
    EXPECT_DOUBLE_EQ(*counters.steal_s, 2.5);
    EXPECT_EQ(*counters.interrupts, 2'007U);
    EXPECT_EQ(*counters.receive_softirqs, 55U);
    EXPECT_DOUBLE_EQ(*counters.frequency_khz, 2'600'000);
    EXPECT_FALSE(read_core_counters(0, root_.path()).frequency_khz);
    EXPECT_FALSE(read_core_counters(1, root_.path()).interrupts) << "it is offline";
}

TEST_F(Counters, AreNoneWhereTheKernelDoesNotTell) {
    const CoreCounters counters = read_core_counters(0, root_.path());
    EXPECT_FALSE(counters.steal_s || counters.interrupts || counters.receive_softirqs);
    const CoreReport report = between(counters, read_core_counters(0));
    EXPECT_FALSE(report.steal_s || report.interrupts || report.frequency_change_percent);
}

TEST_F(Counters, AreSubtracted) {
    const CoreReport report = between({1.0, 100, 10, 2'000'000}, {1.5, 160, 14, 1'500'000});
    EXPECT_DOUBLE_EQ(*report.steal_s, 0.5);
    EXPECT_EQ(*report.interrupts, 60U);
    EXPECT_EQ(*report.receive_softirqs, 4U);
    EXPECT_DOUBLE_EQ(*report.frequency_change_percent, 25);
}

TEST_F(Counters, OfThisMachineCanBeRead) {
    EXPECT_TRUE(read_core_counters(allowed_cpus().front()).steal_s);
}

}  // namespace
}  // namespace rxlab::bench
