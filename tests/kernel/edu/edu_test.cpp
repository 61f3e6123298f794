// SPDX-License-Identifier: MIT
//
// Tests of the driver for QEMU's edu device, through system calls on /dev/rxlab_edu0, as root in a
// guest with the module loaded. The storm asks for nothing but that the driver survives, also while
// the device is taken away from it.
#include <rxlab/edu.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

static_assert(sizeof(rxlab_edu_info) == 48, "user space and driver agree on the layout");

namespace rxlab::edu_test {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr const char* kDevice = "/dev/rxlab_edu0";
constexpr std::size_t kBytes = RXLAB_EDU_BUFFER_BYTES;

// 0 where a system call succeeded, else its errno.
template <typename Result>
int error_of(Result result) {
    return result < 0 ? errno : 0;
}

class Edu : public ::testing::Test {
  protected:
    Edu() : fd_{::open(kDevice, O_RDWR | O_CLOEXEC)} { EXPECT_GE(fd_, 0) << kDevice; }
    ~Edu() override { ::close(fd_); }
    Edu(const Edu&) = delete;
    Edu& operator=(const Edu&) = delete;

    [[nodiscard]] int fd() const { return fd_; }

    int command(unsigned long request, std::uint32_t& number) const {
        return error_of(::ioctl(fd_, request, &number));
    }
    std::uint32_t factorial(std::uint32_t number) const {
        EXPECT_EQ(command(RXLAB_EDU_IOC_FACTORIAL, number), 0);
        return number;
    }
    int raise(std::uint32_t causes) const { return command(RXLAB_EDU_IOC_RAISE, causes); }
    int use_coherent(std::uint32_t coherent) const {
        return command(RXLAB_EDU_IOC_COHERENT, coherent);
    }
    rxlab_edu_info info() const {
        rxlab_edu_info result{};
        EXPECT_EQ(::ioctl(fd_, RXLAB_EDU_IOC_INFO, &result), 0);
        return result;
    }
    void put(const Bytes& bytes, off_t position) const {
        EXPECT_EQ(::pwrite(fd_, bytes.data(), bytes.size(), position),
                  static_cast<ssize_t>(bytes.size()));
    }
    Bytes get(std::size_t length, off_t position) const {
        Bytes bytes(length);
        EXPECT_EQ(::pread(fd_, bytes.data(), length, position), static_cast<ssize_t>(length));
        return bytes;
    }

  private:
    int fd_;
};

Bytes pattern(std::size_t length, unsigned seed) {
    std::minstd_rand random{seed};
    Bytes bytes(length);
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(random()); });
    return bytes;
}

TEST_F(Edu, SaysWhatItIs) {
    EXPECT_EQ(info().identification & 0xFFFF, 0xEDu);
}

TEST_F(Edu, InvertsNumbers) {
    for (std::uint32_t number : {0u, 1u, 0x12345678u, 0xFFFFFFFFu}) {
        std::uint32_t inverted = number;
        EXPECT_EQ(command(RXLAB_EDU_IOC_INVERT, inverted), 0);
        EXPECT_EQ(inverted, ~number);
    }
}

TEST_F(Edu, ComputesFactorialsModuloTwoToThe32) {
    std::uint32_t wanted = 1;
    for (std::uint32_t number = 0; number < 40; ++number) {
        if (number > 0) wanted *= number;
        EXPECT_EQ(factorial(number), wanted) << number;
    }
}

TEST_F(Edu, EachFactorialIsOneInterrupt) {
    const std::uint64_t before = info().interrupts;
    for (int i = 0; i < 10; ++i)
        factorial(5);
    EXPECT_EQ(info().interrupts, before + 10);
}

// The device cannot be stopped: whoever comes next waits for what it still computes.
TEST_F(Edu, ASignalEndsTheSleepForAFactorialAndTheNextOneIsRightAllTheSame) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(SIGALRM, &action, nullptr);
    ualarm(100'000, 100'000);
    std::uint32_t number = 1'500'000'000;
    const int error = command(RXLAB_EDU_IOC_FACTORIAL, number);
    ualarm(0, 0);
    EXPECT_EQ(error, EINTR);
    EXPECT_EQ(factorial(6), 720u);
    EXPECT_EQ(factorial(7), 5040u);
}

