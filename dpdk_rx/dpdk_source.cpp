// SPDX-License-Identifier: MIT
#include "dpdk_source.hpp"

#include <rte_prefetch.h>
#include <rte_version.h>

namespace rxlab::dpdk_rx {

GroupTable::GroupTable(std::span<const wire::Ipv4Endpoint> groups) {
    for (const wire::Ipv4Endpoint& group : groups) {
        keys_.push_back(make_key(group.address, group.port));
    }
}

DpdkSource::DpdkSource(const PortOptions& options, std::span<const wire::Ipv4Endpoint> groups)
    : port_{options, groups}, groups_{groups} {}

DpdkSource::~DpdkSource() {
    release_burst();
}

void DpdkSource::release_burst() noexcept {
    if (burst_size_ == 0) return;
    rte_pktmbuf_free_bulk(burst_.data(), burst_size_);
    burst_size_ = 0;
}

// [snippet: dpdk-poll]
std::size_t DpdkSource::poll(std::span<rx::PacketView> batch) noexcept {
    release_burst();
    burst_size_ = rte_eth_rx_burst(port_.id(), 0, burst_.data(), rx::kBatchPackets);
    if (burst_size_ == 0) return 0;

    for (std::uint16_t i = 0; i < burst_size_; ++i) {
        rte_prefetch0(rte_pktmbuf_mtod(burst_[i], const void*));
    }
    std::size_t filled = 0;
    for (std::uint16_t i = 0; i < burst_size_; ++i) {
        const rte_mbuf& mbuf = *burst_[i];
        if (mbuf.nb_segs != 1) [[unlikely]] {
            ++segmented_;
            continue;
        }
        const std::span<const std::byte> frame{rte_pktmbuf_mtod(&mbuf, const std::byte*),
                                               mbuf.data_len};
        wire::UdpDatagram datagram;
        const wire::FrameStatus status = wire::parse_udp_frame(frame, datagram);
        frames_.count(status);
        if (status != wire::FrameStatus::ok) [[unlikely]]
            continue;
        const auto feed = groups_.find(datagram.destination, datagram.destination_port);
        if (!feed) [[unlikely]] {
            ++other_groups_;
            continue;
        }
        batch[filled++] = {datagram.payload, *feed};
    }
    return filled;
}
// [end: dpdk-poll]

std::string DpdkSource::failure() const {
    return "port " + port_.name() + " was removed";
}

rx::SourceReport DpdkSource::report() const {
    const rte_eth_stats statistics = port_.statistics();
    rx::SourceReport report;
    report.drops["imissed"] = statistics.imissed;
    report.drops["rx_nombuf"] = statistics.rx_nombuf;
    report.drops["ierrors"] = statistics.ierrors;
    report.counters["dpdk_version"] = rte_version();
    report.counters["driver"] = port_.driver();
    report.counters["multicast_filter"] = to_string(port_.filter());
    frames_.for_each([&](wire::FrameStatus status, std::uint64_t count) {
        report.counters["frames_" + std::string{wire::to_string(status)}] = count;
    });
    report.counters["other_groups"] = other_groups_;
    report.counters["segmented_frames"] = segmented_;
    return report;
}

}  // namespace rxlab::dpdk_rx
