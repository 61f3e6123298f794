// SPDX-License-Identifier: MIT
//
// One run in virtual time, with known faults: the real sender (feedsim's market, schedule, pacing
// and trace) sends over a simulated wire, from which the real receive loop and pipeline take their
// packets. Nothing depends on the machine: the same options give the same traces. Threading: one
// thread.
#pragma once

#include "bench/analysis/join.hpp"

#include <rxlab/latency/stall_log.hpp>
#include <rxlab/latency/trace.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rxlab::bench::selftest {

// What is done wrong on purpose. Counts are numbers of data packets, spread evenly over the run.
struct Faults {
    std::uint64_t delay_ns = 0;          // of every packet, before the receiver's stamp
    std::uint64_t every = 0;             // 1000: every thousandth packet …
    std::uint64_t rare_delay_ns = 0;     // … is held back this much longer; none overtakes it
    std::size_t lost = 0;                // never arrive
    std::size_t twice = 0;               // arrive again, at once
    std::size_t swapped = 0;             // change places with their successor
    std::uint64_t stall_ns = 0;          // the sender stops once, in the middle, for this long
    std::int64_t receiver_clock_ns = 0;  // the receiver's clock is ahead by this
    bool skips_decoding = false;         // the receiver never sees what the messages say
    std::uint64_t slow_every = 0;        // 50: every fiftieth packet …
    std::uint64_t slow_ns = 0;           // … takes this long in the poll that brings it
    std::uint64_t wake_ns = 0;           // after waiting, each poll takes this much longer
    std::uint32_t burst = 1;             // packets that are due at once
    std::uint64_t work_ns = 0;           // of each packet; above 0, polls bring one at a time
};

// What takes the receiver's core away, at regular intervals; 0: nothing does.
struct Machine {
    std::uint64_t tick_every_ns = 0, tick_ns = 0;  // the kernel knows
    std::uint64_t away_every_ns = 0, away_ns = 0;  // nobody but the loop can notice
};

struct SimulationOptions {
    std::uint64_t seed = 1;         // of the market
    std::uint64_t jitter_seed = 1;  // of the wire's jitter
    std::uint64_t packets = 4'000;
    double rate_pps = 10'000;
    Faults faults;
    Machine machine;
};

struct Simulated {
    latency::TraceHeader sender_header, receiver_header;
    std::vector<latency::TraceRecord> sender, receiver;
    std::vector<latency::Stall> taken;   // of the receiver's core, as the kernel says
    std::vector<latency::Stall> stalls;  // of the receiver's loop
    std::string digest;                  // of the receiver's books
    std::string truth;                   // of the book that the sender's messages make

    [[nodiscard]] TraceView sender_view() const { return {sender_header, sender}; }
    [[nodiscard]] TraceView receiver_view() const { return {receiver_header, receiver}; }
};

// Throws std::system_error where the traces cannot be written to a temporary directory.
[[nodiscard]] Simulated simulate(const SimulationOptions& options);

}  // namespace rxlab::bench::selftest
