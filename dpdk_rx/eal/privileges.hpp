// SPDX-License-Identifier: MIT
//
// What a DPDK program may lack on this machine (huge pages, access to a NIC, lockable memory), each
// said in one clause with its remedy. Empty: nothing is missing. Looks, changes nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rxlab::dpdk_rx {

// Where to look; another root for tests.
struct SystemView {
    std::filesystem::path root = "/";
    [[nodiscard]] std::filesystem::path at(const std::string& path) const { return root / path; }
};

// Whether EAL keeps its memory in files of hugetlbfs; `unused` with --in-memory.
enum class HugeFiles { used, unused };

// None reserved, none free; and where files are used, hugetlbfs not mounted or not writable.
[[nodiscard]] std::string missing_huge_pages(const SystemView& system,
                                             HugeFiles files = HugeFiles::used);

// The PCI device at `address` (0000:01:00.0): not there, bound to another driver, not in an IOMMU
// group, /dev/vfio absent or not accessible.
[[nodiscard]] std::string missing_device_access(const SystemView& system,
                                                const std::string& address);

// RLIMIT_MEMLOCK below what EAL's memory needs; `limit_bytes` as getrlimit(2) gives it.
[[nodiscard]] std::string missing_lockable_memory(std::uint64_t limit_bytes);

// The PCI addresses that EAL's -a or --allow names.
[[nodiscard]] std::vector<std::string> allowed_devices(const std::vector<std::string>& arguments);

}  // namespace rxlab::dpdk_rx
