// SPDX-License-Identifier: MIT
//
// A thread beside the one that does the program's work: it takes no signals, since these are to end
// the other's sleep, runs on CPUs of its own, and can be woken and ended. Threading: start(),
// stop() and the destructor belong to one thread.
#pragma once

#include <rxlab/program/descriptor.hpp>

#include <sched.h>

#include <atomic>
#include <functional>
#include <span>
#include <thread>

namespace rxlab::program {

// All CPUs but these, for a thread beside those that run there: a loop that spins would starve it,
// or be held up by it. `busy_cpus` empty: all but the one that the calling thread is bound to, none
// where it is not bound to one.
[[nodiscard]] cpu_set_t cpus_beside(std::span<const unsigned> busy_cpus) noexcept;

class SideThread {
  public:
    // Throws RunError.
    SideThread();
    SideThread(const SideThread&) = delete;
    SideThread& operator=(const SideThread&) = delete;
    ~SideThread() { stop(); }

    // Runs `body` on `cpus`, wherever it likes if there are none or none of them is allowed. `body`
    // is to wait for descriptor() among others, and to return once stopping().
    void start(const cpu_set_t& cpus, std::function<void()> body);
    // Makes descriptor() readable. Any thread; blocks nobody.
    void wake() noexcept;
    // It is not readable any more. The side thread.
    void calm() noexcept;
    void stop() noexcept;
    [[nodiscard]] bool stopping() const noexcept { return stop_.load(std::memory_order_relaxed); }
    [[nodiscard]] int descriptor() const noexcept { return bell_.get(); }

  private:
    Descriptor bell_;  // eventfd(2)
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace rxlab::program
