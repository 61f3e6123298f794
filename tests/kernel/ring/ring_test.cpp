// SPDX-License-Identifier: MIT
//
// /dev/rxring through system calls and its mapping. Runs as root in a guest with the module loaded
// (slots=8); each test leaves the ring empty.
#include "../time_limit.hpp"

#include <rxlab/ring_consumer.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr const char* kDevice = "/dev/rxring";
constexpr std::uint32_t kSlots = 8;
using namespace std::chrono_literals;
// Nobody has memory there; volatile, so that the compiler does not know.
void* const volatile kNowhere = reinterpret_cast<void*>(1);

class Descriptor {
  public:
    explicit Descriptor(int flags) : fd_{::open(kDevice, flags | O_CLOEXEC)} {
        EXPECT_GE(fd_, 0) << std::strerror(errno);
    }
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    [[nodiscard]] int fd() const { return fd_; }

  private:
    int fd_;
};

// A consumer that is mapped; at its end the ring is empty.
class Consumer {
  public:
    explicit Consumer(int flags = 0) : descriptor_{O_RDWR | flags} {
        EXPECT_EQ(rxlab_ring_attach(&ring, descriptor_.fd()), 0) << std::strerror(errno);
    }
    ~Consumer() {
        rxlab_ring_give_back(&ring, rxlab_ring_ready(&ring));
        rxlab_ring_detach(&ring);
    }
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;
    [[nodiscard]] int fd() const { return descriptor_.fd(); }
    // The oldest packet, given back; rang: with a call.
    std::string take(bool* rang = nullptr) {
        std::uint32_t length = 0;
        const void* const packet = rxlab_ring_packet(&ring, 0, &length);
        std::string content{static_cast<const char*>(packet), length};
        const int called = rxlab_ring_give_back(&ring, 1);
        if (rang != nullptr) *rang = called != 0;
        return content;
    }

    rxlab_ring_consumer ring{};

  private:
    Descriptor descriptor_;
};

ssize_t put(const Descriptor& to, const std::string& packet) {
    return ::write(to.fd(), packet.data(), packet.size());
}
std::string get(int fd, std::size_t bytes = 4096) {
    std::string buffer(bytes, '\0');
    const ssize_t got = ::read(fd, buffer.data(), bytes);
    if (got < 0) return "errno " + std::to_string(errno);
    buffer.resize(static_cast<std::size_t>(got));
    return buffer;
}
const std::string kAgain = "errno " + std::to_string(EAGAIN);
void fill(const Descriptor& to, std::uint32_t packets = kSlots) {
    for (std::uint32_t i = 0; i < packets; ++i)
        ASSERT_EQ(put(to, std::to_string(i)), 1);
}
short events(int fd, short wanted, int timeout_ms = 0) {
    pollfd entry{fd, wanted, 0};
    EXPECT_GE(::poll(&entry, 1, timeout_ms), 0);
    return entry.revents;
}

class Ring : public ::testing::Test {
  protected:
    void SetUp() override { rxlab::kernel_test::start_time_limit(); }
    void TearDown() override { rxlab::kernel_test::end_time_limit(); }
};

TEST_F(Ring, KeepsPacketsApartAndInOrderForReadAndForTheMapping) {
    const Descriptor writer{O_WRONLY};
    Consumer consumer;
    for (const char* packet : {"first", "second", "third", "fourth"})
        put(writer, packet);
    EXPECT_EQ(rxlab_ring_ready(&consumer.ring), 4U);
    EXPECT_EQ(consumer.take(), "first");
    EXPECT_EQ(get(consumer.fd()), "second");  // where the mapping is, too
    consumer.ring.next = rxlab_load(&consumer.ring.doorbell->consumed);
    EXPECT_EQ(consumer.take(), "third");
    EXPECT_EQ(consumer.take(), "fourth");
    EXPECT_EQ(rxlab_ring_ready(&consumer.ring), 0U);
}

TEST_F(Ring, TakesTheLongestPacketAndNoLongerOne) {
    const Descriptor writer{O_WRONLY};
    Consumer consumer;
    const std::string longest(RXLAB_RING_PACKET_BYTES_MAX, 'x');
    EXPECT_EQ(put(writer, longest), static_cast<ssize_t>(longest.size()));
    EXPECT_EQ(put(writer, longest + "x"), -1);
    EXPECT_EQ(errno, EMSGSIZE);
    EXPECT_EQ(put(writer, ""), 0);
    EXPECT_EQ(consumer.take(), longest);
    EXPECT_EQ(rxlab_ring_ready(&consumer.ring), 0U);
}

