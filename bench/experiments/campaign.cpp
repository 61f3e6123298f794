// SPDX-License-Identifier: MIT
#include "bench/experiments/campaign.hpp"

#include "bench/analysis/judge.hpp"
#include "bench/analysis/outliers.hpp"
#include "bench/analysis/ratios.hpp"
#include "bench/analysis/summarise.hpp"
#include "bench/experiments/outcome.hpp"
#include "bench/experiments/progress.hpp"
#include "bench/run/instrument.hpp"
#include "bench/run/library_versions.hpp"
#include "bench/run/other_programs.hpp"
#include "bench/run/session.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/program/near.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <set>
#include <utility>

namespace rxlab::bench {
namespace {

constexpr std::int64_t kRoundsQuick = 2;

struct Length {
    std::int64_t rounds;
    double seconds, quick_seconds;
};

// 20 rounds of 0.6 s at 10,000 packets/s leave 108,000 packets after the warm-up; p99.9 needs
// 100,000. Several feeds at once reach that sooner. The quick lengths still support p99.
constexpr Length kSingle{20, 0.6, 1.2}, kMulti{10, 0.3, 0.4};
constexpr std::int64_t kFeedsOfMulti = 4;

Scenario make_scenario(const std::string& name, const CampaignOptions& options) {
    Scenario scenario;
    scenario.name = name;
    Traffic& traffic = scenario.traffic;
    const bool is_single = name == "single";
    traffic.feeds = is_single ? 1 : options.feeds.value_or(kFeedsOfMulti);
    scenario.title = is_single ? "One feed" : fmt::format("{} feeds at once", traffic.feeds);
    const Length length = is_single ? kSingle : kMulti;
    scenario.rounds = options.rounds.value_or(options.quick ? kRoundsQuick : length.rounds);
    traffic.seconds =
        options.seconds.value_or(options.quick ? length.quick_seconds : length.seconds);
    traffic.rate_per_feed = options.rate.value_or(10'000);
    traffic.profile = options.profile;
    traffic.burst = options.burst;
    traffic.kernel_timestamps = options.kernel_timestamps;
    traffic.warmup_s = options.warmup_s.value_or(traffic.seconds * kWarmupShare);
    if (traffic.warmup_s >= traffic.seconds) {
        throw program::UsageError(fmt::format("--warmup {}: scenario {} lasts only {} s",
                                              traffic.warmup_s, name, traffic.seconds));
    }
    return scenario;
}

// What a campaign needs while it measures.
class Campaign {
  public:
    Campaign(const CampaignOptions& options, const Plan& plan)
        : options_{options}, plan_{plan}, session_{options} {
        if (!options.control.empty()) static_cast<void>(candidate(options.control));
        fill_settings();
    }

    CampaignOutcome run() {
        session_.use([&](const Runner& runner, std::vector<const Candidate*> candidates) {
            const SessionFacts& facts = session_.facts();
            result_.created = facts.created;
            result_.rxlab = facts.rxlab;
            result_.testbed = facts.testbed;
            result_.environment = facts.environment;
            result_.instrument = facts.instrument;
            result_.candidates_left_out = facts.left_out;
            if (options_.wait_until_quiet) wait_until_quiet();
            const std::vector<Scenario> scenarios = plan_(runner, candidates);
            measure(runner, scenarios, candidates);
            result_.environment.libraries = library_versions(libraries_);
        });
        return {std::move(result_), session_.facts().bed_notes, ended_by_};
    }

  private:
    void fill_settings() {
        Settings& settings = result_.settings;
        settings.seed = options_.seed;
        settings.quick = options_.quick;
        settings.sender_cpu = session_.cpus().sender;
        settings.receiver_cpu = session_.cpus().receiver;
    }

    // The receiver that is compared with itself, or none.
    [[nodiscard]] const Candidate* control_of(
        const std::vector<const Candidate*>& candidates) const {
        if (options_.without_control || options_.together) return nullptr;
        const std::string wanted = options_.control.empty() ? "kernel-spin" : options_.control;
        for (const Candidate* each : candidates) {
            if (each->name == wanted) return each;
        }
        if (options_.control.empty()) return candidates.front();
        throw program::UsageError(fmt::format(
            "--control {}: it does not take part; name it with --receiver, too", wanted));
    }

    void measure(const Runner& runner, const std::vector<Scenario>& scenarios,
                 const std::vector<const Candidate*>& candidates) {
        double schedule_s = 0;
        std::size_t runs = 0;
        for (const Scenario& scenario : scenarios) {
            const std::vector<const Candidate*> all =
                with_control(taking_part(scenario, candidates));
            const std::size_t more =
                static_cast<std::size_t>(scenario.rounds) * (options_.together ? 1 : all.size());
            schedule_s += scenario.traffic.seconds * static_cast<double>(more);
            runs += more;
        }
        Progress progress(runs, schedule_s, ::isatty(STDERR_FILENO) == 1);
        for (const Scenario& scenario : scenarios) {
            auto measured =
                measure_scenario(runner, scenario, taking_part(scenario, candidates), progress);
            if (measured) result_.scenarios.push_back(std::move(*measured));
            if (ended_by_) break;
        }
        result_.verdict = judge_all(result_.scenarios);
    }

    [[nodiscard]] static std::vector<const Candidate*> taking_part(
        const Scenario& scenario, std::vector<const Candidate*> candidates) {
        std::erase_if(candidates, [&](const Candidate* each) {
            return std::ranges::count(scenario.without, each->name) != 0;
        });
        return candidates;
    }

    // The control at the end, if there is one.
    [[nodiscard]] std::vector<const Candidate*> with_control(
        std::vector<const Candidate*> candidates) const {
        if (const Candidate* control = control_of(candidates)) candidates.push_back(control);
        return candidates;
    }

    struct OneRun {
        RunOutcome outcome;
        std::vector<std::string> command, sender_command;
    };

    // One receiver's runs, as they come in.
    struct Collected {
        ReceiverResult result;
        latency::Histogram pooled, undisturbed;
        StageHistograms stages;
        std::vector<latency::Histogram> rounds, undisturbed_rounds;
        std::vector<Timeline> timelines;
        std::vector<Outlier> outliers;
        bool is_control = false;
    };

    // None where not even one round is complete.
    std::optional<ScenarioResult> measure_scenario(const Runner& runner, const Scenario& scenario,
                                                   const std::vector<const Candidate*>& receivers,
                                                   Progress& progress) {
        const std::vector<const Candidate*> candidates = with_control(receivers);
        const bool has_control = candidates.size() > receivers.size();
        std::vector<Collected> collected(candidates.size());
        collected.back().is_control = has_control;
        Scenario measured = scenario;
        const CpuUse use = read_cpu_use();
        const auto begin = std::chrono::steady_clock::now();
        for (measured.rounds = 0; measured.rounds < scenario.rounds; ++measured.rounds) {
            try {
                measure_round(runner, scenario, measured.rounds + 1, candidates, collected,
                              progress);
            } catch (...) {
                // What is complete is worth a result, unless there is nothing.
                if (measured.rounds == 0 && result_.scenarios.empty()) throw;
                ended_by_ = std::current_exception();
                break;
            }
        }
        if (measured.rounds == 0) return std::nullopt;
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        return assemble(measured, scenario.rounds, candidates, collected, has_control,
                        other_programs(use, read_cpu_use(), seconds));
    }

    // A round counts as a whole or not at all.
    void measure_round(const Runner& runner, const Scenario& scenario, std::int64_t round,
                       const std::vector<const Candidate*>& candidates,
                       std::vector<Collected>& collected, Progress& progress) {
        std::vector<std::pair<std::size_t, OneRun>> runs;
        std::int64_t position = 0;
        std::optional<double> handover_ns;
        if (options_.testbed == "shm") handover_ns = line_handover_ns(session_.cpus());
        const std::vector<std::size_t> order = order_of_round(round, candidates.size());
        const auto timed = [&](const std::string& who, const auto& measure) {
            progress.show(scenario.name, static_cast<std::size_t>(round),
                          static_cast<std::size_t>(scenario.rounds), who);
            const auto start = std::chrono::steady_clock::now();
            measure();
            progress.done(
                scenario.traffic.seconds,
                std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        };
        if (options_.together) {
            timed("all together", [&] {
                std::vector<OneRun> at_once =
                    measure_together(collected, runner, candidates, order, scenario, round);
                for (std::size_t i = 0; i < order.size(); ++i)
                    runs.emplace_back(order[i], std::move(at_once[i]));
            });
        } else {
            for (const std::size_t index : order) {
                timed(candidates[index]->name, [&] {
                    runs.emplace_back(
                        index, measure_run(collected[index], runner, *candidates[index], scenario,
                                           round, ++position));
                });
            }
        }
        for (auto& [index, run] : runs)
            collect(collected[index], std::move(run), round);
        if (handover_ns) handovers_ns_.push_back(*handover_ns);
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

    // A run that fails is made once more, and the result says so.
    template <typename Start>
    auto twice(const std::string& name, const Start& start) {
        try {
            return start();
        } catch (const RunFailure& failure) {
            fmt::print(stderr, "\nrxbench: {}: {}; once more\n", name, failure.what());
            repeated_.push_back(fmt::format("{}: {}", name, one_line(failure.what())));
        }
        try {
            return start();
        } catch (const RunFailure& failure) {
            throw RunFailure(fmt::format("{}: {}", name, failure.what()));
        }
    }

    static OneRun read_run(const RunFiles& files, const Candidate& candidate,
                           const Scenario& scenario, std::int64_t round, std::int64_t position) {
        OneRun run{outcome_of(files, scenario.traffic, candidate.sleeps), files.command,
                   files.sender_command};
        run.outcome.run.round = round;
        run.outcome.run.position = position;
        run.outcome.timeline.round = round;
        return run;
    }

    [[nodiscard]] std::uint64_t seed_of(std::int64_t round) const {
        return options_.seed + static_cast<std::uint64_t>(round - 1);
    }

    OneRun measure_run(const Collected& collected, const Runner& runner, const Candidate& candidate,
                       const Scenario& scenario, std::int64_t round, std::int64_t position) {
        const auto folder = traces_folder(scenario, candidate, round, collected);
        const RunFiles files = twice(fmt::format("{} round {}", scenario.name, round), [&] {
            return runner.run(candidate, scenario.traffic, seed_of(round), folder);
        });
        return read_run(files, candidate, scenario, round, position);
    }

    // In `order`, one run for each receiver. Who is started first, and on which CPU, changes with
    // the order, so that no receiver always gets the same place.
    std::vector<OneRun> measure_together(const std::vector<Collected>& collected,
                                         const Runner& runner,
                                         const std::vector<const Candidate*>& candidates,
                                         const std::vector<std::size_t>& order,
                                         const Scenario& scenario, std::int64_t round) {
        const std::vector<int>& cpus = session_.receiver_cpus();
        std::vector<Seat> seats;
        std::vector<std::filesystem::path> folders;
        for (const std::size_t index : order) {
            const Candidate& candidate = *candidates[index];
            seats.push_back({&candidate, cpus[seats.size() % cpus.size()]});
            folders.push_back(traces_folder(scenario, candidate, round, collected[index]));
        }
        const std::vector<RunFiles> files = twice(
            fmt::format("{} round {}", scenario.name, round),
            [&] { return runner.run_together(seats, scenario.traffic, seed_of(round), folders); });
        std::vector<OneRun> runs;
        for (std::size_t i = 0; i < seats.size(); ++i)
            runs.push_back(read_run(files[i], *seats[i].candidate, scenario, round,
                                    static_cast<std::int64_t>(i + 1)));
        return runs;
    }

    void collect(Collected& collected, OneRun run, std::int64_t round) {
        RunOutcome& outcome = run.outcome;
        for (auto& [name, paths] : outcome.libraries)
            libraries_[name].merge(paths);
        if (outcome.dpdk_version) result_.environment.dpdk_version = outcome.dpdk_version;
        collected.result.runs.push_back(std::move(outcome.run));
        collected.pooled.merge(outcome.latency);
        collected.undisturbed.merge(outcome.undisturbed);
        collected.stages.merge(outcome.stages);
        collected.rounds.push_back(std::move(outcome.latency));
        collected.undisturbed_rounds.push_back(std::move(outcome.undisturbed));
        collected.timelines.push_back(std::move(outcome.timeline));
        for (Outlier& outlier : outcome.outliers) {
            outlier.round = round;
            collected.outliers.push_back(outlier);
        }
        if (round == 1) {
            collected.result.command = std::move(run.command);
            collected.result.sender_command = std::move(run.sender_command);
        }
    }

    // The last of `candidates` is the control, if there is one.
    [[nodiscard]] ScenarioResult assemble(const Scenario& scenario, std::int64_t planned_rounds,
                                          const std::vector<const Candidate*>& candidates,
                                          std::vector<Collected>& collected, bool has_control,
                                          std::vector<OtherProgram> others) {
        ScenarioResult result;
        result.name = scenario.name;
        result.title = scenario.title;
        result.rounds = scenario.rounds;
        result.planned_rounds = planned_rounds;
        result.repeated = std::exchange(repeated_, {});
        result.feeds = scenario.traffic.feeds;
        result.rate_per_feed = scenario.traffic.rate_per_feed;
        result.profile = scenario.traffic.profile;
        result.seconds = scenario.traffic.seconds;
        result.warmup_s = scenario.traffic.warmup_s;
        result.messages_per_packet = scenario.traffic.messages_per_packet;
        std::vector<ReceiverRounds> rounds;
        std::vector<const ReceiverResult*> all;
        for (const Collected& each : collected)
            all.push_back(&each.result);
        const double unseen = unseen_percent(all);
        for (std::size_t index = 0; index < candidates.size(); ++index) {
            Collected& each = collected[index];
            each.result.name = candidates[index]->name;
            each.result.title = candidates[index]->title;
            each.result.kind = candidates[index]->kind;
            summarise(each.result, each.pooled, each.undisturbed, each.stages, each.timelines);
            std::set<Figure> at_least;
            if (candidates[index]->sleeps)
                at_least = bound_unseen(each.result, each.undisturbed, unseen);
            each.result.outliers = outliers_of(std::move(each.outliers));
            rounds.push_back({each.result.name,
                              Rounds{each.rounds},
                              {},
                              std::move(at_least),
                              late_percent(unseen)});
            if (each.result.undisturbed->why_not.empty())
                rounds.back().undisturbed = Rounds{each.undisturbed_rounds};
            result.receivers.push_back(std::move(each.result));
        }
        std::optional<ReceiverRounds> again;
        if (has_control) {
            again = std::move(rounds.back());
            rounds.pop_back();
            result.control = {again->name, std::move(result.receivers.back().runs), {}, {}};
            result.receivers.pop_back();
        }
        if (options_.together) {
            const auto& cpus = session_.receiver_cpus();
            result.receiver_cpus.emplace(cpus.begin(), cpus.end());
            again = copy_as_control(result, candidates, rounds);
        }
        Comparison comparison = compare_rounds(rounds, again ? &*again : nullptr,
                                               result_.settings.confidence, options_.seed);
        result.ratios = std::move(comparison.ratios);
        result.undisturbed_ratios = std::move(comparison.undisturbed);
        for (std::size_t i = 0; i < comparison.intervals.size(); ++i) {
            for (const auto& [figure, interval] : comparison.intervals[i]) {
                Summary& summary = result.receivers[i].figures[figure];
                summary.low.emplace(interval.low);
                summary.high.emplace(interval.high);
            }
        }
        if (result.control) {
            result.control->ratios = std::move(comparison.control);
            result.control->undisturbed_ratios = std::move(comparison.undisturbed_control);
        }
        result.other_programs = std::move(others);
        if (!handovers_ns_.empty()) result.handover_ns = std::exchange(handovers_ns_, {});
        result.verdict = judge(result, result_.instrument, result_.environment.hypervisor);
        return result;
    }

    // Of receivers that run together, one that takes part twice is its own control.
    static std::optional<ReceiverRounds> copy_as_control(
        ScenarioResult& result, const std::vector<const Candidate*>& candidates,
        const std::vector<ReceiverRounds>& rounds) {
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            if (candidates[i]->copy_of.empty()) continue;
            result.control = {candidates[i]->copy_of, result.receivers[i].runs, {}, {}};
            ReceiverRounds again = rounds[i];
            again.name = candidates[i]->copy_of;
            return again;
        }
        return std::nullopt;
    }

    const CampaignOptions& options_;
    const Plan& plan_;
    Session session_;
    Result result_;
    LibraryFiles libraries_;
    std::vector<double> handovers_ns_;   // of the scenario that is measured
    std::vector<std::string> repeated_;  // of the scenario that is measured
    std::exception_ptr ended_by_;
};

}  // namespace

std::vector<Scenario> plan_scenarios(const CampaignOptions& options) {
    const std::vector<std::string> all{"single", "multi"};
    std::vector<std::string> names = options.scenarios;
    if (names.empty()) names = all;
    std::vector<Scenario> scenarios;
    for (const std::string& name : names) {
        if (std::ranges::find(all, name) == all.end()) {
            throw program::UsageError(fmt::format("--scenario {}: no such scenario; there are {}{}",
                                                  name, fmt::join(all, ", "),
                                                  program::did_you_mean(name, all)));
        }
        scenarios.push_back(make_scenario(name, options));
        if (!options.together) continue;
        scenarios.back().name += "-together";
        scenarios.back().title += ", all receivers at the same time";
    }
    return scenarios;
}

std::vector<std::size_t> order_of_round(std::int64_t round, std::size_t count) {
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i)
        order[i] = (i + static_cast<std::size_t>((round - 1) / 2)) % count;
    if (round % 2 == 0) std::ranges::reverse(order);
    return order;
}

CampaignOutcome run_campaign(const CampaignOptions& options) {
    const std::vector<Scenario> scenarios = plan_scenarios(options);
    return run_campaign(options,
                        [&](const Runner&, std::vector<const Candidate*>&) { return scenarios; });
}

CampaignOutcome run_campaign(const CampaignOptions& options, const Plan& plan) {
    return Campaign(options, plan).run();
}

}  // namespace rxlab::bench
