// SPDX-License-Identifier: MIT
//
// An 82574L for tests: a register file with the effects that the datasheet describes, and the two
// descriptor rings in memory that is "far away": the chip knows it by I/O virtual addresses only.
// It is written from the datasheet's sections, not from the driver.
#pragma once

#include "nic_rx/device.hpp"
#include "nic_rx/registers.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <vector>

namespace rxlab::nic_rx::test {

using Frame = std::vector<std::byte>;
inline constexpr std::uint64_t kIova = 0x1'0010'0000;  // above 4 GiB: upper halves count
inline constexpr std::array<std::uint8_t, 6> kMac{0x02, 0x11, 0x22, 0x33, 0x44, 0x55};

class FakeChip final : public Device {
  public:
    explicit FakeChip(std::size_t memory_bytes)
        : memory_(memory_bytes + 4'096), registers_(kRegisterBytes / 4) {
        auto at = reinterpret_cast<std::uintptr_t>(memory_.data());
        base_ = memory_.data() + (4'096 - at % 4'096) % 4'096;
        bytes_ = memory_bytes;
        reset();
    }

    [[nodiscard]] DmaMemory memory() const { return {{base_, bytes_}, kIova}; }

    // What a test may set, and see.
    bool gone = false, wanted_back = false, has_cable = true, reset_ends = true;
    bool firmware_keeps_phy = false, answers_mdic = true;
    std::uint16_t phy_control = 0x1140;
    int resets = 0, phy_restarts = 0;
    std::vector<Frame> sent;

    std::uint32_t& at(std::uint32_t offset) { return registers_[offset / 4]; }
    void pull_cable() {
        has_cable = false;
        at(reg::ICR) |= kCauseLinkChange;
    }
    void plug_cable() {
        has_cable = true;
        at(reg::ICR) |= kCauseLinkChange;
    }
    // Of the descriptor ring of RDBAL.
    [[nodiscard]] std::uint32_t ring_size() { return at(reg::RDLEN) / 16; }
    [[nodiscard]] RxDescriptor& descriptor(std::uint32_t index) {
        const std::uint64_t ring = at(reg::RDBAL) | std::uint64_t{at(reg::RDBAH)} << 32;
        return *reinterpret_cast<RxDescriptor*>(reach(ring + index * 16, 16));
    }
    [[nodiscard]] std::uint32_t free_descriptors() {
        const std::uint32_t head = at(reg::RDH), tail = at(reg::RDT);
        return tail >= head ? tail - head : tail + ring_size() - head;
    }

    // A frame comes from the wire, without its CRC. False: filtered out, or lost.
    bool receive(Frame frame, std::uint8_t errors = 0) {
        if ((at(reg::RCTL) & rctl::EN) == 0 || !passes_filters(frame)) return false;
        std::uint16_t tag = 0;
        std::uint64_t status = 0;
        if ((at(reg::CTRL) & ctrl::VME) != 0 && frame[12] == std::byte{0x81} &&
            frame[13] == std::byte{0}) {
            tag = static_cast<std::uint16_t>(std::to_integer<unsigned>(frame[14]) << 8 |
                                             std::to_integer<unsigned>(frame[15]));
            status |= rxd::VP;
            frame.erase(frame.begin() + 12, frame.begin() + 16);
        }
        EXPECT_NE(at(reg::RCTL) & rctl::SECRC, 0U) << "else four bytes more come";
        const std::size_t buffer = buffer_bytes();
        const std::size_t needed = (frame.size() + buffer - 1) / buffer;
        if (free_descriptors() < needed) {
            ++at(reg::RNBC);
            ++at(reg::MPC);
            return false;
        }
        ++at(reg::GPRC);
        for (std::size_t from = 0; from < frame.size(); from += buffer) {
            const std::size_t bytes = std::min(buffer, frame.size() - from);
            const bool is_last = from + bytes == frame.size();
            std::uint64_t written = bytes | rxd::DD | status;
            if (is_last)
                written |= rxd::EOP | std::uint64_t{errors} << 40 | std::uint64_t{tag} << 48;
            write_back(std::span{frame}.subspan(from, bytes), written);
        }
        return true;
    }
    // One descriptor's worth, as the chip writes it; receive() is a sequence of these.
    void write_back(std::span<const std::byte> bytes, std::uint64_t written) {
        RxDescriptor& next = descriptor(at(reg::RDH));
        ASSERT_EQ(next.written & rxd::DD, 0U) << "the driver forgot to clear it";
        std::memcpy(reach(next.buffer, bytes.size()), bytes.data(), bytes.size());
        next.written = written;
        at(reg::RDH) = (at(reg::RDH) + 1) % ring_size();
    }

