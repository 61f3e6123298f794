// SPDX-License-Identifier: MIT
#include "bench/analysis/advice.hpp"

#include "bench/analysis/judge.hpp"
#include "bench/analysis/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace rxlab::bench {
namespace {

using Loads = std::vector<const ScenarioResult*>;

// Rates are asked for in whole packets, and measured as asked for.
constexpr double kSameRate = 0.005;

Loads judged_loads(const Decision& decision, const Needs& needs) {
    Loads all;
    for (const ScenarioResult& load : decision.measured.scenarios)
        all.push_back(&load);
    if (!needs.rate) return all;
    const ScenarioResult *below = nullptr, *above = nullptr;
    for (const ScenarioResult* load : all) {
        const double rate = load->rate_per_feed;
        if (std::abs(rate - *needs.rate) <= kSameRate * *needs.rate) return {load};
        if (rate < *needs.rate && (below == nullptr || rate > below->rate_per_feed)) below = load;
        if (rate > *needs.rate && (above == nullptr || rate < above->rate_per_feed)) above = load;
    }
    if (above == nullptr) return {};
    return below == nullptr ? Loads{above} : Loads{below, above};
}

// Why nothing can be said of a rate above all loads. To measure at it helps only where a way took
// that rate in the search.
std::string refusal_above_all_loads(const Decision& decision, double rate) {
    const LoadSeries& fastest = *std::ranges::max_element(
        decision.rates, {}, [](const LoadSeries& way) { return way.lossless_pps.value_or(0); });
    const double fastest_pps = fastest.lossless_pps.value_or(0);
    if (rate <= fastest_pps) {
        return fmt::format(
            "{:.0f} packets/s are more than any load that was measured; measure again with --rate "
            "{:.0f}",
            rate, rate);
    }
    // A way whose search ended before it lost anything may take more.
    if (std::ranges::none_of(decision.rates, &LoadSeries::is_sender_limited)) {
        return fmt::format(
            "no way takes {:.0f} packets/s without loss here; the fastest took {:.0f}", rate,
            fastest_pps);
    }
    return fmt::format(
        "no way is known to take {:.0f} packets/s without loss here; the fastest took {}{:.0f}, "
        "and the sender fell behind or the search ended (--rate-max {:.0f})",
        rate, fastest.is_sender_limited ? "≥ " : "", fastest_pps, decision.search.rate_max);
}

// Why nothing can be said at these loads; empty: something can.
std::string refusal_of(const Decision& decision, const Needs& needs, const Loads& loads) {
    if (decision.measured.scenarios.empty() || decision.rates.empty())
        return "no load was measured";
    if (loads.empty()) return refusal_above_all_loads(decision, *needs.rate);
    for (const ScenarioResult* load : loads) {
        for (const Gate& gate : load->verdict.gates) {
            if (gate.status == GateStatus::fail && gate.scope == "scenario")
                return "VOID: " + describe(*load, gate);
        }
    }
    return {};
}

// Whether a quantity that lies between low and high is at most `limit`.
Answer at_most(const Estimate& estimate, double limit) {
    if (!estimate.value) return Answer::no_figures;
    if (!estimate.low || !estimate.high) return Answer::cannot_tell;
    if (*estimate.high <= limit) return Answer::yes;
    return *estimate.low > limit ? Answer::no : Answer::cannot_tell;
}

Answer rate_answer(const LoadSeries& way, const Loads& loads, double rate) {
    if (!way.lossless_pps) return Answer::no;
    if (rate > *way.lossless_pps) return way.is_sender_limited ? Answer::cannot_tell : Answer::no;
    // A trial at such a rate lost nothing. If the rounds did, nobody knows.
    const bool has_lost = std::ranges::any_of(loads, [&](const ScenarioResult* load) {
        const ReceiverResult* const at = find_receiver(*load, way.name);
        return at != nullptr && at->ledger.lost > 0;
    });
    return has_lost ? Answer::cannot_tell : Answer::yes;
}

WayAnswer answer_of(const LoadSeries& way, const Needs& needs, const Loads& loads) {
    WayAnswer answer;
    answer.name = way.name;
    if (needs.rate) answer.rate = rate_answer(way, loads, *needs.rate);
    Answer others = Answer::yes;
    for (const ScenarioResult* load : loads) {
        const ReceiverResult* const at = find_receiver(*load, way.name);
        if (at == nullptr) {
            others = std::max(others, Answer::no_figures);
            continue;
        }
        if (is_void(*load, way.name)) others = std::max(others, Answer::is_void);
        if (needs.p99_us) {
            const Answer p99 = at_most(estimate_of(*at, Figure::p99), *needs.p99_us * 1000);
            answer.p99 = std::max(answer.p99, p99);
        }
        if (needs.cores) {
            const Answer cores = at_most(cores_of(*load, *at), *needs.cores + kCoresExact);
            answer.cores = std::max(answer.cores, cores);
        }
    }
    answer.all = std::max({answer.rate, others, answer.cores});
    // A way that is void says nothing about its latency, one way or the other.
    answer.all = others == Answer::is_void ? answer.all : std::max(answer.all, answer.p99);
    return answer;
}

// The cost of a way at the load at which it costs most.
Estimate dearest(const Loads& loads, const std::string& name) {
    Estimate worst;
    for (const ScenarioResult* load : loads) {
        const ReceiverResult* const way = find_receiver(*load, name);
        if (way == nullptr) continue;
        const Estimate cores = cores_of(*load, *way);
        if (cores.value.value_or(0) >= worst.value.value_or(0)) worst = cores;
    }
    return worst;
}

// A way that has figures at all loads. They come in the decision's order.
struct Priced {
    const WayAnswer* way;
    Estimate cores;
};

std::vector<Priced> priced(const std::vector<WayAnswer>& ways, const Loads& loads) {
    std::vector<Priced> all;
    for (const WayAnswer& way : ways) {
        const bool is_everywhere = std::ranges::all_of(loads, [&](const ScenarioResult* load) {
            return find_receiver(*load, way.name) != nullptr;
        });
        if (is_everywhere) all.push_back({&way, dearest(loads, way.name)});
    }
    return all;
}

bool is_cheaper(const Priced& a, const Priced& b) {
    return !is_same_cost(a.cores, b.cores) && a.cores.value < b.cores.value;
}

// The first way that no other one is cheaper than; null if there is none.
const Priced* cheapest(const std::vector<const Priced*>& ways) {
    for (const Priced* way : ways) {
        if (std::ranges::none_of(ways,
                                 [&](const Priced* other) { return is_cheaper(*other, *way); }))
            return way;
    }
    return nullptr;
}

// As order_of(), over several loads: where they contradict each other, nobody can tell.
int order_at(const Loads& loads, const std::string& a, const std::string& b, Figure figure,
             bool& contradicts) {
    bool is_less = false, is_more = false;
    for (const ScenarioResult* load : loads) {
        const int order = order_of(*load, a, b, figure);
        is_less = is_less || order < 0;
        is_more = is_more || order > 0;
    }
    contradicts = is_less && is_more;
    return contradicts ? 0 : is_less ? -1 : is_more ? 1 : 0;
}

// A lower p99; or, if the run cannot tell those apart, a lower p50.
bool is_better(const Loads& loads, const std::string& a, const std::string& b) {
    bool contradicts = false;
    const int tail = order_at(loads, a, b, Figure::p99, contradicts);
    if (tail != 0 || contradicts) return tail < 0;
    return order_at(loads, a, b, Figure::p50, contradicts) < 0;
}

bool is_alike(const Loads& loads, const std::string& a, const std::string& b) {
    return std::ranges::all_of(loads, [&](const ScenarioResult* load) {
        return order_of(*load, a, b, Figure::p50) == 0 && order_of(*load, a, b, Figure::p99) == 0;
    });
}

// Whether `a` comes before `b` in the order of cost: it is cheaper, or costs the same and is named
// earlier. Both must be in one vector.
bool is_before(const Priced& a, const Priced& b) {
    return is_cheaper(a, b) || (!is_cheaper(b, a) && &a < &b);
}

// Each step is the cheapest way of those that come after the step before it and are better.
std::vector<std::string> steps_from(const Priced& chosen, const std::vector<Priced>& all,
                                    const Loads& loads) {
    std::vector<std::string> steps;
    const auto is_usable = [&](const WayAnswer& way) {
        const bool is_known = std::ranges::none_of(
            loads, [&](const ScenarioResult* load) { return is_void(*load, way.name); });
        return is_known && way.rate != Answer::no && std::ranges::count(steps, way.name) == 0;
    };
    for (const Priced* current = &chosen; current != nullptr;) {
        std::vector<const Priced*> better;
        for (const Priced& each : all) {
            if (is_before(*current, each) && is_usable(*each.way) &&
                is_better(loads, each.way->name, current->way->name))
                better.push_back(&each);
        }
        current = cheapest(better);
        if (current != nullptr) steps.push_back(current->way->name);
    }
    return steps;
}

bool is_open(Answer answer) {
    return answer != Answer::yes && answer != Answer::no;
}

}  // namespace