TEST_F(Edu, RaisesInterruptsForAnyCauseButItsOwn) {
    const std::uint64_t before = info().interrupts;
    for (int bit = 0; bit < 32; ++bit) {
        const std::uint32_t cause = 1u << bit;
        const bool own = cause == RXLAB_EDU_CAUSE_FACTORIAL || cause == RXLAB_EDU_CAUSE_DMA;
        EXPECT_EQ(raise(cause), own ? EINVAL : 0) << bit;
    }
    EXPECT_EQ(raise(0), EINVAL);
    EXPECT_EQ(raise(0xFFFFFFFF), EINVAL);
    EXPECT_EQ(raise(~(RXLAB_EDU_CAUSE_FACTORIAL | RXLAB_EDU_CAUSE_DMA)), 0);
    EXPECT_EQ(info().interrupts, before + 31);
}

TEST_F(Edu, GivesBackWhatWasWrittenByBothMappings) {
    unsigned seed = 1;
    for (std::uint32_t coherent : {0u, 1u}) {
        ASSERT_EQ(use_coherent(coherent), 0);
        for (const auto& [position, length] : std::initializer_list<std::pair<off_t, std::size_t>>{
                 {0, kBytes}, {0, 1}, {kBytes - 1, 1}, {1001, 513}}) {
            const Bytes sent = pattern(length, seed++);
            put(sent, position);
            EXPECT_EQ(get(length, position), sent) << coherent << ' ' << position;
        }
    }
}

TEST_F(Edu, WritesWhereItIsToldAndNowhereElse) {
    Bytes wanted = pattern(kBytes, 7);
    put(wanted, 0);
    const Bytes part = pattern(100, 8);
    put(part, 2000);
    std::copy(part.begin(), part.end(), wanted.begin() + 2000);
    EXPECT_EQ(get(kBytes, 0), wanted);
}

TEST_F(Edu, CountsTransfersAndSaysWhereTheyWere) {
    const rxlab_edu_info before = info();
    put(pattern(8, 1), 0);
    EXPECT_EQ(info().transfers, before.transfers + 1);
    EXPECT_NE(info().physical_address, 0u);
    EXPECT_LT(info().dma_address, 1u << 28);
    use_coherent(1);
    get(8, 0);
    EXPECT_EQ(info().transfers, before.transfers + 2);
    EXPECT_EQ(info().physical_address, 0u);
    EXPECT_LT(info().dma_address, 1u << 28);
}

TEST_F(Edu, EndsWithItsBuffer) {
    std::array<char, 16> bytes{};
    EXPECT_EQ(::lseek(fd(), 0, SEEK_END), static_cast<off_t>(kBytes));
    EXPECT_EQ(::read(fd(), bytes.data(), bytes.size()), 0);
    EXPECT_EQ(error_of(::write(fd(), bytes.data(), bytes.size())), ENOSPC);
    EXPECT_EQ(::write(fd(), bytes.data(), 0), 0);
    EXPECT_EQ(error_of(::lseek(fd(), kBytes + 1, SEEK_SET)), EINVAL);
    EXPECT_EQ(::lseek(fd(), kBytes - 3, SEEK_SET), static_cast<off_t>(kBytes - 3));
    EXPECT_EQ(::write(fd(), bytes.data(), bytes.size()), 3);
    EXPECT_EQ(error_of(::pread(fd(), bytes.data(), 1, -1)), EINVAL);
    EXPECT_EQ(::pread(fd(), bytes.data(), 1, off_t{1} << 40), 0);
}

TEST_F(Edu, MovesItsPositionByWhatItTransferred) {
    put({'a', 'b', 'c'}, 0);
    std::array<char, 2> bytes{};
    EXPECT_EQ(::read(fd(), bytes.data(), 2), 2);
    EXPECT_EQ(::read(fd(), bytes.data(), 1), 1);
    EXPECT_EQ(bytes[0], 'c');
    EXPECT_EQ(::lseek(fd(), 0, SEEK_CUR), 3);
}

TEST_F(Edu, RefusesPointersAndCommandsThatAreNone) {
    void* nowhere = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    put({1, 2, 3}, 0);
    EXPECT_EQ(error_of(::pwrite(fd(), nowhere, 3, 0)), EFAULT);
    EXPECT_EQ(get(3, 0), (Bytes{1, 2, 3}));
    EXPECT_EQ(error_of(::pread(fd(), nowhere, 3, 0)), EFAULT);
    for (unsigned long request : {RXLAB_EDU_IOC_INFO, RXLAB_EDU_IOC_INVERT, RXLAB_EDU_IOC_FACTORIAL,
                                  RXLAB_EDU_IOC_RAISE, RXLAB_EDU_IOC_COHERENT})
        EXPECT_EQ(error_of(::ioctl(fd(), request, nowhere)), EFAULT) << request;
    std::uint32_t number = 0;
    EXPECT_EQ(command(_IO(RXLAB_EDU_IOC_MAGIC, 1), number), ENOTTY);
    EXPECT_EQ(command(_IOWR(RXLAB_EDU_IOC_MAGIC, 9, std::uint32_t), number), ENOTTY);
    EXPECT_EQ(command(_IOWR('x', 2, std::uint32_t), number), ENOTTY);
    EXPECT_EQ(use_coherent(2), EINVAL);
    ::munmap(nowhere, 4096);
}

