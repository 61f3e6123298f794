// SPDX-License-Identifier: MIT
//
// A PacketSource over a capture file, the same for all receivers: what was recorded goes through
// the pipeline as if it were received. Time is the capture's: each packet moves the thread's
// VirtualTime to its stamp, so that t_rx is when the packet was recorded, waits last as long as
// they did then, and a run gives the same on every machine. t_book is t_rx: what the work takes is
// not measured. Where stamps run backwards, time stands still, and that is counted.
// Ownership: the open file. Threading: one thread.
#pragma once

#include <rxlab/capture/reader.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/summary.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/frame.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rxlab::rx {

class CaptureSource {
  public:
    // `vlan`: takes only this VLAN's frames; 0: whatever the tag. Throws program::RunError.
    CaptureSource(const std::string& path, std::span<const Line> lines, std::uint16_t vlan = 0);

    // At most one packet, so that each has its own t_rx. Also returns 0 after a number of frames
    // that are for none of the groups, so that signals are noticed.
    std::size_t poll(std::span<PacketView> batch) noexcept;
    // At the end, too: nothing comes any more.
    [[nodiscard]] bool failed() const noexcept { return ended_; }
    // Empty at the end; else why the file cannot be read on.
    [[nodiscard]] std::string failure() const { return reader_.failure(); }
    [[nodiscard]] const std::string& interface() const noexcept { return reader_.name(); }
    [[nodiscard]] std::uint64_t drops() const noexcept { return 0; }
    [[nodiscard]] SourceReport report() const;

  private:
    struct Group {
        wire::Ipv4Endpoint endpoint;
        LineId id;
    };

    [[nodiscard]] bool take(const capture::Frame& frame, PacketView& out) noexcept;
    [[nodiscard]] const Group* find(const wire::UdpDatagram& datagram) const noexcept;
    void keep_time(std::uint64_t time_ns) noexcept;

    capture::Reader reader_;
    std::vector<Group> groups_;  // ascending
    std::uint16_t vlan_;
    bool ended_ = false;
    wire::FrameCounters frames_;
    std::uint64_t cut_frames_ = 0;
    std::uint64_t other_groups_ = 0;
    std::uint64_t other_vlan_ = 0;
    std::uint64_t time_went_back_ = 0;
    std::uint64_t first_ns_ = 0;
    std::uint64_t last_ns_ = 0;  // the latest so far
};

static_assert(PacketSource<CaptureSource>);

}  // namespace rxlab::rx
