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

TEST_F(Write, WithSeveralSegmentsIsSeveralRecords) {
    const Descriptor device{O_RDWR};
    char one[] = "one";
    char two[] = "two";
    const iovec segments[] = {{one, 3}, {two, 3}};
    EXPECT_EQ(::writev(device.fd(), segments, 2), 6);
    EXPECT_EQ(take(device), "one");
    EXPECT_EQ(take(device), "two");
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