TEST_F(Edu, ServesThreadsOneAfterTheOther) {
    constexpr std::size_t kPart = 1000;
    std::vector<std::thread> threads;
    for (unsigned part = 0; part < 4; ++part) {
        threads.emplace_back([this, part] {
            for (unsigned round = 0; round < 3; ++round) {
                const Bytes sent = pattern(kPart, part * 100 + round);
                put(sent, part * kPart);
                EXPECT_EQ(factorial(5), 120u);
                EXPECT_EQ(raise(0x10u << part), 0);
                EXPECT_EQ(get(kPart, part * kPart), sent);
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
}

// Random calls on descriptors that all threads share; what they return depends on what happens to
// the device meanwhile. What was not asked for stays as it was.
void call_at_random(std::uint32_t seed, std::array<std::atomic<int>, 4>& descriptors,
                    std::chrono::steady_clock::time_point end) {
    constexpr std::uint8_t kCanary = 0xA5;
    std::minstd_rand random{seed};
    const auto pick = [&](std::uint32_t below) {
        return static_cast<std::uint32_t>(random() % below);
    };
    Bytes target(kBytes + 64, kCanary);
    while (std::chrono::steady_clock::now() < end) {
        std::atomic<int>& descriptor = descriptors[pick(4)];
        std::uint32_t number = pick(64);
        switch (pick(16)) {
            case 0:
                ::close(descriptor.exchange(::open(kDevice, O_RDWR)));
                break;
            case 1: {
                const std::size_t length = pick(kBytes) + 1;
                const off_t position = pick(kBytes + 10);
                ::pread(descriptor, target.data(), length, position);
                EXPECT_TRUE(std::all_of(target.begin() + static_cast<std::ptrdiff_t>(length),
                                        target.end(), [](auto byte) { return byte == kCanary; }));
                std::fill(target.begin(), target.end(), kCanary);
                break;
            }
            case 2:
                ::pwrite(descriptor, target.data(), pick(kBytes) + 1, pick(kBytes + 10));
                break;
            case 3:
                number &= 1;
                ::ioctl(descriptor, RXLAB_EDU_IOC_COHERENT, &number);
                break;
            case 4:
                ::close(::dup(descriptor));
                break;
            case 5: {
                rxlab_edu_info info{};
                ::ioctl(descriptor, RXLAB_EDU_IOC_INFO, &info);
                break;
            }
            case 6:
            case 7:
            case 8:
                ::ioctl(descriptor, RXLAB_EDU_IOC_FACTORIAL, &number);
                break;
            case 9:
            case 10:
            case 11:
                ::ioctl(descriptor, RXLAB_EDU_IOC_INVERT, &number);
                break;
            default:
                ::ioctl(descriptor, RXLAB_EDU_IOC_RAISE, &number);
        }
    }
}

TEST(EduStorm, IsSurvived) {
    // The number of seconds; the device may come and go meanwhile, and signals arrive.
    const char* seconds = std::getenv("RXLAB_EDU_STORM_S");
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::seconds(seconds ? std::stoi(seconds) : 5);
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(SIGUSR1, &action, nullptr);
    std::array<std::atomic<int>, 4> descriptors{};
    for (auto& descriptor : descriptors)
        descriptor = ::open(kDevice, O_RDWR);
    std::vector<std::thread> threads;
    for (std::uint32_t seed = 1; seed <= 4; ++seed)
        threads.emplace_back([&, seed] { call_at_random(seed, descriptors, end); });
    while (std::chrono::steady_clock::now() < end) {
        for (std::thread& thread : threads)
            pthread_kill(thread.native_handle(), SIGUSR1);
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
    }
    for (std::thread& thread : threads)
        thread.join();
    for (auto& descriptor : descriptors)
        ::close(descriptor);
}

}  // namespace
}  // namespace rxlab::edu_test
