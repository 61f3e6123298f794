// SPDX-License-Identifier: MIT
#include "queue_worker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rxlab::dpdk_rx {

std::vector<std::size_t> feeds_of_queue(std::size_t feeds, std::uint16_t queues,
                                        std::uint16_t queue) {
    std::vector<std::size_t> own;
    for (std::size_t feed = queue; feed < feeds; feed += queues)
        own.push_back(feed);
    return own;
}

QueueWorker::QueueWorker(const rx::Options& options, std::uint16_t queue, unsigned lcore,
                         std::vector<std::size_t> feeds)
    : options_{options},
      all_groups_{options.groups},
      queue_{queue},
      lcore_{lcore},
      feeds_{std::move(feeds)} {
    options_.groups.clear();
    for (std::size_t feed : feeds_)
        options_.groups.push_back(all_groups_[feed]);
    if (!options.trace_path.empty()) {
        trace_path_ = fmt::format("{}.queue{}", options.trace_path, queue_);
    }
}

QueueWorker::~QueueWorker() {
    trace_.reset();
    std::error_code ignored;
    if (!trace_path_.empty()) std::filesystem::remove(trace_path_, ignored);
}

void QueueWorker::prepare(latency::Clock clock) {
    if (!trace_path_.empty()) {
        trace_.emplace(trace_path_, latency::TraceKind::receiver, options_.trace_records, clock);
    }
    pipeline_.emplace(options_, clock, trace_ ? &*trace_ : nullptr);
}

void QueueWorker::attach(Port& port, const PortOptions& options, Exchange& exchange,
                         Chores* chores) {
    QueueShare share;
    share.queue = queue_;
    share.groups = options_.groups;
    for (std::size_t feed = 0; feed < all_groups_.size(); ++feed) {
        const auto owner = static_cast<std::uint16_t>(feed % options.queues);
        if (owner == queue_) continue;
        share.foreign.push_back(all_groups_[feed]);
        share.foreign_queue.push_back(owner);
    }
    source_.emplace(port, options, share, &exchange, chores);
}

void QueueWorker::take_snapshot() noexcept {
    progress_.live = rx::counts_of(*pipeline_);
    progress_.counters = source_->counters();
    progress_.snapshots.store(++snapshots_, std::memory_order_release);
}

void QueueWorker::finish(const latency::Calibration& calibration) {
    if (!trace_) return;
    trace_->finish(calibration);
    trace_.reset();
}

latency::TraceWriter merge_traces(const rx::Options& options, std::span<QueueWorker* const> workers,
                                  latency::Clock clock, const latency::Calibration& calibration) {
    std::vector<latency::TraceRecord> records;
    std::uint64_t overflow = 0;
    for (const QueueWorker* worker : workers) {
        const latency::TraceReader part{worker->trace_path()};
        overflow += part.header().overflow;
        for (latency::TraceRecord record : part.records()) {
            record.feed = static_cast<std::uint16_t>(worker->feeds()[record.feed]);
            records.push_back(record);
        }
        std::filesystem::remove(worker->trace_path());
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
