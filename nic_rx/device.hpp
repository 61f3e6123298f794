// SPDX-License-Identifier: MIT
//
// What the driver needs of a device: registers, and memory that both can reach. An interface, so
// that tests can be the chip (tests/nic_rx/fake_chip.hpp). Threading: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rxlab::nic_rx {

// Memory at which the device may read and write, where it sees it at address `iova` (an I/O virtual
// address, which the IOMMU translates).
struct DmaMemory {
    std::span<std::byte> bytes;
    std::uint64_t iova = 0;
};

class Device {
  public:
    virtual ~Device() = default;
    // One register of 32 bits, by its offset (reg::…). Slow: microseconds. Reading has effects,
    // too.
    [[nodiscard]] virtual std::uint32_t read(std::uint32_t offset) noexcept = 0;
    virtual void write(std::uint32_t offset, std::uint32_t value) noexcept = 0;
    // The same register as memory, for the one that is written while packets come.
    [[nodiscard]] virtual volatile std::uint32_t& doorbell(std::uint32_t offset) noexcept = 0;
    // The kernel wants the device back: somebody is unplugging or unbinding it.
    [[nodiscard]] virtual bool is_wanted_back() noexcept = 0;
};

}  // namespace rxlab::nic_rx
