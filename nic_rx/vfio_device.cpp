// SPDX-License-Identifier: MIT
#include "nic_rx/vfio_device.hpp"

#include "nic_rx/registers.hpp"

#include <rxlab/program/errors.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

namespace rxlab::nic_rx {
namespace {

namespace fs = std::filesystem;
using program::RunError;

// The last part of where a link in /sys points to; empty where there is none.
std::string behind(const fs::path& link) {
    std::error_code none;
    return fs::read_symlink(link, none).filename().string();
}

std::uint32_t number_in(const fs::path& file) {
    std::uint32_t number = 0;
    std::ifstream{file} >> std::hex >> number;
    return number;
}

// Devices of the group that have a driver other than vfio-pci: with one of them in it, a group is
// not viable. Bridges stay with pcieport.
std::string others_in(const fs::path& device) {
    std::string names;
    std::error_code none;
    for (const fs::directory_entry& each :
         fs::directory_iterator{device / "iommu_group/devices", none}) {
        const std::string driver = behind(each.path() / "driver");
        if (driver.empty() || driver == "vfio-pci" || driver == "pcieport") continue;
        if (!names.empty()) names += ", ";
        names += fmt::format("{} ({})", each.path().filename().string(), driver);
    }
    return names.empty() ? "see `ls /sys/kernel/iommu_groups/`" : names;
}

}  // namespace

std::string pci_address(const std::string& text) {
    unsigned domain = 0, bus = 0, slot = 0, function = 0;
    int end = 0;
    if (std::sscanf(text.c_str(), "%4x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &end) !=
        4) {
        domain = 0;
        end = 0;
        (void)std::sscanf(text.c_str(), "%2x:%2x.%1x%n", &bus, &slot, &function, &end);
    }
    if (end == 0 || static_cast<std::size_t>(end) != text.size()) {
        throw program::UsageError(fmt::format(
            "--interface {}: not a PCI address such as 0000:03:00.0; see: testbed/nic/nic status",
            text));
    }
    return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", domain, bus, slot, function);
}

VfioDevice::VfioDevice(std::string address, const std::string& root)
    : address_{std::move(address)} {
    check_device(root);
    open_group(root);
    map_registers();
    ask_for_request();
}

VfioDevice::~VfioDevice() {
    try {
        set_bus_mastering(false);
    } catch (const RunError&) {
        // It is gone, and masters nothing.
    }
    munmap(const_cast<std::uint32_t*>(registers_), kRegisterBytes);
}

void VfioDevice::check_device(const std::string& root) {
    const fs::path device = root + "/sys/bus/pci/devices/" + address_;
    if (!fs::exists(device)) {
        throw RunError(
            fmt::format("use {}: no such PCI device; see: testbed/nic/nic status", address_));
    }
    const std::uint32_t vendor = number_in(device / "vendor"), model = number_in(device / "device");
    if (vendor != kVendor || model != kDevice82574L) {
        throw RunError(fmt::format(
            "use {}: it is {:04x}:{:04x}, and this driver knows only the 82574L (8086:10d3); for "
            "other cards there is dpdk_rx",
            address_, vendor, model));
    }
    const std::string driver = behind(device / "driver");
    if (driver != "vfio-pci") {
        throw RunError(
            fmt::format("use {}: it has {}; give it to vfio-pci: testbed/nic/nic bind {}", address_,
                        driver.empty() ? "no driver" : "driver " + driver, address_));
    }
    group_name_ = behind(device / "iommu_group");
    if (group_name_.empty() || fs::exists(root + "/dev/vfio/noiommu-" + group_name_)) {
        throw RunError(fmt::format(
            "use {}: no IOMMU translates for it; switch it on in the firmware (VT-d, AMD-Vi) and "
            "boot with intel_iommu=on, or try it in a guest: ./rxlab vm bench",
            address_));
    }
}

// A group is what the IOMMU can tell apart; all of it belongs to one container, and a container to
// one process.
void VfioDevice::open_group(const std::string& root) {
    const std::string container = root + "/dev/vfio/vfio";
    container_ = program::Descriptor{open(container.c_str(), O_RDWR | O_CLOEXEC)};
    if (container_.get() < 0)
        throw RunError(errno, "open " + container, "load the module: modprobe vfio-pci");

    const std::string file = root + "/dev/vfio/" + group_name_;
    group_ = program::Descriptor{open(file.c_str(), O_RDWR | O_CLOEXEC)};
    if (group_.get() < 0) {
        throw RunError(errno, fmt::format("open {}, the IOMMU group of {}", file, address_),
                       errno == EBUSY
                           ? "another program has the device; see: fuser -v " + file
                           : fmt::format("let this user have it: chown $USER {} (as root)", file));
    }
    vfio_group_status status{sizeof status, 0};
    if (ioctl(group_.get(), VFIO_GROUP_GET_STATUS, &status) != 0)
        throw RunError(errno, "ask for the status of IOMMU group " + group_name_);
    if ((status.flags & VFIO_GROUP_FLAGS_VIABLE) == 0) {
        throw RunError(fmt::format(
            "use {}: its IOMMU group {} is not viable, because the kernel uses other devices of "
            "it: {}; bind them to vfio-pci, too, or put the card into another slot",
            address_, group_name_, others_in(root + "/sys/bus/pci/devices/" + address_)));
    }
    const int fd = container_.get();
    if (ioctl(group_.get(), VFIO_GROUP_SET_CONTAINER, &fd) != 0 ||
        ioctl(fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) != 0)
        throw RunError(errno, "attach IOMMU group " + group_name_, "see `dmesg`");
    device_ = program::Descriptor{ioctl(group_.get(), VFIO_GROUP_GET_DEVICE_FD, address_.c_str())};
    if (device_.get() < 0) throw RunError(errno, "open " + address_, "see `dmesg`");
}

void VfioDevice::map_registers() {
    vfio_region_info bar{};
    bar.argsz = sizeof bar;
    bar.index = VFIO_PCI_BAR0_REGION_INDEX;
    if (ioctl(device_.get(), VFIO_DEVICE_GET_REGION_INFO, &bar) != 0)
        throw RunError(errno, "ask for BAR 0 of " + address_);
    if (bar.size < kRegisterBytes || (bar.flags & VFIO_REGION_INFO_FLAG_MMAP) == 0) {
        throw RunError(fmt::format("map BAR 0 of {}: it has {} bytes, not {}", address_,
                                   std::uint64_t{bar.size}, kRegisterBytes));
    }
    void* const at = mmap(nullptr, kRegisterBytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                          device_.get(), static_cast<off_t>(bar.offset));
    if (at == MAP_FAILED) throw RunError(errno, "map BAR 0 of " + address_);
    registers_ = static_cast<volatile std::uint32_t*>(at);
}

// Somebody who unbinds or unplugs the device waits until we close it. The kernel tells us by this
// event.
void VfioDevice::ask_for_request() {
    request_ = program::Descriptor{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    alignas(vfio_irq_set) std::array<std::byte, sizeof(vfio_irq_set) + sizeof(int)> memory{};
    auto& request = *reinterpret_cast<vfio_irq_set*>(memory.data());
    request.argsz = memory.size();
    request.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
    request.index = VFIO_PCI_REQ_IRQ_INDEX;
    request.count = 1;
    const int fd = request_.get();
    std::memcpy(request.data, &fd, sizeof fd);
    if (ioctl(device_.get(), VFIO_DEVICE_SET_IRQS, &request) != 0)
        throw RunError(errno, "ask to be told when somebody wants " + address_ + " back");
}

bool VfioDevice::is_wanted_back() noexcept {
    std::uint64_t times = 0;
    return ::read(request_.get(), &times, sizeof times) == sizeof times;
}

// Off when vfio opens a device. Without it the chip's DMA goes nowhere, and nothing says so.
void VfioDevice::set_bus_mastering(bool on) {
    vfio_region_info config{};
    config.argsz = sizeof config;
    config.index = VFIO_PCI_CONFIG_REGION_INDEX;
    std::uint16_t command = 0;
    if (ioctl(device_.get(), VFIO_DEVICE_GET_REGION_INFO, &config) != 0)
        throw RunError(errno, "ask for the configuration space of " + address_);
    const auto at = static_cast<off_t>(config.offset) + PCI_COMMAND;
    bool done = pread(device_.get(), &command, sizeof command, at) == sizeof command;
    command = static_cast<std::uint16_t>(on ? command | PCI_COMMAND_MASTER
                                            : command & ~PCI_COMMAND_MASTER);
    done = done && pwrite(device_.get(), &command, sizeof command, at) == sizeof command;
    if (!done) throw RunError(errno, "switch bus mastering of " + address_);
}

// The first range of addresses that the IOMMU offers and that is long enough: there are holes, such
// as that for interrupts from 0xfee00000 on. Address 0 stays free, so that a descriptor that nobody
// has filled in points nowhere.
std::uint64_t VfioDevice::find_iova(std::size_t bytes) const {
    constexpr std::uint64_t kFirst = 1 << 20;
    alignas(8) std::array<std::byte, 4'096> buffer{};
    auto& info = *reinterpret_cast<vfio_iommu_type1_info*>(buffer.data());
    info.argsz = buffer.size();
    if (ioctl(container_.get(), VFIO_IOMMU_GET_INFO, &info) != 0)
        throw RunError(errno, "ask the IOMMU for its addresses");
    if ((info.flags & VFIO_IOMMU_INFO_CAPS) == 0) return kFirst;
    for (std::uint32_t at = info.cap_offset; at != 0;) {
        const auto& header = *reinterpret_cast<vfio_info_cap_header*>(buffer.data() + at);
        at = header.next;
        if (header.id != VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) continue;
        const auto& list = reinterpret_cast<const vfio_iommu_type1_info_cap_iova_range&>(header);
        for (std::uint32_t i = 0; i < list.nr_iovas; ++i) {
            const std::uint64_t first = std::max<std::uint64_t>(list.iova_ranges[i].start, kFirst);
            if (first < list.iova_ranges[i].end && list.iova_ranges[i].end - first >= bytes)
                return first;
        }
        throw RunError(
            fmt::format("map {} bytes for {}: the IOMMU has no range of addresses that "
                        "is long enough; take fewer --descriptors",
                        bytes, address_));
    }
    return kFirst;
}

DmaMemory VfioDevice::map_memory(std::size_t bytes) {
    constexpr std::size_t kPage = 4'096;
    bytes = (bytes + kPage - 1) / kPage * kPage;
    memory_ = program::Mapping{bytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE};
    if (memory_.data() == nullptr) throw RunError(errno, fmt::format("allocate {} bytes", bytes));
    vfio_iommu_type1_dma_map map{};
    map.argsz = sizeof map;
    map.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
    map.vaddr = reinterpret_cast<std::uint64_t>(memory_.data());
    map.iova = find_iova(bytes);
    map.size = bytes;
    if (ioctl(container_.get(), VFIO_IOMMU_MAP_DMA, &map) != 0) {
        throw RunError(errno, fmt::format("pin {} KiB for {}", bytes / 1'024, address_),
                       errno == ENOMEM
                           ? "this user may lock less memory: see `ulimit -l`, raise it "
                             "or take fewer --descriptors"
                           : "see `dmesg`");
    }
    set_bus_mastering(true);
    return {{memory_.data(), bytes}, map.iova};
}

}  // namespace rxlab::nic_rx
