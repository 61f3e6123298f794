// SPDX-License-Identifier: MIT
#include "device.hpp"

#include <sys/syscall.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <memory>
#include <set>
#include <vector>

namespace rxlab::chardev_test {
namespace {

using Sleep = Chardev;
using Signal = Chardev;

TEST_F(Sleep, OfReaderEndsWithARecord) {
    const Descriptor writer{O_WRONLY};
    Child reader{[] { return take(Descriptor{O_RDONLY}) == "woken" ? 0 : 1; }};
    ASSERT_TRUE(sleeps(reader.pid()));
    put(writer, "woken");
    EXPECT_EQ(reader.finish(), 0);
}

TEST_F(Sleep, OfWriterEndsWithRoom) {
    const Descriptor device{O_RDWR};
    fill(device);
    Child writer{[] { return put(Descriptor{O_WRONLY}, "late") == 4 ? 0 : 1; }};
    ASSERT_TRUE(sleeps(writer.pid()));
    EXPECT_EQ(statistics(device).queued, kCapacity);
    EXPECT_EQ(take(device), "x");
    EXPECT_EQ(writer.finish(), 0);
    for (std::uint32_t i = 1; i < kCapacity; ++i)
        EXPECT_EQ(take(device), "x");
    EXPECT_EQ(take(device), "late");
}

TEST_F(Sleep, OfWriterEndsWithAClearFifo) {
    const Descriptor device{O_RDWR};
    fill(device);
    Child writer{[] { return put(Descriptor{O_WRONLY}, "late") == 4 ? 0 : 1; }};
    ASSERT_TRUE(sleeps(writer.pid()));
    EXPECT_EQ(::ioctl(device.fd(), RXLAB_IOC_CLEAR), 0);
    EXPECT_EQ(writer.finish(), 0);
    EXPECT_EQ(take(device), "late");
}

TEST_F(Sleep, OfAllWritersEndsWhenTheFifoGrowsEnough) {
    const Descriptor device{O_RDWR};
    fill(device);
    std::vector<std::unique_ptr<Child>> writers;
    for (int i = 0; i < 3; ++i) {
        writers.push_back(
            std::make_unique<Child>([] { return put(Descriptor{O_WRONLY}, "l") == 1 ? 0 : 1; }));
    }
    for (const auto& writer : writers)
        ASSERT_TRUE(sleeps(writer->pid()));
    std::uint32_t capacity = kCapacity + 3;
    EXPECT_EQ(::ioctl(device.fd(), RXLAB_IOC_RESIZE, &capacity), 0);
    for (const auto& writer : writers)
        EXPECT_EQ(writer->finish(), 0);
    EXPECT_EQ(statistics(device).queued, capacity);
}

TEST_F(Sleep, OfManyReadersEndsWithOneRecordEach) {
    constexpr int kReaders = 6;
    const Descriptor writer{O_WRONLY};
    std::vector<std::unique_ptr<Child>> readers;
    for (int i = 0; i < kReaders; ++i) {
        readers.push_back(std::make_unique<Child>([] { return take(Descriptor{O_RDONLY}).at(0); }));
    }
    for (const auto& reader : readers)
        ASSERT_TRUE(sleeps(reader->pid()));
    for (char name = 'a'; name < 'a' + kReaders; ++name)
        put(writer, std::string(1, name));
    std::set<int> got;
    for (const auto& reader : readers)
        got.insert(reader->finish());
    EXPECT_EQ(got, (std::set<int>{'a', 'b', 'c', 'd', 'e', 'f'}));
}

TEST_F(Sleep, OfOneThreadMakesAnotherOnTheSameDescriptorWaitOrFail) {
    const Descriptor device{O_RDWR};
    std::atomic<pid_t> id{0};
    std::thread sleeper{[&] {
        id = static_cast<pid_t>(::syscall(SYS_gettid));
        EXPECT_EQ(take(device), "for the sleeper");
    }};
    while (id == 0)
        std::this_thread::yield();
    EXPECT_TRUE(sleeps(id));
    ::fcntl(device.fd(), F_SETFL, O_NONBLOCK);
    EXPECT_EQ(take(device), "errno " + std::to_string(EAGAIN));
    put(device, "for the sleeper");
    sleeper.join();
}

// Installs a handler for SIGUSR1.
void handle_signal(int flags) {
    struct sigaction action {};
    action.sa_handler = nothing;
    action.sa_flags = flags;
    ::sigaction(SIGUSR1, &action, nullptr);
}

TEST_F(Signal, InterruptsASleepingReader) {
    Child reader{[] {
        handle_signal(0);
        const Descriptor device{O_RDONLY};
        return take(device) == "errno " + std::to_string(EINTR) ? 0 : 1;
    }};
    ASSERT_TRUE(sleeps(reader.pid()));
    ::kill(reader.pid(), SIGUSR1);
    EXPECT_EQ(reader.finish(), 0);
}

TEST_F(Signal, InterruptsASleepingWriterWhichQueuesNothing) {
    const Descriptor device{O_RDWR};
    fill(device);
    const auto written = statistics(device).records_written;
    Child writer{[] {
        handle_signal(0);
        return error_of(put(Descriptor{O_WRONLY}, "never"));
    }};
    ASSERT_TRUE(sleeps(writer.pid()));
    ::kill(writer.pid(), SIGUSR1);
    EXPECT_EQ(writer.finish(), EINTR);
    EXPECT_EQ(statistics(device).records_written, written);
}

TEST_F(Signal, WithRestartLetsTheReaderSleepOn) {
    const Descriptor device{O_WRONLY};
    Child reader{[] {
        handle_signal(SA_RESTART);
        return take(Descriptor{O_RDONLY}) == "in the end" ? 0 : 1;
    }};
    ASSERT_TRUE(sleeps(reader.pid()));
    ::kill(reader.pid(), SIGUSR1);
    settle();
    ASSERT_TRUE(sleeps(reader.pid()));
    put(device, "in the end");
    EXPECT_EQ(reader.finish(), 0);
}

TEST_F(Signal, KillsASleepingReaderWhichTakesNoRecordAlong) {
    const Descriptor device{O_RDWR | O_NONBLOCK};
    Child reader{[] {
        take(Descriptor{O_RDONLY});
        return 0;
    }};
    ASSERT_TRUE(sleeps(reader.pid()));
    ::kill(reader.pid(), SIGKILL);
    EXPECT_EQ(reader.finish(), -SIGKILL);
    EXPECT_EQ(statistics(device).openers, 1U);
    put(device, "still here");
    EXPECT_EQ(take(device), "still here");
}

// Whichever of the two takes the record: it must not stay in the FIFO while a reader sleeps.
TEST_F(Signal, ThatKillsOneSleeperLeavesTheWakeUpToAnother) {
    const Descriptor device{O_RDWR};
    const auto read_one = [] { return take(Descriptor{O_RDONLY}) == "one" ? 0 : 1; };
    for (int round = 0; round < 20; ++round) {
        Child victim{read_one};
        ASSERT_TRUE(sleeps(victim.pid()));
        Child survivor{read_one};
        ASSERT_TRUE(sleeps(survivor.pid()));
        ::kill(victim.pid(), SIGKILL);
        put(device, "one");
        for (int i = 0; statistics(device).queued != 0 && i < 1000; ++i)
            settle();
        ASSERT_EQ(statistics(device).queued, 0U);
        put(device, "one");  // for the survivor, where the victim had the first one
        ASSERT_EQ(survivor.finish(), 0);
        victim.finish();
        ASSERT_EQ(::ioctl(device.fd(), RXLAB_IOC_CLEAR), 0);
    }
}

}  // namespace
}  // namespace rxlab::chardev_test
