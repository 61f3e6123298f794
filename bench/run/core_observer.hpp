// SPDX-License-Identifier: MIT
//
// When the kernel gave the cores of a run to something else: to a task that is not part of the run,
// to a timer tick, to a softirq that is not the network's. It asks perf_event_open(2), once for
// each core, so it sees the same for a receiver that sleeps as for one that spins, and nothing of
// it outlives the process. It needs CAP_PERFMON, which an ordinary user lacks.
//
// Not seen: what a hypervisor takes. Left out, because they can be a packet's own way: interrupts
// of devices and between cores, the network's softirqs and kernel threads, timers other than the
// tick. Ownership: descriptors, their buffers and a thread, until destruction. Threading: one
// thread.
#pragma once

#include "bench/run/cpus.hpp"

#include <rxlab/latency/clock.hpp>
#include <rxlab/latency/stall_log.hpp>

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rxlab::bench {

// What was observed, in ticks of the traces' clock, `switches` being 1 for another task; or why
// nothing was.
struct CoreObservation {
    std::optional<std::vector<latency::Stall>> taken;
    std::string
        why_not;  // "the kernel does not let an ordinary user see …"; empty: there is `taken`
};

class CoreObserver {
  public:
    // Begins on these CPUs; one that is named twice is observed once. Where it cannot, end() says
    // why.
    explicit CoreObserver(std::span<const int> cpus);
    CoreObserver(const CoreObserver&) = delete;
    CoreObserver& operator=(const CoreObserver&) = delete;
    ~CoreObserver();

    // Ends with the first call. What was taken from a sender and a receiver on two of the CPUs.
    // `own`: their processes and threads; what runs for them is not taken.
    [[nodiscard]] CoreObservation end(const CpuPair& cpus, std::set<pid_t> own);

  private:
    class Core;

    std::map<int, std::unique_ptr<Core>> cores_;  // by their CPUs
    latency::ClockAnchor begun_;
    std::optional<latency::ClockAnchor> ended_;
    std::string why_not_;
};

// What one core's records mean. Times in nanoseconds of CLOCK_MONOTONIC_RAW.
struct CoreEvent {
    enum class Kind : std::uint8_t {
        task_ends,  // `task` and `thread` ran until now
        timer_begins,
        tick,  // the timer that runs is the scheduler's tick
        timer_ends,
        softirq_begins,  // other than the network's
        softirq_ends
    };
    Kind kind;
    std::uint64_t at_ns;
    pid_t process = 0, thread = 0;  // of task_ends; 0: idle
};

// The times at which a core was taken, ascending and apart: what lies closer together than 5 µs is
// one. `from_ns`, `to_ns`: what was observed.
[[nodiscard]] std::vector<latency::Stall> taken_of(std::span<const CoreEvent> events,
                                                   const std::set<pid_t>& own,
                                                   std::uint64_t from_ns, std::uint64_t to_ns);

}  // namespace rxlab::bench
