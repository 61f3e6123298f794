// SPDX-License-Identifier: MIT
#include "device.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

namespace rxlab::chardev_test {
namespace {

using Storm = Chardev;

constexpr int kThreads = 4;
constexpr int kCalls = 15000;  // of each thread
constexpr unsigned char kWritten = 0x5A;
constexpr unsigned char kCanary = 0xA5;

// Random system calls on a few descriptors that all threads share. Whatever they return, the driver
// must survive, write nothing but what it says it did, and hand out nothing but what was written.
class Caller {
  public:
    Caller(std::uint32_t seed, std::array<std::atomic<int>, 8>& descriptors)
        : random_{seed}, descriptors_{descriptors} {
        source_.fill(kWritten);
        target_.fill(kCanary);
    }

    // What the driver did that it must not; empty: nothing.
    [[nodiscard]] const std::string& complaint() const { return complaint_; }

    void call() {
        switch (pick(12)) {
            case 0:
                reopen();
                return;
            case 1:
            case 2:
            case 3:
                ::write(fd(), pointer(source_), length());
                return;
            case 4:
            case 5:
            case 6:
                read();
                return;
            case 7:
                control();
                return;
            case 8:
                poll();
                return;
            case 9:
                ::lseek(fd(), static_cast<off_t>(random_()), static_cast<int>(pick(5)));
                return;
            case 10:
                ::fcntl(fd(), F_SETFL, pick(2) ? O_NONBLOCK : 0);
                return;
            default:
                ::close(::dup(fd()));
                return;
        }
    }

  private:
    std::uint32_t pick(std::uint32_t below) {
        return static_cast<std::uint32_t>(random_() % below);
    }
    int fd() { return descriptors_[pick(8)]; }

    void reopen() {
        static constexpr int kModes[] = {O_RDONLY, O_WRONLY, O_RDWR};
        const int fresh = ::open(pick(4) ? kDevice : "/dev/rxlab1",
                                 kModes[pick(3)] | (pick(4) ? O_NONBLOCK : 0) | O_CLOEXEC);
        ::close(descriptors_[pick(8)].exchange(fresh));
    }
    void read() {
        unsigned char* to = pointer(target_);
        const ssize_t got = ::read(fd(), to, length());
        const auto bytes = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
        if (bytes > 0 && std::any_of(to, to + bytes, [](auto byte) { return byte != kWritten; }))
            complaint_ = "read() gave bytes that nobody had written";
        check("read()", to, bytes);
    }
    // The three ioctls that there are read four bytes or write a structure of ours, no more.
    void control() {
        unsigned char* to = pointer(target_);
        const unsigned long what = command();
        const bool done = ::ioctl(fd(), what, to) == 0;
        check("ioctl()", to, done && what == RXLAB_IOC_STATISTICS ? sizeof(rxlab_statistics) : 0);
    }
    // Of the target only `bytes` from `to` on may have changed.
    void check(const char* call, unsigned char* to, std::size_t bytes) {
        if (bytes > 0) std::memset(to, kCanary, bytes);
        if (std::memcmp(target_.data(), target_.data() + 1, target_.size() - 1) != 0 ||
            target_[0] != kCanary) {
            complaint_ = std::string{call} + " wrote beyond the " + std::to_string(bytes) +
                         " bytes that it returned";
            target_.fill(kCanary);
        }
    }
    unsigned char* pointer(std::array<unsigned char, 4096>& buffer) {
        static constexpr std::uintptr_t kBad[] = {0, 1, 0x7ffffffff000, 0xffffffff81000000,
                                                  ~std::uintptr_t{0}};
        if (pick(8) == 0)
            return reinterpret_cast<unsigned char*>(
                kBad[pick(5)]);  // NOLINT(performance-no-int-to-ptr)
        return buffer.data() + pick(64);
    }
    std::size_t length() {
        static constexpr std::size_t kOdd[] = {0, 1, 1023, 1024, 1025, 2048};
        return pick(4) ? pick(RXLAB_RECORD_BYTES_MAX) : kOdd[pick(6)];
    }
    unsigned long command() {
        static constexpr unsigned long kKnown[] = {RXLAB_IOC_STATISTICS, RXLAB_IOC_CLEAR,
                                                   RXLAB_IOC_RESIZE};
        if (pick(4)) return kKnown[pick(3)];
        return _IOC(pick(4), RXLAB_IOC_MAGIC, pick(256), pick(16384));
    }
    void poll() {
        pollfd entry{fd(), static_cast<short>(random_()), 0};
        ::poll(&entry, 1, static_cast<int>(pick(2)));
    }

    std::mt19937 random_;
    std::array<std::atomic<int>, 8>& descriptors_;
    std::array<unsigned char, 4096> source_{};
    std::array<unsigned char, 4096> target_{};
    std::string complaint_;
};

std::uint32_t seed() {
    const char* given = std::getenv("RXLAB_SEED");
    return given ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
                 : std::random_device{}();
}

TEST_F(Storm, OfRandomSystemCallsLeavesAWorkingDriver) {
    const std::uint32_t first_seed = seed();
    std::printf("seed %u; the same again: RXLAB_SEED=%u\n", first_seed, first_seed);
    RecordProperty("seed", std::to_string(first_seed));
    struct sigaction action {};
    action.sa_handler = nothing;  // no SA_RESTART: the signal ends every sleep
    ::sigaction(SIGUSR1, &action, nullptr);

    std::array<std::atomic<int>, 8> descriptors;
    for (auto& entry : descriptors)
        entry = ::open(kDevice, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    std::atomic<int> running{kThreads};
    std::array<std::string, kThreads> complaints;
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
            Caller caller{first_seed + i, descriptors};
            for (int n = 0; n < kCalls; ++n)
                caller.call();
            complaints[i] = caller.complaint();
            --running;
        });
    }
    while (running > 0) {
        for (auto& thread : threads)
            ::pthread_kill(thread.native_handle(), SIGUSR1);
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    for (auto& thread : threads)
        thread.join();
    for (auto& entry : descriptors)
        ::close(entry);
    EXPECT_EQ(complaints, (std::array<std::string, kThreads>{}));

    const Descriptor device{O_RDWR};
    ASSERT_EQ(::ioctl(device.fd(), RXLAB_IOC_CLEAR), 0);
    EXPECT_EQ(put(device, "still here"), 10);
    EXPECT_EQ(take(device), "still here");
}

}  // namespace
}  // namespace rxlab::chardev_test
