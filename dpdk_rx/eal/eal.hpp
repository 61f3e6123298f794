// SPDX-License-Identifier: MIT
//
// DPDK's environment abstraction layer as an object: initialised once per process, cleaned up at
// the end (rte_eal_init, rte_eal_cleanup).
#pragma once

#include <sched.h>

#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::dpdk_rx {

class Eal {
  public:
    // `arguments`: the program's name, then EAL's own options. EAL's chatter is held back and shown
    // only where the user asked for it with --log-level; a failure becomes one line with the reason
    // and, where it is known, the remedy. Throws program::UsageError (an option EAL does not know)
    // or program::RunError.
    explicit Eal(std::span<char*> arguments);
    Eal(const Eal&) = delete;
    Eal& operator=(const Eal&) = delete;
    ~Eal();

    // Has the end of the process do what rte_eal_cleanup() would: that closes devices, too, also
    // those that a port wants left alone.
    static void skip_cleanup() noexcept { cleans_up_ = false; }

  private:
    static inline bool cleans_up_ = true;
};

// The main lcore and the next ones, together as many as there are queues, or as EAL has.
[[nodiscard]] std::vector<unsigned> lcores_of(std::uint16_t queues);
[[nodiscard]] unsigned cpu_of(unsigned lcore) noexcept;

// The CPUs that the calling thread may use: before anything pins it.
[[nodiscard]] cpu_set_t allowed_cpus() noexcept;

// Keeps the threads that do not receive (EAL's for interrupts, telemetry and other processes, and
// what drivers start) off the CPUs that do: moves every thread but the lcores' own to `allowed`
// without `busy`. EAL gives them the CPUs that are left of those the process may use when it
// starts: none where it was pinned to one, or where every CPU is an lcore. Where no CPU is left,
// all stay. Threads that are started later by a thread of EAL follow that thread's CPUs.
void keep_control_threads_off(std::span<const unsigned> busy, const cpu_set_t& allowed);

}  // namespace rxlab::dpdk_rx
