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

QueueWorker::QueueWorker(const rx::Options& options, std::uint16_t queue, std::uint16_t queues,
                         unsigned lcore)
    : options_{share_of(options, feeds_of_queue(options.groups.size(), queues, queue))},
      share_{queue, {}, {}},
      lcore_{lcore},
      feeds_{feeds_of_queue(options.groups.size(), queues, queue)} {
    for (rx::Line line : rx::lines_of(options)) {
        const auto owner = static_cast<std::uint16_t>(line.id.feed % queues);
        const bool is_own = owner == queue;
        line.id.feed = is_own ? static_cast<std::uint16_t>(line.id.feed / queues) : owner;
        (is_own ? share_.lines : share_.foreign).push_back(line);
    }
    if (!options.trace_path.empty()) {
        trace_path_ = fmt::format("{}.queue{}", options.trace_path, queue);
    }
}

QueueWorker::~QueueWorker() {
    trace_.reset();
    std::error_code ignored;
    if (!trace_path_.empty()) std::filesystem::remove(trace_path_, ignored);
}

void QueueWorker::prepare(latency::Clock clock, const rx::MakePolicy& make_policy) {
    if (!trace_path_.empty()) {
        trace_.emplace(trace_path_, latency::TraceKind::receiver, options_.trace_records, clock);
    }
    pipeline_ = std::make_unique<rx::Pipeline>(options_, clock, trace_ ? &*trace_ : nullptr,
                                               make_policy(options_));
}

void QueueWorker::attach(Port& port, const PortOptions& options, Exchange& exchange,
                         Chores* chores) {
    source_.emplace(port, options, share_, &exchange, chores);
}

void QueueWorker::take_snapshot() noexcept {
    pipeline_->look();
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
