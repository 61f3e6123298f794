// SPDX-License-Identifier: MIT
//
// What a reader meets first: a device that cannot be used. The machine is a folder.
#include "nic_rx/vfio_device.hpp"

#include <rxlab/program/errors.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace rxlab::nic_rx {
namespace {

namespace fs = std::filesystem;

class VfioRefusal : public ::testing::Test {
  protected:
    VfioRefusal() : root_{fs::temp_directory_path() / ("rxlab-vfio-" + std::to_string(getpid()))} {
        fs::create_directories(root_ / "dev/vfio");
    }
    ~VfioRefusal() override { fs::remove_all(root_); }

    void device(const std::string& address, const std::string& model, const std::string& driver,
                const std::string& group = "5") {
        const fs::path folder = root_ / "sys/bus/pci/devices" / address;
        fs::create_directories(folder);
        std::ofstream{folder / "vendor"} << "0x8086\n";
        std::ofstream{folder / "device"} << model << '\n';
        const fs::path groups = root_ / "sys/kernel/iommu_groups" / group / "devices";
        fs::create_directories(groups);
        if (!driver.empty())
            fs::create_directory_symlink("../drivers/" + driver, folder / "driver");
        if (group.empty()) return;
        fs::create_directory_symlink(root_ / "sys/kernel/iommu_groups" / group,
                                     folder / "iommu_group");
        fs::create_directory_symlink(folder, groups / address);
    }
    std::string refusal(const std::string& address) {
        try {
            const VfioDevice device{address, root_.string()};
        } catch (const program::RunError& error) {
            return error.what();
        }
        return "none";
    }
    fs::path root_;
};

TEST(PciAddress, MayLackItsDomainAndZeros) {
    EXPECT_EQ(pci_address("0000:00:03.0"), "0000:00:03.0");
    EXPECT_EQ(pci_address("00:03.0"), "0000:00:03.0");
    EXPECT_EQ(pci_address("1:af:1f.7"), "0001:af:1f.7");
    EXPECT_EQ(pci_address("3:0.1"), "0000:03:00.1");
}

TEST(PciAddress, IsNothingElse) {
    for (const char* text : {"", "eth0", "0000:00:03", "00:03.0x", "00:03.00", ":03.0", "00:03.0 "})
        EXPECT_THROW((void)pci_address(text), program::UsageError) << text;
}

TEST_F(VfioRefusal, NamesADeviceThatIsNotThere) {
    EXPECT_EQ(refusal("0000:00:09.0"),
              "use 0000:00:09.0: no such PCI device; see: testbed/nic/nic status");
}

TEST_F(VfioRefusal, NamesAnotherChip) {
    device("0000:00:03.0", "0x100e", "vfio-pci");
    EXPECT_NE(refusal("0000:00:03.0").find("it is 8086:100e"), std::string::npos);
}

TEST_F(VfioRefusal, SaysHowToBind) {
    device("0000:00:03.0", "0x10d3", "e1000e");
    EXPECT_EQ(refusal("0000:00:03.0"),
              "use 0000:00:03.0: it has driver e1000e; give it to vfio-pci: testbed/nic/nic bind "
              "0000:00:03.0");
    device("0000:00:04.0", "0x10d3", "");
    EXPECT_NE(refusal("0000:00:04.0").find("it has no driver"), std::string::npos);
}

TEST_F(VfioRefusal, WantsAnIommu) {
    device("0000:00:03.0", "0x10d3", "vfio-pci", "");
    EXPECT_NE(refusal("0000:00:03.0").find("no IOMMU translates for it"), std::string::npos);
    device("0000:00:04.0", "0x10d3", "vfio-pci", "7");
    std::ofstream{root_ / "dev/vfio/noiommu-7"};
    EXPECT_NE(refusal("0000:00:04.0").find("no IOMMU translates for it"), std::string::npos);
}

TEST_F(VfioRefusal, NamesTheModuleThatIsNotLoaded) {
    device("0000:00:03.0", "0x10d3", "vfio-pci");
    const std::string said = refusal("0000:00:03.0");
    EXPECT_NE(said.find("dev/vfio/vfio: No such file or directory; load the module: modprobe"),
              std::string::npos)
        << said;
}

TEST_F(VfioRefusal, SaysWhoMayOpenTheGroup) {
    device("0000:00:03.0", "0x10d3", "vfio-pci");
    std::ofstream{root_ / "dev/vfio/vfio"};
    std::ofstream{root_ / "dev/vfio/5"};
    fs::permissions(root_ / "dev/vfio/5", fs::perms::none);
    if (access((root_ / "dev/vfio/5").c_str(), R_OK) == 0)
        fs::remove(root_ / "dev/vfio/5");  // root may open everything
    const std::string said = refusal("0000:00:03.0");
    EXPECT_NE(said.find("dev/vfio/5, the IOMMU group of 0000:00:03.0: "), std::string::npos)
        << said;
    EXPECT_NE(said.find("chown $USER "), std::string::npos) << said;
}

}  // namespace
}  // namespace rxlab::nic_rx
