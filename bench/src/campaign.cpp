// SPDX-License-Identifier: MIT
#include <rxlab/bench/campaign.hpp>
#include <rxlab/bench/environment.hpp>
#include <rxlab/bench/files.hpp>
#include <rxlab/bench/instrument.hpp>
#include <rxlab/bench/judge.hpp>
#include <rxlab/bench/outliers.hpp>
#include <rxlab/bench/progress.hpp>
#include <rxlab/bench/summarise.hpp>
#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace rxlab::bench {
namespace {

constexpr std::int64_t kRoundsDefault = 6, kRoundsQuick = 2;
constexpr double kWarmupShare = 0.1;

struct Length {
    double seconds, quick_seconds;
};

// Six rounds of 1.9 s at 10,000 packets/s leave 102,600 packets after the warm-up: p99.9 needs
// 100,000. Several feeds at once have them sooner. The quick lengths still support p99.
constexpr Length kSingle{1.9, 1.2}, kMulti{0.9, 0.4};
constexpr std::int64_t kFeedsOfMulti = 4;

// Changing a port's driver and waiting for its link takes seconds, in an emulated machine tens.
constexpr Patience kPatienceNic{Milliseconds{120'000}, Milliseconds{60'000}, Milliseconds{60'000},
                                Milliseconds{10'000}};

Scenario make_scenario(const std::string& name, const CampaignOptions& options) {
    Scenario scenario;
    scenario.name = name;
    Traffic& traffic = scenario.traffic;
    const bool is_single = name == "single";
    traffic.feeds = is_single ? 1 : options.feeds.value_or(kFeedsOfMulti);
    scenario.title = is_single ? "One feed" : fmt::format("{} feeds at once", traffic.feeds);
    const Length length = is_single ? kSingle : kMulti;
    traffic.seconds =
        options.seconds.value_or(options.quick ? length.quick_seconds : length.seconds);
    traffic.rate_per_feed = options.rate.value_or(10'000);
    traffic.profile = options.profile;
    traffic.warmup_s = options.warmup_s.value_or(traffic.seconds * kWarmupShare);
    if (traffic.warmup_s >= traffic.seconds) {
        throw program::UsageError(fmt::format("--warmup {}: scenario {} lasts only {} s",
                                              traffic.warmup_s, name, traffic.seconds));
    }
    return scenario;
}

std::string first_lines(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

// Everything that a campaign holds while it measures.
class Campaign {
  public:
    explicit Campaign(const CampaignOptions& options)
        : options_{options},
          scenarios_{plan_scenarios(options)},
          allowed_{allowed_cpus()},
          cpus_{choose_cpus(allowed_,
                            parse_cpu_list(first_line("/sys/devices/system/cpu/isolated", "")),
                            options.sender_cpu, options.receiver_cpu)} {
        for (const std::string& name : options.receivers)
            static_cast<void>(candidate(name));
        if (!options.control.empty()) static_cast<void>(candidate(options.control));
        result_.created = utc_now();
        result_.rxlab = this_build();
        result_.environment = capture_environment();
        fill_settings();
        require_program("feedsim");
    }

    Result run() {
        result_.instrument = measure_instrument(cpus_);
        stay_off(cpus_, allowed_);
        const bool is_root = ::geteuid() == 0;
        const TestBed bed(options_.testbed_dir / options_.testbed / options_.testbed,
                          is_root ? kHugePagesWanted : 0, allowed_, options_.testbed_ports);
        result_.testbed = {options_.rung.empty() ? options_.testbed : options_.rung,
                           bed.privileged(), bed.huge_pages()};
        result_.environment.interface_driver = bed.rx_driver();
        const std::filesystem::path scratch = scratch_parent(options_.scratch_fallback);
        remove_stale_scratch(scratch);
        const Runner runner(bed, options_.program_dir, scratch, cpus_,
                            is_veth() ? Patience{} : kPatienceNic);
        const std::vector<const Candidate*> candidates = candidates_that_run(runner, bed);
        measure(runner, candidates);
        return std::move(result_);
    }

  private:
    [[nodiscard]] bool is_veth() const { return options_.testbed == "veth"; }

    void fill_settings() {
        Settings& settings = result_.settings;
        settings.rounds = options_.rounds.value_or(options_.quick ? kRoundsQuick : kRoundsDefault);
        settings.seed = options_.seed;
        settings.quick = options_.quick;
        settings.sender_cpu = cpus_.sender;
        settings.receiver_cpu = cpus_.receiver;
    }

    [[nodiscard]] bool has_program(const std::string& name) const {
        return ::access((options_.program_dir / name).c_str(), X_OK) == 0;
    }

    void require_program(const std::string& name) const {
        if (has_program(name)) return;
        throw std::runtime_error(
            fmt::format("find {}: not in {}; build it, or name its directory "
                        "with --program-dir",
                        name, options_.program_dir.string()));
    }

    [[nodiscard]] bool is_on_bed(const Candidate& candidate) const {
        return candidate.only_on.empty() || candidate.only_on == options_.testbed;
    }

    // Why this receiver cannot run here, or nothing. On the veth bed it is run for a moment.
    [[nodiscard]] std::string reason_against(const Candidate& candidate, const Runner& runner,
                                             const TestBed& bed) {
        if (!has_program(candidate.program)) return candidate.program + " is not built";
        if (!is_on_bed(candidate)) return "it needs --testbed " + candidate.only_on;
        if (candidate.needs_root && !bed.privileged()) return "needs root";
        if (!is_veth()) return {};  // a trial would change the port's driver twice more
        Traffic traffic;
        traffic.seconds = 0.1;
        traffic.warmup_s = 0;
        try {
            const RunOutcome outcome = runner.run(candidate, traffic, options_.seed);
            if (outcome.run.ledger.received == 0) return "it received nothing in a trial run";
        } catch (const RunFailure& failure) {
            return failure.what();
        }
        return {};
    }

    std::vector<const Candidate*> candidates_that_run(const Runner& runner, const TestBed& bed) {
        std::vector<const Candidate*> candidates;
        for (const Candidate& each : all_candidates()) {
            const bool is_asked_for =
                std::count(options_.receivers.begin(), options_.receivers.end(), each.name) != 0;
            if (!options_.receivers.empty() && !is_asked_for) continue;
            if (!is_on_bed(each) && !is_asked_for) continue;
            const std::string reason = reason_against(each, runner, bed);
            if (reason.empty()) {
                candidates.push_back(&each);
            } else if (is_asked_for) {
                throw std::runtime_error(fmt::format("{} cannot run here: {}", each.name, reason));
            } else {
                fmt::print(stderr, "rxbench: {} is left out: {}\n", each.name, reason);
                result_.candidates_left_out.push_back({each.name, first_lines(reason)});
            }
        }
        if (candidates.empty()) throw std::runtime_error("no receiver can run here");
        return candidates;
    }

    // The receiver that is compared with itself, or none.
    [[nodiscard]] const Candidate* control_of(
        const std::vector<const Candidate*>& candidates) const {
        if (options_.without_control) return nullptr;
        const std::string wanted = options_.control.empty() ? "kernel-spin" : options_.control;
        for (const Candidate* each : candidates) {
            if (each->name == wanted) return each;
        }
        if (options_.control.empty()) return candidates.front();
        throw program::UsageError(fmt::format(
            "--control {}: it does not take part; name it with --receiver, too", wanted));
    }

    void measure(const Runner& runner, const std::vector<const Candidate*>& candidates) {
        const auto rounds = static_cast<std::size_t>(result_.settings.rounds);
        const Candidate* control = control_of(candidates);
        double schedule_s = 0;
        std::size_t runs = 0;
        for (const Scenario& scenario : scenarios_) {
            const bool has_control = control != nullptr && runs == 0;
            const std::size_t more = rounds * (candidates.size() + (has_control ? 1 : 0));
            schedule_s += scenario.traffic.seconds * static_cast<double>(more);
            runs += more;
        }
        Progress progress(runs, schedule_s, ::isatty(STDERR_FILENO) == 1);
        for (const Scenario& scenario : scenarios_) {
            result_.scenarios.push_back(
                measure_scenario(runner, scenario, candidates, control, progress));
            control = nullptr;
        }
        result_.verdict = judge_all(result_.scenarios);
    }

    // One receiver's runs, as they come in.
    struct Collected {
        ReceiverResult result;
        latency::Histogram pooled;
        std::vector<Timeline> timelines;
        std::vector<Outlier> outliers;
        bool is_control = false;
    };

    ScenarioResult measure_scenario(const Runner& runner, const Scenario& scenario,
                                    std::vector<const Candidate*> candidates,
                                    const Candidate* control, Progress& progress) {
        if (control != nullptr) candidates.push_back(control);
        std::vector<Collected> collected(candidates.size());
        collected.back().is_control = control != nullptr;
        for (std::int64_t round = 1; round <= result_.settings.rounds; ++round) {
            std::int64_t position = 0;
            for (std::size_t index : order_of_round(round, candidates.size())) {
                progress.show(scenario.name, static_cast<std::size_t>(round),
                              static_cast<std::size_t>(result_.settings.rounds),
                              candidates[index]->name);
                const auto start = std::chrono::steady_clock::now();
                collect(collected[index], runner, *candidates[index], scenario, round, ++position);
                progress.done(
                    scenario.traffic.seconds,
                    std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
                        .count());
            }
        }
        return assemble(scenario, candidates, collected, control != nullptr);
    }

    // SCENARIO/RECEIVER/ROUND; the control's runs go beside the others.
    [[nodiscard]] std::filesystem::path traces_folder(const Scenario& scenario,
                                                      const Candidate& candidate,
                                                      std::int64_t round,
                                                      const Collected& collected) const {
        if (options_.keep_traces.empty()) return {};
        const std::string name = candidate.name + (collected.is_control ? "-again" : "");
        return options_.keep_traces / scenario.name / name / std::to_string(round);
    }

    void collect(Collected& collected, const Runner& runner, const Candidate& candidate,
                 const Scenario& scenario, std::int64_t round, std::int64_t position) {
        const auto seed = options_.seed + static_cast<std::uint64_t>(round - 1);
        RunOutcome outcome;
        try {
            outcome = runner.run(candidate, scenario.traffic, seed,
                                 traces_folder(scenario, candidate, round, collected));
        } catch (const RunFailure& failure) {
            throw RunFailure(fmt::format("{} round {}: {}", scenario.name, round, failure.what()));
        }
        if (outcome.dpdk_version) result_.environment.dpdk_version = outcome.dpdk_version;
        outcome.run.round = round;
        outcome.run.position = position;
        outcome.timeline.round = round;
        collected.result.runs.push_back(std::move(outcome.run));
        collected.pooled.merge(outcome.latency);
        collected.timelines.push_back(std::move(outcome.timeline));
        for (Outlier& outlier : outcome.outliers) {
            outlier.round = round;
            collected.outliers.push_back(outlier);
        }
        if (round == 1) {
            collected.result.command = std::move(outcome.command);
            collected.result.sender_command = std::move(outcome.sender_command);
        }
    }

    // The last of `candidates` is the control, where there is one.
    [[nodiscard]] ScenarioResult assemble(const Scenario& scenario,
                                          const std::vector<const Candidate*>& candidates,
                                          std::vector<Collected>& collected,
                                          bool has_control) const {
        ScenarioResult result;
        result.name = scenario.name;
        result.title = scenario.title;
        result.feeds = scenario.traffic.feeds;
        result.rate_per_feed = scenario.traffic.rate_per_feed;
        result.profile = scenario.traffic.profile;
        result.seconds = scenario.traffic.seconds;
        result.warmup_s = scenario.traffic.warmup_s;
        result.messages_per_packet = scenario.traffic.messages_per_packet;
        for (std::size_t index = 0; index < candidates.size(); ++index) {
            Collected& each = collected[index];
            each.result.name = candidates[index]->name;
            each.result.title = candidates[index]->title;
            each.result.kind = candidates[index]->kind;
            summarise(each.result, each.pooled, each.timelines);
            each.result.outliers = outliers_of(std::move(each.outliers));
            result.receivers.push_back(std::move(each.result));
        }
        if (has_control) {
            ReceiverResult again = std::move(result.receivers.back());
            result.receivers.pop_back();
            result.control =
                control_from(result.receivers, std::move(again), result_.settings.confidence);
        }
        result.ratios = ratios_between(result.receivers, result_.settings.confidence);
        result.verdict =
            judge(result, result_.settings, result_.instrument, result_.environment.hypervisor);
        return result;
    }

    const CampaignOptions& options_;
    std::vector<Scenario> scenarios_;
    std::vector<int> allowed_;
    CpuPair cpus_;
    Result result_;
};

}  // namespace

std::vector<Scenario> plan_scenarios(const CampaignOptions& options) {
    std::vector<std::string> names = options.scenarios;
    if (names.empty()) names = {"single", "multi"};
    std::vector<Scenario> scenarios;
    for (const std::string& name : names) {
        if (name != "single" && name != "multi") {
            throw program::UsageError(
                fmt::format("--scenario {}: no such scenario; there are single, multi", name));
        }
        scenarios.push_back(make_scenario(name, options));
    }
    return scenarios;
}

std::vector<std::size_t> order_of_round(std::int64_t round, std::size_t count) {
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i)
        order[i] = round % 2 == 1 ? i : count - 1 - i;
    return order;
}

Result run_campaign(const CampaignOptions& options) {
    return Campaign(options).run();
}

}  // namespace rxlab::bench
