// SPDX-License-Identifier: MIT
//
// What rxbench reads of its machine: CPUs and environment; and what it tells while it runs.
#include "bench/experiments/campaign.hpp"
#include "bench/experiments/progress.hpp"
#include "bench/run/cpus.hpp"
#include "bench/run/environment.hpp"
#include "bench/run/other_programs.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

TEST(CpuList, IsReadAsTheKernelWritesIt) {
    EXPECT_EQ(parse_cpu_list("0-3,8"), (std::vector{0, 1, 2, 3, 8}));
    EXPECT_EQ(parse_cpu_list("5"), (std::vector{5}));
    EXPECT_TRUE(parse_cpu_list("").empty());
}

TEST(CpuList, RefusesOtherText) {
    for (const char* text : {"a", "1-", "-1", "1,,2", "1-x", "1 2"}) {
        EXPECT_THROW(static_cast<void>(parse_cpu_list(text)), std::runtime_error) << text;
    }
}

TEST(CpuChoice, TakesTwoDifferentOnes) {
    const CpuPair pair = choose_cpus({0, 1, 2, 3}, {}, {}, {});
    EXPECT_EQ(pair.sender, 0);
    EXPECT_EQ(pair.receiver, 1);
}

TEST(CpuChoice, PrefersIsolatedOnesThatAreAllowed) {
    const CpuPair pair = choose_cpus({0, 1, 2, 3}, {2, 3, 9}, {}, {});
    EXPECT_EQ(pair.sender, 2);
    EXPECT_EQ(pair.receiver, 3);
}

TEST(CpuChoice, FillsInTheOtherOne) {
    EXPECT_EQ(choose_cpus({0, 1}, {}, {}, 0).sender, 1);
    EXPECT_EQ(choose_cpus({0, 1}, {}, 1, {}).receiver, 0);
    EXPECT_EQ(choose_cpus({0, 1, 2, 3}, {3}, 3, {}).receiver, 0);
}

TEST(CpuChoice, GivesReceiversThatRunTogetherACpuEachWhileThereAreSome) {
    const CpuPair pair{0, 2};
    const std::vector<int> allowed{0, 1, 2, 3};
    EXPECT_EQ(receiver_cpus(2, pair, allowed, {}), (std::vector<int>{2, 1}));
    EXPECT_EQ(receiver_cpus(2, pair, allowed, {0, 3, 9}), (std::vector<int>{2, 3}))
        << "an isolated one, if it is allowed and not the sender's";
    EXPECT_EQ(receiver_cpus(5, pair, allowed, {}), (std::vector<int>{2, 1, 3}));
    EXPECT_EQ(receiver_cpus(3, {0, 1}, {0, 1}, {}), std::vector<int>{1}) << "they share it";
}

TEST(CpuChoice, RefusesWhatCannotBe) {
    EXPECT_THROW(static_cast<void>(choose_cpus({0}, {}, {}, {})), program::UsageError);
    EXPECT_THROW(static_cast<void>(choose_cpus({0, 1}, {}, 7, {})), program::UsageError);
    EXPECT_THROW(static_cast<void>(choose_cpus({0, 1}, {}, {}, -1)), program::UsageError);
    EXPECT_THROW(static_cast<void>(choose_cpus({0, 1}, {}, 1, 1)), program::UsageError);
}

class Machine : public testing::Test {
  protected:
    program::ScratchDirectory root_{fs::temp_directory_path()};

    void put(const std::string& path, const std::string& text) {
        fs::create_directories((root_.path() / path).parent_path());
        program::write_file_atomically(root_.path() / path, text);
    }
};