Estimate cores_of(const ScenarioResult& load, const ReceiverResult& receiver) {
    std::vector<double> shares;
    for (const Run& run : receiver.runs) {
        const Usage& usage = run.receiver.usage;
        const double listened_s = usage.wall_s.value_or(load.seconds);
        if (listened_s > 0) shares.push_back((usage.user_s + usage.system_s) / listened_s);
    }
    if (shares.empty()) return {};
    const auto [low, high] = std::ranges::minmax(shares);
    return {median(shares), low, high};
}

Estimate estimate_of(const ReceiverResult& receiver, Figure figure) {
    const auto found = receiver.figures.find(figure);
    if (found == receiver.figures.end()) return {};
    return {found->second.value, found->second.low, found->second.high};
}

bool is_same_cost(const Estimate& a, const Estimate& b) noexcept {
    if (!a.value || !b.value) return !a.value && !b.value;
    if (std::abs(*a.value - *b.value) < kCoresApart) return true;
    return *a.low <= *b.high && *b.low <= *a.high;
}

int order_of(const ScenarioResult& load, const std::string& a, const std::string& b,
             Figure figure) {
    for (const Ratio& ratio : load.ratios) {
        if (ratio.figure != figure || ratio.verdict != RatioVerdict::different) continue;
        const int above = *ratio.value > 1 ? 1 : -1;
        if (ratio.numerator == a && ratio.denominator == b) return above;
        if (ratio.numerator == b && ratio.denominator == a) return -above;
    }
    return 0;
}

