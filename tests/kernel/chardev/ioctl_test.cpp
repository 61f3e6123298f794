// SPDX-License-Identifier: MIT
#include "device.hpp"

#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <array>
#include <set>

namespace rxlab::chardev_test {
namespace {

using Ioctl = Chardev;
using Sysfs = Chardev;

int resize(const Descriptor& device, std::uint32_t capacity) {
    return error_of(::ioctl(device.fd(), RXLAB_IOC_RESIZE, &capacity));
}

// From this thread's effective capabilities; it stays root.
bool drop_sys_resource() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
    if (::syscall(SYS_capget, &header, data) != 0) return false;
    data[0].effective &= ~(1U << CAP_SYS_RESOURCE);
    return ::syscall(SYS_capset, &header, data) == 0;
}

TEST_F(Ioctl, StatisticsCountRecordsAndBytes) {
    const Descriptor device{O_RDWR};
    const rxlab_statistics before = statistics(device);
    put(device, "abc");
    put(device, "defgh");
    EXPECT_EQ(take(device, 2), "ab");
    rxlab_statistics now = statistics(device);
    EXPECT_EQ(now.records_written - before.records_written, 2U);
    EXPECT_EQ(now.bytes_written - before.bytes_written, 8U);
    EXPECT_EQ(now.records_read - before.records_read, 0U) << "half a record is no record";
    EXPECT_EQ(now.bytes_read - before.bytes_read, 2U);
    EXPECT_EQ(now.queued, 1U);
    EXPECT_EQ(now.capacity, kCapacity);
    EXPECT_EQ(now.openers, 1U);
    EXPECT_EQ(now.reserved, 0U);
    EXPECT_EQ(take(device), "c");
    EXPECT_EQ(statistics(device).records_read - before.records_read, 1U);
}

TEST_F(Ioctl, ClearDropsWhatIsQueued) {
    const Descriptor device{O_RDWR | O_NONBLOCK};
    const auto dropped = statistics(device).records_dropped;
    fill(device, 3);
    EXPECT_EQ(::ioctl(device.fd(), RXLAB_IOC_CLEAR), 0);
    EXPECT_EQ(statistics(device).records_dropped, dropped + 3);
    EXPECT_EQ(take(device), "errno " + std::to_string(EAGAIN));
}

TEST_F(Ioctl, ClearAndResizeNeedADescriptorForWriting) {
    const Descriptor device{O_RDONLY};
    EXPECT_EQ(error_of(::ioctl(device.fd(), RXLAB_IOC_CLEAR)), EBADF);
    EXPECT_EQ(resize(device, 1), EBADF);
}

TEST_F(Ioctl, ResizeSetsHowMuchFits) {
    const Descriptor device{O_RDWR | O_NONBLOCK};
    EXPECT_EQ(resize(device, 2), 0);
    fill(device, 2);
    EXPECT_EQ(error_of(put(device, "x")), EAGAIN);
    EXPECT_EQ(resize(device, RXLAB_CAPACITY_MAX), 0);
    fill(device, RXLAB_CAPACITY_MAX - 2);
    EXPECT_EQ(error_of(put(device, "x")), EAGAIN);
}

TEST_F(Ioctl, ResizeOutOfRangeIsEinval) {
    const Descriptor device{O_RDWR};
    for (const std::uint32_t capacity : {0U, RXLAB_CAPACITY_MAX + 1U, 0x80000000U, 0xffffffffU}) {
        EXPECT_EQ(resize(device, capacity), EINVAL) << capacity;
    }
    EXPECT_EQ(statistics(device).capacity, kCapacity);
}

TEST_F(Ioctl, ResizeBelowWhatIsQueuedIsEbusy) {
    const Descriptor device{O_RDWR};
    fill(device, 3);
    EXPECT_EQ(resize(device, 2), EBUSY);
    EXPECT_EQ(resize(device, 3), 0);
}

TEST_F(Ioctl, ResizeNeedsTheCapability) {
    Child nobody{[] {
        const Descriptor device{O_RDWR};
        return ::setuid(65534) == 0 ? resize(device, 1) : 255;
    }};
    EXPECT_EQ(nobody.finish(), EPERM);
    Child root{[] { return drop_sys_resource() ? resize(Descriptor{O_RDWR}, 1) : 255; }};
    EXPECT_EQ(root.finish(), EPERM);
}

TEST_F(Ioctl, WithBadPointerIsEfault) {
    const Descriptor device{O_RDWR};
    for (const unsigned long address : {0UL, 1UL, 0xffffffffff600000UL, ~0UL, 1UL << 63}) {
        EXPECT_EQ(error_of(::ioctl(device.fd(), RXLAB_IOC_STATISTICS, address)), EFAULT);
        EXPECT_EQ(error_of(::ioctl(device.fd(), RXLAB_IOC_RESIZE, address)), EFAULT);
    }
    void* read_only = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_EQ(error_of(::ioctl(device.fd(), RXLAB_IOC_STATISTICS, read_only)), EFAULT);
    ::munmap(read_only, 4096);
}

// Every number and direction of our magic, with every kind of size; the three real ones are left
// out.
TEST_F(Ioctl, WithUnknownNumberIsEnotty) {
    const Descriptor device{O_RDWR};
    const std::set<unsigned long> known{RXLAB_IOC_STATISTICS, RXLAB_IOC_CLEAR, RXLAB_IOC_RESIZE};
    std::array<unsigned char, 16384> argument{};
    int tried = 0;
    for (unsigned direction = 0; direction < 4; ++direction) {
        for (unsigned number = 0; number < 256; ++number) {
            for (const unsigned size : {0U, 1U, 4U, 8U, 55U, 56U, 57U, 4096U, 16383U}) {
                const unsigned long command = _IOC(direction, RXLAB_IOC_MAGIC, number, size);
                if (known.contains(command)) continue;
                ASSERT_EQ(error_of(::ioctl(device.fd(), command, argument.data())), ENOTTY)
                    << command;
                ++tried;
            }
        }
    }
    EXPECT_EQ(tried, 4 * 256 * 9 - 3);
    EXPECT_EQ(argument, (std::array<unsigned char, 16384>{})) << "somebody wrote";
}

// The kernel itself answers a few numbers for every file (FIOCLEX, FIONBIO, …): they are left out.
TEST_F(Ioctl, WithForeignMagicIsEnotty) {
    const Descriptor device{O_RDWR};
    for (unsigned magic = 0; magic < 256; ++magic) {
        if (magic == RXLAB_IOC_MAGIC || magic == 'T' || magic == 'f' || magic == 'X' ||
            magic == 0x94 || magic == 0x15 || magic == 0) {
            continue;
        }
        EXPECT_EQ(error_of(::ioctl(device.fd(), _IOC(_IOC_READ, magic, 1, 56), nullptr)), ENOTTY)
            << magic;
    }
    std::array<int, 64> argument{};
    EXPECT_EQ(error_of(::ioctl(device.fd(), 0x5401 /* TCGETS: isatty() */, argument.data())),
              ENOTTY);
}

#if defined(__x86_64__)
// Whether the kernel was built with CONFIG_IA32_EMULATION. Without it the instruction is a fault,
// so a child tries it, with a handler: the kernel would log a fault that nobody handles.
bool kernel_has_32_bit_calls() {
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGSEGV, [](int) { ::_exit(1); });
        long result = 20;  // __NR_getpid of i386
        asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
        ::_exit(result == ::getpid() ? 0 : 1);
    }
    int status = -1;
    return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

