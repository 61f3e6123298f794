// SPDX-License-Identifier: MIT
//
// Titles that claim something, for slides whose figures carry the claim. There is no title where
// the result does not carry one: then the slide keeps the title that it has in its Markdown.
#include "bench/report/slides.hpp"
#include "bench/result/json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

namespace rxlab::bench {
namespace {

using Titles = std::map<std::string, std::string>;

constexpr const char* kUntold = "cannot be told";

// A receiver's median, in a sentence; none where it must not be used.
std::optional<std::string> p50_text(const ScenarioResult& scenario, const std::string& name) {
    const ReceiverResult* const receiver = find_receiver(scenario, name);
    if (receiver == nullptr || is_void(scenario, name)) return std::nullopt;
    const Summary& p50 = summary_of(*receiver, Figure::p50);
    if (!p50.value) return std::nullopt;
    return microseconds(*p50.value) + "\u00a0µs";
}

// How many times faster `to` is at p50, "14.7x", with a word for what the run cannot tell and one
// for what is equal. None where there is no ratio to be used.
std::optional<std::string> gain(const ScenarioResult& scenario, const std::string& from,
                                const std::string& to) {
    const Ratio* const ratio = find_ratio(scenario, from, to, Figure::p50);
    if (ratio == nullptr || !ratio->value || !ratio->low || is_void(scenario, *ratio))
        return std::nullopt;
    if (ratio->verdict == RatioVerdict::cannot_tell) return kUntold;
    if (ratio->verdict == RatioVerdict::equal) return "nothing";
    return times(*ratio->value);
}

void add_latency_titles(const Result& result, Titles& titles) {
    for (const ScenarioResult& scenario : result.scenarios) {
        const auto sleeping = gain(scenario, kBlocking, kSpinning);
        const auto leaving = gain(scenario, kSpinning, bypass_of(scenario));
        if (!sleeping || !leaving || *sleeping == kUntold) continue;
        const bool is_told = *leaving != kUntold;
        titles["title.latency-" + scenario.name] =
            fmt::format("{}: sleeping costs {}, recv {}", scenario.title, *sleeping, *leaving);
        if (scenario.name == "single") {
            titles["title.result"] =
                fmt::format("Not sleeping buys {}; leaving recv{} {}{}", *sleeping,
                            is_told ? "" : ":", *leaving, is_told ? " more" : "");
        }
    }
}

void add_single_titles(const ScenarioResult& scenario, Titles& titles) {
    const auto asleep = p50_text(scenario, kBlocking), spinning = p50_text(scenario, kSpinning);
    if (asleep && spinning) {
        titles["title.waiting"] =
            fmt::format("{} to a reader asleep, {} to one that spins", *asleep, *spinning);
        const auto path_us = [&](const char* name) {
            return microseconds(
                find_receiver(scenario, name)->stages.path.p50_ns.value.value_or(0));
        };
        titles["title.stages"] = fmt::format("The way in takes {} µs asleep, {} spinning",
                                             path_us(kBlocking), path_us(kSpinning));
        const auto cores = [&](const char* name) {
            const CpuCost& usage = find_receiver(scenario, name)->usage;
            return three_digits((usage.user_s + usage.system_s) / scenario.seconds, 2);
        };
        if (scenario.seconds > 0)
            titles["title.cost"] = fmt::format("Spinning costs {} cores, sleeping {}",
                                               cores(kSpinning), cores(kBlocking));
    }
    std::vector<std::string> tails;
    for (const auto& [name, word] :
         {std::pair{kBlocking, "asleep"}, std::pair{kSpinning, "spinning"}}) {
        const ReceiverResult* const receiver = find_receiver(scenario, name);
        if (receiver == nullptr || is_void(scenario, name)) continue;
        if (const Summary& jitter = summary_of(*receiver, Figure::jitter); jitter.value)
            tails.push_back(fmt::format("{} {}", microseconds(*jitter.value), word));
    }
    if (!tails.empty())
        titles["title.jitter"] = fmt::format("p99 − p50, in µs: {}", fmt::join(tails, ", "));
}

void add_outlier_title(const ScenarioResult& scenario, Titles& titles) {
    constexpr std::array kCauses{std::pair{"a late sender", &CauseCounts::sender_late},
                                 std::pair{"a stolen core", &CauseCounts::core_stolen},
                                 std::pair{"a context switch", &CauseCounts::context_switch},
                                 std::pair{"a queue", &CauseCounts::queued},
                                 std::pair{"unexplained", &CauseCounts::unexplained}};
    std::array<std::uint64_t, kCauses.size()> sums{};
    std::uint64_t all = 0;
    for (const ReceiverResult& receiver : scenario.receivers) {
        if (!receiver.outliers.attributed_percent) continue;
        for (std::size_t i = 0; i < kCauses.size(); ++i) {
            sums[i] += receiver.outliers.by_cause.*kCauses[i].second;
            all += receiver.outliers.by_cause.*kCauses[i].second;
        }
    }
    if (all == 0) return;
    const auto most = std::ranges::max_element(sums);
    titles["title.outliers"] =
        fmt::format("{} of the {} slowest packets: {}", grouped(*most), grouped(all),
                    kCauses[static_cast<std::size_t>(most - sums.begin())].first);
}

void add_trust_title(const Result& result, Titles& titles) {
    std::set<std::string> all, complaining;
    for (const ScenarioResult& scenario : result.scenarios) {
        for (const Gate& gate : scenario.verdict.gates) {
            all.insert(gate.name);
            if (gate.status != GateStatus::pass) complaining.insert(gate.name);
        }
    }
    if (all.empty()) return;
    titles["title.trust"] =
        complaining.empty()
            ? fmt::format("{}: none of {} gates complains", to_string(result.verdict.verdict),
                          all.size())
            : fmt::format("{}: {} of {} gates complain{}", to_string(result.verdict.verdict),
                          complaining.size(), all.size(), complaining.size() == 1 ? "s" : "");
}

}  // namespace

Titles titles_of(const Result& result) {
    Titles titles;
    add_latency_titles(result, titles);
    if (const ScenarioResult* const single = find_scenario(result, "single")) {
        add_single_titles(*single, titles);
        add_outlier_title(*single, titles);
    }
    add_trust_title(result, titles);
    if (const std::string claims = claims_title(result); !claims.empty())
        titles["title.claims"] = claims;
    for (auto& [name, text] : titles)
        text = as_markdown(text);
    return titles;
}

}  // namespace rxlab::bench
