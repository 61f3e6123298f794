// SPDX-License-Identifier: MIT
#include "bench/run/kept_awake.hpp"

#include <rxlab/program/errors.hpp>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <future>
#include <string>

namespace rxlab::bench {
namespace {

// Documentation/power/pm_qos_interface.rst: the request lasts as long as the file is open.
program::Descriptor forbid_idle_states() {
    const std::string path = "/dev/cpu_dma_latency";
    program::Descriptor file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (file.get() < 0) throw program::RunError(errno, "open " + path);
    const std::int32_t microseconds = 0;
    if (::write(file.get(), &microseconds, sizeof microseconds) != sizeof microseconds)
        throw program::RunError(errno, "write " + path);
    return file;
}

// Tells how that went: the thread's id, or an errno below 0. It must not take the core from
// anybody.
void spin_when_idle(int cpu, const std::atomic<bool>& stop, std::promise<pid_t>& begun) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(cpu), &set);
    const sched_param none{};
    const bool is_ready = ::sched_setscheduler(0, SCHED_IDLE, &none) == 0 &&
                          ::sched_setaffinity(0, sizeof set, &set) == 0;
    begun.set_value(is_ready ? ::gettid() : -errno);
    while (is_ready && !stop.load(std::memory_order_relaxed)) {
    }
}

}  // namespace

KeptAwake::KeptAwake(CoreSleep how, int cpu) {
    if (how == CoreSleep::forbidden) latency_ = forbid_idle_states();
    if (how != CoreSleep::never_idle) return;
    std::promise<pid_t> begun;
    spinner_ = std::thread{[this, cpu, &begun] { spin_when_idle(cpu, stop_, begun); }};
    thread_ = begun.get_future().get();
    if (thread_ > 0) return;
    spinner_.join();
    throw program::RunError(-thread_, "spin with policy SCHED_IDLE on CPU " + std::to_string(cpu));
}

KeptAwake::~KeptAwake() {
    stop_.store(true, std::memory_order_relaxed);
    if (spinner_.joinable()) spinner_.join();
}

}  // namespace rxlab::bench
