// SPDX-License-Identifier: MIT
//
// The part of the summary that only this receiver has (docs/contracts.md).
#include "dpdk_source.hpp"

namespace rxlab::dpdk_rx {
namespace {

std::uint64_t sum(std::span<const QueueCounters> queues,
                  std::uint64_t QueueCounters::*member) noexcept {
    std::uint64_t total = 0;
    for (const QueueCounters& queue : queues)
        total += queue.*member;
    return total;
}

nlohmann::ordered_json stamps_of(std::span<const QueueCounters> queues) {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    for (const QueueCounters& queue : queues) {
        if (queue.stamped == 0) continue;
        first = first == 0 ? queue.first_stamp : std::min(first, queue.first_stamp);
        last = std::max(last, queue.last_stamp);
    }
    return {{"packets", sum(queues, &QueueCounters::stamped)},
            {"backwards", sum(queues, &QueueCounters::stamps_backwards)},
            {"first", first},
            {"last", last}};
}

}  // namespace

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
    report.counters["segmented_frames"] = sum(queues, &QueueCounters::segmented);
    report.counters["bad_checksum"] = sum(queues, &QueueCounters::bad_checksum);
    if (port.timestamps()) report.counters["hardware_timestamps"] = stamps_of(queues);
    report.counters["igmp"] = chores.igmp_report();
    return report;
}

}  // namespace rxlab::dpdk_rx
