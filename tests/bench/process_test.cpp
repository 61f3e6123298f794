// SPDX-License-Identifier: MIT
#include "bench/run/process.hpp"

#include "process_group.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>

namespace rxlab::bench {
namespace {

Command shell(const std::string& script) {
    return {{"/bin/sh", "-c", script}, {}, {}};
}

void wait_for_end(Child& child) {
    Child* const children[] = {&child};
    const Deadline deadline = in(Milliseconds{20'000});
    while (!child.status())
        ASSERT_TRUE(wait_for_event(children, deadline));
}

void wait_for_line(Child& child, const std::string& prefix) {
    Child* const children[] = {&child};
    const Deadline deadline = in(Milliseconds{20'000});
    while (!child.output().has_seen_prefix(prefix)) {
        ASSERT_FALSE(child.status());
        ASSERT_TRUE(wait_for_event(children, deadline));
    }
}

TEST(Child, ReportsItsExitStatus) {
    Child child("child", shell("exit 3"));
    wait_for_end(child);
    EXPECT_EQ(child.status()->code, 3);
    EXPECT_FALSE(child.status()->ok());
    EXPECT_EQ(child.status()->describe(), "exit status 3");
}

TEST(Child, ReportsTheSignalThatKilledIt) {
    Child child("child", shell("kill -SEGV $$"));
    wait_for_end(child);
    EXPECT_EQ(child.status()->signal, SIGSEGV);
    EXPECT_EQ(child.status()->describe(), "signal 11 (Segmentation fault)");
}

TEST(Child, ThatCannotBeExecutedNamesTheProgram) {
    try {
        Child child("child", {{"/no/such/program"}, {}, {}});
        ADD_FAILURE();
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code().value(), ENOENT);
        EXPECT_NE(std::string(error.what()).find("execute /no/such/program"), std::string::npos);
    }
}

TEST(Child, SpeaksOnTwoPipes) {
    Child child("child", shell("echo ready: yes; echo oh >&2"));
    wait_for_end(child);
    EXPECT_TRUE(child.output().has_seen_prefix("ready: "));
    EXPECT_FALSE(child.output().has_seen_prefix("eady: "));
    EXPECT_EQ(child.errors().tail(), "oh");
}

TEST(Child, IsHeardWhileItRuns) {
    Child child("child", shell("echo one; echo 'ready: now'; exec sleep 60"));
    wait_for_line(child, "ready: ");
    EXPECT_FALSE(child.status());
}

TEST(Child, MayWriteMoreThanAPipeHolds) {
    Child child("child", shell("yes | head -c 3000000; yes | head -c 3000000 >&2"));
    wait_for_end(child);
    EXPECT_TRUE(child.status()->ok());
    EXPECT_LE(child.output().text().size(), std::size_t{1} << 20);
}

TEST(Child, HasTheEnvironmentThatWasAdded) {
    Command command = shell("echo $RXLAB_BED");
    command.environment["RXLAB_BED"] = "bench-1";
    EXPECT_EQ(run_command("child", command, Milliseconds{20'000}).output, "bench-1\n");
}

TEST(Child, HasAnEmptyStandardInput) {
    EXPECT_EQ(run_command("child", shell("cat; echo end"), Milliseconds{20'000}).output, "end\n");
}

TEST(Child, IsGoneWithItsScope) {
    pid_t pid = 0;
    {
        Child child("child", shell("echo 'ready: x'; exec sleep 60"));
        wait_for_line(child, "ready: ");
        pid = child.pid();
    }
    EXPECT_TRUE(group_is_gone(pid));
}

TEST(Child, ThatIgnoresSigtermIsKilled) {
    Child child("child", shell("trap '' TERM; echo 'ready: x'; while :; do sleep 1; done"));
    wait_for_line(child, "ready: ");
    const auto start = std::chrono::steady_clock::now();
    child.terminate(Milliseconds{100});
    EXPECT_EQ(child.status()->signal, SIGKILL);
    EXPECT_TRUE(group_is_gone(child.pid()));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{20});
}

TEST(Child, ThatListensToSigtermMaySayItsLastWords) {
    Child child(
        "child",
        shell("trap 'echo bye; exit 0' TERM; echo 'ready: x'; while :; do sleep 0.05; done"));
    wait_for_line(child, "ready: ");
    child.terminate(Milliseconds{20'000});
    EXPECT_TRUE(child.status()->ok());
    EXPECT_TRUE(child.output().has_seen_prefix("bye"));
}

TEST(Child, TakesItsOwnChildrenWithIt) {
    Child child("child", shell("sleep 60 & echo 'ready: x'; exit 0"));
    wait_for_end(child);
    EXPECT_TRUE(group_is_gone(child.pid()));
}

TEST(Child, ThatIsStoppedMayStillListenToSigterm) {
    Child child("child",
                shell("trap 'exit 0' TERM; echo 'ready: x'; while :; do sleep 0.05; done"));
    wait_for_line(child, "ready: ");
    ::kill(child.pid(), SIGSTOP);
    child.terminate(Milliseconds{20'000});
    EXPECT_TRUE(child.status()->ok()) << child.status()->describe();
}

// The shell starts programs by vfork(2), and is not stopped while it waits for one to exec.
TEST(Child, StandsStillWheneverItIsHeld) {
    Child child("child", shell("echo 'ready: x'; while :; do /bin/true; done"));
    wait_for_line(child, "ready: ");
    for (int i = 0; i < 1'000; ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds{i % 500});
        child.hold();
        siginfo_t info{};
        ASSERT_EQ(
            ::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WSTOPPED | WNOWAIT | WNOHANG),
            0);
        ASSERT_EQ(info.si_code, CLD_STOPPED);
        child.signal_group(SIGCONT);
    }
}

TEST(Waiting, EndsAtTheDeadline) {
    Child child("child", shell("exec sleep 60"));
    Child* const children[] = {&child};
    EXPECT_FALSE(wait_for_event(children, in(Milliseconds{50})));
}

TEST(Waiting, IsInterruptedByASignal) {
    const SignalWatch watch;
    Child child("child", shell("exec sleep 60"));
    Child* const children[] = {&child};
    ::kill(::getpid(), SIGTERM);
    try {
        while (wait_for_event(children, in(Milliseconds{20'000}))) {
        }
        ADD_FAILURE();
    } catch (const Interrupted& interruption) {
        EXPECT_EQ(interruption.signal(), SIGTERM);
        EXPECT_STREQ(interruption.what(), "interrupted by SIGTERM");
    }
}

TEST(Waiting, IsDeafDuringCleanUp) {
    const SignalWatch watch;
    ::kill(::getpid(), SIGINT);
    const CommandOutcome outcome =
        run_command("child", shell("echo done"), Milliseconds{20'000}, Signals::ignored);
    EXPECT_EQ(outcome.output, "done\n");
}

TEST(SignalWatch, LeavesChildrenTheirSignals) {
    const SignalWatch watch;
    Child child("child", shell("echo 'ready: x'; exec sleep 60"));
    wait_for_line(child, "ready: ");
    child.terminate(Milliseconds{20'000});
    EXPECT_EQ(child.status()->signal, SIGTERM) << "not SIGKILL: SIGTERM was not blocked in it";
}

TEST(Command, ThatOutlastsItsTimeIsEndedAndNamed) {
    try {
        static_cast<void>(
            run_command("veth up", shell("echo stuck >&2; exec sleep 60"), Milliseconds{200}));
        ADD_FAILURE();
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("veth up: not done after 0.2 s"),
                  std::string::npos)
            << error.what();
    }
}

TEST(LastWords, AreTheLastTwentyLines) {
    Child child("child", shell("seq 1 100 >&2"));
    wait_for_end(child);
    EXPECT_TRUE(child.errors().tail().starts_with("81\n"));
    EXPECT_TRUE(child.errors().tail().ends_with("\n100"));
}

}  // namespace
}  // namespace rxlab::bench
