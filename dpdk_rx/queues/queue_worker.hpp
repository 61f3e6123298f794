// SPDX-License-Identifier: MIT
//
// One of several queues: its lcore, its share of the feeds, its pipeline and its part of the trace.
// What other threads may look at while it runs is in atomics of its own cache line.
#pragma once

#include "dpdk_rx/source/dpdk_source.hpp"

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

// What the main lcore tells a worker to do, a bit each; the worker clears those that are done.
// Written seldom: the line stays in the worker's cache.
struct alignas(64) WorkerTasks {
    enum Task : std::uint32_t { stop = 1, snapshot = 2, go_over = 4 };  // see Wakeup
    std::atomic<std::uint32_t> open{0};

    void give(Task task) noexcept { open.fetch_or(task, std::memory_order_relaxed); }
    void clear(Task task) noexcept {
        open.fetch_and(~std::uint32_t{task}, std::memory_order_release);
    }
    [[nodiscard]] bool is_open(Task task) const noexcept {
        return (open.load(std::memory_order_acquire) & task) != 0;
    }
};

// What a worker tells the main lcore.
struct alignas(64) WorkerProgress {
    std::atomic<std::uint64_t> messages{0};
    std::atomic<bool> all_ended{false};
    rx::LiveCounts live;  // these two as of the last snapshot
    QueueCounters counters;
};

struct QueueWorker {
    // The queue's share of options.groups: one in `queues`, from its own number on.
    QueueWorker(const rx::Options& all, std::uint16_t queue, std::uint16_t queues,
                unsigned own_lcore);
    QueueWorker(const QueueWorker&) = delete;
    QueueWorker& operator=(const QueueWorker&) = delete;
    ~QueueWorker();

    // Allocates and touches the memory, on the lcore that will use it: that is how it comes to lie
    // on that lcore's NUMA node.
    void prepare(latency::Clock clock, const rx::MakePolicy& make_policy);
    // Polls until it is told to stop; `goes_on` is called after each poll and ends it by returning
    // false.
    template <typename GoesOn>
    void receive(GoesOn&& goes_on) noexcept {
        rx::poll_loop(*source, *pipeline, [&](bool worked) {
            if (worked) {
                progress.messages.store(pipeline->messages(), std::memory_order_relaxed);
                progress.all_ended.store(pipeline->all_ended(), std::memory_order_relaxed);
            }
            const std::uint32_t open = tasks.open.load(std::memory_order_relaxed);
            if (open != 0) [[unlikely]]
                carry_out(open);
            return (open & WorkerTasks::stop) == 0 && goes_on(worked);
        });
        pipeline->finish();
    }
    void carry_out(std::uint32_t open) noexcept;

    const unsigned lcore;
    const std::vector<std::size_t> feeds;  // indices of the options of all
    const std::filesystem::path trace_path;
    const rx::Options options;  // its own share of the groups
    QueueShare share;
    std::optional<latency::TraceWriter> trace;
    std::unique_ptr<rx::Pipeline> pipeline;
    std::optional<DpdkSource> source;
    WorkerTasks tasks;
    WorkerProgress progress;
    // What is run on its lcore, and what that threw.
    std::function<void(QueueWorker&)> work;
    std::exception_ptr error;
};

// The feeds of one queue out of `queues`.
[[nodiscard]] std::vector<std::size_t> feeds_of_queue(std::size_t feeds, std::uint16_t queues,
                                                      std::uint16_t queue);

// The workers' parts of the trace as one at `options.trace_path`, in the order of reception, with
// room for options.trace_records; ends and removes the parts.
[[nodiscard]] latency::TraceWriter merge_traces(
    const rx::Options& options, std::span<const std::unique_ptr<QueueWorker>> workers,
    latency::Clock clock, const latency::Calibration& calibration);

}  // namespace rxlab::dpdk_rx
