// SPDX-License-Identifier: MIT
//
// A core that does not fall asleep: what a receiver that blocks would measure if waking a halted
// core took nothing. Both ways leave the receiver and its thread's sleep as they are.
// Ownership: a descriptor or a thread, until destruction. Threading: one thread.
#pragma once

#include <rxlab/program/descriptor.hpp>

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <thread>

namespace rxlab::bench {

enum class CoreSleep : std::uint8_t {
    as_it_is,
    forbidden,  // /dev/cpu_dma_latency is held at 0: no core enters an idle state (root)
    never_idle  // a thread of policy SCHED_IDLE spins on the core, and gives way to any other
};

class KeptAwake {
  public:
    // Throws program::RunError where the kernel does not let it.
    KeptAwake(CoreSleep how, int cpu);
    KeptAwake(const KeptAwake&) = delete;
    KeptAwake& operator=(const KeptAwake&) = delete;
    ~KeptAwake();

    // Of the spinning thread; 0: there is none.
    [[nodiscard]] pid_t thread() const noexcept { return thread_; }

  private:
    program::Descriptor latency_;
    std::atomic<bool> stop_{false};
    std::thread spinner_;
    pid_t thread_ = 0;
};

}  // namespace rxlab::bench
