// SPDX-License-Identifier: MIT
#include "packet_rx/packet_source.hpp"

#include <rxlab/rx/relax.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>

namespace rxlab::packet_rx {
namespace {

template <typename T>
T& header_at(std::byte* at) noexcept {
    return *reinterpret_cast<T*>(at);
}

// The kernel writes the frame and then the word, so whoever has read the word sees the frame.
bool is_ours(std::uint32_t& status) noexcept {
    return (std::atomic_ref{status}.load(std::memory_order_acquire) & TP_STATUS_USER) != 0;
}

// All reading of the frame comes before this word.
void give_back(std::uint32_t& status) noexcept {
    std::atomic_ref{status}.store(TP_STATUS_KERNEL, std::memory_order_release);
}

// The id in the tag that the kernel keeps beside the frame; priority alone is no VLAN.
std::uint16_t vlan_of(std::uint32_t status, std::uint32_t tag) noexcept {
    return (status & TP_STATUS_VLAN_VALID) != 0
               ? static_cast<std::uint16_t>(tag & wire::kVlanIdMask)
               : 0;
}

}  // namespace

PacketSource::PacketSource(const std::string& interface, unsigned index,
                           std::span<const rx::Line> lines, const RingOptions& options,
                           link::Membership* membership)
    : socket_{interface, index, options},
      ring_{socket_.ring()},
      parts_{socket_.parts()},
      part_bytes_{socket_.part_bytes()},
      by_blocks_{options.by_blocks},
      reader_{lines, true},
      membership_{membership} {}

std::size_t PacketSource::poll(std::span<rx::PacketView> batch) noexcept {
    const std::size_t filled = by_blocks_ ? poll_block(batch) : poll_slots(batch);
    if (filled > 0) return filled;
    rx::relax();
    if (--polls_until_look_ == 0) [[unlikely]] {
        polls_until_look_ = kPollsPerLook;
        if (membership_ != nullptr) membership_->look();
    }
    return 0;
}

// [snippet: packet-poll]
std::size_t PacketSource::poll_slots(std::span<rx::PacketView> batch) noexcept {
    give_slots_back();
    std::size_t filled = 0;
    if (reader_.has_rest()) [[unlikely]]
        filled = reader_.take_rest(batch);
    // A refused frame adds nothing to the batch, so the number of slots per poll is limited, too.
    while (filled < batch.size() && held_ < rx::kBatchPackets) {
        std::byte* const slot = part(next_);
        auto& header = header_at<tpacket2_hdr>(slot);
        if (!is_ours(header.tp_status)) break;
        if (is_behind_) prefetch_ahead();
        next_ = after(next_);
        ++held_;
        filled +=
            reader_.take({slot + header.tp_mac, header.tp_snaplen},
                         vlan_of(header.tp_status, header.tp_vlan_tci), batch.subspan(filled));
    }
    is_behind_ = held_ == rx::kBatchPackets;
    return filled;
}

// The lines of a slot that is some slots ahead: its header, and a frame with a message. Only while
// there is a backlog, in which that slot is filled already: an empty one's lines must stay with the
// kernel, which is about to write to them.
void PacketSource::prefetch_ahead() const noexcept {
    constexpr std::uint32_t kAhead = 8;
    const std::uint32_t ahead = next_ + kAhead;
    const std::byte* const slot = part(ahead < parts_ ? ahead : ahead - parts_);
    for (std::size_t line = 0; line < 3; ++line)
        __builtin_prefetch(slot + line * 64);
}

// Keeps the slot of a superpacket that still has packets to hand out.
void PacketSource::give_slots_back() noexcept {
    const std::uint32_t kept = reader_.has_rest() ? 1 : 0;
    for (; held_ > kept; --held_) {
        const std::uint32_t oldest = next_ >= held_ ? next_ - held_ : next_ + parts_ - held_;
        give_back(header_at<tpacket2_hdr>(part(oldest)).tp_status);
    }
}
// [end: packet-poll]

// The frames of one block, which goes back when all of them have been used.
std::size_t PacketSource::poll_block(std::span<rx::PacketView> batch) noexcept {
    std::size_t filled = 0;
    if (reader_.has_rest()) [[unlikely]]
        filled = reader_.take_rest(batch);
    else if (frames_left_ == 0 && !open_block())
        return 0;
    for (; filled < batch.size() && frames_left_ > 0; --frames_left_) {
        const auto& header = header_at<tpacket3_hdr>(frame_);
        filled +=
            reader_.take({frame_ + header.tp_mac, header.tp_snaplen},
                         vlan_of(header.tp_status, header.hv1.tp_vlan_tci), batch.subspan(filled));
        frame_ += header.tp_next_offset;
    }
    return filled;
}

// The next block, in the place of the one that was open. A block whose time is over without a
// frame is not handed over.
bool PacketSource::open_block() noexcept {
    if (is_open_) {
        give_back(header_at<tpacket_block_desc>(part(next_)).hdr.bh1.block_status);
        next_ = after(next_);
        is_open_ = false;
    }
    auto& header = header_at<tpacket_block_desc>(part(next_)).hdr.bh1;
    if (!is_ours(header.block_status)) return false;
    is_open_ = true;
    ++blocks_;
    frames_left_ = header.num_pkts;
    frame_ = part(next_) + header.offset_to_first_pkt;
    return true;
}

rx::SourceReport report_of(std::span<PacketSource* const> sources, const RingOptions& options,
                           const link::Membership& membership) {
    rx::SourceReport report;
    rx::FrameReaderCounters counters;
    std::uint64_t drops = 0;
    std::uint64_t blocks = 0;
    for (PacketSource* const source : sources) {
        counters += source->counters();
        drops += source->socket().drops();
        blocks += source->blocks();
    }
    const PacketSocket& first = sources.front()->socket();
    report.drops["socket"] = drops;
    report.counters["ring"] = options.by_blocks ? "TPACKET_V3" : "TPACKET_V2";
    report.counters[options.by_blocks ? "ring_blocks" : "ring_frames"] = first.parts();
    report.counters["ring_bytes"] = first.ring_bytes();
    report.counters["frame_bytes_max"] = first.frame_bytes_max();
    if (options.by_blocks) report.counters["blocks"] = blocks;
    membership.add_to_report(report);
    rx::add_to_report(counters, report);
    return report;
}

void warn_about_cut_frames(std::span<PacketSource* const> sources) {
    rx::FrameReaderCounters counters;
    for (const PacketSource* const source : sources)
        counters += source->counters();
    if (counters.cut == 0) return;
    fmt::print(
        stderr,
        "packet_rx: warning: {} frame{} of these feeds arrived cut off, and what was in them is "
        "lost: IP packets of up to {} bytes, where a slot of the ring holds frames of {}; "
        "give --frame-bytes {}, or at the sender: `ethtool -K INTERFACE "
        "tx-udp-segmentation off`\n",
        counters.cut, counters.cut == 1 ? "" : "s", counters.cut_bytes_max,
        sources.front()->socket().frame_bytes_max(),
        std::bit_ceil(static_cast<std::uint32_t>(counters.cut_bytes_max) + 128));
}

SingleSource::SingleSource(std::span<const rx::Line> lines, const std::string& interface,
                           const RingOptions& options, double link_wait_s)
    : options_{options},
      membership_{lines, interface, link_wait_s},
      source_{interface, membership_.index(), lines, options, &membership_} {
    source_.socket().listen(group_filter(lines));
}

rx::SourceReport SingleSource::report() {
    const std::array sources{&source_};
    warn_about_cut_frames(sources);
    return report_of(sources, options_, membership_);
}

}  // namespace rxlab::packet_rx