// The door that 32-bit programs use.
TEST_F(Ioctl, ServesThirtyTwoBitPrograms) {
    if (!kernel_has_32_bit_calls()) GTEST_SKIP() << "this kernel has no CONFIG_IA32_EMULATION";
    const Descriptor device{O_RDWR};
    put(device, "abc");
    auto* low = static_cast<rxlab_statistics*>(::mmap(
        nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0));
    ASSERT_NE(static_cast<void*>(low), MAP_FAILED);
    long result = 54;  // __NR_ioctl of i386
    asm volatile("int $0x80"
                 : "+a"(result)
                 : "b"(device.fd()), "c"(RXLAB_IOC_STATISTICS), "d"(low)
                 : "memory", "r8", "r9", "r10", "r11");
    EXPECT_EQ(result, 0);
    EXPECT_EQ(low->queued, 1U);
    EXPECT_EQ(low->capacity, kCapacity);
    ::munmap(low, 4096);
}
#endif

// --- sysfs -------------------------------------------------------------------------------------

std::string attribute(const std::string& name) {
    std::ifstream file{kSysfs + name};
    std::string text;
    std::getline(file, text);
    return text;
}

int set_capacity(const std::string& text) {
    const Descriptor file{O_WRONLY, (std::string{kSysfs} + "capacity").c_str()};
    return error_of(put(file, text));
}