Advice advise(const Decision& decision, const Needs& needs) {
    Advice advice;
    const Loads loads = judged_loads(decision, needs);
    for (const ScenarioResult* load : loads)
        advice.loads.push_back(load->name);
    advice.refusal = refusal_of(decision, needs, loads);
    if (!advice.refusal.empty()) return advice;
    for (const LoadSeries& way : decision.rates)
        advice.ways.push_back(answer_of(way, needs, loads));
    const std::vector<Priced> all = priced(advice.ways, loads);
    std::vector<const Priced*> fulfilling;
    for (const Priced& each : all)
        if (each.way->all == Answer::yes) fulfilling.push_back(&each);
    const Priced* const chosen = cheapest(fulfilling);
    if (chosen == nullptr) {
        for (const WayAnswer& way : advice.ways)
            if (is_open(way.all)) advice.maybe.push_back(way.name);
        return advice;
    }
    advice.chosen = chosen->way->name;
    for (const Priced& each : all) {
        const std::string& name = each.way->name;
        const bool comes_first = is_before(each, *chosen);
        if (comes_first && is_open(each.way->all)) advice.maybe.push_back(name);
        const bool is_another = &each != chosen && each.way->all == Answer::yes;
        if (is_another && is_same_cost(each.cores, chosen->cores) &&
            is_alike(loads, name, advice.chosen))
            advice.alike.push_back(name);
    }
    advice.steps = steps_from(*chosen, all, loads);
    return advice;
}

}  // namespace rxlab::bench