TEST_F(Ring, PutsSegmentsIntoOnePacketAndBadPointersIntoNone) {
    const Descriptor writer{O_WRONLY};
    Consumer consumer;
    std::array<char, 2> a{'a', 'b'};
    std::array<iovec, 2> both{{{a.data(), 2}, {a.data(), 1}}};
    EXPECT_EQ(::writev(writer.fd(), both.data(), 2), 3);
    EXPECT_EQ(::write(writer.fd(), kNowhere, 8), -1);
    EXPECT_EQ(errno, EFAULT);
    EXPECT_EQ(consumer.take(), "aba");
    EXPECT_EQ(rxlab_ring_ready(&consumer.ring), 0U);
}

TEST_F(Ring, ReadIntoBadPointerKeepsThePacketAndIntoSmallBufferCutsIt) {
    const Descriptor writer{O_WRONLY};
    const Descriptor reader{O_RDONLY | O_NONBLOCK};
    put(writer, "abcdef");
    EXPECT_EQ(::read(reader.fd(), kNowhere, 8), -1);
    EXPECT_EQ(errno, EFAULT);
    EXPECT_EQ(get(reader.fd(), 0), "");
    EXPECT_EQ(get(reader.fd(), 3), "abc");
    EXPECT_EQ(get(reader.fd()), kAgain);
}

TEST_F(Ring, IsFullWhenAllSlotsAreInUse) {
    const Descriptor writer{O_WRONLY | O_NONBLOCK};
    Consumer consumer;
    fill(writer);
    EXPECT_EQ(put(writer, "one too many"), -1);
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_EQ(events(writer.fd(), POLLOUT), 0);
    EXPECT_EQ(consumer.take(), "0");
    EXPECT_EQ(events(writer.fd(), POLLOUT), POLLOUT);
    EXPECT_EQ(put(writer, "8"), 1);
    for (std::uint32_t i = 1; i <= kSlots; ++i)
        EXPECT_EQ(consumer.take(), std::to_string(i));
}

int error_of_mapping(int fd, int protection, int flags, off_t offset, std::size_t bytes = 4096) {
    void* const at = ::mmap(nullptr, bytes, protection, flags, fd, offset);
    if (at == MAP_FAILED) return errno;
    ::munmap(at, bytes);
    return 0;
}

TEST_F(Ring, HasOneConsumerAtATimeAndAMappingIsOne) {
    Descriptor first{O_RDWR};
    EXPECT_EQ(::open(kDevice, O_RDONLY), -1);
    EXPECT_EQ(errno, EBUSY);
    void* const page =
        ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, first.fd(), RXLAB_RING_MEMORY_OFFSET);
    ASSERT_NE(page, MAP_FAILED);
    first.close();
    EXPECT_EQ(::open(kDevice, O_RDONLY), -1);
    EXPECT_EQ(errno, EBUSY);
    ::munmap(page, 4096);
    const Descriptor second{O_RDONLY};
    EXPECT_EQ(error_of_mapping(second.fd(), PROT_READ, MAP_SHARED, RXLAB_RING_MEMORY_OFFSET), 0);
}

