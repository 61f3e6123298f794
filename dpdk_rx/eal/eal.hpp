// SPDX-License-Identifier: MIT
//
// DPDK's environment abstraction layer as an object: initialised once per process, cleaned up at
// the end (rte_eal_init, rte_eal_cleanup).
#pragma once

#include "dpdk_rx/eal/eal_output.hpp"

#include <sched.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rxlab::dpdk_rx {

class Eal {
  public:
    // `arguments`: the program's name, then EAL's own options. EAL's chatter is held back and shown
    // only where the user asked for it with --log-level; a failure becomes one line with the reason
    // and, where it is known, the remedy. SIGPIPE is ignored from now on: drivers write to sockets
    // whose other end may have gone (net_virtio_user). Throws program::UsageError (an option EAL
    // does not know) or program::RunError.
    explicit Eal(std::span<char*> arguments);
    Eal(const Eal&) = delete;
    Eal& operator=(const Eal&) = delete;
    ~Eal();

    // Unless --log-level was given, `pattern`'s logs (rte_log_set_level_pattern) tell only what is
    // critical from now on.
    static void hush(const char* pattern) noexcept;

    // Has the end of the process do what rte_eal_cleanup() would: that closes devices, too, also
    // those that a port wants left alone.
    static void skip_cleanup() noexcept { cleans_up_ = false; }

  private:
    void start(std::span<char*> arguments);

    static inline bool cleans_up_ = true;
    static inline bool log_wanted_ = false;
};

// The main lcore and the next ones, together as many as there are queues, or as EAL has.
[[nodiscard]] std::vector<unsigned> lcores_of(std::uint16_t queues);
[[nodiscard]] unsigned cpu_of(unsigned lcore) noexcept;

// The CPUs that the calling thread may use: before anything pins it.
[[nodiscard]] cpu_set_t allowed_cpus() noexcept;

// The threads that do not receive or send: EAL's for interrupts, telemetry and other processes, and
// what drivers start. EAL gives them the CPUs that are left of those the process may use when it
// starts: none where it was pinned to one, or where every CPU is an lcore. This keeps them off the
// CPUs of the first lcores: it moves every thread but the lcores' own to the other allowed CPUs.
// Where no CPU is left, all stay. Threads that are started later by a thread of EAL follow that
// thread's CPUs.
class ControlThreads {
  public:
    // Moves them. `lcores`: how many are busy (see lcores_of). `allowed`: what allowed_cpus() was.
    ControlThreads(std::uint16_t lcores, const cpu_set_t& allowed);

    // Runs what starts a port (see with_driver_output), and moves the threads that the driver has
    // started with it.
    template <typename Start>
    auto start_port(Start&& start) const {
        struct Afterwards {
            const ControlThreads& threads;
            ~Afterwards() { threads.move(); }
        } afterwards{*this};
        return with_driver_output(start);
    }

  private:
    void move() const;

    cpu_set_t rest_;
};

// The port that is meant by a name, a number, or nothing (where there is only one). Throws
// program::UsageError that lists the ports there are.
[[nodiscard]] std::uint16_t find_port(const std::string& wanted);

[[nodiscard]] std::string port_name(std::uint16_t id);

}  // namespace rxlab::dpdk_rx
