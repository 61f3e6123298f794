// SPDX-License-Identifier: MIT
#include <rxlab/program/errors.hpp>
#include <rxlab/program/side_thread.hpp>

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <utility>

namespace rxlab::program {

cpu_set_t cpus_beside(std::span<const unsigned> busy_cpus) noexcept {
    cpu_set_t others, busy;
    CPU_ZERO(&others);
    CPU_ZERO(&busy);
    for (unsigned cpu : busy_cpus)
        CPU_SET(cpu, &busy);
    if (busy_cpus.empty() &&
        (sched_getaffinity(0, sizeof busy, &busy) != 0 || CPU_COUNT(&busy) != 1))
        return others;
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (!CPU_ISSET(cpu, &busy)) CPU_SET(cpu, &others);
    return others;
}

SideThread::SideThread() : bell_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (bell_.get() < 0) throw RunError(errno, "make an event descriptor");
}

void SideThread::start(const cpu_set_t& cpus, std::function<void()> body) {
    // A thread inherits the mask that stands when it is made.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([cpus, body = std::move(body)] {
        // The kernel leaves out CPUs that do not exist or are not allowed; where none is left it
        // refuses, and the thread stays where it is.
        if (CPU_COUNT(&cpus) > 0) static_cast<void>(sched_setaffinity(0, sizeof cpus, &cpus));
        body();
    });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// An eventfd takes it unless its counter is full, and then it is readable anyway.
void SideThread::wake() noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(!write(bell_.get(), &one, sizeof one));
}

void SideThread::calm() noexcept {
    std::uint64_t times = 0;
    static_cast<void>(!read(bell_.get(), &times, sizeof times));
}

void SideThread::stop() noexcept {
    if (!thread_.joinable()) return;
    stop_.store(true, std::memory_order_relaxed);
    wake();
    thread_.join();
}

}  // namespace rxlab::program
