// SPDX-License-Identifier: MIT
#include <rxlab/rx/worker.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace rxlab::rx {
namespace {

// The options of a receiver of these feeds alone.
Options share_of(const Options& options, const std::vector<std::size_t>& feeds) {
    const auto only = [&](auto& list, const auto& from) {
        if (from.size() != options.groups.size()) return;  // none, or one server for all
        list.clear();
        for (std::size_t feed : feeds)
            list.push_back(from[feed]);
    };
    Options share = options;
    only(share.groups, options.groups);
    only(share.line_b, options.line_b);
    only(share.group_interfaces, options.group_interfaces);
    only(share.line_b_interfaces, options.line_b_interfaces);
    only(share.sources, options.sources);
    only(share.line_b_sources, options.line_b_sources);
    only(share.recover_servers, options.recover_servers);
    only(share.snapshot_servers, options.snapshot_servers);
    return share;
}

}  // namespace

std::vector<std::size_t> feeds_of_worker(std::size_t feeds, std::size_t workers,
                                         std::size_t worker) {
    std::vector<std::size_t> own;
    for (std::size_t feed = worker; feed < feeds; feed += workers)
        own.push_back(feed);
    return own;
}

Worker::Worker(const Options& all, std::size_t number, std::size_t workers)
    : feeds{feeds_of_worker(all.groups.size(), workers, number)},
      trace_path{all.trace_path.empty() ? "" : fmt::format("{}.worker{}", all.trace_path, number)},
      options{share_of(all, feeds)} {}

Worker::~Worker() {
    trace.reset();
    std::error_code ignored;
    if (!trace_path.empty()) std::filesystem::remove(trace_path, ignored);
}

void Worker::prepare(latency::Clock clock, const MakePolicy& make_policy) {
    if (!trace_path.empty())
        trace.emplace(trace_path, latency::TraceKind::receiver, options.trace_records, clock);
    pipeline = std::make_unique<Pipeline>(options, clock, trace ? &*trace : nullptr,
                                          make_policy ? make_policy(options) : nullptr);
}

void Worker::go_over() noexcept {
    tasks.clear(WorkerTasks::go_over);  // cleared first: a later one is a task of its own
    pipeline->go_over(pipeline->clock().now());
}

Workers::Workers(const Options& options, std::vector<Worker*> each)
    : options_{options}, each_{std::move(each)} {
    std::vector<std::vector<std::size_t>> feeds;
    for (const Worker* const worker : each_)
        feeds.push_back(worker->feeds);
    publication_.emplace(options, std::move(feeds));
    for (std::size_t i = 0; i < each_.size(); ++i)
        each_[i]->board = publication_->board(i);
}

void Workers::begin(double ticks_per_ns, std::span<const unsigned> cpus) {
    statistics_ = {};
    for (Worker* const worker : each_)
        worker->pipeline->begin(ticks_per_ns, cpus);
    publication_->begin(ticks_per_ns, cpus);
}

void Workers::tell_all(WorkerTasks::Task task) noexcept {
    for (Worker* const worker : each_)
        worker->tasks.give(task);
}

void Workers::rethrow() const {
    for (const Worker* const worker : each_)
        if (worker->error) std::rethrow_exception(worker->error);
}

bool Workers::take_signal(Wakeup& wakeup) noexcept {
    wakeup.acknowledge();
    if (wakeup.stop_requested()) return false;
    const bool is_decided = Wakeup::operator_decided();
    tell_all(is_decided ? WorkerTasks::go_over : WorkerTasks::snapshot);
    statistics_due_ |= !is_decided;
    return true;
}

bool Workers::all_have_answered() const noexcept {
    return std::ranges::none_of(
        each_, [](const Worker* worker) { return worker->tasks.is_open(WorkerTasks::snapshot); });
}

void Workers::print_statistics(std::optional<std::uint64_t> drops) {
    std::vector<LiveCounts> counts;
    for (const Worker* const worker : each_)
        counts.push_back(worker->progress.live);
    statistics_due_ = false;
    statistics_.print(counts, drops);
}

// The option that ends the run; nothing while it goes on.
std::optional<EndedBy> Workers::finished() const noexcept {
    std::uint64_t messages = 0;
    bool all_ended = options_.exit_at_end_of_session;
    for (const Worker* const worker : each_) {
        messages += worker->progress.messages.load(std::memory_order_relaxed);
        all_ended = all_ended && worker->progress.all_ended.load(std::memory_order_relaxed);
    }
    if (all_ended) return EndedBy::end_of_session;
    if (options_.messages_max != 0 && messages >= options_.messages_max) return EndedBy::messages;
    return std::nullopt;
}

// In the order of reception, with room for options.trace_records; ends and removes the parts.
void Workers::merge_traces(const latency::Calibration& calibration) {
    std::vector<latency::TraceRecord> records;
    std::uint64_t overflow = 0;
    for (Worker* const worker : each_) {
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
    trace_.emplace(options_.trace_path, latency::TraceKind::receiver, options_.trace_records,
                   each_.front()->pipeline->clock());
    for (const latency::TraceRecord& record : records)
        trace_->append(record);
    // Each part has room for the whole trace: if one overflowed, the merged trace is full, and
    // counts.
    for (; overflow > 0; --overflow)
        trace_->append({});
    trace_->finish(calibration);
}

Received Workers::received(const latency::Calibration& calibration) {
    publication_->end();
    if (!options_.trace_path.empty()) merge_traces(calibration);
    Received received{{}, trace_ ? &*trace_ : nullptr, {}};
    for (const Worker* const worker : each_) {
        received.pipelines.push_back(worker->pipeline.get());
        received.feeds.push_back(worker->feeds);
    }
    return received;
}

}  // namespace rxlab::rx
