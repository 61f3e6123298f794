// SPDX-License-Identifier: MIT
#include "device.hpp"

#include <poll.h>
#include <sys/epoll.h>

#include <cstring>

namespace rxlab::chardev_test {
namespace {

using Poll = Chardev;

constexpr short kIn = POLLIN | POLLRDNORM;
constexpr short kOut = POLLOUT | POLLWRNORM;
// For ever, that is until the time limit of the fixture: a time-out of poll() looks anew, and would
// hide a wake-up that never came.
constexpr int kForEver = -1;

short events(const Descriptor& of, short wanted = kIn | kOut, int timeout_ms = 0) {
    pollfd entry{of.fd(), wanted, 0};
    EXPECT_GE(::poll(&entry, 1, timeout_ms), 0) << std::strerror(errno);
    return entry.revents;
}

TEST_F(Poll, SaysWhatCanBeDoneNow) {
    const Descriptor device{O_RDWR};
    EXPECT_EQ(events(device), kOut);
    put(device, "x");
    EXPECT_EQ(events(device), kIn | kOut);
    fill(device, kCapacity - 1);
    EXPECT_EQ(events(device), kIn);
}

TEST_F(Poll, SaysOnlyWhatTheDescriptorIsOpenFor) {
    const Descriptor reader{O_RDONLY};
    const Descriptor writer{O_WRONLY};
    put(writer, "x");
    EXPECT_EQ(events(reader), kIn);
    EXPECT_EQ(events(writer), kOut);
}

TEST_F(Poll, KnowsTheRestOfARecord) {
    const Descriptor slow{O_RDWR};
    const Descriptor other{O_RDONLY};
    put(slow, "ab");
    EXPECT_EQ(take(slow, 1), "a");
    EXPECT_EQ(events(slow), kIn | kOut);
    EXPECT_EQ(events(other), 0);
    EXPECT_EQ(take(slow, 1), "b");
    EXPECT_EQ(events(slow), kOut);
}

TEST_F(Poll, TimesOutWithoutARecord) {
    const Descriptor device{O_RDONLY};
    EXPECT_EQ(events(device, kIn, 50), 0);
}

TEST_F(Poll, WakesWhenAnotherProcessWrites) {
    const Descriptor device{O_RDONLY};
    Child writer{[] {
        settle();
        return put(Descriptor{O_WRONLY}, "x") == 1 ? 0 : 1;
    }};
    EXPECT_EQ(events(device, kIn, kForEver), kIn);
    EXPECT_EQ(writer.finish(), 0);
}

TEST_F(Poll, WakesWhenAnotherProcessMakesRoom) {
    const Descriptor device{O_WRONLY};
    fill(device);
    Child reader{[] {
        settle();
        return take(Descriptor{O_RDONLY}) == "x" ? 0 : 1;
    }};
    EXPECT_EQ(events(device, kOut, kForEver), kOut);
    EXPECT_EQ(reader.finish(), 0);
}

TEST_F(Poll, WakesWhenAnotherProcessClears) {
    const Descriptor device{O_WRONLY};
    fill(device);
    Child clearer{[] {
        settle();
        return ::ioctl(Descriptor{O_WRONLY}.fd(), RXLAB_IOC_CLEAR) == 0 ? 0 : 1;
    }};
    EXPECT_EQ(events(device, kOut, kForEver), kOut);
    EXPECT_EQ(clearer.finish(), 0);
}

TEST_F(Poll, WakesWhenAnotherProcessEnlarges) {
    const Descriptor device{O_WRONLY};
    fill(device);
    Child other{[] {
        settle();
        std::ofstream{std::string{kSysfs} + "capacity"} << kCapacity + 1 << std::flush;
        return 0;
    }};
    EXPECT_EQ(events(device, kOut, kForEver), kOut);
    EXPECT_EQ(other.finish(), 0);
}

TEST_F(Poll, ServesEpollOnEdges) {
    const Descriptor device{O_RDWR | O_NONBLOCK};
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event interest{.events = EPOLLIN | EPOLLET, .data = {}};
    ASSERT_EQ(::epoll_ctl(epoll, EPOLL_CTL_ADD, device.fd(), &interest), 0);
    epoll_event event{};
    EXPECT_EQ(::epoll_wait(epoll, &event, 1, 0), 0);
    put(device, "x");
    EXPECT_EQ(::epoll_wait(epoll, &event, 1, kForEver), 1);
    EXPECT_EQ(::epoll_wait(epoll, &event, 1, 0), 0);
    put(device, "y");
    EXPECT_EQ(::epoll_wait(epoll, &event, 1, kForEver), 1);
    ::close(epoll);
}

}  // namespace
}  // namespace rxlab::chardev_test
