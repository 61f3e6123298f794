// SPDX-License-Identifier: MIT
//
// A PCI device that the kernel has handed to this process, through vfio: its registers are mapped
// into our memory, and a piece of our memory into the IOMMU, so that the device reaches that piece
// and nothing else. Everything ends with the process, however it ends: when the last descriptor is
// closed, the kernel takes the memory out of the IOMMU, switches the device's bus mastering off and
// resets it. The device stays with vfio-pci.
//
//      this process                      the kernel                      the device
//   read(), write() ───────── mapping of BAR 0 ─────────────────────────► registers
//   map_memory() ──────────►  pins the pages, tells the IOMMU
//   rings and buffers ◄────────────────── IOMMU: iova → page ◄─────────── DMA
//
// By the group interface (linux/vfio.h, Documentation/driver-api/vfio.rst): container, group,
// device. There is a newer one, by the device's own file and /dev/iommu, which Debian's kernels up
// to 7.3 have switched off; it is not here. Neither is operation without an IOMMU.
//
// Ownership: descriptors, mappings. Threading: one thread.
#pragma once

#include "nic_rx/device.hpp"

#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/mapping.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace rxlab::nic_rx {

// "3:0.0" and "03:00.0" as "0000:03:00.0". Throws program::UsageError.
[[nodiscard]] std::string pci_address(const std::string& text);

class VfioDevice : public Device {
  public:
    // `address`: as pci_address() makes it. `root` is put before /sys and /dev, so that tests can
    // present another machine. Throws program::RunError, with what to do, if the device is not
    // there, is not an 82574L, is not bound to vfio-pci, has no IOMMU, shares its group with
    // devices that the kernel uses, is in use, or is not for this user.
    explicit VfioDevice(std::string address, const std::string& root = "");
    VfioDevice(const VfioDevice&) = delete;
    VfioDevice& operator=(const VfioDevice&) = delete;
    ~VfioDevice() override;

    // Memory of at least `bytes`, all zero, which from now on the device may reach. Called once.
    // Throws program::RunError.
    [[nodiscard]] DmaMemory map_memory(std::size_t bytes);

    [[nodiscard]] std::uint32_t read(std::uint32_t offset) noexcept override {
        return registers_[offset / 4];
    }
    void write(std::uint32_t offset, std::uint32_t value) noexcept override {
        registers_[offset / 4] = value;
    }
    [[nodiscard]] volatile std::uint32_t& doorbell(std::uint32_t offset) noexcept override {
        return registers_[offset / 4];
    }
    [[nodiscard]] bool is_wanted_back() noexcept override;

  private:
    void check_device(const std::string& root);
    void open_group(const std::string& root);
    void map_registers();
    void ask_for_request();
    void set_bus_mastering(bool on);
    [[nodiscard]] std::uint64_t find_iova(std::size_t bytes) const;

    std::string address_, group_name_;
    program::Mapping memory_;  // unmapped last, when nothing writes there any more
    program::Descriptor container_, group_, device_, request_;  // closed in the reverse order
    volatile std::uint32_t* registers_ = nullptr;
};

}  // namespace rxlab::nic_rx
