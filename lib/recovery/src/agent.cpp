// SPDX-License-Identifier: MIT
#include "sockets.hpp"

#include <rxlab/recovery/agent.hpp>

#include <pthread.h>
#include <sched.h>

#include <algorithm>

namespace rxlab::recovery {
namespace {

constexpr std::size_t kRequests = 1'024;
constexpr std::size_t kWishes = 64;      // of each feed; the next comes only when one was answered
constexpr std::size_t kAnswers = 1'024;  // 9 MiB

// The receive loop may spin: a thread on its CPU would starve, or take it at the wrong moment.
cpu_set_t all_but(std::span<const unsigned> receiver_cpus) noexcept {
    cpu_set_t others, receivers;
    CPU_ZERO(&others);
    CPU_ZERO(&receivers);
    for (unsigned cpu : receiver_cpus)
        CPU_SET(cpu, &receivers);
    if (receiver_cpus.empty() &&
        (sched_getaffinity(0, sizeof receivers, &receivers) != 0 || CPU_COUNT(&receivers) != 1)) {
        return others;  // not bound to one
    }
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &receivers)) CPU_SET(cpu, &others);
    }
    return others;
}

}  // namespace

Agent::Agent(const rx::Options& options, const AgentTimes& times)
    : requests_ring_{kRequests},
      wishes_ring_{kWishes * options.groups.size()},
      wishes_(options.groups.size()),
      answers_{kAnswers} {
    if (!options.recover_servers.empty())
        requests_ = std::make_unique<Requests>(options, counters_);
    if (!options.snapshot_servers.empty()) {
        const book::BookLimits limits{.orders = options.orders, .levels = options.levels};
        const Login login{options.snapshot_user, options.snapshot_password,
                          options.snapshot_session};
        spares_.resize(options.groups.size());
        for (std::size_t feed = 0; feed < options.groups.size(); ++feed) {
            spares_[feed] = std::make_unique<book::Book>(limits);
            snapshots_.push_back(std::make_unique<Snapshot>(
                static_cast<std::uint32_t>(feed), rx::server_of(options.snapshot_servers, feed),
                login, limits, times, spares_[feed], counters_));
        }
    }
}

Agent::~Agent() = default;  // the thread ends first

void Agent::start(std::span<const unsigned> receiver_cpus) {
    thread_.start(all_but(receiver_cpus), [this] { run(); });
}

bool Agent::place(SpscRing<Task>& ring, const Task& task) noexcept {
    Task* const slot = ring.back();
    if (slot == nullptr) {
        ++counters_.tasks_dropped;
        return false;
    }
    *slot = task;
    ring.push();
    thread_.wake();
    return true;
}

void Agent::request(std::uint32_t feed, const wire::mold::Session& session,
                    const Request& request) noexcept {
    static_cast<void>(place(requests_ring_, {Task::Kind::request, feed, session, request}));
}

bool Agent::want_snapshot(std::uint32_t feed, const wire::mold::Session& session) noexcept {
    return place(wishes_ring_, {Task::Kind::snapshot, feed, session, {}, ++wishes_[feed]});
}

const std::string& Agent::snapshot_failure(std::uint32_t feed) const noexcept {
    return snapshots_[feed]->failure();
}

void Agent::take_tasks(SpscRing<Task>& ring, std::uint64_t now_ns) {
    for (Task* task = ring.front(); task != nullptr; task = ring.front()) {
        if (task->kind == Task::Kind::snapshot) {
            snapshots_[task->feed]->begin(task->session, task->wish, now_ns);
        } else {
            requests_->send(*task);
        }
        ring.pop();
    }
}

void Agent::run() noexcept {
    pthread_setname_np(pthread_self(), "rx-recovery");
    std::vector<pollfd> list;
    while (!thread_.stopping()) {
        std::uint64_t due_ns = kNever;
        list.assign(1, {thread_.descriptor(), POLLIN, 0});
        if (requests_) requests_->watch(list);
        for (const auto& snapshot : snapshots_) {
            snapshot->watch(list);
            due_ns = std::min(due_ns, snapshot->due_ns());
        }
        const std::uint64_t before_ns = agent_now_ns();
        const std::uint64_t wait_ms =
            due_ns <= before_ns
                ? 1
                : std::min<std::uint64_t>((due_ns - before_ns) / 1'000'000 + 1, 1'000);
        static_cast<void>(::poll(list.data(), list.size(), static_cast<int>(wait_ms)));
        const std::uint64_t now_ns = agent_now_ns();
        thread_.calm();
        take_tasks(requests_ring_, now_ns);
        take_tasks(wishes_ring_, now_ns);
        if (requests_) requests_->receive(answers_);
        for (const auto& snapshot : snapshots_)
            snapshot->poll(now_ns, answers_);
    }
}

}  // namespace rxlab::recovery
