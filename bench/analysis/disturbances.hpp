// SPDX-License-Identifier: MIT
//
// Which packets met a machine that was theirs. A core of the run is taken away where the kernel
// says so (another task, a timer tick), where the sender's loop stood still, and where a loop that
// spins stood still while no packet was in it. A packet counts as disturbed if a core was taken
// away within kWindow_ns of the time at which it was due. What happened to the packet itself has no
// say in that: a receiver's own slowness never counts, and a slow packet cannot remove itself.
// docs/how-we-measure.md explains it. Pure functions; values.
#pragma once

#include <rxlab/latency/stall_log.hpp>
#include <rxlab/latency/trace.hpp>

#include <span>
#include <utility>
#include <vector>

namespace rxlab::bench {

// Before and after the due time, the same for all receivers. It covers what a core needs to catch
// up after a tick, and much of a packet's way through a receiver that has to be woken. A longer
// window leaves fewer packets.
inline constexpr double kWindow_ns = 20'000;
// After a disturbance, packets that waited are still in front of others: for this share of its
// length.
inline constexpr double kCatchingUp = 0.1;
// What is shorter is not a disturbance. Loops note their stalls from here on.
inline constexpr double kTaken_ns_min = 8'000;
// What a hypervisor does to a core on which a receiver sleeps nobody can see from inside. This many
// times what it took from the cores that were watched, it may have taken from that one: packets
// that wait behind a stall are late as well, and no two cores fare alike.
inline constexpr double kUnseenFactor = 2;
// By this factor, and no more, a figure may be too high by what nobody saw.
inline constexpr double kUnseenEffectMax = 1.15;
// Of a receiver's packets, in percent. Where fewer met an undisturbed machine, the rest is a choice
// that says little.
inline constexpr double kKept_percent_min = 90;

// The stalls of a loop in which nothing but the machine can have stood still: there was no packet
// in the turn, and none came out of the poll that ended it; or the kernel says that the thread was
// away for at least half of it, and it had not gone to sleep. `received`: the loop's own trace;
// empty for a sender, whose log counts its packets itself.
[[nodiscard]] std::vector<latency::Stall> stalls_of_machine(
    std::span<const latency::Stall> stalls, std::span<const latency::TraceRecord> received,
    double ticks_per_ns);

// In nanoseconds: the stalls of one loop that are longer than kLongStall_ns, as far as the kernel
// saw less than half of each. It was a hypervisor then. `of_machine`: what stalls_of_machine()
// says; `seen`: what the kernel saw on the cores of the run, in any order.
[[nodiscard]] double unseen_ns(std::span<const latency::Stall> of_machine,
                               std::span<const latency::Stall> seen, double ticks_per_ns);

class Disturbances {
  public:
    // None.
    Disturbances() = default;
    // `taken`: when a core of the run was taken away, in any order, overlapping or not. What is
    // shorter than kTaken_ns_min is left out.
    Disturbances(std::span<const latency::Stall> taken, double ticks_per_ns);

    // True if a core was taken away within kWindow_ns of this time, or was catching up.
    [[nodiscard]] bool near(latency::Ticks intended) const noexcept;

  private:
    std::vector<std::pair<latency::Ticks, latency::Ticks>> windows_;  // apart, ascending
};

}  // namespace rxlab::bench
