// SPDX-License-Identifier: MIT
//
// The part of the summary that only this receiver has (docs/contracts.md).
#include "dpdk_rx/source/dpdk_source.hpp"

#include <rxlab/latency/to_json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace rxlab::dpdk_rx {
namespace {

std::uint64_t sum(std::span<const QueueCounters> queues,
                  std::uint64_t QueueCounters::*member) noexcept {
    std::uint64_t total = 0;
    for (const QueueCounters& queue : queues)
        total += queue.*member;
    return total;
}

nlohmann::ordered_json stamps_of(const Port& port, std::span<const QueueCounters> queues) {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    for (const QueueCounters& queue : queues) {
        if (queue.stamped == 0) continue;
        first = first == 0 ? queue.first_stamp : std::min(first, queue.first_stamp);
        last = std::max(last, queue.last_stamp);
    }
    nlohmann::ordered_json json{{"packets", sum(queues, &QueueCounters::stamped)},
                                {"backwards", sum(queues, &QueueCounters::stamps_backwards)},
                                {"first", first},
                                {"last", last},
                                {"conversion", to_string(port.stamp_clock())}};
    if (queues.front().nic != nullptr) json.update(latency::nic_stamps_json(*queues.front().nic));
    return json;
}

}  // namespace

void warn_about_cut_frames(const Port& port, std::span<const QueueCounters> queues) {
    const std::uint64_t cut = sum(queues, &QueueCounters::cut);
    if (cut == 0) return;
    std::uint64_t longest = 0;
    for (const QueueCounters& queue : queues)
        longest = std::max(longest, queue.cut_bytes_max);
    const std::string what = fmt::format(
        "dpdk_rx: warning: {} frame{} of these feeds arrived cut off, and what was in them is "
        "lost: IP packets of up to {} bytes",
        cut, cut == 1 ? "" : "s", longest);
    const unsigned mtu = port.kernel().mtu();
    std::string remedy = port.remedy_for(static_cast<unsigned>(longest));
    if (mtu != 0 && longest > mtu) {  // longer than the network takes: nobody has sent it like that
        remedy = fmt::format(
            " where the interface takes {}: the sender leaves it to its network card to make "
            "datagrams of them, and there is none on this way; at the sender: `ethtool -K "
            "INTERFACE tx-udp-segmentation off`",
            mtu);
    }
    fmt::print(stderr, "{}{}\n", what, remedy);
}

// rx_nombuf is no packet's loss: it counts attempts to refill the ring, one a poll while the pool
// is empty. What is lost by that shows as imissed.
std::optional<std::uint64_t> drops_of(const Port& port, std::span<const QueueCounters> queues) {
    std::optional<std::uint64_t> frames = port.losses().frames();
    if (frames) *frames += sum(queues, &QueueCounters::exchange_full);
    return frames;
}

rx::SourceReport report_of(const Port& port, const Chores& chores,
                           std::span<const QueueCounters> queues) {
    const PortLosses losses = port.losses();
    rx::SourceReport report;
    if (losses.socket) report.drops["socket"] = *losses.socket;
    if (losses.imissed) report.drops["imissed"] = *losses.imissed;
    report.drops["rx_nombuf"] = losses.rx_nombuf;
    report.drops["ierrors"] = losses.ierrors;
    if (queues.size() > 1) {
        report.drops["exchange_full"] = sum(queues, &QueueCounters::exchange_full);
    }
    report.counters = port.report();
    if (!losses.not_counted.empty()) report.counters["drops_not_counted"] = losses.not_counted;
    for (std::size_t i = 0; i < wire::kFrameStatuses; ++i) {
        const auto status = static_cast<wire::FrameStatus>(i);
        std::uint64_t count = 0;
        for (const QueueCounters& queue : queues)
            count += queue.frames[status];
        report.counters["frames_" + std::string{wire::to_string(status)}] = count;
    }
    report.counters["other_groups"] = sum(queues, &QueueCounters::other_groups);
    report.counters["other_sources"] = sum(queues, &QueueCounters::other_sources);
    report.counters["other_vlan"] = sum(queues, &QueueCounters::other_vlan);
    report.cut_packets = sum(queues, &QueueCounters::cut);
    report.counters["cut_frames"] = report.cut_packets;
    report.counters["superpackets"] = sum(queues, &QueueCounters::superpackets);
    report.counters["superpacket_segments"] = sum(queues, &QueueCounters::segments);
    report.counters["segmented_frames"] = sum(queues, &QueueCounters::segmented);
    report.counters["bad_checksum"] = sum(queues, &QueueCounters::bad_checksum);
    if (port.timestamps()) report.counters["hardware_timestamps"] = stamps_of(port, queues);
    report.counters["igmp"] = chores.igmp_report();
    return report;
}

}  // namespace rxlab::dpdk_rx