TEST_F(Sysfs, SaysWhatTheIoctlSays) {
    const Descriptor device{O_RDWR};
    fill(device, 3);
    EXPECT_EQ(take(device), "x");
    const rxlab_statistics now = statistics(device);
    EXPECT_EQ(attribute("capacity"), std::to_string(now.capacity));
    EXPECT_EQ(attribute("statistics/records_written"), std::to_string(now.records_written));
    EXPECT_EQ(attribute("statistics/records_read"), std::to_string(now.records_read));
    EXPECT_EQ(attribute("statistics/records_dropped"), std::to_string(now.records_dropped));
    EXPECT_EQ(attribute("statistics/bytes_written"), std::to_string(now.bytes_written));
    EXPECT_EQ(attribute("statistics/bytes_read"), std::to_string(now.bytes_read));
    EXPECT_EQ(attribute("statistics/queued"), "2");
    EXPECT_EQ(attribute("statistics/openers"), "1");
}

TEST_F(Sysfs, SetsTheCapacity) {
    const Descriptor device{O_RDWR};
    EXPECT_EQ(set_capacity("7\n"), 0);
    EXPECT_EQ(statistics(device).capacity, 7U);
    EXPECT_EQ(set_capacity("0x10"), 0);
    EXPECT_EQ(statistics(device).capacity, 16U);
}

TEST_F(Sysfs, RefusesSillyCapacities) {
    const Descriptor device{O_RDWR};
    fill(device, 2);
    for (const char* text : {"0", "1025", "-1", "many", "1 2", "\n"})
        EXPECT_EQ(set_capacity(text), EINVAL) << text;
    EXPECT_EQ(set_capacity("99999999999"), ERANGE);
    EXPECT_EQ(set_capacity(std::string(4096, '9')), ERANGE);
    EXPECT_EQ(set_capacity("1"), EBUSY);
    EXPECT_EQ(statistics(device).capacity, kCapacity);
}

TEST_F(Sysfs, SetsTheCapacityOnlyForThoseWhoMayThroughTheIoctl) {
    Child root{[] { return drop_sys_resource() ? set_capacity("7") : 255; }};
    EXPECT_EQ(root.finish(), EPERM);
    EXPECT_EQ(statistics(Descriptor{O_RDONLY}).capacity, kCapacity);
}

TEST_F(Sysfs, IsReadableByAllAndWritableByRoot) {
    Child nobody{[] {
        if (::setuid(65534) != 0) return 255;
        if (attribute("statistics/queued") != "0") return 254;
        return error_of(::open((std::string{kSysfs} + "capacity").c_str(), O_WRONLY));
    }};
    EXPECT_EQ(nobody.finish(), EACCES);
    // Root may open it, but there is nothing to write to.
    EXPECT_NE(error_of(::write(
                  ::open((std::string{kSysfs} + "statistics/queued").c_str(), O_WRONLY), "1", 1)),
              0);
}

}  // namespace
}  // namespace rxlab::chardev_test