TEST_F(Machine, IsReadFromProcAndSys) {
    put("proc/cpuinfo", "processor\t: 0\nmodel name\t: Example 9000\n");
    put("proc/meminfo", "MemTotal:       1024 kB\nHugePages_Total:      12\n");
    put("proc/cmdline", "quiet isolcpus=2-3\n");
    put("sys/devices/system/cpu/online", "0-7\n");
    put("sys/devices/system/cpu/isolated", "2-3\n");
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
    put("sys/devices/system/cpu/cpuidle/current_driver", "intel_idle\n");
    put("sys/devices/system/node/online", "0-1\n");
    put("sys/devices/system/cpu/vulnerabilities/meltdown", "Not affected\n");
    put("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    put("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    put("etc/os-release", "NAME=x\nPRETTY_NAME=\"Example Linux 1\"\n");
    const Environment e = capture_environment(root_.path());
    EXPECT_EQ(e.cpu.model, "Example 9000");
    EXPECT_EQ(e.cpu.online, 8);
    EXPECT_EQ(e.cpu.isolated, "2-3");
    EXPECT_EQ(e.cpu.governor, "performance");
    EXPECT_EQ(e.cpu.idle_driver, "intel_idle");
    EXPECT_EQ(e.cpu.numa_nodes, 2);
    EXPECT_EQ(e.kernel.command_line, "quiet isolcpus=2-3");
    EXPECT_EQ(e.kernel.clocksource, "tsc");
    EXPECT_EQ(e.kernel.vulnerabilities.at("meltdown"), "Not affected");
    EXPECT_EQ(e.memory.total_bytes, 1024 * 1024);
    EXPECT_EQ(e.memory.huge_pages, 12);
    EXPECT_EQ(e.memory.transparent_huge_pages, "madvise");
    EXPECT_EQ(e.distribution, "Example Linux 1");
}

TEST_F(Machine, WithoutAnythingToReadIsUnknown) {
    const Environment e = capture_environment(root_.path());
    EXPECT_EQ(e.cpu.model, "unknown");
    EXPECT_EQ(e.cpu.governor, "none");
    EXPECT_EQ(e.cpu.isolated, "");
    EXPECT_GE(e.cpu.online, 1);
    EXPECT_EQ(e.memory.total_bytes, 0);
}

TEST(CommandLine, LosesHostNamesAndInitsOwnArguments) {
    EXPECT_EQ(without_host_names("quiet systemd.hostname=alice ip=10.0.0.1::bob root=/dev/vda "
                                 "isolcpus=1 -- --secret"),
              "quiet systemd.hostname= ip= root=/dev/vda isolcpus=1");
}

// A line of proc_pid_stat(5), in which a process has used so many ticks of 10 ms.
std::string stat_line(int id, const std::string& name, int user, int system, int started,
                      unsigned flags = 0) {
    return std::to_string(id) + " (" + name + ") S 1 1 1 0 -1 " + std::to_string(flags) +
           " 0 0 0 0 " + std::to_string(user) + ' ' + std::to_string(system) + " 0 0 20 0 1 0 " +
           std::to_string(started) + " 4096 1\n";
}

TEST_F(Machine, NamesTheProgramsThatUsedItMeanwhile) {
    put("proc/7/stat", stat_line(7, "indexer", 100, 100, 5));
    put("proc/8/stat", stat_line(8, "a) (b", 0, 0, 6));
    put("proc/9/stat", stat_line(9, "sleeper", 1'000, 0, 7));
    put("proc/11/stat", stat_line(11, "before", 500, 0, 9));
    put("proc/12x/stat", "no process");
    put("proc/" + std::to_string(::getpid()) + "/stat", stat_line(::getpid(), "us", 0, 0, 8));
    CpuUse before = read_cpu_use(root_.path());
    EXPECT_EQ(before.programs.size(), 4U);
    EXPECT_FALSE(before.busy_s);
    put("proc/7/stat", stat_line(7, "indexer", 110, 110, 5));
    put("proc/8/stat", stat_line(8, "a) (b", 30, 0, 6));
    put("proc/11/stat", stat_line(11, "after", 10, 0, 99));  // the number was used again
    const double seconds = 1'000 / static_cast<double>(::sysconf(_SC_CLK_TCK));
    const auto others = other_programs(before, read_cpu_use(root_.path()), seconds);
    ASSERT_EQ(others.size(), 3U);
    EXPECT_EQ(others[0].name, "a) (b");
    EXPECT_DOUBLE_EQ(others[0].cpu_percent, 3);
    EXPECT_EQ(others[1].name, "indexer");
    EXPECT_DOUBLE_EQ(others[1].cpu_percent, 2);
    EXPECT_EQ(others[2].name, "after");
    EXPECT_DOUBLE_EQ(others[2].cpu_percent, 1);
}

TEST_F(Machine, ShowsNamesThatNoTableAndNoTerminalSuffersFrom) {
    const CpuUse before = read_cpu_use(root_.path());
    put("proc/7/stat", stat_line(7, "abcdefghijklmn\xc3", 100, 0, 5));
    put("proc/8/stat", stat_line(8, "\x1b[31mX\n# |H", 90, 0, 6));
    put("proc/9/stat", stat_line(9, "kdamond.0", 80, 0, 7, 0x0020'8040));
    const auto others = other_programs(before, read_cpu_use(root_.path()), 1);
    ASSERT_EQ(others.size(), 3U);
    EXPECT_EQ(others[0].name, "abcdefghijklmn?");
    EXPECT_EQ(others[1].name, "??31mX?# ?H");
    EXPECT_EQ(others[2].name, "[kdamond.0]");
}

TEST_F(Machine, KnowsHowMuchProgramsUsedThatHaveEnded) {
    put("proc/stat", "cpu  1000 100 200 9000 0 0 0 0 0 0\ncpu0 1 1 1\n");
    put("proc/7/stat", stat_line(7, "indexer", 100, 100, 5));
    CpuUse before = read_cpu_use(root_.path());
    put("proc/stat", "cpu  1600 150 250 9000 0 0 0 0 0 0\ncpu0 1 1 1\n");
    put("proc/7/stat", stat_line(7, "indexer", 150, 150, 5));
    CpuUse after = read_cpu_use(root_.path());
    const double tick_s = 1 / static_cast<double>(::sysconf(_SC_CLK_TCK));
    before.own_s = 0;
    after.own_s = 300 * tick_s;
    const auto others = other_programs(before, after, 1'000 * tick_s);
    ASSERT_EQ(others.size(), 2U);
    EXPECT_EQ(others[0].name, "(not seen)");  // 700 in all, 300 ours, 100 the indexer's
    EXPECT_NEAR(others[0].cpu_percent, 30, 1e-9);
    after.own_s = 555 * tick_s;
    EXPECT_EQ(other_programs(before, after, 1'000 * tick_s).size(), 1U) << "too little to tell";
}

TEST(RoundOrder, AlternatesItsDirection) {
    EXPECT_EQ(order_of_round(1, 3), (std::vector<std::size_t>{0, 1, 2}));
    EXPECT_EQ(order_of_round(2, 3), (std::vector<std::size_t>{2, 1, 0}));
    EXPECT_EQ(order_of_round(3, 3), (std::vector<std::size_t>{1, 2, 0})) << "and its beginning";
    EXPECT_EQ(order_of_round(4, 3), (std::vector<std::size_t>{0, 2, 1}));
    EXPECT_EQ(order_of_round(7, 3), (std::vector<std::size_t>{0, 1, 2}));
}

TEST(Plan, SupportsP90InEachRoundAndP999OverAllOfThem) {
    const std::vector<Scenario> scenarios = plan_scenarios({});
    ASSERT_EQ(scenarios.size(), 2U);
    for (const Scenario& scenario : scenarios) {
        const Traffic& traffic = scenario.traffic;
        double packets = traffic.rate_per_feed * static_cast<double>(traffic.feeds) *
                         (traffic.seconds - traffic.warmup_s);
        EXPECT_TRUE(percentile_is_supported(90, static_cast<std::uint64_t>(packets)));
        EXPECT_GE(scenario.rounds, 10);
        packets *= static_cast<double>(scenario.rounds);
        EXPECT_TRUE(percentile_is_supported(99.9, static_cast<std::uint64_t>(packets)));
    }
    EXPECT_EQ(scenarios[0].traffic.feeds, 1);
    EXPECT_GE(scenarios[1].traffic.feeds, 4);
}

// The control is the fourth; half a second is what starting and ending two programs takes.
TEST(Plan, MeasuresForLessThanTwoMinutesWithThreeReceivers) {
    double measured_s = 0;
    for (const Scenario& scenario : plan_scenarios({})) {
        const double runs = 4 * static_cast<double>(scenario.rounds);
        measured_s += runs * (scenario.traffic.seconds + 0.5);
    }
    EXPECT_LE(measured_s, 120);
}

TEST(Plan, NamesScenariosOfReceiversThatRunTogetherApart) {
    CampaignOptions options;
    options.together = true;
    const std::vector<Scenario> scenarios = plan_scenarios(options);
    EXPECT_EQ(scenarios.at(0).name, "single-together");
    EXPECT_EQ(scenarios.at(1).name, "multi-together");
    EXPECT_EQ(scenarios[1].traffic.feeds, 4);
}

TEST(Plan, RefusesWhatMakesNoSense) {
    CampaignOptions options;
    options.scenarios = {"triple"};
    EXPECT_THROW(static_cast<void>(plan_scenarios(options)), program::UsageError);
    options.scenarios = {"single"};
    options.seconds = 1;
    options.warmup_s = 1;
    EXPECT_THROW(static_cast<void>(plan_scenarios(options)), program::UsageError);
}

TEST(Candidates, AreNamedWhereOneIsUnknown) {
    EXPECT_EQ(candidate("kernel-spin").kind, "kernel");
    try {
        static_cast<void>(candidate("kernel-spni"));
        ADD_FAILURE();
    } catch (const program::UsageError& error) {
        EXPECT_NE(std::string(error.what()).find("kernel-block-busy, kernel-spin"),
                  std::string::npos);
    }
}

TEST(Candidates, ThatRunUnaskedAreThoseOfTheFirstResult) {
    std::string unasked;
    for (const Candidate& each : all_candidates())
        unasked += each.by_default ? each.name + " " : "";
    EXPECT_EQ(unasked,
              "kernel-block kernel-block-awake kernel-block-busy kernel-spin dpdk-af_packet "
              "dpdk-af_xdp dpdk-port tap-kernel-spin dpdk-memif dpdk-vhost ");
}

TEST(Candidates, ComeInTheOrderOfTheRatios) {
    const auto& list = all_candidates();
    ASSERT_GE(list.size(), 4U);
    EXPECT_EQ(list[0].kind, "kernel");
    EXPECT_EQ(list.back().kind, "dpdk");
}

bool has_argument(const std::vector<std::string>& arguments, const std::string& part) {
    return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
        return argument.find(part) != std::string::npos;
    });
}

// Whoever takes the frames out of the queue leaves none to the others.
TEST(Candidates, ThatTakeTheFramesRunAlone) {
    std::vector<std::string> sociable;
    for (const Candidate& each : all_candidates()) {
        const std::string reason = reason_against_company(each);
        if (reason.empty()) sociable.push_back(each.name);
        const bool is_of_xdp = each.kind == "xdp" || each.name == "dpdk-af_xdp";
        if (is_of_xdp) {
            EXPECT_NE(reason.find("out of the interface's queue"), std::string::npos) << each.name;
        }
        if (each.only_on == "shm") {
            EXPECT_NE(reason.find("one receiving end"), std::string::npos) << each.name;
        }
    }
    EXPECT_EQ(sociable, (std::vector<std::string>{"kernel-block", "kernel-spin", "kernel-epoll",
                                                  "kernel-busy-poll", "kernel-recvmmsg",
                                                  "kernel-io-uring", "kernel-io-uring-busy-poll",
                                                  "packet", "packet-v3", "dpdk-af_packet"}));
}

TEST(Candidates, AreCopiedUnderANameOfTheirOwn) {
    const Candidate another = copy(candidate("kernel-spin"), 2);
    EXPECT_EQ(another.name, "kernel-spin-2");
    EXPECT_EQ(another.title, "Kernel socket, spinning (2)");
    EXPECT_EQ(another.copy_of, "kernel-spin");
    EXPECT_EQ(own_arguments(another, {}), own_arguments(candidate("kernel-spin"), {}));
}

TEST(AfPacketRing, FitsIntoTheMemoryThatMayBeLocked) {
    auto* const arguments = candidate("dpdk-af_packet").arguments;
    EXPECT_TRUE(has_argument(arguments({"rx0", "", 1, 0, UINT64_MAX}), "framecnt=1024"));
    // 8 MiB, an ordinary user's limit: two rings of 2 MiB.
    EXPECT_TRUE(has_argument(arguments({"rx0", "", 1, 0, 8U << 20}), "framecnt=1024"));
    EXPECT_TRUE(has_argument(arguments({"rx0", "", 1, 0, 4U << 20}), "framecnt=512"));
    EXPECT_TRUE(has_argument(arguments({"rx0", "", 1, 0, 64U << 10}), "framecnt=256"));
}

TEST(DpdkCandidates, UseHugePagesWhereThereAreSome) {
    auto* const arguments = candidate("dpdk-af_xdp").arguments;
    EXPECT_FALSE(has_argument(arguments({"rx0", "", 1, 128, UINT64_MAX}), "--no-huge"));
    EXPECT_TRUE(has_argument(arguments({"rx0", "", 1, 0, UINT64_MAX}), "--no-huge"));
    EXPECT_EQ(arguments({"rx0", "", 1, 0, UINT64_MAX}).back(), "--");
}

std::string why_not(const std::string& text) {
    try {
        static_cast<void>(variant(text));
    } catch (const program::UsageError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(Candidates, ThatBusyPollHaveSomethingToPoll) {
    for (const Candidate& each : all_candidates()) {
        const bool polls = has_argument(each.arguments({"rx0", "", 1, 0, UINT64_MAX}), "busy-poll");
        EXPECT_EQ(each.pollable_queue, polls) << each.name;
        EXPECT_EQ(polls && !each.sleeps, false) << each.name << ": its stalls would be sleeps";
    }
}

TEST(Variants, AreReceiversWithOtherOptions) {
    const Candidate small = variant("small=kernel-spin --receive-buffer 4096 --cpu 0");
    EXPECT_EQ(small.name, "small");
    EXPECT_EQ(small.title, "Kernel socket, spinning, --receive-buffer 4096 --cpu 0");
    EXPECT_EQ(small.kind, "kernel");
    EXPECT_EQ(small.cpu, 0);
    EXPECT_FALSE(variant("small=kernel-spin --receive-buffer 4096").cpu);
    EXPECT_NE(reason_against_company(small).find("leave out --cpu"), std::string::npos);
    EXPECT_FALSE(small.sleeps);
    std::vector<std::string> arguments{"kernel_rx", "--receive-buffer",        "8388608", "--cpu",
                                       "1",         "--exit-at-end-of-session"};
    apply_changes(small, arguments);
    EXPECT_EQ(arguments, (std::vector<std::string>{"kernel_rx", "--exit-at-end-of-session",
                                                   "--receive-buffer", "4096", "--cpu", "0"}));
}

TEST(Variants, AreNoWaysOfTheirOwnWhereTheirReceiverIsNone) {
    EXPECT_TRUE(is_a_way_of_its_own(variant("x=kernel-block --receive-buffer 4096")));
    EXPECT_FALSE(is_a_way_of_its_own(variant("x=kernel-block-awake --receive-buffer 4096")));
}

TEST(Variants, OfDpdkMayDoWithoutHugePages) {
    const Candidate poor = variant("poor=dpdk-af_packet --no-huge");
    const Place place{"rx0", "", 1, 128, UINT64_MAX};
    EXPECT_FALSE(has_argument(own_arguments(candidate("dpdk-af_packet"), place), "--no-huge"));
    std::vector<std::string> arguments = own_arguments(poor, place);
    EXPECT_TRUE(has_argument(arguments, "--no-huge"));
    const std::vector<std::string> before = arguments;
    apply_changes(poor, arguments);
    EXPECT_EQ(arguments, before);  // it is EAL's option, and there already
}

TEST(Variants, AreRefusedWithTheReason) {
    for (const auto& [text, reason] :
         {std::pair{"kernel-spin", "not of the form"},
          {"a=kernel-io-uring --busy-poll 50", "name kernel-busy-poll or kernel-io-uring-busy-"},
          {"Big=kernel-spin --cpu 0", "lower-case"},
          {"x=kernel-spni --cpu 0", "no such receiver"},
          {"x=kernel-spin", "no options"},
          {"x=", "no receiver"},
          {"kernel-spin=kernel-spin --cpu 0", "receiver's own"},
          {"x=kernel-spin --cpu", "write --cpu N"},
          {"x=kernel-spin --cpu=0", "write --cpu N"},
          {"x=kernel-io-uring --sqpoll", "needs a third CPU"},
          {"x=kernel-io-uring --sqpoll-cpu 3 --sqpoll", "needs a third CPU"},
          {"x=kernel-spin --mode block", "makes it another receiver"}}) {
        EXPECT_NE(why_not(text).find(reason), std::string::npos) << text << ": " << why_not(text);
    }
}

TEST(Progress, EstimatesTheRestFromTheRunsSoFar) {
    Progress progress(4, 8, false);
    progress.done(2, 3);  // one second of overhead
    EXPECT_DOUBLE_EQ(progress.seconds_left(), 6 + 3 * 1);
    progress.done(2, 5);
    EXPECT_DOUBLE_EQ(progress.seconds_left(), 4 + 2 * 2);
}

TEST(Progress, PrintsALineForEachRoundWhereItIsNoTerminal) {
    testing::internal::CaptureStderr();
    {
        Progress progress(4, 8, false);
        progress.show("single", 1, 2, "kernel-block");
        progress.done(2, 2);
        progress.show("single", 1, 2, "kernel-spin");
        progress.done(2, 2);
        progress.show("single", 2, 2, "kernel-spin");
    }
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_EQ(text.substr(0, text.find(',')), "single  round 1/2   (run 1 of 4");
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(Progress, RewritesItsLineOnATerminal) {
    testing::internal::CaptureStderr();
    {
        Progress progress(48, 96, true);
        progress.show("single", 3, 6, "kernel-spin");
    }
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_EQ(text.front(), '\r');
    EXPECT_NE(text.find("single  round 3/6  kernel-spin   (run 1 of 48, about 2:05 left)"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.back(), '\n');
}

TEST(Time, IsShownAsMinutesAndSeconds) {
    EXPECT_EQ(minutes_and_seconds(0), "0:00");
    EXPECT_EQ(minutes_and_seconds(64.2), "1:05");
}

}  // namespace
}  // namespace rxlab::bench
