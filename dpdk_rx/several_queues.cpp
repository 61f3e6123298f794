// SPDX-License-Identifier: MIT
#include "several_queues.hpp"

#include "chores.hpp"
#include "numa.hpp"
#include "queue_worker.hpp"
#include "start.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/rx/statistics.hpp>
#include <rxlab/rx/summary.hpp>
#include <rxlab/rx/wakeup.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

namespace rxlab::dpdk_rx {
namespace {

// Everything that a run with several queues has, in the order in which it must be made and, the
// other way round, taken apart.
class Run {
  public:
    Run(const rx::Options& options, const PortOptions& port_options);
    int operator()();

  private:
    void on_each_lcore(const std::function<void(QueueWorker&)>& work);
    void start_port();
    rx::EndedBy receive();
    bool on_main_poll(std::size_t received) noexcept;
    void print_statistics() noexcept;
    [[nodiscard]] bool finished() const noexcept;
    [[nodiscard]] rx::SourceReport report();
    void publish(const latency::Calibration& calibration, const program::Usage& usage,
                 const latency::TraceWriter* trace);

    const rx::Options& options_;
    const PortOptions& port_options_;
    latency::Clock clock_ = latency::Clock::detect();
    rx::Wakeup wakeup_;
    std::optional<Port> port_;
    std::optional<Exchange> exchange_;
    std::optional<Chores> chores_;
    // Index: queue. Behind the port: a worker that ends gives mbufs back to it, also when something
    // was thrown.
    std::vector<std::unique_ptr<QueueWorker>> workers_;
    WorkerControl control_;
    rx::EndedBy ended_by_ = rx::EndedBy::signal;
    rx::StatisticsLines statistics_;
    bool statistics_due_ = false;
    std::uint32_t polls_ = 0;
};

Run::Run(const rx::Options& options, const PortOptions& port_options)
    : options_{options}, port_options_{port_options}, wakeup_{options.statistics_seconds} {
    unsigned lcore = rte_get_main_lcore();
    for (std::uint16_t queue = 0; queue < port_options.queues; ++queue) {
        workers_.push_back(
            std::make_unique<QueueWorker>(options, queue, port_options.queues, lcore));
        lcore = rte_get_next_lcore(queue == 0 ? std::numeric_limits<unsigned>::max() : lcore, 1, 0);
    }
}

struct Launch {
    QueueWorker* worker;
    const std::function<void(QueueWorker&)>* work;
};

int launched(void* argument) {
    auto* const launch = static_cast<Launch*>(argument);
    try {
        (*launch->work)(*launch->worker);
    } catch (...) {
        launch->worker->error = std::current_exception();
    }
    return 0;
}

void Run::on_each_lcore(const std::function<void(QueueWorker&)>& work) {
    std::vector<Launch> launches;
    bool refused = false;
    for (const auto& worker : workers_)
        launches.push_back({worker.get(), &work});
    for (std::size_t i = 1; i < workers_.size(); ++i)
        refused =
            refused || rte_eal_remote_launch(launched, &launches[i], workers_[i]->lcore()) != 0;
    if (!refused) launched(&launches[0]);
    if (refused) control_.stop.store(true, std::memory_order_relaxed);
    rte_eal_mp_wait_lcore();
    if (refused) throw program::RunError("start the lcores: one is busy, or gone");
    for (const auto& worker : workers_) {
        if (worker->error) std::rethrow_exception(worker->error);
    }
}

void Run::start_port() {
    std::vector<std::uint16_t> queue_of;
    std::vector<int> nodes;
    const std::vector<rx::Line> lines = rx::lines_of(options_);
    for (const rx::Line& line : lines)  // a feed's lines go to one queue
        queue_of.push_back(static_cast<std::uint16_t>(line.id.feed % port_options_.queues));
    for (const auto& worker : workers_)
        nodes.push_back(static_cast<int>(rte_lcore_to_socket_id(worker->lcore())));
    with_driver_output([&] {
        port_.emplace(port_options_, lines, queue_of);
        exchange_.emplace(nodes, port_options_.rx_descriptors);
        chores_.emplace(*port_, port_options_, lines);
    });
    for (const auto& worker : workers_) {
        warn_about_numa(port_options_.name, worker->lcore());
        worker->attach(*port_, port_options_, *exchange_,
                       worker->queue() == 0 ? &*chores_ : nullptr);
    }
}

bool Run::finished() const noexcept {
    std::uint64_t messages = 0;
    bool all_ended = true;
    for (const auto& worker : workers_) {
        messages += worker->progress().messages.load(std::memory_order_relaxed);
        all_ended = all_ended && worker->progress().all_ended.load(std::memory_order_relaxed);
    }
    return (options_.exit_at_end_of_session && all_ended) ||
           (options_.messages_max != 0 && messages >= options_.messages_max);
}

// The main lcore's own duties between two polls: the other lines are looked at only now and then,
// because each look takes them out of their owners' caches.
bool Run::on_main_poll(std::size_t received) noexcept {
    constexpr std::uint32_t kPollsBetweenLooks = 64;
    if (wakeup_.pending()) [[unlikely]] {
        wakeup_.acknowledge();
        if (wakeup_.stop_requested()) return false;
        statistics_due_ = true;
        control_.snapshots.fetch_add(1, std::memory_order_relaxed);
    }
    if (++polls_ % kPollsBetweenLooks != 0) return true;
    if (statistics_due_) print_statistics();
    if (received == 0 && port_->watch().lost()) {
        ended_by_ = rx::EndedBy::source_lost;
        return false;
    }
    if (!finished()) return true;
    ended_by_ = rx::EndedBy::messages;
    if (options_.exit_at_end_of_session) {
        ended_by_ = rx::EndedBy::end_of_session;
        for (const auto& worker : workers_) {
            if (!worker->progress().all_ended.load(std::memory_order_relaxed)) {
                ended_by_ = rx::EndedBy::messages;
            }
        }
    }
    return false;
}

// Once every queue has answered.
void Run::print_statistics() noexcept {
    const std::uint32_t wanted = control_.snapshots.load(std::memory_order_relaxed);
    std::vector<rx::LiveCounts> counts;
    std::vector<QueueCounters> counters;
    for (const auto& worker : workers_) {
        const WorkerProgress& progress = worker->progress();
        if (progress.snapshots.load(std::memory_order_acquire) != wanted) return;
        counts.push_back(progress.live);
        counters.push_back(progress.counters);
    }
    statistics_due_ = false;
    statistics_.print(counts, drops_of(*port_, counters));
}

rx::EndedBy Run::receive() {
    statistics_ = {};
    on_each_lcore([this](QueueWorker& worker) {
        if (worker.queue() != 0) {
            worker.receive(control_, [](std::size_t) { return true; });
            return;
        }
        worker.receive(control_, [this](std::size_t received) { return on_main_poll(received); });
        control_.stop.store(true, std::memory_order_relaxed);
    });
    return ended_by_;
}

nlohmann::ordered_json queue_report(const QueueWorker& worker) {
    const rx::LiveCounts counts = rx::counts_of(worker.pipeline());
    const QueueCounters& counters = worker.source().counters();
    return {{"queue", worker.queue()},
            {"lcore", worker.lcore()},
            {"cpu", rte_lcore_to_cpu_id(static_cast<int>(worker.lcore()))},
            {"numa_node", rte_lcore_to_socket_id(worker.lcore())},
            {"feeds", worker.feeds()},
            {"packets", counts.packets},
            {"messages", counts.messages},
            {"gaps", counts.gaps},
            {"missed_messages", counts.missed},
            {"stray_packets", counts.strays},
            {"frames_ok", counters.frames[wire::FrameStatus::ok]},
            {"handed_over", counters.handed_over},
            {"taken_over", counters.taken_over},
            {"exchange_full", counters.exchange_full}};
}

rx::SourceReport Run::report() {
    std::vector<QueueCounters> counters;
    nlohmann::ordered_json queues = nlohmann::ordered_json::array();
    for (const auto& worker : workers_) {
        counters.push_back(worker->source().counters());
        queues.push_back(queue_report(*worker));
    }
    chores_->leave();
    warn_about_cut_frames(*port_, counters);
    rx::SourceReport report = report_of(*port_, *chores_, counters);
    report.counters["queues"] = std::move(queues);
    return report;
}

void Run::publish(const latency::Calibration& calibration, const program::Usage& usage,
                  const latency::TraceWriter* trace) {
    rx::Received received{std::vector<const rx::FeedState*>(options_.groups.size()),
                          clock_,
                          std::nullopt,
                          trace,
                          {},
                          {}};
    if (options_.ordered()) received.ordered.resize(options_.groups.size());
    for (const auto& worker : workers_) {
        for (std::size_t i = 0; i < worker->feeds().size(); ++i) {
            received.feeds[worker->feeds()[i]] = &worker->pipeline().feeds()[i];
            if (worker->ordered() != nullptr)
                received.ordered[worker->feeds()[i]] = worker->ordered()->ordered()[i].get();
        }
        if (worker->ordered() != nullptr && worker->ordered()->agent() != nullptr)
            received.agents.push_back(worker->ordered()->agent());
        if (!options_.stamped) continue;
        if (!received.stamped) received.stamped.emplace();
        received.stamped->histogram.merge(worker->pipeline().stamped()->histogram);
        received.stamped->negative += worker->pipeline().stamped()->negative;
    }
    const rx::RunFacts facts{
        {"dpdk_rx", "poll", port_->name()}, ended_by_, calibration, usage, report()};
    rx::publish(rx::make_summary(options_, facts, received), options_);
}

int Run::operator()() {
    on_each_lcore([this](QueueWorker& worker) { worker.prepare(clock_); });
    latency::Calibration calibration = latency::Calibration::start(clock_);
    start_port();
    std::FILE* const out = options_.json_path == "-" ? stderr : stdout;
    fmt::print(out, "ready: dpdk_rx (poll) on {}, {} groups, {} queues\n", port_->name(),
               options_.groups.size(), workers_.size());
    std::fflush(out);

    const program::Usage before = program::Usage::now();
    std::vector<unsigned> cpus;
    for (const auto& worker : workers_)
        cpus.push_back(
            static_cast<unsigned>(rte_lcore_to_cpu_id(static_cast<int>(worker->lcore()))));
    for (const auto& worker : workers_)
        worker->begin(calibration.run_ticks_per_ns(), cpus);
    receive();
    const program::Usage usage = program::Usage::now().since(before);
    calibration.finish();
    std::optional<latency::TraceWriter> trace;
    if (!options_.trace_path.empty()) {
        std::vector<QueueWorker*> parts;
        for (const auto& worker : workers_) {
            worker->finish(calibration);
            parts.push_back(worker.get());
        }
        trace.emplace(merge_traces(options_, parts, clock_, calibration));
    }
    publish(calibration, usage, trace ? &*trace : nullptr);
    for (const auto& worker : workers_)
        worker->detach();
    if (ended_by_ == rx::EndedBy::source_lost) throw program::RunError(port_->loss_text());
    return 0;
}

}  // namespace

int run_several_queues(const rx::Options& options, const PortOptions& port_options) {
    Run run{options, port_options};
    return run();
}

}  // namespace rxlab::dpdk_rx
