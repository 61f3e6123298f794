// SPDX-License-Identifier: MIT
//
// From whole frames, as an interface hands them to whoever reads below its IP stack, to the packets
// of the groups. What the kernel does for a socket is done here: headers, the right group, the
// right sender, superpackets taken apart; nothing is reassembled. UDP checksums are not verified: a
// frame that never saw a wire (veth) has one that is legitimately unfinished. Every frame that is
// not taken is counted by reason.
// Ownership: views the frame's bytes. Threading: one thread.
#pragma once

#include <rxlab/rx/group_table.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/summary.hpp>
#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/segments.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace rxlab::rx {

struct FrameReaderCounters {
    wire::FrameCounters frames;
    std::uint64_t other_groups = 0;
    std::uint64_t other_sources = 0;  // of a group that is wanted from one source
    std::uint64_t other_vlan = 0;     // a VLAN has an interface of its own
    std::uint64_t cut = 0;            // frames of a group of which only the front arrived
    std::uint64_t cut_bytes_max = 0;  // of the longest of them, as it was sent, without Ethernet
    std::uint64_t superpackets = 0;   // frames that held several packets (wire/segments.hpp)
    std::uint64_t segments = 0;       // packets in those

    FrameReaderCounters& operator+=(const FrameReaderCounters& other) noexcept;
};

class FrameReader {
  public:
    // `may_join`: a frame may be a superpacket.
    FrameReader(std::span<const Line> lines, bool may_join) : groups_{lines}, may_join_{may_join} {}

    // Writes the packets in `frame` to the front of `batch`, which has room for one at least, and
    // returns how many. 0: the frame is not taken, and counted. What a superpacket holds beyond
    // the room in `batch` is for take_rest(), and the frame must stay until then. `vlan`: the id
    // of a tag that was taken off the frame, 0 where there was none.
    [[nodiscard]] std::size_t take(std::span<const std::byte> frame, std::uint16_t vlan,
                                   std::span<PacketView> batch) noexcept {
        wire::PlainDatagram datagram;
        const GroupTable::Entry* line = nullptr;
        if (vlan == 0 && wire::parse_plain_udp(frame, datagram)) [[likely]]
            line = groups_.find(datagram.destination);
        if (line == nullptr || !line->takes(datagram.source) ||
            (may_join_ && wire::mold::packet_bytes(datagram.payload) != datagram.payload.size()))
            [[unlikely]]
            return take_other(frame, vlan, batch);
        counters_.frames.count(wire::FrameStatus::ok);
        // Field by field: a PacketView that is built first and then copied would be read back while
        // its stores are still on the way.
        PacketView& packet = batch[0];
        packet.payload = datagram.payload;
        packet.id = line->id;
        packet.source = datagram.source;
        packet.ages.clear();
        return 1;
    }
    [[nodiscard]] bool has_rest() const noexcept { return !superpacket_.payload.empty(); }
    [[nodiscard]] std::size_t take_rest(std::span<PacketView> batch) noexcept;

    [[nodiscard]] const FrameReaderCounters& counters() const noexcept { return counters_; }

  private:
    [[nodiscard]] std::size_t take_other(std::span<const std::byte> frame, std::uint16_t vlan,
                                         std::span<PacketView> batch) noexcept;
    void note_cut(std::span<const std::byte> frame) noexcept;

    GroupTable groups_;
    bool may_join_;
    PacketView superpacket_{};       // its payload: what is left
    std::size_t segment_bytes_ = 0;  // of each but the last
    FrameReaderCounters counters_;
};

// Into a source's report, in the words of docs/contracts.md.
void add_to_report(const FrameReaderCounters& counters, SourceReport& report);

}  // namespace rxlab::rx
