// SPDX-License-Identifier: MIT
#include "bench/run/session.hpp"

#include "bench/run/environment.hpp"
#include "bench/run/instrument.hpp"
#include "bench/run/program_summary.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace rxlab::bench {
namespace {

// Changing a port's driver and waiting for its link takes seconds, or tens of seconds in an
// emulated machine.
constexpr Patience kPatienceNic{Milliseconds{120'000}, Milliseconds{60'000}, Milliseconds{60'000},
                                Milliseconds{10'000}};

}  // namespace

Session::Session(const SessionOptions& options)
    : options_{options},
      allowed_{allowed_cpus()},
      isolated_{parse_cpu_list(program::first_line("/sys/devices/system/cpu/isolated", ""))},
      cpus_{choose_cpus(allowed_, isolated_, options.sender_cpu, options.receiver_cpu)},
      receiver_cpus_{cpus_.receiver} {
    for (const std::string& name : options.receivers) {
        const std::string reason = reason_against_company(candidate(name));
        if (!options.together || reason.empty()) continue;
        throw program::UsageError(fmt::format("--together with --receiver {}: {}", name, reason));
    }
    variants_.reserve(options.variants.size());  // pointers to the elements must stay valid
    for (const std::string& text : options.variants) {
        Candidate one = variant(text);
        const bool is_taken = std::any_of(variants_.begin(), variants_.end(),
                                          [&](const auto& each) { return each.name == one.name; });
        if (is_taken) {
            throw program::UsageError(fmt::format("--variant '{}': two have this name", text));
        }
        variants_.push_back(std::move(one));
    }
    facts_.created = utc_now();
    facts_.rxlab = this_build();
    facts_.environment = capture_environment();
    require_program("feedsim");
}

void Session::use(const Body& body) {
    facts_.instrument = measure_instrument(cpus_);
    stay_off(cpus_.sender, receiver_cpus_, allowed_);
    const bool is_root = ::geteuid() == 0;
    TestBed bed(options_.testbed_dir / options_.testbed / options_.testbed,
                is_root ? kHugePagesWanted : 0, allowed_, options_.testbed_ports);
    facts_.testbed = {options_.rung.empty() ? options_.testbed : options_.rung, bed.privileged(),
                      bed.huge_pages()};
    facts_.environment.interface_driver = bed.rx_driver();
    const std::filesystem::path scratch = scratch_parent(options_.scratch_fallback);
    program::remove_stale_scratch(scratch);
    const Runner runner(bed, options_.program_dir, scratch, cpus_,
                        has_real_ports() ? kPatienceNic : Patience{});
    std::vector<const Candidate*> candidates = candidates_that_run(runner, bed);
    if (options_.together) {
        add_copies(candidates);
        receiver_cpus_ = bench::receiver_cpus(candidates.size(), cpus_, allowed_, isolated_);
        stay_off(cpus_.sender, receiver_cpus_, allowed_);
    }
    body(runner, candidates);
    facts_.bed_notes = bed.take_down();
}

// After the original.
void Session::add_copies(std::vector<const Candidate*>& candidates) {
    copies_.reserve(options_.receivers.size());  // pointers to the elements must stay valid
    std::vector<const Candidate*> all;
    for (const Candidate* each : candidates) {
        all.push_back(each);
        const auto count = static_cast<std::size_t>(
            std::count(options_.receivers.begin(), options_.receivers.end(), each->name));
        for (std::size_t number = 2; number <= count; ++number) {
            copies_.push_back(copy(*each, number));
            const std::string& name = copies_.back().name;
            if (std::ranges::any_of(
                    variants_, [&](const Candidate& variant) { return variant.name == name; })) {
                throw program::UsageError(
                    fmt::format("--variant '{}=…': the second {} has this name", name, each->name));
            }
            all.push_back(&copies_.back());
        }
    }
    candidates = std::move(all);
    if (candidates.size() > 1) return;
    throw program::UsageError(
        fmt::format("--together: only {} runs here; name two receivers, or one twice",
                    candidates.front()->name));
}

bool Session::has_program(const std::string& name) const {
    return ::access((options_.program_dir / name).c_str(), X_OK) == 0;
}

void Session::require_program(const std::string& name) const {
    if (has_program(name)) return;
    throw std::runtime_error(
        fmt::format("find {}: not in {}; build it, or name its directory "
                    "with --program-dir",
                    name, options_.program_dir.string()));
}

bool Session::is_on_bed(const Candidate& candidate) const {
    return candidate.only_on.empty() ? options_.testbed != "shm"
                                     : candidate.only_on == options_.testbed;
}

// Why this receiver cannot run here, or nothing. On a bed without real ports, it is tried for a
// moment.
std::string Session::reason_against(const Candidate& candidate, const Runner& runner,
                                    const TestBed& bed) const {
    if (!has_program(candidate.program)) return candidate.program + " is not built";
    if (candidate.sender_arguments != nullptr && !has_program("feedsim_dpdk"))
        return "feedsim_dpdk is not built";
    if (!is_on_bed(candidate)) {
        return "it needs --testbed " +
               (candidate.only_on.empty() ? "veth or nic" : candidate.only_on);
    }
    if (options_.together) {
        if (std::string reason = reason_against_company(candidate); !reason.empty()) return reason;
    }
    if (candidate.needs_root && !bed.privileged()) return "needs root";
    if (candidate.sleep == CoreSleep::forbidden && ::access("/dev/cpu_dma_latency", W_OK) != 0)
        return "/dev/cpu_dma_latency cannot be opened";
    if (has_real_ports()) return {};  // a trial would change the port's driver twice more
    Traffic traffic;
    traffic.seconds = 0.1;
    traffic.warmup_s = 0;
    try {
        const RunFiles files = runner.run(candidate, traffic, options_.seed);
        if (read_receiver_summary(files.receiver_json()).packets == 0)
            return "it received nothing in a trial run";
    } catch (const RunFailure& failure) {
        return failure.what();
    } catch (const program::RunError& failure) {
        return failure.what();
    }
    return {};
}

std::vector<const Candidate*> Session::candidates_that_run(const Runner& runner,
                                                           const TestBed& bed) {
    std::vector<const Candidate*> candidates;
    for (const Candidate& each : all_candidates()) {
        const bool is_asked_for =
            std::count(options_.receivers.begin(), options_.receivers.end(), each.name) != 0;
        if (!options_.receivers.empty() && !is_asked_for) continue;
        const bool is_one_of_all = each.by_default || options_.all_ways;
        if (!(is_on_bed(each) && is_one_of_all) && !is_asked_for) continue;
        const std::string reason = reason_against(each, runner, bed);
        if (reason.empty()) {
            candidates.push_back(&each);
        } else if (is_asked_for) {
            throw std::runtime_error(fmt::format("{} cannot run here: {}", each.name, reason));
        } else {
            fmt::print(stderr, "rxbench: {} is left out: {}\n", each.name, reason);
            facts_.left_out.push_back({each.name, one_line(reason)});
        }
    }
    for (const Candidate& each : variants_) {
        const std::string reason = reason_against(each, runner, bed);
        if (!reason.empty()) {
            throw std::runtime_error(
                fmt::format("--variant {} cannot run here: {}", each.name, reason));
        }
        candidates.push_back(&each);
    }
    if (candidates.empty()) throw std::runtime_error("no receiver can run here");
    return candidates;
}

}  // namespace rxlab::bench