TEST_F(Ring, LetsNobodyWriteToWhatTheDriverBelieves) {
    const Descriptor device{O_RDWR};
    const Descriptor writer{O_WRONLY};
    const int both = PROT_READ | PROT_WRITE;
    const off_t ring = RXLAB_RING_MEMORY_OFFSET;
    const off_t doorbell = RXLAB_RING_DOORBELL_OFFSET;
    EXPECT_EQ(error_of_mapping(device.fd(), both, MAP_SHARED, ring), EACCES);
    EXPECT_EQ(error_of_mapping(device.fd(), PROT_READ, MAP_PRIVATE, ring), EINVAL);
    EXPECT_EQ(error_of_mapping(device.fd(), both, MAP_PRIVATE, doorbell), EINVAL);
    EXPECT_EQ(error_of_mapping(device.fd(), both, MAP_SHARED, doorbell), 0);
    EXPECT_EQ(error_of_mapping(device.fd(), both, MAP_SHARED, doorbell, 65'536), EINVAL);
    EXPECT_EQ(error_of_mapping(device.fd(), PROT_READ, MAP_SHARED, ring, 1 << 24), EINVAL);
    EXPECT_EQ(error_of_mapping(device.fd(), PROT_READ, MAP_SHARED, 4096), EINVAL);
    EXPECT_EQ(error_of_mapping(writer.fd(), PROT_READ, MAP_SHARED, ring), EACCES);
    void* const page = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, device.fd(), ring);
    ASSERT_NE(page, MAP_FAILED);
    EXPECT_EQ(::mprotect(page, 4096, both), -1);
    EXPECT_EQ(errno, EACCES);
    ::munmap(page, 4096);
}

TEST_F(Ring, PollSleepsUntilAPacketComes) {
    const Descriptor writer{O_WRONLY};
    Consumer consumer;
    EXPECT_EQ(events(consumer.fd(), POLLIN, 20), 0);
    std::thread late{[&] {
        std::this_thread::sleep_for(100ms);
        put(writer, "late");
    }};
    EXPECT_EQ(events(consumer.fd(), POLLIN, -1), POLLIN);
    EXPECT_EQ(consumer.take(), "late");
    late.join();
}

TEST_F(Ring, ReadSleepsUntilAPacketComes) {
    const Descriptor writer{O_WRONLY};
    const Descriptor reader{O_RDONLY};
    std::thread late{[&] {
        std::this_thread::sleep_for(100ms);
        put(writer, "late");
    }};
    EXPECT_EQ(get(reader.fd()), "late");
    late.join();
}

TEST_F(Ring, WriterThatSleepsIsWokenByTheDoorbell) {
    const Descriptor writer{O_WRONLY};
    Consumer consumer;
    fill(writer);
    EXPECT_EQ(rxlab_load(&consumer.ring.memory->wants_doorbell), 0U);
    std::thread sleeper{[&] { EXPECT_EQ(put(writer, "8"), 1); }};
    while (rxlab_load(&consumer.ring.memory->wants_doorbell) == 0)
        std::this_thread::sleep_for(1ms);
    bool rang = false;
    EXPECT_EQ(consumer.take(&rang), "0");
    EXPECT_TRUE(rang);
    sleeper.join();
    EXPECT_EQ(consumer.take(&rang), "1");
    EXPECT_FALSE(rang);
    for (std::uint32_t i = 2; i <= kSlots; ++i)
        EXPECT_EQ(consumer.take(), std::to_string(i));
}

TEST_F(Ring, WriterThatPollsIsWokenByTheDoorbellAndByRead) {
    const Descriptor writer{O_WRONLY};
    Consumer consumer;
    for (const bool by_read : {false, true}) {
        fill(writer);
        std::thread taker{[&] {
            std::this_thread::sleep_for(100ms);
            EXPECT_EQ(by_read ? get(consumer.fd()) : consumer.take(), "0");
        }};
        EXPECT_EQ(events(writer.fd(), POLLOUT, -1), POLLOUT);
        taker.join();
        consumer.ring.next = rxlab_load(&consumer.ring.doorbell->consumed);
        rxlab_ring_give_back(&consumer.ring, rxlab_ring_ready(&consumer.ring));
    }
}

TEST_F(Ring, SignalEndsTheSleepOfAWriterWhichPutsNothing) {
    const Descriptor writer{O_WRONLY};
    Consumer consumer;
    fill(writer);
    const pid_t child = ::fork();
    if (child == 0) {
        struct sigaction action {};
        action.sa_handler = [](int) {};  // no SA_RESTART: the signal ends the sleep
        ::sigaction(SIGUSR1, &action, nullptr);
        ::_exit(put(writer, "never") == -1 ? errno : 0);
    }
    while (rxlab_load(&consumer.ring.memory->wants_doorbell) == 0)
        std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(50ms);
    ::kill(child, SIGUSR1);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), EINTR);
    EXPECT_EQ(rxlab_ring_ready(&consumer.ring), kSlots);
}

TEST_F(Ring, NonsenseInTheDoorbellIsAnErrorUntilTheNextConsumer) {
    const Descriptor writer{O_WRONLY};
    for (const std::uint32_t nonsense : {1U, 0x80000000U}) {
        {
            const Descriptor device{O_RDWR | O_NONBLOCK};
            rxlab_ring_consumer ring{};
            ASSERT_EQ(rxlab_ring_attach(&ring, device.fd()), 0);
            rxlab_store_release(&ring.doorbell->consumed, ring.next + nonsense);
            EXPECT_EQ(put(writer, "x"), -1);
            EXPECT_EQ(errno, EIO);
            EXPECT_EQ(get(device.fd()), "errno " + std::to_string(EIO));
            EXPECT_EQ(events(device.fd(), POLLIN), POLLERR);
            rxlab_ring_detach(&ring);
        }
        Consumer consumer;
        EXPECT_EQ(put(writer, "well again"), 10);
        EXPECT_EQ(consumer.take(), "well again");
    }
}

TEST_F(Ring, RefusesWhatItDoesNotOffer) {
    const Descriptor device{O_RDWR};
    const Descriptor writer{O_WRONLY};
    EXPECT_EQ(::lseek(device.fd(), 1, SEEK_SET), -1);
    EXPECT_EQ(errno, ESPIPE);
    EXPECT_EQ(::ioctl(device.fd(), _IO(RXLAB_RING_IOC_MAGIC, 9)), -1);
    EXPECT_EQ(errno, ENOTTY);
    EXPECT_EQ(::ioctl(writer.fd(), RXLAB_RING_IOC_DOORBELL), -1);
    EXPECT_EQ(errno, EBADF);
}

