// SPDX-License-Identifier: MIT
//
// One run: a receiver and the sender started afresh on the test bed, and watched until both have
// ended. Nothing sleeps: readiness is a line on a pipe, the end is a process's
// end, and each wait has a time limit. Traces live in memory (/dev/shm) and go with the run.
#pragma once

#include "bench/result/result.hpp"
#include "bench/run/candidates.hpp"
#include "bench/run/core_observer.hpp"
#include "bench/run/cpus.hpp"
#include "bench/run/test_bed.hpp"

#include <rxlab/program/files.hpp>

#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace rxlab::bench {

// What is sent in every run of a scenario.
struct Traffic {
    std::int64_t feeds = 1;
    double rate_per_feed = 10'000;  // packets per second
    std::string profile = "constant";
    std::int64_t burst = 32;  // of profile microburst
    double seconds = 1;
    double warmup_s = 0.1;
    std::int64_t messages_per_packet = 1;
    bool kernel_timestamps = false;  // SO_TIMESTAMPNS, if the receiver can have them
    // The receivers stand still (SIGSTOP) from before the first packet until the sender has ended:
    // then all packets are there.
    bool as_backlog = false;
};

// How long to wait for each step before giving up.
struct Patience {
    Milliseconds ready{20'000};            // from the receiver's start to its "ready: " line
    Milliseconds beyond_schedule{10'000};  // from the schedule's end to the sender's end
    Milliseconds end_of_session{5'000};    // from the sender's end to the receiver's
    Milliseconds terminate{2'000};         // from SIGTERM to SIGKILL
};

// A program could not start, died, or did not end. The message says which, how, and what it printed
// last.
class RunFailure : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// A failure's message where there is room for one line only.
[[nodiscard]] std::string one_line(std::string message);

// What a run leaves behind of one receiver. The files are gone with this.
struct RunFiles {
    program::ScratchDirectory directory;
    CoresReport cores;
    CoreObservation observation;
    std::vector<std::string> command, sender_command;

    [[nodiscard]] std::filesystem::path sender_trace() const;
    [[nodiscard]] std::filesystem::path receiver_trace() const;
    [[nodiscard]] std::filesystem::path sender_json() const;    // contracts.md: rxlab.tx/1
    [[nodiscard]] std::filesystem::path receiver_json() const;  // rxlab.rx/1
};

// A receiver of a run, and the CPU that it is pinned to.
struct Seat {
    const Candidate* candidate;
    int cpu;
};

// A run that measures something other than the latency of each packet.
struct PairOptions {
    std::vector<std::string> receiver, sender;  // arguments besides program, interface and CPU
    // How long the sender starts before the receiver; none: the receiver is ready first.
    std::optional<Milliseconds> sender_lead;
    Milliseconds at_most{60'000};  // from the start of the second program to the end of both
};

// Both programs' summaries.
struct PairOutcome {
    std::string receiver_json, sender_json;
    std::vector<std::string> receiver_command, sender_command;
};

class Runner {
  public:
    // `programs`: the directory of the receivers and feedsim. `scratch`: parent of the runs'
    // directories. The bed must outlive the runner.
    Runner(const TestBed& bed, std::filesystem::path programs, std::filesystem::path scratch,
           CpuPair cpus, Patience patience = {});

    // `keep`: a directory to which both traces are copied; empty: none. Throws RunFailure
    // and Interrupted.
    [[nodiscard]] RunFiles run(const Candidate& candidate, const Traffic& traffic,
                               std::uint64_t seed, const std::filesystem::path& keep = {}) const;

    // Several receivers on one feed at once: started in this order, each when the one before is
    // ready, and the sender when all are. One entry for each, with the same sender's trace. `keep`:
    // a directory for each, or none at all. Throws as run() does; a receiver that fails ends the
    // run of all.
    [[nodiscard]] std::vector<RunFiles> run_together(
        std::span<const Seat> seats, const Traffic& traffic, std::uint64_t seed,
        std::span<const std::filesystem::path> keep = {}) const;

    // Both end by themselves. Throws as run() does.
    [[nodiscard]] PairOutcome run_pair(const Candidate& candidate,
                                       const PairOptions& options) const;

  private:
    [[nodiscard]] Command receiver_command(const Seat& seat, const Traffic& traffic,
                                           const std::filesystem::path& scratch) const;
    [[nodiscard]] Command sender_command(const Candidate& candidate, const Traffic& traffic,
                                         std::uint64_t seed,
                                         const std::filesystem::path& scratch) const;
    [[nodiscard]] Place place(int cpu) const;
    [[nodiscard]] std::vector<std::string> sender_start(const Candidate& candidate) const;
    [[nodiscard]] std::vector<std::string> receiver_start(const Seat& seat) const;
    void wait_until_ready(Child& receiver) const;
    void wait_for_both(Child& receiver, Child& sender, Milliseconds at_most) const;
    void throw_if_died(Child& child) const;
    [[noreturn]] void throw_not_sent(Child& sender) const;
    // Until the sender has ended.
    void wait_until_sent(std::span<Child* const> receivers, Child& sender,
                         const Traffic& traffic) const;
    // What to report about each receiver that had to be stopped; empty if it ended by itself.
    std::vector<std::string> wait_until_done(std::span<Child* const> receivers, Child& sender,
                                             const Traffic& traffic) const;
    [[nodiscard]] std::string stopped(Child& receiver) const;

    const TestBed& bed_;
    std::filesystem::path programs_, scratch_;
    CpuPair cpus_;
    Patience patience_;
};

// /dev/shm if it can be written, else `fallback`. On a disk's file system, write-back would
// write-protect the pages of a trace that is being written.
[[nodiscard]] std::filesystem::path scratch_parent(const std::filesystem::path& fallback);

}  // namespace rxlab::bench
