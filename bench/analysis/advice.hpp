// SPDX-License-Identifier: MIT
//
// Which way into user space is the cheapest that fulfils stated needs, and what the next ones buy.
// Cost is first the cores that a receiver burns, then what it asks of a host: the order of the
// decision's list, sockets before rings, rings before DPDK. Ways that the run cannot tell apart are
// never called better, worse or cheaper, and no VOID figure counts. Pure functions.
#pragma once

#include "bench/result/decision.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

// Cores that are closer together than this, or that overlap over the rounds, cost the same.
inline constexpr double kCoresApart = 0.05;
// The kernel's count of CPU time and the clock agree to about this much of a core.
inline constexpr double kCoresExact = 0.02;

struct Estimate {
    std::optional<double> value, low, high;  // low and high: none if they are not known
};

// CPU time of the receiver's process for each second that it listened: the median over the rounds,
// and their lowest and highest.
[[nodiscard]] Estimate cores_of(const ScenarioResult& load, const ReceiverResult& receiver);
// The receiver's figure, with the confidence interval.
[[nodiscard]] Estimate estimate_of(const ReceiverResult& receiver, Figure figure);

[[nodiscard]] bool is_same_cost(const Estimate& a, const Estimate& b) noexcept;

// Whether a way fulfils a need, the most doubtful last.
enum class Answer : std::uint8_t { yes, cannot_tell, no_figures, is_void, no };

struct WayAnswer {
    std::string name;
    Answer rate = Answer::yes, p99 = Answer::yes, cores = Answer::yes;
    Answer all = Answer::yes;  // the worst of them
};

struct Advice {
    // The loads at which the needs were judged: the rate asked for, or else the loads on both sides
    // of it; without such a need, all loads. A way has to fulfil the other needs at each of them.
    std::vector<std::string> loads;
    std::string refusal;          // why there is no advice; then all that follows is empty
    std::vector<WayAnswer> ways;  // of every way, in the decision's order
    // The first way, in the decision's order, that fulfils the needs while no cheaper way does.
    // Empty: no way is known to.
    std::string chosen;
    std::vector<std::string> alike;  // these fulfil them, cost the same, and no figure is different
    // Ways that may fulfil the needs or not: those cheaper than the chosen one, or as cheap and
    // named earlier. If none was chosen, all such ways.
    std::vector<std::string> maybe;
    // From the chosen one on, each the cheapest that is better than the one before: a lower p99,
    // or, where the run cannot tell those apart, a lower p50. They may cost more than the needs
    // allow.
    std::vector<std::string> steps;
};

[[nodiscard]] Advice advise(const Decision& decision, const Needs& needs);

// What the run says of two ways at a load: less than 0 where a's figure is lower, more where it is
// higher, 0 where it cannot tell or calls them equal.
[[nodiscard]] int order_of(const ScenarioResult& load, const std::string& a, const std::string& b,
                           Figure figure);

}  // namespace rxlab::bench
