// SPDX-License-Identifier: MIT
//
// Several threads that receive as one receiver. Each worker has a share of the feeds (feed i
// belongs to worker i modulo their number), a pipeline with these feeds' books, and a part of the
// trace; the summary, the digest and the trace are those of one receiver. What other threads may
// look at while a worker runs is in atomics of its own cache lines. How threads are started, and
// which source each has, is the receiver's business.
#pragma once

#include <rxlab/latency/trace.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/rx/receive.hpp>
#include <rxlab/rx/statistics.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::rx {

// What the main thread tells a worker to do, a bit each; the worker clears those that are done.
// Written seldom: the line stays in the worker's cache.
struct alignas(64) WorkerTasks {
    enum Task : std::uint32_t { stop = 1, snapshot = 2, go_over = 4 };  // see Wakeup
    std::atomic<std::uint32_t> open{0};

    void give(Task task) noexcept { open.fetch_or(task, std::memory_order_release); }
    void clear(Task task) noexcept {
        open.fetch_and(~std::uint32_t{task}, std::memory_order_release);
    }
    [[nodiscard]] bool is_open(Task task) const noexcept {
        return (open.load(std::memory_order_acquire) & task) != 0;
    }
};

// What a worker tells the main thread.
struct alignas(64) WorkerProgress {
    std::atomic<std::uint64_t> messages{0};
    std::atomic<bool> all_ended{false};
    LiveCounts live;  // as of the last snapshot
};

// The feeds of one worker out of `workers`.
[[nodiscard]] std::vector<std::size_t> feeds_of_worker(std::size_t feeds, std::size_t workers,
                                                       std::size_t worker);

struct Worker {
    // Its share of options.groups: one in `workers`, from its own number on.
    Worker(const Options& all, std::size_t number, std::size_t workers);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker();

    // Allocates and touches the memory, in the thread that will use it: this puts it on that
    // thread's NUMA node.
    void prepare(latency::Clock clock, const MakePolicy& make_policy);
    // Polls until it is told to stop; `goes_on` is called after each poll and ends it by returning
    // false, or by throwing what the main thread could not write; `on_snapshot` when the main
    // thread wants to know how far this one is.
    template <PacketSource Source, typename OnSnapshot, typename GoesOn>
    void receive(Source& source, OnSnapshot&& on_snapshot, GoesOn&& goes_on) {
        const auto after_each_poll = [&](bool worked) {
            if (worked) {
                progress.messages.store(pipeline->messages(), std::memory_order_relaxed);
                progress.all_ended.store(pipeline->all_ended(), std::memory_order_relaxed);
            }
            const std::uint32_t open = tasks.open.load(std::memory_order_acquire);
            if ((open & WorkerTasks::go_over) != 0) [[unlikely]]
                go_over();
            if ((open & WorkerTasks::snapshot) != 0) [[unlikely]] {
                pipeline->look();
                progress.live = counts_of(*pipeline);
                on_snapshot();
                tasks.clear(WorkerTasks::snapshot);  // publishes them
            }
            // Worker 0's is published by Workers::goes_on().
            if (board != nullptr && feeds.front() != 0 && board->is_wanted()) [[unlikely]]
                board->publish(*pipeline, source, std::nullopt);
            return (open & WorkerTasks::stop) == 0 && goes_on(worked);
        };
        poll_loop(source, *pipeline, after_each_poll, nullptr, board);
        pipeline->finish();
    }

    const std::vector<std::size_t> feeds;  // indices of the options of all
    const std::filesystem::path trace_path;
    const Options options;  // its own share of the groups
    std::optional<latency::TraceWriter> trace;
    std::unique_ptr<Pipeline> pipeline;
    MetricsBoard* board = nullptr;  // where metrics are published
    WorkerTasks tasks;
    WorkerProgress progress;
    std::exception_ptr error;  // what ended its thread's work before its time

  private:
    void go_over() noexcept;
};

// The duties of the thread that runs worker 0, for all of them.
class Workers {
  public:
    // `each` is by number, and must outlive this.
    Workers(const Options& options, std::vector<Worker*> each);

    void begin(double ticks_per_ns, std::span<const unsigned> cpus);
    void tell_all(WorkerTasks::Task task) noexcept;
    // In the worker's thread: its work, work(). Where that throws, the others are told to stop, or
    // they would never end, and rethrow() says why.
    template <typename Work>
    void run(Worker& worker, Work&& work) noexcept {
        try {
            work();
        } catch (...) {
            worker.error = std::current_exception();
            tell_all(WorkerTasks::stop);
        }
    }
    // When all threads have ended: throws what one of them threw.
    void rethrow() const;
    // After each poll of worker 0; false: the run is over, see ended_by(). `lost()` says whether
    // the source is lost, and is called seldom; `drops()` is for the statistics line.
    template <typename Lost, typename Drops>
    [[nodiscard]] bool goes_on(Wakeup& wakeup, bool worked, Lost&& lost, Drops&& drops) {
        constexpr std::uint32_t kPollsBetweenLooks = 64;
        if (wakeup.pending()) [[unlikely]] {
            if (!take_signal(wakeup)) return false;
        }
        MetricsBoard* const board = each_.front()->board;
        if (board != nullptr && board->is_wanted()) [[unlikely]]
            board->publish(*each_.front()->pipeline, Loss<Lost>{lost}, drops());
        // The others' lines are looked at only now and then, because each look takes them out of
        // their owners' caches.
        if (++polls_ % kPollsBetweenLooks != 0) return true;
        if (statistics_due_ && all_have_answered()) print_statistics(drops());
        const bool is_lost = !worked && lost();
        const auto reason = is_lost ? std::optional{EndedBy::source_lost} : finished();
        ended_by_ = reason.value_or(ended_by_);
        return !reason;
    }
    [[nodiscard]] EndedBy ended_by() const noexcept { return ended_by_; }
    // When all threads have ended. The parts of the trace become one, which the result holds.
    [[nodiscard]] Received received(const latency::Calibration& calibration);

  private:
    // What MetricsBoard::publish() wants to know of a source.
    template <typename Lost>
    struct Loss {
        Lost& is_lost;
        [[nodiscard]] bool failed() const noexcept { return is_lost(); }
    };
    [[nodiscard]] bool take_signal(Wakeup& wakeup) noexcept;
    [[nodiscard]] bool all_have_answered() const noexcept;
    void print_statistics(std::optional<std::uint64_t> drops);
    [[nodiscard]] std::optional<EndedBy> finished() const noexcept;
    void merge_traces(const latency::Calibration& calibration);

    const Options& options_;
    std::vector<Worker*> each_;
    std::optional<latency::TraceWriter> trace_;
    std::optional<Publication> publication_;
    EndedBy ended_by_ = EndedBy::signal;
    StatisticsLines statistics_;
    bool statistics_due_ = false;
    std::uint32_t polls_ = 0;
};

}  // namespace rxlab::rx
