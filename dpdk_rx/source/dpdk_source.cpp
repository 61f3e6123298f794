// SPDX-License-Identifier: MIT
#include "dpdk_rx/source/dpdk_source.hpp"

#include "dpdk_rx/port/port_clock.hpp"

#include <rxlab/wire/segments.hpp>

#include <rte_mbuf_dyn.h>
#include <rte_prefetch.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

namespace rxlab::dpdk_rx {
namespace {

constexpr std::uint64_t kBadChecksum = RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_BAD;
constexpr std::uint64_t kChecksumOffloads =
    RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;

std::span<const std::byte> frame_of(const rte_mbuf& mbuf) noexcept {
    return {rte_pktmbuf_mtod(&mbuf, const std::byte*), mbuf.data_len};
}

// In one segment, and held by nobody else: both fields in one comparison.
bool is_whole_and_ours(const rte_mbuf& mbuf) noexcept {
    using Fields = std::array<std::uint16_t, 4>;  // data_off, refcnt, nb_segs, port
    static_assert(offsetof(rte_mbuf, refcnt) == offsetof(rte_mbuf, data_off) + 2 &&
                  offsetof(rte_mbuf, nb_segs) == offsetof(rte_mbuf, data_off) + 4);
    constexpr auto kMask = std::bit_cast<std::uint64_t>(Fields{0, 0xffff, 0xffff, 0});
    constexpr auto kOneOfEach = std::bit_cast<std::uint64_t>(Fields{0, 1, 1, 0});
    std::uint64_t fields;
    std::memcpy(&fields, reinterpret_cast<const std::byte*>(&mbuf) + offsetof(rte_mbuf, data_off),
                sizeof fields);
    return (fields & kMask) == kOneOfEach;
}

// The innermost tag of a frame that is no datagram, which the port may have stripped.
std::uint16_t vlan_of(const rte_mbuf& mbuf) noexcept {
    if ((mbuf.ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0)
        return mbuf.vlan_tci & wire::kVlanIdMask;
    const auto frame = frame_of(mbuf);
    if (frame.size() < sizeof(wire::EthernetHeader)) return 0;
    return wire::detail::skip_vlan_tags(frame.subspan(sizeof(wire::EthernetHeader)),
                                        wire::overlay<wire::EthernetHeader>(frame).type)
        .vlan;
}

}  // namespace

DpdkSource::DpdkSource(Port& port, const PortOptions& options, const QueueShare& share,
                       Exchange* exchange, Chores* chores)
    : port_{port},
      port_id_{port.id()},
      queue_{share.queue},
      burst_max_{options.burst},
      polls_port_{share.queue < port.rx_queues()},
      inspects_{options.vlan != 0 || (options.rx_offloads & kChecksumOffloads) != 0 ||
                port.timestamps().has_value()},
      is_picky_{inspects_ || std::any_of(share.lines.begin(), share.lines.end(),
                                         [](const rx::Line& line) { return line.source != 0; })},
      may_join_{port.may_join_packets()},
      is_plain_{!may_join_ && port.stamp_clock() != StampClock::port},
      groups_{share.lines},
      exchange_{exchange},
      chores_{chores},
      vlan_{options.vlan},
      refused_flags_{(options.rx_offloads & kChecksumOffloads) != 0 ? kBadChecksum : 0},
      stamp_{port.timestamps().value_or(TimestampField{})},
      foreign_{share.foreign} {
    if (port.stamp_clock() != StampClock::port) return;
    const double ticks_per_ns = latency::Calibration::start(clock_).run_ticks_per_ns();
    nic_.emplace(latency::NicClock{ticks_per_ns, latency::kNicErrorMax_ns});
    counters_.nic = &*nic_;
}

DpdkSource::~DpdkSource() {
    release_burst();
}

// Mbufs that nobody shares, in one piece and of one pool, are as the pool wants them back (this is
// what RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE has drivers rely on); the others need each a look.
void DpdkSource::release_burst() noexcept {
    if (burst_size_ == 0) return;
    if (pool_of_burst_ != nullptr) {
        rte_mempool_put_bulk(pool_of_burst_, reinterpret_cast<void* const*>(burst_.data()),
                             burst_size_);
    } else {
        rte_pktmbuf_free_bulk(burst_.data(), burst_size_);
    }
    burst_size_ = 0;
}

// [snippet: dpdk-poll]
std::size_t DpdkSource::poll(std::span<rx::PacketView> batch) noexcept {
    if (unfinished_) [[unlikely]]
        return with_ages(batch, fill_one_by_one(batch, 0));
    release_burst();
    if (--polls_until_chores_ == 0) [[unlikely]]
        run_chores();
    burst_size_ = exchange_ == nullptr
                      ? rte_eth_rx_burst(port_id_, queue_, burst_.data(), burst_max_)
                      : receive_shared();
    if (burst_size_ == 0) return 0;

    for (std::uint16_t i = 0; i < burst_size_; ++i) {  // the misses of all overlap
        rte_prefetch0(rte_pktmbuf_mtod(burst_[i], const void*));
        rte_prefetch0(rte_pktmbuf_mtod_offset(burst_[i], const void*, RTE_CACHE_LINE_SIZE));
    }
    return is_plain_ ? fill<false>(batch) : fill_with_care(batch);
}

// Takes the frames that look as nearly all do, at the least cost, and leaves the rest to
// take_frame(). Only counting its messages tells whether a frame is a superpacket.
template <bool kMayBeSeveral>
std::size_t DpdkSource::fill(std::span<rx::PacketView> batch) noexcept {
    std::size_t filled = 0, others = 0;  // those of the filled that take_frame() took
    rte_mempool* const pool = burst_[0]->pool;
    bool is_alike = true;  // all from that pool, in the pool's own memory
    for (std::uint16_t i = 0; i < burst_size_; ++i) {
        const rte_mbuf& mbuf = *burst_[i];
        wire::PlainDatagram datagram;
        const rx::GroupTable::Entry* line = nullptr;
        if (is_whole_and_ours(mbuf) && wire::parse_plain_udp(frame_of(mbuf), datagram)) [[likely]]
            line = groups_.find(datagram.destination);
        if (line == nullptr || (is_picky_ && (inspects_ || !line->takes(datagram.source))) ||
            (kMayBeSeveral &&
             wire::mold::packet_bytes(datagram.payload) != datagram.payload.size())) [[unlikely]] {
            is_alike = false;
            if (!take_frame(i, batch[filled])) continue;
            if (kMayBeSeveral && begin_segments(batch[filled])) {
                next_ = static_cast<std::uint16_t>(i + 1);
                break;
            }
            ++filled;
            ++others;
            continue;
        }
        is_alike = is_alike & (mbuf.pool == pool) & RTE_MBUF_DIRECT(&mbuf);
        // Field by field: a PacketView that is built first and then copied would be read back while
        // its stores are still on the way.
        rx::PacketView& packet = batch[filled++];
        packet.payload = datagram.payload;
        std::memcpy(&packet.id, &line->id, sizeof packet.id);  // in one piece
        packet.source = datagram.source;
        packet.ages.clear();
    }
    counters_.frames.count(wire::FrameStatus::ok, filled - others);
    pool_of_burst_ = is_alike ? pool : nullptr;
    return kMayBeSeveral && unfinished_ ? fill_one_by_one(batch, filled) : filled;
}
// [end: dpdk-poll]

std::size_t DpdkSource::fill_with_care(std::span<rx::PacketView> batch) noexcept {
    if (nic_) burst_at_ = clock_.now();
    return with_ages(batch, may_join_ ? fill<true>(batch) : fill<false>(batch));
}

// Ages are those of the burst's arrival: to all of them, add what has passed since.
std::size_t DpdkSource::with_ages(std::span<rx::PacketView> batch, std::size_t filled) noexcept {
    if (!nic_) return filled;
    const double since_ns =
        static_cast<double>(clock_.now() - burst_at_) / nic_->clock().ticks_per_ns();
    for (rx::PacketView& packet : batch.first(filled))
        if (packet.ages.nic_ns != 0) packet.ages.nic_ns += static_cast<std::uint32_t>(since_ns);
    return filled;
}

// False: it is one packet.
bool DpdkSource::begin_segments(const rx::PacketView& packet) noexcept {
    const std::size_t bytes = wire::mold::segment_bytes(packet.payload);
    if (bytes == 0) return false;
    superpacket_ = packet;
    segment_bytes_ = bytes;
    unfinished_ = true;
    ++counters_.superpackets;
    return true;
}

// From a superpacket on, as far as the batch has room; the next poll goes on from there.
std::size_t DpdkSource::fill_one_by_one(std::span<rx::PacketView> batch,
                                        std::size_t filled) noexcept {
    while (filled < batch.size()) {
        if (!superpacket_.payload.empty()) {
            const std::size_t bytes = std::min(segment_bytes_, superpacket_.payload.size());
            batch[filled] = superpacket_;
            batch[filled++].payload = superpacket_.payload.first(bytes);
            superpacket_.payload = superpacket_.payload.subspan(bytes);
            ++counters_.segments;
        } else if (next_ == burst_size_) {
            break;
        } else if (take_frame(next_++, batch[filled]) && !begin_segments(batch[filled])) {
            ++filled;
        }
    }
    unfinished_ = !superpacket_.payload.empty() || next_ < burst_size_;
    return filled;
}

// Any frame. False: it is not for this queue's books, and counted.
bool DpdkSource::take_frame(std::uint16_t index, rx::PacketView& packet) noexcept {
    const rte_mbuf& mbuf = *burst_[index];
    if (mbuf.nb_segs != 1) {
        ++counters_.segmented;
        return false;
    }
    wire::UdpDatagram datagram;
    const wire::FrameStatus status = wire::parse_udp_frame(frame_of(mbuf), datagram);
    counters_.frames.count(status);
    if (status != wire::FrameStatus::ok) {
        if (status == wire::FrameStatus::truncated) note_cut(frame_of(mbuf));
        no_datagram(index, status);
        return false;
    }
    const std::uint64_t key =
        wire::destination_key(datagram.destination, datagram.destination_port);
    const rx::GroupTable::Entry* const line = groups_.find(key);
    if (line == nullptr) {
        other_group(index, key);
        return false;
    }
    if (!line->takes(datagram.source)) {
        ++counters_.other_sources;
        return false;
    }
    packet = {datagram.payload, line->id, datagram.source};
    return !inspects_ || inspect(mbuf, datagram.vlan, packet);
}

// Others first, so that what they hand over cannot pile up; at most half a burst, so that the port
// cannot, either.
std::uint16_t DpdkSource::receive_shared() noexcept {
    const unsigned share = polls_port_ ? burst_max_ / 2U : burst_max_;
    std::uint16_t count = exchange_->take(queue_, burst_.data(), share);
    counters_.taken_over += count;
    if (polls_port_) {
        count = static_cast<std::uint16_t>(
            count + rte_eth_rx_burst(port_id_, queue_, burst_.data() + count,
                                     static_cast<std::uint16_t>(burst_max_ - count)));
    }
    return count;
}

// What only some options ask for. False: the frame is not taken, and counted.
bool DpdkSource::inspect(const rte_mbuf& mbuf, std::uint16_t tag, rx::PacketView& packet) noexcept {
    if ((mbuf.ol_flags & refused_flags_) != 0) {
        ++counters_.bad_checksum;
        return false;
    }
    const bool stripped = (mbuf.ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0;
    const std::uint16_t vlan =
        stripped ? static_cast<std::uint16_t>(mbuf.vlan_tci & wire::kVlanIdMask) : tag;
    if (vlan_ != 0 && vlan != vlan_) {
        ++counters_.other_vlan;
        return false;
    }
    if (stamp_.flag != 0 && (mbuf.ol_flags & stamp_.flag) != 0) {
        const rte_mbuf_timestamp_t stamp =
            *RTE_MBUF_DYNFIELD(&mbuf, stamp_.offset, const rte_mbuf_timestamp_t*);
        if (counters_.stamped++ == 0) counters_.first_stamp = stamp;
        if (stamp < counters_.last_stamp) ++counters_.stamps_backwards;
        counters_.last_stamp = stamp;
        if (nic_) packet.ages.nic_ns = nic_->age_ns(stamp, burst_at_);
    }
    return true;
}

void DpdkSource::run_chores() noexcept {
    polls_until_chores_ = Chores::kPolls;
    if (chores_ != nullptr) chores_->run();
    if (nic_ && nic_->clock().is_due(clock_.now())) read_nic_clock();
}

void DpdkSource::read_nic_clock() noexcept {
    latency::NicReading reading;
    reading.before = clock_.now();
    const int error = read_port_clock(port_id_, reading.nic);
    reading.after = clock_.now();
    error == 0 ? nic_->clock().add(reading) : nic_->clock().add_failure(reading.after);
}

void DpdkSource::no_datagram(std::uint16_t index, wire::FrameStatus status) noexcept {
    if (status != wire::FrameStatus::not_udp) return;
    if (vlan_ != 0 && vlan_of(*burst_[index]) != vlan_) return;
    if (chores_ != nullptr) {
        chores_->receive_igmp(frame_of(*burst_[index]));
    } else if (exchange_ != nullptr) {
        hand_over(index, 0, status);  // the queue with the chores
    }
}

void DpdkSource::other_group(std::uint16_t index, std::uint64_t key) noexcept {
    if (exchange_ != nullptr) {
        if (const rx::GroupTable::Entry* const foreign = foreign_.find(key); foreign != nullptr) {
            hand_over(index, foreign->id.feed, wire::FrameStatus::ok);
            return;
        }
    }
    ++counters_.other_groups;
}

// Somebody on the way has buffers that are too small for this frame.
void DpdkSource::note_cut(std::span<const std::byte> frame) noexcept {
    const auto cut = wire::read_cut_frame(frame);
    if (!cut) return;
    if (groups_.find(cut->destination) == nullptr && foreign_.find(cut->destination) == nullptr)
        return;
    ++counters_.cut;
    counters_.cut_bytes_max = std::max<std::uint64_t>(counters_.cut_bytes_max, cut->ip_bytes);
}

void DpdkSource::hand_over(std::uint16_t index, std::uint16_t queue,
                           wire::FrameStatus status) noexcept {
    if (!exchange_->hand_over(queue, burst_[index])) {
        ++counters_.exchange_full;
        return;
    }
    ++counters_.handed_over;
    counters_.frames.take_back(status);
    burst_[index] = nullptr;  // which rte_pktmbuf_free_bulk steps over
}

}  // namespace rxlab::dpdk_rx
