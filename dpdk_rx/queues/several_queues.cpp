// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/eal.hpp"
#include "dpdk_rx/queues/queue_worker.hpp"
#include "dpdk_rx/queues/queues.hpp"
#include "dpdk_rx/source/chores.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/rx/receive.hpp>
#include <rxlab/rx/worker.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

namespace rxlab::dpdk_rx {
namespace {

int run_work(void* argument) {
    auto& worker = *static_cast<QueueWorker*>(argument);
    worker.work(worker);
    return 0;
}

nlohmann::ordered_json queue_report(const QueueWorker& worker) {
    const rx::LiveCounts counts = rx::counts_of(*worker.pipeline);
    const QueueCounters& counters = worker.source->counters();
    return {{"queue", worker.share.queue},
            {"lcore", worker.lcore},
            {"cpu", cpu_of(worker.lcore)},
            {"numa_node", rte_lcore_to_socket_id(worker.lcore)},
            {"feeds", worker.feeds},
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

// The lcores that receive: what they have, in the order in which it must be made and, the other way
// round, taken apart.
class Queues {
  public:
    Queues(const rx::Options& options, const PortOptions& port_options,
           const rx::MakePolicy& make_policy);

    // Allocates memory.
    void prepare(latency::Clock clock) {
        on_each_lcore([&](QueueWorker& worker) { worker.prepare(clock, make_policy_); });
    }
    // Starts the port; returns its name.
    std::string open(const ControlThreads& threads);
    void begin(double ticks_per_ns);
    rx::EndedBy receive(rx::Wakeup& wakeup);
    [[nodiscard]] rx::SourceReport report();
    [[nodiscard]] rx::Received received(const latency::Calibration& calibration) {
        return together_->received(calibration);
    }
    [[nodiscard]] std::string failure() const { return port_->loss_text(); }
    [[nodiscard]] std::span<const std::unique_ptr<QueueWorker>> workers() const noexcept {
        return workers_;
    }

  private:
    void on_each_lcore(const std::function<void(QueueWorker&)>& work);
    [[nodiscard]] std::vector<QueueCounters> counters_as_of_snapshot() const;

    const rx::Options& options_;
    const PortOptions& port_options_;
    const rx::MakePolicy& make_policy_;
    std::optional<Port> port_;
    std::optional<Exchange> exchange_;
    std::optional<Chores> chores_;
    // Index: queue. Behind the port: a worker that ends gives mbufs back to it, also when something
    // was thrown.
    std::vector<std::unique_ptr<QueueWorker>> workers_;
    std::optional<rx::Workers> together_;
};

Queues::Queues(const rx::Options& options, const PortOptions& port_options,
               const rx::MakePolicy& make_policy)
    : options_{options}, port_options_{port_options}, make_policy_{make_policy} {
    for (unsigned lcore : lcores_of(port_options.queues)) {
        const auto queue = static_cast<std::uint16_t>(workers_.size());
        workers_.push_back(
            std::make_unique<QueueWorker>(options, queue, port_options.queues, lcore));
    }
    std::vector<rx::Worker*> each;
    for (const auto& worker : workers_)
        each.push_back(worker.get());
    together_.emplace(options, std::move(each));
}

void Queues::on_each_lcore(const std::function<void(QueueWorker&)>& work) {
    for (const auto& each : workers_)
        each->work = [&](QueueWorker& worker) { together_->run(worker, [&] { work(worker); }); };
    const bool all_run = std::all_of(workers_.begin() + 1, workers_.end(), [](const auto& worker) {
        return rte_eal_remote_launch(run_work, worker.get(), worker->lcore) == 0;
    });
    all_run ? static_cast<void>(run_work(workers_.front().get()))
            : together_->tell_all(rx::WorkerTasks::stop);
    rte_eal_mp_wait_lcore();
    if (!all_run) throw program::RunError("start the lcores: one is busy, or gone");
    together_->rethrow();
}

std::string Queues::open(const ControlThreads& threads) {
    std::vector<std::uint16_t> queue_of;
    std::vector<int> nodes;
    const std::vector<rx::Line> lines = rx::lines_of(options_);
    for (const rx::Line& line : lines)  // a feed's lines go to one queue
        queue_of.push_back(static_cast<std::uint16_t>(line.id.feed % port_options_.queues));
    for (const auto& worker : workers_)
        nodes.push_back(static_cast<int>(rte_lcore_to_socket_id(worker->lcore)));
    threads.start_port([&] {
        port_.emplace(port_options_, lines, queue_of);
        exchange_.emplace(nodes, port_options_.rx_descriptors);
        chores_.emplace(*port_, port_options_, lines);
    });
    for (const auto& worker : workers_) {
        warn_about_numa(port_options_.name, cpu_of(worker->lcore));
        worker->source.emplace(*port_, port_options_, worker->share, &*exchange_,
                               worker->share.queue == 0 ? &*chores_ : nullptr);
    }
    return port_->name();
}

void Queues::begin(double ticks_per_ns) {
    std::vector<unsigned> cpus;
    for (const auto& worker : workers_)
        cpus.push_back(cpu_of(worker->lcore));
    together_->begin(ticks_per_ns, cpus);
}

std::vector<QueueCounters> Queues::counters_as_of_snapshot() const {
    std::vector<QueueCounters> counters;
    for (const auto& worker : workers_)
        counters.push_back(worker->counters);
    return counters;
}

rx::EndedBy Queues::receive(rx::Wakeup& wakeup) {
    const auto lost = [this] { return port_->watch().lost(); };
    const auto drops = [this] { return drops_of(*port_, counters_as_of_snapshot()); };
    on_each_lcore([&](QueueWorker& worker) {
        const bool is_main = worker.share.queue == 0;
        worker.receive(
            *worker.source, [&] { worker.counters = worker.source->counters(); },
            [&](bool worked) {
                return !is_main || together_->goes_on(wakeup, worked, lost, drops);
            });
        if (is_main) together_->tell_all(rx::WorkerTasks::stop);
    });
    return together_->ended_by();
}

rx::SourceReport Queues::report() {
    std::vector<QueueCounters> counters;
    nlohmann::ordered_json queues = nlohmann::ordered_json::array();
    for (const auto& worker : workers_) {
        counters.push_back(worker->source->counters());
        queues.push_back(queue_report(*worker));
    }
    chores_->leave();
    warn_about_cut_frames(*port_, counters);
    rx::SourceReport report = report_of(*port_, *chores_, counters);
    report.counters["queues"] = std::move(queues);
    return report;
}

}  // namespace

int run_several_queues(const rx::Options& options, const PortOptions& port_options,
                       const ControlThreads& threads, const rx::MakePolicy& make_policy) {
    const latency::Clock clock = rx::clock_of(options);
    Queues queues{options, port_options, make_policy};
    queues.prepare(clock);
    rx::Run run{{"dpdk_rx", "poll", {}}, options, clock};
    const std::string interface = queues.open(threads);
    queues.begin(run.begin(interface, fmt::format("{} groups, {} queues", options.groups.size(),
                                                  queues.workers().size())));
    const rx::EndedBy ended_by = queues.receive(run.wakeup());
    const rx::Received received = queues.received(run.end());
    return run.report(ended_by, queues.failure(), queues.report(), received);
}

}  // namespace rxlab::dpdk_rx
