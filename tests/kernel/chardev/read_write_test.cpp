// SPDX-License-Identifier: MIT
#include "device.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include <cstring>
#include <vector>

namespace rxlab::chardev_test {
namespace {

using Open = Chardev;
using Read = Chardev;
using Write = Chardev;
using Position = Chardev;

// Runs as an ordinary user.
int as_nobody(const std::function<int()>& work) {
    return Child{[&] {
               if (::setgid(65534) != 0 || ::setuid(65534) != 0) return 255;
               return work();
           }}
        .finish();
}

TEST_F(Open, IsForRootAndItsGroup) {
    struct stat node {};
    ASSERT_EQ(::stat(kDevice, &node), 0);
    EXPECT_EQ(node.st_mode, static_cast<mode_t>(S_IFCHR | 0660));
    EXPECT_EQ(node.st_uid, 0U);
    EXPECT_EQ(as_nobody([] { return error_of(::open(kDevice, O_RDONLY)); }), EACCES);
}

TEST_F(Open, CountsDescriptionsNotDescriptors) {
    const Descriptor one{O_RDONLY};
    const Descriptor two{O_WRONLY};
    const int copy = ::dup(one.fd());
    EXPECT_EQ(statistics(one).openers, 2U);
    ::close(copy);
    EXPECT_EQ(statistics(one).openers, 2U);
}

TEST_F(Open, OfMinorWithoutDeviceIsRefused) {
    struct stat node {};
    ASSERT_EQ(::stat(kDevice, &node), 0);
    const char* path = "/dev/rxlab_no_such_minor";
    ASSERT_EQ(::mknod(path, S_IFCHR | 0600, makedev(major(node.st_rdev), 99)), 0);
    EXPECT_EQ(error_of(::open(path, O_RDONLY)), ENXIO);
    ::unlink(path);
}

TEST_F(Open, DevicesShareNothing) {
    const Descriptor first{O_RDWR | O_NONBLOCK};
    const Descriptor second{O_RDWR | O_NONBLOCK, "/dev/rxlab1"};
    EXPECT_EQ(put(first, "first"), 5);
    EXPECT_EQ(take(second), "errno " + std::to_string(EAGAIN));
    EXPECT_EQ(take(first), "first");
}

TEST_F(Read, KeepsRecordsApartAndInOrder) {
    const Descriptor device{O_RDWR};
    for (const char* record : {"one", "two", "three"})
        put(device, record);
    EXPECT_EQ(take(device), "one");
    EXPECT_EQ(take(device), "two");
    EXPECT_EQ(take(device), "three");
}

TEST_F(Read, LeavesTheRestToTheSameDescriptor) {
    const Descriptor writer{O_WRONLY};
    const Descriptor slow{O_RDONLY | O_NONBLOCK};
    const Descriptor other{O_RDONLY};
    put(writer, "abcdef");
    put(writer, "next");
    EXPECT_EQ(take(slow, 2), "ab");
    EXPECT_EQ(take(other), "next");
    EXPECT_EQ(take(slow, 3), "cde");
    EXPECT_EQ(take(slow, 3), "f");
    EXPECT_EQ(take(slow, 3), "errno " + std::to_string(EAGAIN));
}

TEST_F(Read, SharesTheRestBetweenCopiesOfADescriptor) {
    const Descriptor device{O_RDWR};
    put(device, "abcd");
    EXPECT_EQ(take(device, 2), "ab");
    char rest[8] = {};
    const int copy = ::dup(device.fd());
    EXPECT_EQ(::read(copy, rest, sizeof rest), 2);
    EXPECT_STREQ(rest, "cd");
    ::close(copy);
}

TEST_F(Read, DropsTheRestAtTheLastClose) {
    const Descriptor control{O_RDWR};
    const auto dropped = statistics(control).records_dropped;
    {
        const Descriptor reader{O_RDONLY};
        put(control, "abcdef");
        EXPECT_EQ(take(reader, 2), "ab");
    }
    EXPECT_EQ(statistics(control).records_dropped, dropped + 1);
    EXPECT_EQ(statistics(control).queued, 0U);
}

TEST_F(Read, OfEmptyFifoIsEagainWhenNonBlocking) {
    const Descriptor device{O_RDONLY | O_NONBLOCK};
    EXPECT_EQ(take(device), "errno " + std::to_string(EAGAIN));
}

TEST_F(Read, OfNoBytesReturnsAtOnce) {
    const Descriptor device{O_RDONLY};
    EXPECT_EQ(take(device, 0), "");
}

TEST_F(Read, WritesNothingBeyondTheRecord) {
    const Descriptor device{O_RDWR};
    put(device, "abc");
    std::vector<unsigned char> buffer(4096, 0xA5);
    ASSERT_EQ(::read(device.fd(), buffer.data(), buffer.size()), 3);
    for (std::size_t i = 3; i < buffer.size(); ++i)
        ASSERT_EQ(buffer[i], 0xA5) << i;
}

TEST_F(Read, IntoBadPointerIsEfaultAndLosesNothing) {
    const Descriptor device{O_RDWR};
    put(device, "kept");
    for (const std::uintptr_t address :
         {std::uintptr_t{0}, std::uintptr_t{1}, std::uintptr_t{1} << 63}) {
        void* bad = reinterpret_cast<void*>(address);  // NOLINT(performance-no-int-to-ptr)
        EXPECT_EQ(error_of(::read(device.fd(), bad, 100)), EFAULT);
    }
    EXPECT_EQ(take(device), "kept");
}

// A page of memory with nothing behind it.
class LastPage {
  public:
    LastPage()
        : page_{static_cast<char*>(
              ::mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))} {
        ::munmap(page_ + 4096, 4096);
    }
    ~LastPage() { ::munmap(page_, 4096); }
    LastPage(const LastPage&) = delete;
    LastPage& operator=(const LastPage&) = delete;
    [[nodiscard]] char* before_end(std::size_t bytes) const { return page_ + 4096 - bytes; }

