// SPDX-License-Identifier: MIT
#include "packet_rx/several_workers.hpp"

#include "packet_rx/packet_source.hpp"

#include <rxlab/link/membership.hpp>
#include <rxlab/program/cpu.hpp>
#include <rxlab/rx/receive.hpp>
#include <rxlab/rx/worker.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace rxlab::packet_rx {
namespace {

struct RingWorker : rx::Worker {
    RingWorker(const rx::Options& all, std::size_t worker, std::size_t workers)
        : Worker{all, worker, workers}, number{worker}, lines{rx::lines_of(options)} {}

    const std::size_t number;
    const std::vector<rx::Line> lines;  // its own, with its own numbers of feeds
    std::optional<PacketSource> source;
};

class Receiver {
  public:
    Receiver(const rx::Options& options, const RingOptions& ring, const WorkerOptions& workers)
        : options_{options}, ring_{ring}, cpus_{workers.cpus} {
        std::vector<rx::Worker*> each;
        for (std::size_t number = 0; number < workers.workers; ++number) {
            workers_.push_back(std::make_unique<RingWorker>(options, number, workers.workers));
            each.push_back(workers_.back().get());
        }
        together_.emplace(options, std::move(each));
    }

    void prepare(latency::Clock clock, const rx::MakePolicy& make_policy) {
        in_each_thread([&](RingWorker& worker) { worker.prepare(clock, make_policy); });
    }
    void open();
    void begin(double ticks_per_ns) { together_->begin(ticks_per_ns, cpus_); }
    rx::EndedBy receive(rx::Wakeup& wakeup);
    [[nodiscard]] std::string failure() const { return membership_->failure(); }
    [[nodiscard]] rx::SourceReport report();
    [[nodiscard]] rx::Received received(const latency::Calibration& calibration) {
        return together_->received(calibration);
    }

  private:
    void in_each_thread(const std::function<void(RingWorker&)>& work);
    [[nodiscard]] std::vector<PacketSource*> sources() const {
        std::vector<PacketSource*> sources;
        for (const auto& worker : workers_)
            sources.push_back(&*worker->source);
        return sources;
    }

    const rx::Options& options_;
    const RingOptions& ring_;
    std::vector<unsigned> cpus_;
    std::optional<link::Membership> membership_;
    std::vector<std::unique_ptr<RingWorker>> workers_;
    std::optional<rx::Workers> together_;
};

// Worker 0 in this thread, the others in threads of their own, each on its CPU.
void Receiver::in_each_thread(const std::function<void(RingWorker&)>& work) {
    const auto run = [&](RingWorker& worker) {
        together_->run(worker, [&] {
            if (!cpus_.empty()) program::pin_to_cpu(cpus_[worker.number]);
            work(worker);
        });
    };
    std::vector<std::jthread> threads;
    try {
        for (std::size_t i = 1; i < workers_.size(); ++i)
            threads.emplace_back([&, i] { run(*workers_[i]); });
    } catch (...) {
        together_->tell_all(rx::WorkerTasks::stop);  // or those that run would never end
        throw;
    }
    run(*workers_.front());
    threads.clear();  // waits for them
    together_->rethrow();
}

// Each ring is made on the CPU where it will be read, for that CPU's NUMA node. They are made one
// after another, in the workers' order: after the interface was down the kernel lets the sockets
// share again in the order in which they were opened (packet_notifier() in net/packet/af_packet.c),
// and worker_choice() goes by that order. No socket lets a frame pass until all share: a frame that
// came to one that is still alone might belong to another one.
void Receiver::open() {
    const std::vector<rx::Line> lines = rx::lines_of(options_);
    membership_.emplace(lines, lines.front().interface, options_.link_wait_s);
    for (const auto& worker : workers_) {
        if (!cpus_.empty()) program::pin_to_cpu(cpus_[worker->number]);
        worker->source.emplace(lines.front().interface, membership_->index(), worker->lines, ring_,
                               worker->number == 0 ? &*membership_ : nullptr);
    }
    if (!cpus_.empty()) program::pin_to_cpu(cpus_.front());
    const Filter choice = worker_choice(lines, workers_.size());
    std::uint16_t group = 0;
    for (const auto& worker : workers_)
        group = worker->source->socket().share(group, choice);
    for (const auto& worker : workers_)
        worker->source->socket().listen(group_filter(worker->lines));
}

rx::EndedBy Receiver::receive(rx::Wakeup& wakeup) {
    const auto lost = [this] { return membership_->failed(); };
    const auto drops = [this] {
        std::uint64_t sum = 0;
        for (PacketSource* const source : sources())
            sum += source->socket().drops();
        return sum;
    };
    in_each_thread([&](RingWorker& worker) {
        const bool is_main = worker.number == 0;
        worker.receive(
            *worker.source, [] {},
            [&](bool worked) {
                return !is_main || together_->goes_on(wakeup, worked, lost, drops);
            });
        if (is_main) together_->tell_all(rx::WorkerTasks::stop);
    });
    return together_->ended_by();
}

rx::SourceReport Receiver::report() {
    const std::vector<PacketSource*> all = sources();
    warn_about_cut_frames(all);
    rx::SourceReport report = report_of(all, ring_, *membership_);
    nlohmann::ordered_json workers = nlohmann::ordered_json::array();
    for (const auto& worker : workers_) {
        const rx::LiveCounts counts = rx::counts_of(*worker->pipeline);
        nlohmann::ordered_json one{
            {"worker", worker->number},
            {"feeds", worker->feeds},
            {"packets", counts.packets},
            {"messages", counts.messages},
            {"gaps", counts.gaps},
            {"missed_messages", counts.missed},
            {"stray_packets", counts.strays},
            {"frames_ok", worker->source->counters().frames[wire::FrameStatus::ok]},
            {"other_groups", worker->source->counters().other_groups}};
        if (!cpus_.empty()) one["cpu"] = cpus_[worker->number];
        workers.push_back(std::move(one));
    }
    report.counters["workers"] = std::move(workers);
    return report;
}

}  // namespace

int run_several_workers(const std::string& mode, const rx::Options& options,
                        const RingOptions& ring, const WorkerOptions& worker_options,
                        const rx::MakePolicy& make_policy) {
    const latency::Clock clock = rx::clock_of(options);
    Receiver receiver{options, ring, worker_options};
    receiver.prepare(clock, make_policy);
    rx::Run run{{"packet_rx", mode, {}}, options, clock};
    receiver.open();
    receiver.begin(run.begin(
        rx::lines_of(options).front().interface,
        fmt::format("{} groups, {} workers", options.groups.size(), worker_options.workers)));
    const rx::EndedBy ended_by = receiver.receive(run.wakeup());
    const rx::Received received = receiver.received(run.end());
    return run.report(ended_by, receiver.failure(), receiver.report(), received);
}

}  // namespace rxlab::packet_rx