    std::uint32_t read(std::uint32_t offset) noexcept override {
        if (gone) return kAllOnes;
        const std::uint32_t value = at(offset);
        switch (offset) {
            case reg::STATUS:
                return 0x80U | (has_cable && (at(reg::CTRL) & ctrl::SLU) != 0 ? status::LU : 0) |
                       ((at(reg::CTRL) & ctrl::GIO_MASTER_DISABLE) != 0
                            ? 0
                            : status::GIO_MASTER_ENABLE);
            case reg::CTRL:
                if (reset_ends) at(offset) &= ~ctrl::RST;
                return at(offset);
            case reg::EXTCNF_CTRL:
                return firmware_keeps_phy ? value & ~kMdioByDriver : value;
            case reg::ICR:
                at(offset) = 0;
                return value;
            default:
                if (offset >= 0x4000 && offset < 0x4100) at(offset) = 0;  // statistics
                return value;
        }
    }

    void write(std::uint32_t offset, std::uint32_t value) noexcept override {
        if (gone) return;
        at(offset) = value;
        if (offset == reg::CTRL && (value & ctrl::RST) != 0) {
            EXPECT_TRUE((value & ctrl::GIO_MASTER_DISABLE) != 0 || !reset_ends)
                << "reset while DMA may be under way";
            ++resets;
            reset();
            at(reg::CTRL) = ctrl::RST;
        }
        if (offset == reg::MDIC) access_phy(value);
        if (offset == reg::TDT) transmit();
    }
    volatile std::uint32_t& doorbell(std::uint32_t offset) noexcept override { return at(offset); }
    bool is_wanted_back() noexcept override { return wanted_back; }

    // What RCTL.BSIZE and BSEX say: section 10.2.5.1.
    [[nodiscard]] std::size_t buffer_bytes() {
        const std::size_t sizes = at(reg::RCTL) >> 16 & 3U;
        if ((at(reg::RCTL) & rctl::BSEX) == 0) return 2'048U >> sizes;
        EXPECT_NE(sizes, 0U) << "reserved";
        return 32'768U >> sizes;
    }

  private:
    // Most registers keep what they have, as with QEMU 7.2: the driver must set them all.
    void reset() {
        at(reg::EECD) = kNvmIsRead;
        at(reg::RCTL) = 0;
        std::uint32_t low = 0, high = 0;
        std::memcpy(&low, kMac.data(), 4);
        std::memcpy(&high, kMac.data() + 4, 2);
        at(reg::RAL) = low;
        at(reg::RAH) = high | kAddressValid;
    }

    // Where the IOMMU lets the chip write.
    std::byte* reach(std::uint64_t iova, std::size_t bytes) {
        EXPECT_GE(iova, kIova);
        EXPECT_LE(iova + bytes, kIova + bytes_);
        return base_ + (iova - kIova);
    }

    bool passes_filters(const Frame& frame) {
        if (frame.size() > 1'518 && (at(reg::RCTL) & rctl::LPE) == 0) return false;
        if ((frame[0] & std::byte{1}) == std::byte{0})
            return std::memcmp(frame.data(), kMac.data(), kMac.size()) == 0;
        if ((at(reg::RCTL) & rctl::MPE) != 0) return true;
        for (std::uint32_t i = 1; i < kAddresses; ++i)
            EXPECT_EQ(at(reg::RAH + 8 * i) & kAddressValid, 0U) << "an address of somebody else's";
        // Section 10.2.5.21: bits 47 to 36 of the destination address.
        const unsigned hash =
            std::to_integer<unsigned>(frame[5]) << 4 | std::to_integer<unsigned>(frame[4]) >> 4;
        return (at(reg::MTA + 4 * (hash / 32)) >> hash % 32 & 1U) != 0;
    }

    void access_phy(std::uint32_t command) {
        if (!answers_mdic) return;
        EXPECT_NE(at(reg::EXTCNF_CTRL) & kMdioByDriver, 0U) << "firmware may be talking to the PHY";
        if ((command & mdic::READ) != 0) {
            at(reg::MDIC) = (command & ~0xffffU) | phy_control | mdic::READY;
            return;
        }
        phy_control = static_cast<std::uint16_t>(command & ~phy::RESTART);
        phy_restarts += (command & phy::RESTART) != 0 ? 1 : 0;
        at(reg::MDIC) = command | mdic::READY;
    }

    void transmit() {
        if ((at(reg::TCTL) & tctl::EN) == 0) return;
        const std::uint64_t ring = at(reg::TDBAL) | std::uint64_t{at(reg::TDBAH)} << 32;
        while (at(reg::TDH) != at(reg::TDT)) {
            auto& next = *reinterpret_cast<TxDescriptor*>(
                reach(ring + std::uint64_t{at(reg::TDH)} * 16, 16));
            const auto bytes = static_cast<std::uint16_t>(next.command);
            EXPECT_EQ(next.command & (txd::EOP | txd::IFCS), txd::EOP | txd::IFCS);
            const std::byte* const from = reach(next.buffer, bytes);
            sent.emplace_back(from, from + bytes);
            if ((next.command & txd::RS) != 0) next.command |= txd::DD;
            at(reg::TDH) = (at(reg::TDH) + 1) % (at(reg::TDLEN) / 16);
        }
    }

    std::vector<std::byte> memory_;
    std::byte* base_;
    std::size_t bytes_;
    std::vector<std::uint32_t> registers_;
};

}  // namespace rxlab::nic_rx::test