  private:
    char* page_;
};

TEST_F(Read, AcrossTheEndOfMemoryIsEfaultAndLosesNothing) {
    const Descriptor device{O_RDWR};
    const LastPage page;
    put(device, std::string(100, 'r'));
    EXPECT_EQ(error_of(::read(device.fd(), page.before_end(10), 100)), EFAULT);
    EXPECT_EQ(take(device), std::string(100, 'r'));
}

TEST_F(Read, NeedsADescriptorForReading) {
    const Descriptor device{O_WRONLY};
    EXPECT_EQ(take(device), "errno " + std::to_string(EBADF));
}

TEST_F(Write, TakesTheLongestRecordWhole) {
    const Descriptor device{O_RDWR};
    std::string longest(RXLAB_RECORD_BYTES_MAX, 'l');
    longest.back() = '!';
    EXPECT_EQ(put(device, longest), RXLAB_RECORD_BYTES_MAX);
    EXPECT_EQ(take(device, 4096), longest);
}

TEST_F(Write, OfTooLongRecordIsEmsgsize) {
    const Descriptor device{O_RDWR};
    EXPECT_EQ(error_of(put(device, std::string(RXLAB_RECORD_BYTES_MAX + 1, 'x'))), EMSGSIZE);
    const std::string huge(std::size_t{1} << 24, 'x');
    EXPECT_EQ(error_of(put(device, huge)), EMSGSIZE);
    EXPECT_EQ(statistics(device).queued, 0U);
}

TEST_F(Write, OfNoBytesQueuesNothing) {
    const Descriptor device{O_RDWR};
    EXPECT_EQ(put(device, ""), 0);
    EXPECT_EQ(statistics(device).queued, 0U);
}

TEST_F(Write, ToFullFifoIsEagainWhenNonBlocking) {
    const Descriptor device{O_RDWR | O_NONBLOCK};
    fill(device);
    EXPECT_EQ(error_of(put(device, "x")), EAGAIN);
    EXPECT_EQ(statistics(device).queued, kCapacity);
    EXPECT_EQ(take(device), "x");
    EXPECT_EQ(put(device, "y"), 1);
}

TEST_F(Write, FromBadPointerIsEfaultAndQueuesNothing) {
    const Descriptor device{O_RDWR};
    const LastPage page;
    const char* null = nullptr;
    asm("" : "+r"(null));  // the compiler would refuse this call
    EXPECT_EQ(error_of(::write(device.fd(), null, 10)), EFAULT);
    EXPECT_EQ(error_of(::write(device.fd(), page.before_end(10), 100)), EFAULT);
    EXPECT_EQ(statistics(device).queued, 0U);
}

TEST_F(Write, NeedsADescriptorForWriting) {
    const Descriptor device{O_RDONLY};
    EXPECT_EQ(error_of(put(device, "x")), EBADF);
}

// Segments for readv() and writev().
std::vector<iovec> segments_of(std::initializer_list<std::string*> parts) {
    std::vector<iovec> segments;
    for (std::string* part : parts)
        segments.push_back({part->data(), part->size()});
    return segments;
}

TEST_F(Write, WithSeveralSegmentsIsOneRecord) {
    const Descriptor device{O_RDWR};
    std::string header = "head";
    std::string none;
    std::string payload = "payload";
    const auto segments = segments_of({&header, &none, &payload});
    EXPECT_EQ(::writev(device.fd(), segments.data(), 3), 11);
    EXPECT_EQ(statistics(device).queued, 1U);
    EXPECT_EQ(take(device), "headpayload");
}

TEST_F(Write, WithSegmentsThatAreTooLongTogetherIsEmsgsize) {
    const Descriptor device{O_RDWR};
    std::string half(RXLAB_RECORD_BYTES_MAX / 2, 'h');
    std::string more = "m";
    const auto longest = segments_of({&half, &half});
    const auto too_long = segments_of({&half, &half, &more});
    EXPECT_EQ(error_of(::writev(device.fd(), too_long.data(), 3)), EMSGSIZE);
    EXPECT_EQ(statistics(device).queued, 0U);
    EXPECT_EQ(::writev(device.fd(), longest.data(), 2), RXLAB_RECORD_BYTES_MAX);
    EXPECT_EQ(take(device), half + half);
}

TEST_F(Write, WithABadSegmentIsEfaultAndQueuesNothing) {
    const Descriptor device{O_RDWR};
    const LastPage page;
    std::string good = "good";
    std::vector<iovec> segments = segments_of({&good});
    segments.push_back({page.before_end(0), 1});
    EXPECT_EQ(error_of(::writev(device.fd(), segments.data(), 2)), EFAULT);
    EXPECT_EQ(statistics(device).queued, 0U);
}

TEST_F(Read, IntoSeveralSegmentsTakesOneRecordAndNeverTwo) {
    const Descriptor device{O_RDWR};
    put(device, "abcdef");
    put(device, "next");
    std::string two(2, '.');
    std::string ten(10, '.');
    const auto segments = segments_of({&two, &ten});
    EXPECT_EQ(::readv(device.fd(), segments.data(), 2), 6);
    EXPECT_EQ(two, "ab");
    EXPECT_EQ(ten, "cdef......");
    EXPECT_EQ(take(device), "next");
}

TEST_F(Read, IntoSegmentsThatAreTooSmallLeavesTheRest) {
    const Descriptor device{O_RDWR};
    put(device, "abcdef");
    std::string one(1, '.');
    std::string two(2, '.');
    const auto segments = segments_of({&one, &two});
    EXPECT_EQ(::readv(device.fd(), segments.data(), 2), 3);
    EXPECT_EQ(one + two, "abc");
    EXPECT_EQ(take(device), "def");
}

TEST_F(Read, WithABadSegmentIsEfaultAndLosesNothing) {
    const Descriptor device{O_RDWR};
    const LastPage page;
    put(device, "kept");
    std::string two(2, '.');
    std::vector<iovec> segments = segments_of({&two});
    segments.push_back({page.before_end(0), 8});
    EXPECT_EQ(error_of(::readv(device.fd(), segments.data(), 2)), EFAULT);
    EXPECT_EQ(take(device), "kept");
}

TEST_F(Read, CannotBeSplicedAround) {
    const Descriptor device{O_RDWR};
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    put(device, "record");
    EXPECT_EQ(error_of(::splice(device.fd(), nullptr, pipe[1], nullptr, 100, 0)), EINVAL);
    ASSERT_EQ(::write(pipe[1], "x", 1), 1);
    EXPECT_EQ(error_of(::splice(pipe[0], nullptr, device.fd(), nullptr, 1, 0)), EINVAL);
    ::close(pipe[0]);
    ::close(pipe[1]);
}

TEST_F(Position, DoesNotExist) {
    const Descriptor device{O_RDWR};
    char byte = 'x';
    for (const int whence : {SEEK_SET, SEEK_CUR, SEEK_END}) {
        EXPECT_EQ(error_of(::lseek(device.fd(), 0, whence)), ESPIPE);
    }
    EXPECT_EQ(error_of(::pread(device.fd(), &byte, 1, 0)), ESPIPE);
    EXPECT_EQ(error_of(::pwrite(device.fd(), &byte, 1, 0)), ESPIPE);
}

TEST_F(Position, NeitherMapsNorSyncs) {
    const Descriptor device{O_RDWR};
    EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, device.fd(), 0), MAP_FAILED);
    EXPECT_EQ(errno, ENODEV);
    EXPECT_EQ(error_of(::fsync(device.fd())), EINVAL);
}

}  // namespace
}  // namespace rxlab::chardev_test
