// SPDX-License-Identifier: MIT
//
// DPDK's environment abstraction layer as an object: initialised once per process, cleaned up at
// the end (rte_eal_init, rte_eal_cleanup).
#pragma once

#include <cstdint>
#include <span>
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
    static inline bool cleans_up_ = true;
    static inline bool log_wanted_ = false;
};

// The main lcore and the next ones, together as many as there are queues, or as EAL has.
[[nodiscard]] std::vector<unsigned> lcores_of(std::uint16_t queues);
[[nodiscard]] unsigned cpu_of(unsigned lcore) noexcept;

}  // namespace rxlab::dpdk_rx
