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

}  // namespace rxlab::dpdk_rx
