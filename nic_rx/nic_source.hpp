// SPDX-License-Identifier: MIT
//
// A PacketSource over the receive ring: frames are read where the chip has put them, and what must
// be done besides (membership reports, a look at the link) is done every so many polls.
// Ownership: chip and ring; the device must outlive the source. Threading: one thread.
#pragma once

#include "nic_rx/chip.hpp"
#include "nic_rx/device.hpp"
#include "nic_rx/rx_ring.hpp"

#include <rxlab/igmp/speaker.hpp>
#include <rxlab/link/link_watch.hpp>
#include <rxlab/rx/frame_reader.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/summary.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace rxlab::nic_rx {

struct NicOptions {
    ChipOptions chip;
    std::uint16_t vlan = 0;  // take only this VLAN's frames; 0: only those without a tag
    double link_wait_s = 5;
    igmp::Options igmp;
};

class NicSource {
  public:
    // `name`: the device's, for messages. Waits for the link, joins the groups. Throws
    // program::RunError.
    NicSource(Device& device, const DmaMemory& memory, std::string name,
              std::span<const rx::Line> lines, const NicOptions& options);
    NicSource(const NicSource&) = delete;
    NicSource& operator=(const NicSource&) = delete;
    ~NicSource();

    // Never blocks.
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] bool failed() const noexcept { return !failure_.empty(); }
    // A link that stays down ends nic_rx's use of the card, too: its driver does not look again.
    [[nodiscard]] bool is_gone() const noexcept { return failed(); }
    [[nodiscard]] std::string failure() const { return failure_; }
    [[nodiscard]] const std::string& interface() const noexcept { return name_; }
    [[nodiscard]] std::uint64_t drops() noexcept;
    // At the end: leaves the groups first.
    [[nodiscard]] rx::SourceReport report();
    // Looks at the link, at whether the kernel wants the device back, and at reports that are due.
    // poll() calls it now and then.
    void do_chores(std::int64_t now_ns) noexcept;

  private:
    static constexpr std::uint32_t kPollsPerChores = 1'024;

    [[nodiscard]] std::size_t take(std::span<const std::byte> frame, std::uint16_t other_vlan,
                                   std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] std::size_t take_odd(std::uint64_t written, std::span<const std::byte> frame,
                                       std::span<rx::PacketView> batch) noexcept;
    void look(std::int64_t now_ns) noexcept;
    void leave() noexcept;

    Device& device_;
    std::string name_;
    Chip chip_;
    RxRing ring_;
    rx::FrameReader reader_;
    std::uint16_t vlan_;
    std::uint64_t usual_mask_, usual_;  // of `written`, of a whole frame of our VLAN
    bool in_long_frame_ = false;        // of which the end is still to come
    std::uint32_t polls_until_chores_ = kPollsPerChores;
    std::int64_t next_look_ns_ = 0;
    std::uint32_t looks_ = 0;
    std::string failure_;
    link::LinkState link_;
    double link_wait_s_;
    ChipOptions chip_options_;
    std::uint64_t segmented_ = 0;   // frames that came in several buffers: left out
    std::uint64_t bad_frames_ = 0;  // that the chip called bad: left out
    igmp::Speaker igmp_;
};

static_assert(rx::PacketSource<NicSource>);

}  // namespace rxlab::nic_rx
