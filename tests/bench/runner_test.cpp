// SPDX-License-Identifier: MIT
#include "example.hpp"

//
// Runs that go wrong: programs that never get ready, die, hang or do not listen. Shell scripts
// stand for the receiver and the sender, and a script without a wire for the test bed.
#include "bench/run/candidates.hpp"
#include "bench/run/runner.hpp"
#include "process_group.hpp"

#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <sstream>
#include <system_error>

namespace rxlab::bench {
namespace {

using example::contains;

namespace fs = std::filesystem;

constexpr const char* kPatientSender = "exec sleep 60";
constexpr const char* kQuickSender = "exit 0";

class FailingRun : public testing::Test {
  protected:
    program::ScratchDirectory programs_{fs::temp_directory_path()};
    program::ScratchDirectory traces_{fs::temp_directory_path()};
    fs::path log_ = programs_.path() / "log";
    // Ready, beyond the schedule, end of session, from SIGTERM to SIGKILL: no two alike, so that a
    // message shows which of them was waited for.
    Patience patience_{Milliseconds{1'000}, Milliseconds{600}, Milliseconds{500},
                       Milliseconds{300}};

    void SetUp() override {
        ::setenv("RXLAB_FAKE_LOG", log_.c_str(), 1);
        ::unsetenv("RXLAB_FAKE_BED_BROKEN");
    }

    void put(const std::string& program, const std::string& script) {
        const fs::path path = programs_.path() / program;
        program::write_file_atomically(path, "#!/bin/sh\n" + script + "\n");
        fs::permissions(path, fs::perms::owner_all);
    }

    // Runs kernel-spin against the sender and returns the complaint.
    std::string complaint(const std::string& receiver, const std::string& sender) {
        put("kernel_rx", receiver);
        put("feedsim", sender);
        Traffic traffic;
        traffic.seconds = 0.1;
        std::string message = "it ran";
        try {
            const TestBed bed(fs::path(RXLAB_SOURCE_DIR) / "tests/bench/fakes/veth/veth", 0, {});
            const Runner runner(bed, programs_.path(), traces_.path(), {0, 1}, patience_);
            static_cast<void>(runner.run(candidate("kernel-spin"), traffic, 1));
        } catch (const RunFailure& failure) {
            message = failure.what();
        }
        expect_nothing_left();
        return message;
    }

    // The bed was taken down, its commands are gone with their groups, and so are the traces.
    void expect_nothing_left() {
        std::istringstream log(program::read_file(log_));
        std::string line, last;
        while (std::getline(log, line)) {
            last = line;
            const pid_t pid = std::atoi(line.c_str());
            if (pid == 0) continue;
            EXPECT_TRUE(group_is_gone(pid)) << line;
        }
        EXPECT_EQ(last, "down");
        EXPECT_TRUE(fs::is_empty(traces_.path()));
    }
};

TEST_F(FailingRun, NamesAReceiverThatIsNeverReady) {
    const std::string message =
        complaint("echo 'waiting for rain' >&2; exec sleep 60", kPatientSender);
    EXPECT_TRUE(contains(message, "kernel-spin: not ready after 1 s")) << message;
    EXPECT_TRUE(contains(message, "waiting for rain")) << message;
    EXPECT_FALSE(contains(program::read_file(log_), "feedsim"))
        << "the sender must not have started";
}

TEST_F(FailingRun, NamesAReceiverThatEndsBeforeItIsReady) {
    const std::string message = complaint(
        "echo 'kernel_rx: join 239.1.1.1 on rx9: No such device' >&2; exit 1", kPatientSender);
    EXPECT_TRUE(contains(message, "kernel-spin: ended with exit status 1 before it was ready"));
    EXPECT_TRUE(contains(message, "No such device")) << message;
}

TEST_F(FailingRun, NamesAReceiverThatExitsInTheRunAndStopsTheSender) {
    const std::string message =
        complaint("echo 'ready: x'; echo 'out of luck' >&2; sleep 0.2; exit 3", kPatientSender);
    EXPECT_TRUE(contains(message, "kernel-spin: died in the run: exit status 3")) << message;
    EXPECT_TRUE(contains(message, "out of luck"));
}

TEST_F(FailingRun, NamesTheSignalThatKilledAReceiver) {
    const std::string message =
        complaint("echo 'ready: x'; sleep 0.2; kill -SEGV $$", kPatientSender);
    EXPECT_TRUE(contains(message, "died in the run: signal 11 (Segmentation fault)")) << message;
    EXPECT_TRUE(contains(message, "it wrote nothing to standard error"));
}

TEST_F(FailingRun, NamesAReceiverThatHangsAfterTheEndOfTheSession) {
    patience_.beyond_schedule = Milliseconds{120'000};  // the sender's, which has ended
    const auto start = std::chrono::steady_clock::now();
    const std::string message = complaint("echo 'ready: x'; exec sleep 60", kQuickSender);
    EXPECT_TRUE(
        contains(message, "kernel-spin: still running 0.5 s after the sender's last packet"))
        << message;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{60});
}

TEST_F(FailingRun, WaitsForTheLastWordsOfAReceiverThatListensToSigterm) {
    patience_.terminate = Milliseconds{20'000};  // the shell may be slow to hear of it
    const std::string message = complaint(
        "trap 'echo \"no end of session on feed 3\" >&2; exit 0' TERM; echo 'ready: x'; "
        "while :; do sleep 0.05; done",
        kQuickSender);
    EXPECT_TRUE(contains(message, "no end of session on feed 3")) << message;
}

// Its summary is there, so it is not the end of the session that the complaint is about.
TEST_F(FailingRun, TakesWhatAReceiverHasThatMissedTheEndOfTheSession) {
    patience_.terminate = Milliseconds{20'000};
    put("kernel_rx",
        "while [ $# -gt 0 ]; do [ \"$1\" = --json ] && json=$2; shift; done\n"
        "trap 'echo {} >\"$json\"; exit 0' TERM; echo 'ready: x'; while :; do sleep 0.05; done");
    put("feedsim", kQuickSender);
    Traffic traffic;
    traffic.seconds = 0.1;
    const TestBed bed(fs::path(RXLAB_SOURCE_DIR) / "tests/bench/fakes/veth/veth", 0, {});
    const Runner runner(bed, programs_.path(), traces_.path(), {0, 1}, patience_);
    const RunFiles files = runner.run(candidate("kernel-spin"), traffic, 1);
    EXPECT_EQ(program::read_file(files.receiver_json()), "{}\n");
}

// It would go on with ends of session that nobody waits for.
TEST_F(FailingRun, IsNotOneWhoseSenderIsStoppedBecauseTheReceiverHasHeardTheEnd) {
    put("kernel_rx", "echo 'ready: x'; sleep 0.5; exit 0");
    put("feedsim", "trap 'exit 0' TERM; while :; do sleep 0.05; done");
    patience_.beyond_schedule = Milliseconds{20'000};
    Traffic traffic;
    traffic.seconds = 0.1;
    const TestBed bed(fs::path(RXLAB_SOURCE_DIR) / "tests/bench/fakes/veth/veth", 0, {});
    const Runner runner(bed, programs_.path(), traces_.path(), {0, 1}, patience_);
    EXPECT_NO_THROW(static_cast<void>(runner.run(candidate("kernel-spin"), traffic, 1)));
}

TEST_F(FailingRun, HoldsTheReceiverOfABacklogUntilTheSenderHasEnded) {
    patience_.terminate = Milliseconds{20'000};
    const std::string pid = programs_.path() / "pid", state = programs_.path() / "state";
    put("kernel_rx",
        "while [ $# -gt 0 ]; do [ \"$1\" = --json ] && json=$2; shift; done\n"
        "trap 'echo {} >\"$json\"; exit 0' TERM\n"
        "echo $$ >" +
            pid + "; echo 'ready: x'; while :; do sleep 0.05; done");
    put("feedsim", "cut -d' ' -f3 /proc/$(cat " + pid + ")/stat >" + state);
    const TestBed bed(fs::path(RXLAB_SOURCE_DIR) / "tests/bench/fakes/veth/veth", 0, {});
    const Runner runner(bed, programs_.path(), traces_.path(), {0, 1}, patience_);
    Traffic traffic;
    traffic.seconds = 0.1;
    const RunFiles free = runner.run(candidate("kernel-spin"), traffic, 1);
    EXPECT_NE(program::read_file(state), "T\n");
    traffic.as_backlog = true;
    const RunFiles held = runner.run(candidate("kernel-spin"), traffic, 1);
    EXPECT_EQ(program::read_file(state), "T\n");
    EXPECT_EQ(program::read_file(held.receiver_json()), "{}\n") << "it went on, and could end";
}

// The thread that keeps the receiver's core awake shows which core rxbench takes for its.
TEST_F(FailingRun, WatchesTheCpuThatAVariantNames) {
    const std::string seen = programs_.path() / "seen";
    put("kernel_rx", "echo 'ready: x'; sleep 0.2; exit 0");
    put("feedsim", "grep -h Cpus_allowed_list /proc/$PPID/task/*/status >" + seen);
    const TestBed bed(fs::path(RXLAB_SOURCE_DIR) / "tests/bench/fakes/veth/veth", 0, {});
    const Runner runner(bed, programs_.path(), traces_.path(), {0, 1}, patience_);
    Traffic traffic;
    traffic.seconds = 0.1;
    static_cast<void>(runner.run(candidate("kernel-block-busy"), traffic, 1));
    EXPECT_TRUE(contains(program::read_file(seen), "\t1\n")) << program::read_file(seen);
    static_cast<void>(runner.run(variant("x=kernel-block-busy --cpu 0"), traffic, 1));
    EXPECT_TRUE(contains(program::read_file(seen), "\t0\n")) << program::read_file(seen);
    EXPECT_FALSE(contains(program::read_file(seen), "\t1\n")) << program::read_file(seen);
}

TEST_F(FailingRun, LeavesNoPollableQueueBehind) {
    put("kernel_rx", "echo 'ready: x'; exit 3");
    put("feedsim", kPatientSender);
    Traffic traffic;
    traffic.seconds = 0.1;
    const TestBed bed(fs::path(RXLAB_SOURCE_DIR) / "tests/bench/fakes/veth/veth", 0, {});
    const Runner runner(bed, programs_.path(), traces_.path(), {0, 1}, patience_);
    for (const char* name : {"kernel-busy-poll", "kernel-block"})
        EXPECT_THROW(static_cast<void>(runner.run(candidate(name), traffic, 1)), RunFailure);
    std::istringstream log(program::read_file(log_));
    std::string switched;  // and the receivers' starts between
    for (std::string line; std::getline(log, line);) {
        if (line.starts_with("napi ")) switched += line + '\n';
        if (line.ends_with(" kernel_rx")) switched += "kernel_rx\n";
    }
    EXPECT_EQ(switched, "napi on\nkernel_rx\nnapi off\nkernel_rx\n");
}

TEST_F(FailingRun, KillsAReceiverThatIgnoresSigterm) {
    const std::string message =
        complaint("trap '' TERM; echo 'ready: x'; while :; do sleep 0.1; done", kQuickSender);
    EXPECT_TRUE(contains(message, "still running")) << message;
}

TEST_F(FailingRun, NamesASenderThatFails) {
    const std::string message =
        complaint("echo 'ready: x'; exec sleep 60", "echo 'feedsim: no route' >&2; exit 1");
    EXPECT_TRUE(contains(message, "feedsim: died in the run: exit status 1")) << message;
    EXPECT_TRUE(contains(message, "no route"));
}

TEST_F(FailingRun, NamesTheSenderOfAWireThatIsMemory) {
    put("dpdk_rx", "echo 'ready: x'; exec sleep 60");
    put("feedsim_dpdk", "exit 1");
    const TestBed bed(fs::path(RXLAB_SOURCE_DIR) / "tests/bench/fakes/veth/veth", 0, {});
    const Runner runner(bed, programs_.path(), traces_.path(), {0, 1}, patience_);
    try {
        static_cast<void>(runner.run(candidate("dpdk-memif"), {}, 1));
        ADD_FAILURE();
    } catch (const RunFailure& failure) {
        EXPECT_TRUE(std::string{failure.what()}.starts_with("feedsim_dpdk: died"))
            << failure.what();
    }
}

TEST_F(FailingRun, NamesASenderThatDoesNotEnd) {
    const std::string message = complaint("echo 'ready: x'; exec sleep 60", kPatientSender);
    EXPECT_TRUE(contains(message, "feedsim: not done 0.6 s after the end of its schedule"))
        << message;
}

TEST_F(FailingRun, IsNotTheReceiversWhoseLastLineIsWithoutANewline) {
    const std::string message = complaint("printf 'ready: x'; exec sleep 60", kQuickSender);
    EXPECT_TRUE(contains(message, "still running")) << message;
}

TEST_F(FailingRun, SaysInTheBedsWordsWhyItCannotBeBuilt) {
    ::setenv("RXLAB_FAKE_BED_BROKEN", "1", 1);
    try {
        const TestBed bed(fs::path(RXLAB_SOURCE_DIR) / "tests/bench/fakes/veth/veth", 0, {});
        ADD_FAILURE();
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(),
                     "bring up the test bed: veth: make a user namespace: switched off; run this "
                     "as root");
    }
    EXPECT_TRUE(contains(program::read_file(log_), "down")) << "whatever was built is taken down";
    ::unsetenv("RXLAB_FAKE_BED_BROKEN");
}

TEST_F(FailingRun, NamesTheBedScriptThatIsNotThere) {
    try {
        const TestBed bed(programs_.path() / "no-veth", 0, {});
        ADD_FAILURE();
    } catch (const std::runtime_error& error) {
        EXPECT_TRUE(contains(error.what(), "no-veth")) << error.what();
    }
}

}  // namespace
}  // namespace rxlab::bench
