// SPDX-License-Identifier: MIT
//
// One run in virtual time, with known faults: the real sender (feedsim's market, schedule, pacing
// and trace) sends over a simulated wire, from which the real receive loop and pipeline take their
// packets. Nothing depends on the machine: the same options give the same traces. Threading: one
// thread.
#pragma once

#include "bench/analysis/join.hpp"

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
};

struct SimulationOptions {
    std::uint64_t seed = 1;         // of the market
    std::uint64_t jitter_seed = 1;  // of the wire's jitter
    std::uint64_t packets = 4'000;
    double rate_pps = 10'000;
    Faults faults;
};

struct Simulated {
    latency::TraceHeader sender_header, receiver_header;
    std::vector<latency::TraceRecord> sender, receiver;
    std::string digest;  // of the receiver's books
    std::string truth;   // of the book that the sender's messages make

    [[nodiscard]] TraceView sender_view() const { return {sender_header, sender}; }
    [[nodiscard]] TraceView receiver_view() const { return {receiver_header, receiver}; }
};

// Throws std::system_error where the traces cannot be written to a temporary directory.
[[nodiscard]] Simulated simulate(const SimulationOptions& options);

}  // namespace rxlab::bench::selftest
