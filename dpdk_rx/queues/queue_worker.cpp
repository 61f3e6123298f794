// SPDX-License-Identifier: MIT
#include "dpdk_rx/queues/queue_worker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rxlab::dpdk_rx {

std::vector<std::size_t> feeds_of_queue(std::size_t feeds, std::uint16_t queues,
                                        std::uint16_t queue) {
    std::vector<std::size_t> own;
    for (std::size_t feed = queue; feed < feeds; feed += queues)
        own.push_back(feed);
    return own;
}

namespace {

// The options of a receiver of these feeds alone.
rx::Options share_of(const rx::Options& options, const std::vector<std::size_t>& feeds) {
    const auto only = [&](auto& list, const auto& from) {
        if (from.size() != options.groups.size()) return;  // none, or one server for all
        list.clear();
        for (std::size_t feed : feeds)
            list.push_back(from[feed]);
    };
    rx::Options share = options;
    only(share.groups, options.groups);
    only(share.line_b, options.line_b);
    only(share.sources, options.sources);
    only(share.line_b_sources, options.line_b_sources);
    only(share.recover_servers, options.recover_servers);
    only(share.snapshot_servers, options.snapshot_servers);
    return share;
}

}  // namespace

QueueWorker::QueueWorker(const rx::Options& all, std::uint16_t queue, std::uint16_t queues,
                         unsigned own_lcore)
    : lcore{own_lcore},
      feeds{feeds_of_queue(all.groups.size(), queues, queue)},
      trace_path{all.trace_path.empty() ? "" : fmt::format("{}.queue{}", all.trace_path, queue)},
      options{share_of(all, feeds)},
      share{queue, {}, {}} {
    for (rx::Line line : rx::lines_of(all)) {
        const auto owner = static_cast<std::uint16_t>(line.id.feed % queues);
        const bool is_own = owner == queue;
        line.id.feed = is_own ? static_cast<std::uint16_t>(line.id.feed / queues) : owner;
        (is_own ? share.lines : share.foreign).push_back(line);
    }
}

QueueWorker::~QueueWorker() {
    trace.reset();
    std::error_code ignored;
    if (!trace_path.empty()) std::filesystem::remove(trace_path, ignored);
}

void QueueWorker::prepare(latency::Clock clock, const rx::MakePolicy& make_policy) {
    if (!trace_path.empty())
        trace.emplace(trace_path, latency::TraceKind::receiver, options.trace_records, clock);
    pipeline = std::make_unique<rx::Pipeline>(options, clock, trace ? &*trace : nullptr,
                                              make_policy(options));
}

void QueueWorker::carry_out(std::uint32_t open) noexcept {
    if ((open & WorkerTasks::go_over) != 0) {
        tasks.clear(WorkerTasks::go_over);  // one that is given from here on is another
        pipeline->go_over(pipeline->clock().now());
    }
    if ((open & WorkerTasks::snapshot) != 0) {
        pipeline->look();
        progress.live = rx::counts_of(*pipeline);
        progress.counters = source->counters();
        tasks.clear(WorkerTasks::snapshot);  // publishes them
    }
}

latency::TraceWriter merge_traces(const rx::Options& options,
                                  std::span<const std::unique_ptr<QueueWorker>> workers,
                                  latency::Clock clock, const latency::Calibration& calibration) {
    std::vector<latency::TraceRecord> records;
    std::uint64_t overflow = 0;
    for (const auto& worker : workers) {
        worker->trace->finish(calibration);
        worker->trace.reset();
        const latency::TraceReader part{worker->trace_path};
        overflow += part.header().overflow;
        for (latency::TraceRecord record : part.records()) {
            record.feed = static_cast<std::uint16_t>(worker->feeds[record.feed]);
            records.push_back(record);
        }
        std::filesystem::remove(worker->trace_path);
    }
    std::stable_sort(records.begin(), records.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    latency::TraceWriter merged{options.trace_path, latency::TraceKind::receiver,
                                options.trace_records, clock};
    for (const latency::TraceRecord& record : records)
        merged.append(record);
    // A part has the whole trace's room: where it ran over, the merged trace is full and counts.
    for (; overflow > 0; --overflow)
        merged.append({});
    merged.finish(calibration);
    return merged;
}

}  // namespace rxlab::dpdk_rx
