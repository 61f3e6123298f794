// SPDX-License-Identifier: MIT
#include "device.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <random>
#include <vector>

namespace rxlab::chardev_test {
namespace {

using Storm = Chardev;

constexpr int kThreads = 4;
constexpr int kCalls = 15000;  // of each thread

// Random system calls on a few descriptors that all threads share. Whatever they return, the driver
// must survive, and never write where it was not told to.
class Caller {
  public:
    Caller(std::uint32_t seed, std::array<std::atomic<int>, 8>& descriptors)
        : random_{seed}, descriptors_{descriptors} {}

    void call() {
        switch (pick(12)) {
            case 0:
                reopen();
                return;
            case 1:
            case 2:
            case 3:
                ::write(fd(), pointer(), length());
                return;
            case 4:
            case 5:
            case 6:
                ::read(fd(), pointer(), length());
                return;
            case 7:
                ::ioctl(fd(), command(), pointer());
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
    void* pointer() {
        static constexpr std::uintptr_t kBad[] = {0, 1, 0x7ffffffff000, 0xffffffff81000000,
                                                  ~std::uintptr_t{0}};
        if (pick(8) == 0)
            return reinterpret_cast<void*>(kBad[pick(5)]);  // NOLINT(performance-no-int-to-ptr)
        return buffer_.data() + pick(64);
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
    std::array<unsigned char, 4096> buffer_{};
};

std::uint32_t seed() {
    const char* given = std::getenv("RXLAB_SEED");
    return given ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
                 : std::random_device{}();
}

void nothing(int) {}

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
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
            Caller caller{first_seed + i, descriptors};
            for (int n = 0; n < kCalls; ++n)
                caller.call();
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

    const Descriptor device{O_RDWR};
    ASSERT_EQ(::ioctl(device.fd(), RXLAB_IOC_CLEAR), 0);
    EXPECT_EQ(put(device, "still here"), 10);
    EXPECT_EQ(take(device), "still here");
}

}  // namespace
}  // namespace rxlab::chardev_test
