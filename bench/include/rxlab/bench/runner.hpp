// SPDX-License-Identifier: MIT
//
// One run: a receiver and the sender started afresh on the test bed, watched until both have ended,
// and their traces joined. Nothing sleeps: readiness is a line on a pipe, the end is a process's
// end, and each wait has a time limit. Traces live in memory (/dev/shm) and go with the run.
#pragma once

#include <rxlab/bench/candidates.hpp>
#include <rxlab/bench/cpus.hpp>
#include <rxlab/bench/library_versions.hpp>
#include <rxlab/bench/result.hpp>
#include <rxlab/bench/test_bed.hpp>
#include <rxlab/latency/histogram.hpp>

#include <filesystem>
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
    bool kernel_timestamps = false;  // where the receiver can have them: SO_TIMESTAMPNS
};

// How long to wait for each step before giving up.
struct Patience {
    Milliseconds ready{20'000};            // from the receiver's start to its "ready: " line
    Milliseconds beyond_schedule{10'000};  // from the schedule's end to the sender's end
    Milliseconds end_of_session{5'000};    // from the sender's end to the receiver's
    Milliseconds terminate{2'000};         // from SIGTERM to SIGKILL
};

// A program could not start, died, or did not end: which, how, and its last words.
class RunFailure : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct RunOutcome {
    Run run;  // without round and position
    latency::Histogram latency;
    Timeline timeline;                // without round
    std::vector<Outlier> outliers;    // without round; slowest first
    std::uint64_t sent_messages = 0;  // as the sender's trace says
    std::vector<std::string> command, sender_command;
    std::optional<std::string> dpdk_version;
    LibraryFiles libraries;  // of both programs
};

// A run that is about something else than the latency of each packet.
struct PairOptions {
    std::vector<std::string> receiver, sender;  // besides program, interface and CPU
    // From the sender's first to the receiver's start; none: the receiver is ready first.
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

    // `keep`: a directory to which both traces are copied; empty: none. Throws RunFailure,
    // Interrupted, and what reading the traces and summaries throws.
    [[nodiscard]] RunOutcome run(const Candidate& candidate, const Traffic& traffic,
                                 std::uint64_t seed, const std::filesystem::path& keep = {}) const;

    // Both end by themselves. Throws as run() does.
    [[nodiscard]] PairOutcome run_pair(const Candidate& candidate,
                                       const PairOptions& options) const;

  private:
    [[nodiscard]] Command receiver_command(const Candidate& candidate, const Traffic& traffic,
                                           const std::filesystem::path& scratch) const;
    [[nodiscard]] Command sender_command(const Traffic& traffic, std::uint64_t seed,
                                         const std::filesystem::path& scratch) const;
    [[nodiscard]] std::vector<std::string> receiver_start(const Candidate& candidate) const;
    void wait_until_ready(Child& receiver) const;
    void wait_for_both(Child& receiver, Child& sender, Milliseconds at_most) const;
    // What to say of a receiver that had to be stopped; empty where it ended by itself.
    std::string wait_until_done(Child& receiver, Child& sender, const Traffic& traffic) const;
    [[nodiscard]] std::string stopped(Child& receiver) const;

    const TestBed& bed_;
    std::filesystem::path programs_, scratch_;
    CpuPair cpus_;
    Patience patience_;
};

// /dev/shm where it can be written, else `fallback`: on a disk file system, flushing would
// write-protect the pages of a trace that is being written.
[[nodiscard]] std::filesystem::path scratch_parent(const std::filesystem::path& fallback);

}  // namespace rxlab::bench
