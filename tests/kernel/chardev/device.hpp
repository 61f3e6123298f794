// SPDX-License-Identifier: MIT
//
// What the tests of the character driver share. They run as root in a guest with the module loaded
// (devices=2 or more), use /dev/rxlab0 through system calls only, and leave it empty. Each runs
// alone.
#pragma once

#include "../time_limit.hpp"

#include <rxlab/chardev.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <utility>

static_assert(sizeof(rxlab_statistics) == 56, "user space and driver agree on the layout");

namespace rxlab::chardev_test {

inline constexpr const char* kDevice = "/dev/rxlab0";
inline constexpr const char* kSysfs = "/sys/class/rxlab/rxlab0/";
inline constexpr std::uint32_t kCapacity = 64;

// An open descriptor; closed at the end.
class Descriptor {
  public:
    explicit Descriptor(int flags, const char* path = kDevice)
        : fd_{::open(path, flags | O_CLOEXEC)} {
        EXPECT_GE(fd_, 0) << "open " << path << ": " << std::strerror(errno);
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

// A signal handler that only interrupts.
inline void nothing(int) {}

// 0 where a system call succeeded, else its errno: EXPECT_EQ(error_of(read(…)), EAGAIN).
template <typename Result>
int error_of(Result result) {
    return result == static_cast<Result>(-1) ? errno : 0;
}

inline ssize_t put(const Descriptor& to, const std::string& record) {
    return ::write(to.fd(), record.data(), record.size());
}

// One read of at most `bytes`; "errno N" where it failed.
inline std::string take(const Descriptor& from, std::size_t bytes = RXLAB_RECORD_BYTES_MAX) {
    std::string buffer(bytes, '\0');
    const ssize_t got = ::read(from.fd(), buffer.data(), bytes);
    if (got < 0) return "errno " + std::to_string(errno);
    buffer.resize(static_cast<std::size_t>(got));
    return buffer;
}

inline rxlab_statistics statistics(const Descriptor& of) {
    rxlab_statistics now{};
    EXPECT_EQ(::ioctl(of.fd(), RXLAB_IOC_STATISTICS, &now), 0);
    return now;
}

// Another process that runs `work`; its answer (0 to 255) is what finish() returns, -signal where
// one ended it.
class Child {
  public:
    explicit Child(const std::function<int()>& work) : pid_{::fork()} {
        if (pid_ == 0) ::_exit(work());
    }
    ~Child() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            finish();
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    [[nodiscard]] pid_t pid() const { return pid_; }
    int finish() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

  private:
    pid_t pid_;
};

// Waits until the process or thread sleeps in a function of the driver; no test guesses how long
// that takes.
inline bool sleeps(pid_t pid) {
    for (int i = 0; i < 2000; ++i) {
        std::ifstream file{"/proc/" + std::to_string(pid) + "/wchan"};
        std::string where;
        std::getline(file, where);
        if (where.starts_with("rxlab_")) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return false;
}

inline void settle() {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
}

// Begins with an empty FIFO of kCapacity records; at the end nobody has the device open, and the
// ledger closes.
class Chardev : public testing::Test {
  protected:
    void SetUp() override {
        kernel_test::start_time_limit();  // no wait has a limit of its own
        const Descriptor control{O_RDWR};
        std::uint32_t capacity = kCapacity;
        ASSERT_EQ(::ioctl(control.fd(), RXLAB_IOC_CLEAR), 0);
        ASSERT_EQ(::ioctl(control.fd(), RXLAB_IOC_RESIZE, &capacity), 0);
        ASSERT_EQ(::geteuid(), 0U);
    }
    void TearDown() override {
        const Descriptor control{O_RDWR};
        const rxlab_statistics now = statistics(control);
        EXPECT_EQ(now.openers, 1U) << "somebody else still has the device open";
        EXPECT_EQ(now.records_written, now.records_read + now.records_dropped + now.queued);
        EXPECT_EQ(::ioctl(control.fd(), RXLAB_IOC_CLEAR), 0);
        kernel_test::end_time_limit();
    }
    // Fills the FIFO of `capacity` records.
    static void fill(const Descriptor& to, std::uint32_t capacity = kCapacity) {
        for (std::uint32_t i = 0; i < capacity; ++i)
            ASSERT_EQ(put(to, "x"), 1);
    }
};

}  // namespace rxlab::chardev_test
