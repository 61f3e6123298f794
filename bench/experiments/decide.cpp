// SPDX-License-Identifier: MIT
#include "bench/experiments/decide.hpp"

#include "bench/experiments/load.hpp"
#include "bench/run/candidates.hpp"

#include <rxlab/program/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace rxlab::bench {
namespace {

// More packets than p99 needs, because a run may be a little shorter than it should, or lose some.
constexpr double kSpare = 1.1;
constexpr double kSecondsMax = 10;

double seconds_for(double rate, std::int64_t rounds, const CampaignOptions& campaign) {
    if (campaign.seconds) return *campaign.seconds;
    const double packets = static_cast<double>(kSamplesBeyond) * 100 * kSpare;
    const double counted = rate * static_cast<double>(rounds) * (1 - kWarmupShare);
    return std::min(std::max(kDecideSeconds, packets / counted), kSecondsMax);
}

Scenario load_of(double rate, const std::vector<LoadSeries>& rates,
                 const CampaignOptions& campaign) {
    Scenario load;
    load.rounds = campaign.rounds.value_or(kDecideRounds);
    Traffic& traffic = load.traffic;
    traffic.rate_per_feed = rate;
    traffic.profile = campaign.profile;
    traffic.burst = campaign.burst;
    traffic.seconds = seconds_for(rate, load.rounds, campaign);
    traffic.warmup_s = traffic.seconds * kWarmupShare;
    for (const LoadSeries& way : rates)
        if (way.lossless_pps.value_or(0) < rate) load.without.push_back(way.name);
    return load;
}

}  // namespace

std::vector<Scenario> loads_for(const std::vector<LoadSeries>& rates,
                                const CampaignOptions& campaign, const DecideOptions& options) {
    std::optional<double> slowest, fastest;
    for (const LoadSeries& way : rates) {
        if (!way.lossless_pps) continue;
        slowest = std::min(slowest.value_or(*way.lossless_pps), *way.lossless_pps);
        fastest = std::max(fastest.value_or(0), *way.lossless_pps);
    }
    if (!slowest) {
        throw std::runtime_error(fmt::format(
            "decide: at {:.0f} packets/s, the lowest rate tried, every way lost packets or "
            "the sender fell behind; lower --rate-min, or see what else the machine "
            "does",
            options.search.rate_min));
    }
    std::vector<Scenario> loads;
    for (const double percent : kLoads_percent) {
        const double rate = std::max(1.0, std::round(*slowest * percent / 100));
        Scenario load = load_of(rate, rates, campaign);
        load.name = fmt::format("load-{:g}", percent);
        load.title = fmt::format("{:g}% of the slowest way's loss-free rate, {:.0f} packets/s",
                                 percent, rate);
        loads.push_back(std::move(load));
    }
    if (options.rate && *options.rate <= *fastest) {
        Scenario load = load_of(*options.rate, rates, campaign);
        load.name = "load-asked";
        load.title = fmt::format("The rate asked for, {:.0f} packets/s", *options.rate);
        loads.push_back(std::move(load));
    }
    std::ranges::stable_sort(loads, {},
                             [](const Scenario& load) { return load.traffic.rate_per_feed; });
    return loads;
}

DecideOutcome run_decide(const CampaignOptions& campaign, const DecideOptions& options) {
    for (const std::string& name : campaign.receivers) {
        if (!is_a_way_of_its_own(candidate(name))) {
            throw program::UsageError(fmt::format(
                "--receiver {}: it only shows what a blocking socket waits for, and is not a way "
                "of its own; name kernel-block",
                name));
        }
    }
    DecideOutcome outcome;
    outcome.decision.search = options.search;
    LibraryFiles libraries;
    const Plan plan = [&](const Runner& runner, std::vector<const Candidate*>& candidates) {
        std::erase_if(candidates,
                      [](const Candidate* each) { return !is_a_way_of_its_own(*each); });
        std::vector<LoadSeries>& rates = outcome.decision.rates;
        for (const Candidate* way : candidates) {
            const Trial trial = trial_of(runner, *way, campaign, options.search.seconds, libraries);
            rates.push_back(search_limit(options.search, trial));
            rates.back().name = way->name;
            rates.back().title = way->title;
        }
        return loads_for(rates, campaign, options);
    };
    CampaignOutcome measured = run_campaign(campaign, plan);
    outcome.decision.measured = std::move(measured.result);
    outcome.ended_by = measured.ended_by;
    return outcome;
}

}  // namespace rxlab::bench
