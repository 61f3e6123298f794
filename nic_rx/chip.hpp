// SPDX-License-Identifier: MIT
//
// The 82574L from reset to receiving, and back: what must be written to its registers, and what
// they say. Nothing here is called for a packet. Threading: one thread.
#pragma once

#include "nic_rx/device.hpp"
#include "nic_rx/registers.hpp"

#include <rxlab/wire/ethernet.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace rxlab::nic_rx {

struct ChipOptions {
    std::uint32_t descriptors = 2'048;   // of the receive ring: a power of two, 64 to 4,096
    std::uint32_t buffer_bytes = 2'048;  // 2,048, 4,096, 8,192 or 16,384
    bool all_multicast = false;          // no multicast filter
};

// Since the chip was started. Its registers count to 2^32 between two readings and then stay there:
// at a gigabit a second, after 48 minutes of the shortest frames.
struct ChipCounters {
    std::uint64_t missed = 0;      // frames for us that were lost for want of descriptors (MPC)
    std::uint64_t damaged = 0;     // frames, whoever they were for: CRCERRS + ALGNERRC + RXERRC
    std::uint64_t wrong_size = 0;  // likewise: RUC + ROC + RLEC
    std::uint64_t ring_full = 0;   // frames that found no descriptor; they may have waited (RNBC)
    std::uint64_t received = 0;    // good frames that passed the filters (GPRC)
    std::uint64_t sent = 0;        // GPTC
};

// The bit of a multicast address in the table, 0 to 4,095, with RCTL.MO = 0: section 10.2.5.21.
[[nodiscard]] unsigned mta_bit(const wire::MacAddress& address) noexcept;

class Chip {
  public:
    static constexpr std::uint32_t kTxDescriptors = 16;

    // How much memory the chip needs for its rings and buffers.
    [[nodiscard]] static std::size_t memory_bytes(const ChipOptions& options) noexcept;

    // Resets the chip and sets it up for the groups (IPv4, host order), with all descriptors still
    // ours. `name`: for messages. Throws program::RunError.
    Chip(Device& device, const DmaMemory& memory, std::span<const std::uint32_t> groups,
         const ChipOptions& options, std::string name);
    Chip(const Chip&) = delete;
    Chip& operator=(const Chip&) = delete;
    // Stops receiving, waits until the chip writes no memory any more, and resets it.
    ~Chip();

    [[nodiscard]] std::span<RxDescriptor> rx_descriptors() const noexcept;
    [[nodiscard]] std::byte* rx_buffers() const noexcept;
    [[nodiscard]] std::uint64_t rx_buffers_iova() const noexcept;

    // From the first address register, where the chip puts what its NVM says.
    [[nodiscard]] wire::MacAddress mac() noexcept;
    [[nodiscard]] bool has_link() noexcept { return (device_.read(reg::STATUS) & status::LU) != 0; }
    [[nodiscard]] unsigned megabits() noexcept {
        return status::megabits(device_.read(reg::STATUS));
    }
    // The link changed since the last call, even if it is again what it was.
    [[nodiscard]] bool link_has_changed() noexcept;
    // All registers read as ones: the device is not there any more.
    [[nodiscard]] bool is_gone() noexcept { return device_.read(reg::STATUS) == kAllOnes; }

    // False: all transmit descriptors are busy, or the frame is too long.
    [[nodiscard]] bool send(std::span<const std::byte> frame) noexcept;
    // Reads the statistics registers, which clears them, and adds them up.
    const ChipCounters& count() noexcept;

  private:
    void reset();
    void wake_phy();
    [[nodiscard]] std::uint32_t access_phy(std::uint32_t command);
    void set_filters(std::span<const std::uint32_t> groups);
    void set_up_receive(const ChipOptions& options);
    void set_up_transmit();
    void set_ring(std::uint32_t first_register, std::size_t offset, std::size_t bytes);
    void stop() noexcept;
    // Polls a register until (value & mask) == wanted, for 100 ms or a little more. False: it never
    // was.
    [[nodiscard]] bool wait_for(std::uint32_t offset, std::uint32_t mask,
                                std::uint32_t wanted) noexcept;

    Device& device_;
    DmaMemory memory_;
    std::uint32_t descriptors_;
    std::string name_;
    std::uint32_t tx_next_ = 0;
    ChipCounters counters_;
};

}  // namespace rxlab::nic_rx
