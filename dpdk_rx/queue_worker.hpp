// SPDX-License-Identifier: MIT
//
// One of several queues: its lcore, its share of the feeds, its pipeline and its part of the trace.
// What other threads may look at while it runs is in atomics of its own cache line.
#pragma once

#include "dpdk_source.hpp"

#include <rxlab/latency/trace.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/rx/receive.hpp>
#include <rxlab/rx/statistics.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace rxlab::dpdk_rx {

// What the main lcore tells the others. Written seldom: the line stays shared in their caches.
struct alignas(64) WorkerControl {
    std::atomic<bool> stop{false};
    std::atomic<std::uint32_t> snapshots{0};  // how many have been asked for
    std::atomic<std::uint32_t> decisions{0};  // of the operator: see Wakeup
};

// What a worker tells the main lcore.
struct alignas(64) WorkerProgress {
    std::atomic<std::uint64_t> messages{0};
    std::atomic<bool> all_ended{false};
    std::atomic<std::uint32_t> snapshots{0};  // how many were taken; publishes `live`, `counters`
    rx::LiveCounts live;
    QueueCounters counters;
};

class QueueWorker {
  public:
    // The queue's share of options.groups: one in `queues`, from its own number on.
    QueueWorker(const rx::Options& options, std::uint16_t queue, std::uint16_t queues,
                unsigned lcore);
    QueueWorker(const QueueWorker&) = delete;
    QueueWorker& operator=(const QueueWorker&) = delete;
    ~QueueWorker();

    // Allocates and touches the memory, on the lcore that will use it: that is how it comes to lie
    // on that lcore's NUMA node.
    void prepare(latency::Clock clock, const rx::MakePolicy& make_policy);
    void attach(Port& port, const PortOptions& options, Exchange& exchange, Chores* chores);

    // Polls until `control` says stop; `goes_on` is called after each poll and ends it by returning
    // false.
    template <typename GoesOn>
    void receive(const WorkerControl& control, GoesOn&& goes_on) noexcept {
        rx::poll_loop(*source_, *pipeline_, [&](bool worked) {
            if (worked) {
                progress_.messages.store(pipeline_->messages(), std::memory_order_relaxed);
                progress_.all_ended.store(pipeline_->all_ended(), std::memory_order_relaxed);
            }
            if (control.snapshots.load(std::memory_order_relaxed) != snapshots_) [[unlikely]]
                take_snapshot();
            if (control.decisions.load(std::memory_order_relaxed) != decisions_) [[unlikely]] {
                ++decisions_;
                pipeline_->go_over(pipeline_->clock().now());
            }
            return !control.stop.load(std::memory_order_relaxed) && goes_on(worked);
        });
        pipeline_->finish();
    }
    // Time counts from here. `cpus` are those of all queues.
    void begin(double ticks_per_ns, std::span<const unsigned> cpus) {
        pipeline_->begin(ticks_per_ns, cpus);
    }
    void take_snapshot() noexcept;
    // Closes its part of the trace, which can then be read.
    void finish(const latency::Calibration& calibration);

    [[nodiscard]] std::uint16_t queue() const noexcept { return share_.queue; }
    [[nodiscard]] unsigned lcore() const noexcept { return lcore_; }
    [[nodiscard]] const std::vector<std::size_t>& feeds() const noexcept { return feeds_; }
    [[nodiscard]] const rx::Pipeline& pipeline() const noexcept { return *pipeline_; }
    [[nodiscard]] const DpdkSource& source() const noexcept { return *source_; }
    [[nodiscard]] const WorkerProgress& progress() const noexcept { return progress_; }
    [[nodiscard]] const std::filesystem::path& trace_path() const noexcept { return trace_path_; }

    // What is run on its lcore, and what that threw.
    std::function<void(QueueWorker&)> work;
    std::exception_ptr error;

  private:
    rx::Options options_;  // its own share of the groups
    QueueShare share_;
    unsigned lcore_;
    std::vector<std::size_t> feeds_;  // indices of the options of all
    std::filesystem::path trace_path_;
    std::optional<latency::TraceWriter> trace_;
    std::unique_ptr<rx::Pipeline> pipeline_;
    std::optional<DpdkSource> source_;
    std::uint32_t snapshots_ = 0;
    std::uint32_t decisions_ = 0;
    WorkerProgress progress_;
};

// The feeds of one queue out of `queues`.
[[nodiscard]] std::vector<std::size_t> feeds_of_queue(std::size_t feeds, std::uint16_t queues,
                                                      std::uint16_t queue);

// The workers' parts of the trace as one at `options.trace_path`, in the order of reception, with
// room for options.trace_records; removes the parts.
[[nodiscard]] latency::TraceWriter merge_traces(const rx::Options& options,
                                                std::span<QueueWorker* const> workers,
                                                latency::Clock clock,
                                                const latency::Calibration& calibration);

}  // namespace rxlab::dpdk_rx
