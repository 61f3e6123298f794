// SPDX-License-Identifier: MIT
#include "bench/experiments/load.hpp"

#include "bench/analysis/judge.hpp"
#include "bench/experiments/outcome.hpp"
#include "bench/run/other_programs.hpp"
#include "bench/run/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace rxlab::bench {
namespace {

constexpr double kLateMedian_ns = 1e6;
// Messages per packet for which orders and traces get room: 2.7 on average, rounded up.
constexpr std::int64_t kMarketOpenMessagesMean = 3;

Traffic traffic_of(const CampaignOptions& campaign, double seconds, double rate) {
    Traffic traffic;
    if (campaign.profile == kMarketOpen) traffic.messages_per_packet = kMarketOpenMessagesMean;
    traffic.rate_per_feed = rate;
    traffic.profile = campaign.profile;
    traffic.burst = campaign.burst;
    traffic.seconds = seconds;
    traffic.warmup_s = traffic.seconds * kWarmupShare;
    return traffic;
}

LoadPoint point_of(double rate, const RunOutcome& outcome) {
    const Run& run = outcome.run;
    LoadPoint point;
    point.messages = outcome.sent_messages;
    point.rate = rate;
    point.sent = run.ledger.sent;
    point.lost = run.ledger.lost;
    point.sender_kept_up = run.stages.sender_lag.p50_ns.value_or(0) <= kLateMedian_ns;
    point.p50_ns = run.figures.latency[Figure::p50];
    point.p99_ns = run.figures.latency[Figure::p99];
    point.max_ns = run.figures.latency[Figure::max];
    if (has_wrong_book(run)) {
        point.failure =
            "nothing was lost, but the book is not the one that was sent: the receiver "
            "misreads or leaves out messages, or has too little room for orders";
    }
    return point;
}

// An overloaded receiver may never see the end of the session. That counts as loss, too.
LoadPoint attempt(const Runner& runner, const Candidate& candidate, const CampaignOptions& campaign,
                  double seconds, double rate, LibraryFiles& libraries) {
    fmt::print(stderr, "load  {}  {:.0f} packets/s\n", candidate.name, rate);
    try {
        const Traffic traffic = traffic_of(campaign, seconds, rate);
        RunOutcome outcome =
            outcome_of(runner.run(candidate, traffic, campaign.seed), traffic, candidate.sleeps);
        for (auto& [name, paths] : outcome.libraries)
            libraries[name].merge(paths);
        return point_of(rate, outcome);
    } catch (const RunFailure& failure) {
        LoadPoint point;
        point.rate = rate;
        point.failure = one_line(failure.what());
        return point;
    }
}

bool is_passed(const LoadPoint& point) {
    return point.is_lossless() && point.sender_kept_up;
}

}  // namespace

Trial trial_of(const Runner& runner, const Candidate& candidate, const CampaignOptions& campaign,
               double seconds, LibraryFiles& libraries) {
    return [&, seconds](double rate) {
        return attempt(runner, candidate, campaign, seconds, rate, libraries);
    };
}

LoadSeries search_limit(const RateSearch& search, const Trial& trial) {
    LoadSeries series;
    std::optional<double> good, bad;
    const auto try_rate = [&](double rate) {
        LoadPoint point = trial(rate);
        if (!is_passed(point)) point = trial(rate);  // once more, as it may have been a stall
        series.points.push_back(point);
        const bool is_good = is_passed(point);
        if (is_good) good = std::max(good.value_or(0), rate);
        if (!is_good) {
            bad = std::min(bad.value_or(rate), rate);
            series.is_sender_limited = point.is_lossless();
        }
        return is_good;
    };
    for (double rate = search.rate_min; rate <= search.rate_max; rate *= 2) {
        if (!try_rate(rate)) break;
    }
    if (!bad) series.is_sender_limited = good.has_value();
    for (std::int64_t i = 0; good && bad && i < search.halvings; ++i)
        try_rate((*good + *bad) / 2);
    series.lossless_pps = good;
    std::sort(series.points.begin(), series.points.end(),
              [](const LoadPoint& a, const LoadPoint& b) { return a.rate < b.rate; });
    return series;
}

LoadSeries repeat(std::int64_t trials, double rate, const Trial& trial) {
    LoadSeries series;
    bool all_passed = true;
    for (std::int64_t i = 0; i < trials; ++i) {
        series.points.push_back(trial(rate));
        all_passed = all_passed && is_passed(series.points.back());
    }
    if (all_passed) series.lossless_pps = rate;
    return series;
}

LoadResult run_load(const CampaignOptions& campaign, const LoadOptions& options) {
    LoadResult result;
    result.profile = campaign.profile;
    result.burst = campaign.profile == "microburst" ? campaign.burst : 0;
    result.options = options;
    Session session{campaign};
    LibraryFiles libraries;
    session.use([&](const Runner& runner, const std::vector<const Candidate*>& candidates) {
        static_cast<MeasuredFacts&>(result) = session.facts();
        if (campaign.wait_until_quiet) wait_until_quiet();
        for (const Candidate* candidate : candidates) {
            const Trial trial =
                trial_of(runner, *candidate, campaign, options.search.seconds, libraries);
            result.series.push_back(campaign.profile == kMarketOpen
                                        ? repeat(options.trials, kMarketOpenPps, trial)
                                        : search_limit(options.search, trial));
            result.series.back().name = candidate->name;
            result.series.back().title = candidate->title;
        }
        result.environment.libraries = library_versions(libraries);
    });
    return result;
}

}  // namespace rxlab::bench
