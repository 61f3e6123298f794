// SPDX-License-Identifier: MIT
//
// What every measurement needs around it: CPUs, a test bed, the receivers that can run on it, and
// the facts about machine and build. The bed lives as long as use() runs. Threading: main thread.
#pragma once

#include "bench/result/result.hpp"
#include "bench/run/candidates.hpp"
#include "bench/run/cpus.hpp"
#include "bench/run/runner.hpp"
#include "bench/run/test_bed.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

struct SessionOptions {
    std::string testbed = "veth";            // the script below testbed_dir: veth, shm or nic
    std::string rung;                        // of the ladder; empty: as testbed
    std::vector<std::string> testbed_ports;  // more arguments of the script's `up`
    std::vector<std::string> receivers;      // empty: all that can run here
    bool all_ways = false;                   // also those that run only when they are asked for
    std::vector<std::string> variants;       // candidates.hpp: variant()
    bool together = false;  // on one feed at once; a receiver that is named twice runs twice
    std::uint64_t seed = 1;
    std::optional<int> sender_cpu, receiver_cpu;
    std::filesystem::path testbed_dir, program_dir;
    std::filesystem::path scratch_fallback;  // for traces, where there is no /dev/shm
};

struct SessionFacts : MeasuredFacts {
    Instrument instrument;
    std::vector<std::string> bed_notes;  // what the bed said when it was taken down
};

class Session {
  public:
    using Body = std::function<void(const Runner&, const std::vector<const Candidate*>&)>;

    // Reads the machine; builds nothing yet. `options` must outlive it. Throws program::UsageError
    // for receivers and CPUs that there are not, std::runtime_error where the sender is missing.
    explicit Session(const SessionOptions& options);

    // Measures the instrument, brings up the bed, finds out which receivers run, and calls `body`;
    // facts() are complete by then, but for bed_notes. Throws if the bed cannot be built or no
    // receiver can run.
    void use(const Body& body);

    [[nodiscard]] const SessionFacts& facts() const noexcept { return facts_; }
    [[nodiscard]] const CpuPair& cpus() const noexcept { return cpus_; }
    // Of receivers that run together: each gets the next one, and after the last the first again.
    [[nodiscard]] const std::vector<int>& receiver_cpus() const noexcept { return receiver_cpus_; }

  private:
    [[nodiscard]] bool has_real_ports() const { return options_.testbed == "nic"; }
    [[nodiscard]] bool is_on_bed(const Candidate& candidate) const;
    [[nodiscard]] bool has_program(const std::string& name) const;
    void require_program(const std::string& name) const;
    [[nodiscard]] std::string reason_against(const Candidate& candidate, const Runner& runner,
                                             const TestBed& bed) const;
    [[nodiscard]] std::vector<const Candidate*> candidates_that_run(const Runner& runner,
                                                                    const TestBed& bed);

    void add_copies(std::vector<const Candidate*>& candidates);

    const SessionOptions& options_;
    std::vector<int> allowed_, isolated_;
    CpuPair cpus_;
    std::vector<int> receiver_cpus_;
    SessionFacts facts_;
    std::vector<Candidate> variants_, copies_;
};

}  // namespace rxlab::bench