// Four writers that sleep and one consumer that sleeps: nobody is forgotten, nothing is lost.
TEST_F(Ring, LosesNothingUnderLoadWhereBothSidesSleep) {
    constexpr std::uint32_t kEach = 20'000;
    constexpr std::uint32_t kWriters = 4;
    Consumer consumer;
    std::vector<std::thread> writers;
    for (std::uint32_t name = 0; name < kWriters; ++name) {
        writers.emplace_back([name] {
            const Descriptor writer{O_WRONLY};
            for (std::uint32_t number = 0; number < kEach; ++number) {
                const std::array<std::uint32_t, 2> packet{name, number};
                ASSERT_EQ(::write(writer.fd(), packet.data(), sizeof packet), 8);
            }
        });
    }
    std::array<std::uint32_t, kWriters> next{};
    for (std::uint32_t taken = 0; taken < kWriters * kEach;) {
        const std::uint32_t ready = rxlab_ring_ready(&consumer.ring);
        if (ready == 0) {
            ASSERT_EQ(events(consumer.fd(), POLLIN, 20'000), POLLIN) << "after " << taken;
            continue;
        }
        for (std::uint32_t i = 0; i < ready; ++i) {
            std::uint32_t length = 0;
            std::array<std::uint32_t, 2> packet{};
            std::memcpy(packet.data(), rxlab_ring_packet(&consumer.ring, i, &length),
                        sizeof packet);
            ASSERT_EQ(length, 8U);
            ASSERT_LT(packet[0], kWriters);
            ASSERT_EQ(packet[1], next[packet[0]]++);
        }
        rxlab_ring_give_back(&consumer.ring, ready);
        taken += ready;
    }
    for (auto& writer : writers)
        writer.join();
}

// Random calls from several threads, nonsense in the doorbell among them.
TEST_F(Ring, StormOfRandomCallsLeavesAWorkingDriver) {
    constexpr int kThreads = 6;
    constexpr int kCalls = 4'000;
    const std::uint32_t seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &action, nullptr);
    std::atomic<int> running{kThreads};
    std::atomic<int> shared{::open(kDevice, O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
            std::mt19937 random{seed + i};
            std::array<char, 4096> buffer{};
            const auto pick = [&](std::uint32_t below) { return random() % below; };
            for (int n = 0; n < kCalls; ++n) {
                const int fd = shared;
                switch (pick(8)) {
                    case 0:
                        ::close(shared.exchange(::open(kDevice, (pick(3) ? O_RDWR : O_WRONLY) |
                                                                    (pick(4) ? O_NONBLOCK : 0) |
                                                                    O_CLOEXEC)));
                        break;
                    case 1:
                    case 2:
                        static_cast<void>(!::write(fd, buffer.data(), pick(2'100)));
                        break;
                    case 3:
                    case 4:
                        static_cast<void>(!::read(fd, buffer.data(), pick(4'096)));
                        break;
                    case 5: {
                        pollfd entry{fd, static_cast<short>(random()), 0};
                        ::poll(&entry, 1, static_cast<int>(pick(2)));
                        break;
                    }
                    case 6:
                        ::ioctl(fd, pick(2) ? RXLAB_RING_IOC_DOORBELL : random(), buffer.data());
                        break;
                    default: {
                        void* const at = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
                                                fd, RXLAB_RING_DOORBELL_OFFSET);
                        if (at == MAP_FAILED) break;
                        auto* const word = static_cast<std::uint32_t*>(at);
                        if (pick(4) == 0)
                            __atomic_store_n(word, random(), __ATOMIC_RELAXED);
                        else
                            __atomic_add_fetch(word, 1, __ATOMIC_RELAXED);
                        ::munmap(at, 4096);
                    }
                }
            }
            --running;
        });
    }
    while (running > 0) {
        for (auto& thread : threads)
            ::pthread_kill(thread.native_handle(), SIGUSR1);
        std::this_thread::sleep_for(2ms);
    }
    for (auto& thread : threads)
        thread.join();
    ::close(shared);
    {
        const Descriptor drain{O_RDWR | O_NONBLOCK};
        while (get(drain.fd()) != kAgain) {
        }
    }
    const Descriptor writer{O_WRONLY};
    Consumer consumer;
    EXPECT_EQ(put(writer, "still here"), 10);
    EXPECT_EQ(consumer.take(), "still here");
}

}  // namespace
