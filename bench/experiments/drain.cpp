// SPDX-License-Identifier: MIT
#include "bench/experiments/drain.hpp"

#include "bench/analysis/judge.hpp"
#include "bench/analysis/ratios.hpp"
#include "bench/experiments/outcome.hpp"
#include "bench/experiments/progress.hpp"
#include "bench/run/library_versions.hpp"
#include "bench/run/session.hpp"

#include <rxlab/latency/histogram.hpp>
#include <rxlab/latency/trace.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <stdexcept>

namespace rxlab::bench {
namespace {

constexpr const char* kBase = "kernel-spin";
// Slow enough for the kernel's part of every way, fast enough for a backlog in some milliseconds.
constexpr double kFillRate_pps = 100'000;
constexpr std::uint64_t kResampleSeed = 1;

Traffic traffic_of(std::int64_t backlog) {
    Traffic traffic;
    traffic.rate_per_feed = kFillRate_pps;
    traffic.seconds = static_cast<double>(backlog) / kFillRate_pps;
    traffic.warmup_s = 0;
    traffic.as_backlog = true;
    return traffic;
}

class Drain {
  public:
    Drain(const CampaignOptions& campaign, const Runner& runner, DrainResult& result)
        : campaign_{campaign}, runner_{runner}, result_{result} {}

    void measure(const std::vector<const Candidate*>& candidates) {
        const auto base = std::ranges::find(candidates, kBase, &Candidate::name);
        const Candidate& compared = base == candidates.end() ? *candidates.front() : **base;
        result_.base = compared.name;
        std::vector<const Candidate*> all = candidates;
        all.push_back(&compared);
        for (const Candidate* each : candidates)
            result_.series.push_back({each->name, each->title, {}, {}, {}, {}});
        result_.again = {compared.name, compared.title, {}, {}, {}, {}};
        const double schedule_s = traffic_of(result_.backlog).seconds;
        const auto runs = static_cast<std::size_t>(result_.rounds) * all.size();
        Progress progress(runs, schedule_s * static_cast<double>(runs),
                          ::isatty(STDERR_FILENO) == 1);
        for (std::int64_t round = 1; round <= result_.rounds; ++round) {
            for (const std::size_t i : order_of_round(round, all.size())) {
                progress.show("drain", static_cast<std::size_t>(round),
                              static_cast<std::size_t>(result_.rounds), all[i]->name);
                const auto start = std::chrono::steady_clock::now();
                const bool is_again = i == candidates.size();
                add_round(is_again ? result_.again : result_.series[i], *all[i], round);
                const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
                progress.done(schedule_s, took.count());
            }
        }
    }

    [[nodiscard]] const LibraryFiles& libraries() const noexcept { return libraries_; }

  private:
    // A round that fails is made once more.
    void add_round(DrainSeries& series, const Candidate& candidate, std::int64_t round) {
        std::string reason;
        for (int attempt = 0; attempt < 2; ++attempt) {
            try {
                return series.rounds_pps.push_back(rate_of(candidate, round));
            } catch (const Interrupted&) {
                throw;
            } catch (const std::runtime_error& failure) {
                reason = failure.what();
            }
        }
        series.failures.push_back(fmt::format("round {}: {}", round, one_line(reason)));
    }

    double rate_of(const Candidate& candidate, std::int64_t round) {
        const Traffic traffic = traffic_of(result_.backlog);
        const auto seed = campaign_.seed + static_cast<std::uint64_t>(round - 1);
        const RunFiles files = runner_.run(candidate, traffic, seed);
        RunOutcome outcome = outcome_of(files, traffic, candidate.sleeps);
        for (auto& [name, paths] : outcome.libraries)
            libraries_[name].merge(paths);
        if (outcome.run.ledger.lost > 0) {
            throw std::runtime_error(fmt::format(
                "{} of {} packets found no room: ask for a smaller --backlog, or give it more",
                outcome.run.ledger.lost, outcome.run.ledger.sent));
        }
        if (has_wrong_book(outcome.run))
            throw std::runtime_error("nothing was lost, but the book is not the one that was sent");
        const latency::TraceReader sender(files.sender_trace()), receiver(files.receiver_trace());
        return drain_rate_of({sender.header(), sender.records()},
                             {receiver.header(), receiver.records()});
    }

    const CampaignOptions& campaign_;
    const Runner& runner_;
    DrainResult& result_;
    LibraryFiles libraries_;
};

bool is_complete(const DrainResult& result, const DrainSeries& series) {
    return result.rounds > 0 && series.failures.empty() &&
           series.rounds_pps.size() == static_cast<std::size_t>(result.rounds);
}

}  // namespace

double drain_rate_of(const TraceView& sender, const TraceView& receiver) {
    if (sender.records.empty() || receiver.records.empty())
        throw std::runtime_error("no packets in the traces");
    const auto last_sent =
        std::ranges::max(sender.records, {}, &latency::TraceRecord::second).second;
    const auto first_taken =
        std::ranges::min(receiver.records, {}, &latency::TraceRecord::first).first;
    if (first_taken <= last_sent)
        throw std::runtime_error("the receiver took packets before the backlog was complete");
    const auto [first, last] =
        std::ranges::minmax(receiver.records, {}, &latency::TraceRecord::second);
    const auto drained = std::ranges::count_if(
        receiver.records, [&](const auto& record) { return record.second > first.second; });
    if (drained == 0)
        throw std::runtime_error("all packets have one stamp: ask for a larger --backlog");
    const double seconds =
        static_cast<double>(last.second - first.second) / receiver.header.run_ticks_per_ns * 1e-9;
    return static_cast<double>(drained) / seconds;
}

void summarise_drain(DrainResult& result) {
    const auto take_median = [](DrainSeries& series) {
        if (!series.rounds_pps.empty()) series.median_pps = latency::median(series.rounds_pps);
    };
    std::ranges::for_each(result.series, take_median);
    take_median(result.again);
    const auto base = std::ranges::find(result.series, result.base, &DrainSeries::name);
    if (base == result.series.end() || !is_complete(result, *base)) return;
    std::vector<RoundValues> compared;
    for (const DrainSeries& each : result.series) {
        if (each.name != result.base && is_complete(result, each))
            compared.push_back({each.name, each.rounds_pps});
    }
    const Comparison comparison = compare_medians(
        compared, {base->name, base->rounds_pps},
        is_complete(result, result.again) ? result.again.rounds_pps : std::vector<double>{},
        Settings{}.confidence, kResampleSeed);
    for (const Ratio& ratio : comparison.ratios)
        std::ranges::find(result.series, ratio.numerator, &DrainSeries::name)->ratio = ratio;
    if (!comparison.control.empty()) result.control = comparison.control.front();
}

DrainResult run_drain(const CampaignOptions& campaign, const DrainOptions& options) {
    DrainResult result;
    result.rounds = options.rounds;
    Session session{campaign};
    session.use([&](const Runner& runner, const std::vector<const Candidate*>& all) {
        static_cast<MeasuredFacts&>(result) = session.facts();
        result.backlog =
            options.backlog.value_or(result.testbed.privileged ? kBacklog : kBacklogOfUsers);
        std::vector<const Candidate*> candidates;
        std::ranges::copy_if(all, std::back_inserter(candidates), [&](const Candidate* each) {
            // Nobody sleeps while there are packets.
            return !campaign.receivers.empty() || is_a_way_of_its_own(*each);
        });
        Drain drain(campaign, runner, result);
        drain.measure(candidates);
        result.environment.libraries = library_versions(drain.libraries());
    });
    summarise_drain(result);
    return result;
}

}  // namespace rxlab::bench
