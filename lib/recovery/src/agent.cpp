// SPDX-License-Identifier: MIT
#include "sockets.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/recovery/agent.hpp>

#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace rxlab::recovery {
namespace {

constexpr std::size_t kRequests = 1'024;
constexpr std::size_t kWishes = 64;      // of each feed; the next comes only when one was answered
constexpr std::size_t kAnswers = 1'024;  // 9 MiB

// The receive loop may spin: a thread on its CPU would starve, or take it at the wrong moment.
void leave_cpus(std::span<const unsigned> receiver_cpus) noexcept {
    cpu_set_t receivers;
    CPU_ZERO(&receivers);
    for (unsigned cpu : receiver_cpus)
        CPU_SET(cpu, &receivers);
    if (receiver_cpus.empty() &&
        (sched_getaffinity(0, sizeof receivers, &receivers) != 0 || CPU_COUNT(&receivers) != 1)) {
        return;  // not bound to one
    }
    cpu_set_t others;
    CPU_ZERO(&others);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &receivers)) CPU_SET(cpu, &others);
    }
    // The kernel leaves out CPUs that do not exist or are not allowed; where none is left it
    // refuses, and the thread stays where it is.
    static_cast<void>(pthread_setaffinity_np(pthread_self(), sizeof others, &others));
}

}  // namespace

Agent::Agent(const rx::Options& options, const AgentTimes& times)
    : requests_ring_{kRequests},
      wishes_ring_{kWishes * options.groups.size()},
      wishes_(options.groups.size()),
      answers_{kAnswers} {
    if (!options.recover_servers.empty()) requests_ = std::make_unique<Requests>(options);
    if (!options.snapshot_servers.empty()) {
        const book::BookLimits limits{.orders = options.orders, .levels = options.levels};
        const Login login{options.snapshot_user, options.snapshot_password,
                          options.snapshot_session};
        spares_.resize(options.groups.size());
        for (std::size_t feed = 0; feed < options.groups.size(); ++feed) {
            spares_[feed] = std::make_unique<book::Book>(limits);
            snapshots_.push_back(std::make_unique<Snapshot>(
                static_cast<std::uint32_t>(feed), rx::server_of(options.snapshot_servers, feed),
                login, limits, times, spares_[feed]));
        }
    }
    bell_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (bell_ < 0) throw program::RunError(errno, "create an event descriptor");
}

Agent::~Agent() {
    stop();
    if (bell_ >= 0) close(bell_);
}

void Agent::start(std::span<const unsigned> receiver_cpus) {
    // Signals are for the thread that receives: they end its sleep.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread{[this, cpus = std::vector(receiver_cpus.begin(), receiver_cpus.end())] {
        pthread_setname_np(pthread_self(), "rx-recovery");
        leave_cpus(cpus);
        run();
    }};
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Agent::stop() noexcept {
    if (!thread_.joinable()) return;
    stop_.store(true, std::memory_order_relaxed);
    ring_the_bell();
    thread_.join();
}

// Writing to an eventfd does not block (EFD_NONBLOCK), and wakes the thread if it sleeps.
void Agent::ring_the_bell() noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(!write(bell_, &one, sizeof one));
}

bool Agent::place(SpscRing<Task>& ring, const Task& task) noexcept {
    Task* const slot = ring.back();
    if (slot == nullptr) {
        counters_.tasks_dropped.fetch_add(1, std::memory_order_relaxed);
        return false;
    }
    *slot = task;
    ring.push();
    ring_the_bell();
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
            requests_->send(*task, counters_);
        }
        ring.pop();
    }
}

void Agent::run() noexcept {
    std::vector<pollfd> list;
    while (!stop_.load(std::memory_order_relaxed)) {
        std::uint64_t due_ns = kNever;
        list.assign(1, {bell_, POLLIN, 0});
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
        std::uint64_t rings = 0;
        static_cast<void>(!read(bell_, &rings, sizeof rings));
        take_tasks(requests_ring_, now_ns);
        take_tasks(wishes_ring_, now_ns);
        if (requests_) requests_->receive(answers_, counters_);
        for (const auto& snapshot : snapshots_)
            snapshot->poll(now_ns, answers_, counters_);
    }
}

}  // namespace rxlab::recovery
