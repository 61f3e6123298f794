// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/privileges.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <regex>
#include <sstream>

namespace rxlab::dpdk_rx {
namespace {

namespace fs = std::filesystem;

std::uint64_t number_in(const fs::path& file) {
    std::uint64_t value = 0;
    std::ifstream{file} >> value;
    return value;
}

bool may_use(const fs::path& path) {
    return access(path.c_str(), R_OK | W_OK) == 0;
}

// Mount points of hugetlbfs, as /proc/mounts lists them.
std::vector<std::string> huge_mounts(const SystemView& system) {
    std::vector<std::string> mounts;
    std::ifstream file{system.at("proc/mounts")};
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields{line};
        std::string device, folder, type;
        fields >> device >> folder >> type;
        if (type == "hugetlbfs") mounts.push_back(folder);
    }
    return mounts;
}

// The last part of a link's target; empty where there is none.
std::string target_of(const fs::path& link) {
    std::error_code error;
    const fs::path target = fs::read_symlink(link, error);
    return error ? std::string{} : target.filename().string();
}

}  // namespace

std::string missing_huge_pages(const SystemView& system, HugeFiles files) {
    std::uint64_t reserved = 0;
    std::uint64_t free = 0;
    std::error_code error;
    for (const auto& size : fs::directory_iterator(system.at("sys/kernel/mm/hugepages"), error)) {
        reserved += number_in(size.path() / "nr_hugepages");
        free += number_in(size.path() / "free_hugepages");
    }
    if (reserved == 0) {
        return "no huge pages are reserved: `sysctl -w vm.nr_hugepages=64` as root, or --no-huge "
               "-m "
               "512 before the --";
    }
    if (free == 0) {
        return fmt::format(
            "all {} huge pages are in use (another DPDK program, or files that one "
            "left in hugetlbfs): reserve more with `sysctl -w vm.nr_hugepages=N`",
            reserved);
    }
    if (files == HugeFiles::unused) return {};
    const std::vector<std::string> mounts = huge_mounts(system);
    if (mounts.empty()) {
        return "hugetlbfs is not mounted: `mount -t hugetlbfs none /dev/hugepages` as root";
    }
    for (const std::string& mount : mounts) {
        if (may_use(system.at(mount.substr(1)))) return {};
    }
    return fmt::format(
        "{} is not writable for this user: `mount -o remount,uid={} {}` as root, or "
        "run as root",
        mounts.front(), getuid(), mounts.front());
}

std::string missing_device_access(const SystemView& system, const std::string& address) {
    const fs::path device = system.at("sys/bus/pci/devices/" + address);
    if (!fs::exists(device)) return address + ": no such PCI device; see `lspci -D`";
    const std::string driver = target_of(device / "driver");
    // Poll-mode drivers of these work beside the kernel's own.
    if (driver.starts_with("mlx")) return {};
    if (driver != "vfio-pci" && driver != "uio_pci_generic" && driver != "igb_uio") {
        return fmt::format("{} is bound to {}: `dpdk-devbind.py -b vfio-pci {}` as root", address,
                           driver.empty() ? "no driver" : "the kernel's " + driver, address);
    }
    if (driver != "vfio-pci") return {};
    if (!fs::exists(system.at("dev/vfio/vfio"))) {
        return "/dev/vfio/vfio does not exist: `modprobe vfio-pci` as root";
    }
    const std::string group = target_of(device / "iommu_group");
    if (group.empty()) {
        return address +
               " is in no IOMMU group: turn the IOMMU on (firmware, and intel_iommu=on or "
               "amd_iommu=on for the kernel)";
    }
    const bool no_iommu = fs::exists(system.at("dev/vfio/noiommu-" + group));
    const std::string node = (no_iommu ? "dev/vfio/noiommu-" : "dev/vfio/") + group;
    if (!fs::exists(system.at(node))) {
        return fmt::format(
            "/{} does not exist: another device of IOMMU group {} still has a kernel "
            "driver (`ls /sys/kernel/iommu_groups/{}/devices`)",
            node, group, group);
    }
    if (!may_use(system.at(node))) {
        return fmt::format("/{} is not accessible for this user: `chown {} /{}` as root", node,
                           getuid(), node);
    }
    return {};
}

std::string missing_lockable_memory(std::uint64_t limit_bytes) {
    constexpr std::uint64_t kNeeded = std::uint64_t{256} << 20;
    if (limit_bytes == RLIM_INFINITY || limit_bytes >= kNeeded) return {};
    return fmt::format(
        "only {} KiB may be locked, and a NIC needs all of EAL's memory locked: "
        "`ulimit -l unlimited`, or memlock in /etc/security/limits.conf",
        limit_bytes / 1'024);
}

std::vector<std::string> allowed_devices(const std::vector<std::string>& arguments) {
    static const std::regex address{
        "^(?:-a|--allow=)?((?:[0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:"
        "[0-9a-fA-F]{2}\\.[0-7])(?:,.*)?$"};
    std::vector<std::string> devices;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        const bool follows = i > 0 && (arguments[i - 1] == "-a" || arguments[i - 1] == "--allow");
        std::smatch match;
        if (!follows && !argument.starts_with("-a") && !argument.starts_with("--allow=")) continue;
        if (!std::regex_match(argument, match, address)) continue;
        const std::string found = match[1];
        devices.push_back(found.size() == 7 ? "0000:" + found : found);
    }
    return devices;
}

}  // namespace rxlab::dpdk_rx
