// SPDX-License-Identifier: MIT
//
// Machines that lack something, made of files in a folder.
#include "dpdk_rx/eal/privileges.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace rxlab::dpdk_rx {
namespace {

namespace fs = std::filesystem;

class PrivilegesTest : public ::testing::Test {
  protected:
    PrivilegesTest()
        : system_{fs::path{testing::TempDir()} / ("privileges-" + std::to_string(getpid()))} {
        fs::remove_all(system_.root);
    }
    ~PrivilegesTest() override { fs::remove_all(system_.root); }

    void write(const std::string& path, const std::string& text) {
        fs::create_directories(system_.at(path).parent_path());
        std::ofstream{system_.at(path)} << text;
    }
    void pages(int reserved, int free) {
        const std::string folder = "sys/kernel/mm/hugepages/hugepages-2048kB/";
        write(folder + "nr_hugepages", std::to_string(reserved));
        write(folder + "free_hugepages", std::to_string(free));
    }
    void device(const std::string& driver, const std::string& group) {
        const fs::path folder = system_.at("sys/bus/pci/devices/0000:01:00.0");
        fs::create_directories(folder);
        if (!driver.empty()) fs::create_symlink("../drivers/" + driver, folder / "driver");
        if (!group.empty()) fs::create_symlink("../groups/" + group, folder / "iommu_group");
    }
    std::string device_problem() { return missing_device_access(system_, "0000:01:00.0"); }
    static void expect_says(const std::string& text, const std::string& part) {
        EXPECT_NE(text.find(part), std::string::npos) << "says: " << text;
    }

    SystemView system_;
};

TEST_F(PrivilegesTest, TellsNoHugePagesFromNoneFree) {
    expect_says(missing_huge_pages(system_), "no huge pages are reserved");
    pages(8, 0);
    expect_says(missing_huge_pages(system_), "all 8 huge pages are in use");
}

TEST_F(PrivilegesTest, WantsHugetlbfsMountedAndWritable) {
    pages(8, 8);
    write("proc/mounts", "none /run tmpfs rw 0 0\n");
    expect_says(missing_huge_pages(system_), "hugetlbfs is not mounted");
    EXPECT_EQ(missing_huge_pages(system_, HugeFiles::unused), "");
    write("proc/mounts", "none /dev/hugepages hugetlbfs rw 0 0\n");
    expect_says(missing_huge_pages(system_), "/dev/hugepages is not writable");
    fs::create_directories(system_.at("dev/hugepages"));
    EXPECT_EQ(missing_huge_pages(system_), "");
}

TEST_F(PrivilegesTest, NamesTheDriverThatHasTheDevice) {
    expect_says(device_problem(), "no such PCI device");
    device("e1000e", "7");
    expect_says(device_problem(),
                "the kernel's e1000e: `dpdk-devbind.py -b vfio-pci 0000:01:00.0`");
}

TEST_F(PrivilegesTest, LeavesMellanoxNicsToTheirKernelDriver) {
    device("mlx5_core", "7");
    EXPECT_EQ(device_problem(), "");
}

TEST_F(PrivilegesTest, NamesThePartOfVfioThatIsMissing) {
    device("vfio-pci", "7");
    expect_says(device_problem(), "modprobe vfio-pci");
    write("dev/vfio/vfio", "");
    expect_says(device_problem(), "another device of IOMMU group 7");
    write("dev/vfio/7", "");
    EXPECT_EQ(device_problem(), "");
    if (getuid() == 0) return;  // for root nothing is inaccessible
    fs::permissions(system_.at("dev/vfio/7"), fs::perms::none);
    expect_says(device_problem(), "/dev/vfio/7 is not accessible");
}

TEST_F(PrivilegesTest, WantsAnIommuGroup) {
    device("vfio-pci", "");
    write("dev/vfio/vfio", "");
    expect_says(device_problem(), "no IOMMU group");
}

TEST(LockableMemory, IsEnoughOrNamedInKibibytes) {
    EXPECT_EQ(missing_lockable_memory(RLIM_INFINITY), "");
    EXPECT_NE(missing_lockable_memory(64 << 10).find("only 64 KiB"), std::string::npos);
}

TEST(AllowedDevices, AreFoundInAllSpellings) {
    const std::vector<std::string> expected{"0000:01:00.0", "0001:02:03.1", "0000:04:05.6"};
    EXPECT_EQ(allowed_devices({"dpdk_rx", "-a", "01:00.0", "--allow=0001:02:03.1,key=1",
                               "-a04:05.6", "--vdev", "net_null0"}),
              expected);
}

}  // namespace
}  // namespace rxlab::dpdk_rx
