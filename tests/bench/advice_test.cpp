// SPDX-License-Identifier: MIT
//
// The advice against what it promises, over generated decisions: whatever the figures, no way that
// fulfils the needs is cheaper than the chosen one, and each step is the cheapest that is better.
#include "bench/analysis/advice.hpp"

#include "synthetic.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rxlab::bench {
namespace {

using synthetic::Random;
using Names = std::vector<std::string>;

// One way at one load, as plainly as a table has it. Times in nanoseconds.
struct Cell {
    double p50 = 0, p99 = 0, p99_low = 0, p99_high = 0;
    double cores = 0, cores_low = 0, cores_high = 0;
    bool is_void = false;
    std::uint64_t lost = 0;
};

struct Made {
    Decision decision;
    std::vector<std::map<std::string, Cell>> cells;  // of each load
};

double pick(Random& random, double low, double high) {
    return low + (high - low) * random.uniform();
}

Run run_of(double cores) {
    Run run;
    run.receiver.usage.user_s = cores * 0.4;
    run.receiver.usage.system_s = cores * 0.1;
    run.receiver.usage.wall_s.emplace(0.5);
    return run;
}

ReceiverResult receiver_of(const std::string& name, const Cell& cell) {
    ReceiverResult receiver;
    receiver.name = receiver.title = name;
    receiver.kind = "kernel";
    receiver.ledger = {1'000'000, 1'000'000 - cell.lost, cell.lost, 0, 0, 0};
    receiver.figures[Figure::p50].value = cell.p50;
    Summary& p99 = receiver.figures[Figure::p99];
    p99.value = cell.p99;
    p99.low.emplace(cell.p99_low);
    p99.high.emplace(cell.p99_high);
    for (const double cores : {cell.cores_low, cell.cores, cell.cores_high})
        receiver.runs.push_back(run_of(cores));
    return receiver;
}

Cell random_cell(Random& random) {
    Cell cell;
    cell.p50 = pick(random, 1'000, 50'000);
    cell.p99 = cell.p50 * pick(random, 1.2, 20);
    const double spread = random.uniform() < 0.5 ? 1.05 : 2;
    cell.p99_low = cell.p99 / spread;
    cell.p99_high = cell.p99 * spread;
    cell.cores = random.uniform() < 0.5 ? pick(random, 0.98, 1) : pick(random, 0.01, 0.9);
    const double width = random.uniform() < 0.3 ? 0.2 : 0.005;
    cell.cores_low = std::max(0.0, cell.cores - width);
    cell.cores_high = cell.cores + width;
    cell.is_void = random.uniform() < 0.1;
    cell.lost = random.uniform() < 0.1 ? 3 : 0;
    return cell;
}

// A run on a quiet machine can tell most ways apart, one on a busy machine few.
void add_ratios(Random& random, ScenarioResult& load, const std::map<std::string, Cell>& cells) {
    const double told_apart = random.uniform();
    for (std::size_t upper = 0; upper < load.receivers.size(); ++upper) {
        for (std::size_t lower = upper + 1; lower < load.receivers.size(); ++lower) {
            const Cell& a = cells.at(load.receivers[upper].name);
            const Cell& b = cells.at(load.receivers[lower].name);
            for (const auto& [figure, above, below] :
                 {std::tuple{Figure::p50, a.p50, b.p50}, {Figure::p99, a.p99, b.p99}}) {
                Ratio ratio;
                ratio.numerator = load.receivers[upper].name;
                ratio.denominator = load.receivers[lower].name;
                ratio.figure = figure;
                ratio.value = above / below;
                ratio.verdict = random.uniform() < told_apart ? RatioVerdict::different
                                                              : RatioVerdict::cannot_tell;
                load.ratios.push_back(ratio);
            }
        }
    }
}

Made made_up(std::uint64_t seed) {
    Random random{seed};
    Made made;
    const auto ways = static_cast<int>(pick(random, 1, 7));
    const auto loads = static_cast<int>(pick(random, 1, 4));
    for (int way = 0; way < ways; ++way) {
        LoadSeries series;
        series.name = series.title = fmt::format("way-{}", way);
        if (random.uniform() < 0.9) series.lossless_pps = pick(random, 50'000, 500'000);
        series.is_sender_limited = random.uniform() < 0.3;
        made.decision.rates.push_back(series);
    }
    for (int number = 0; number < loads; ++number) {
        ScenarioResult load;
        load.name = fmt::format("load-{}", number);
        load.rate_per_feed = 1'000 + 90'000 * number;
        load.seconds = 0.4;
        std::map<std::string, Cell>& cells = made.cells.emplace_back();
        for (const LoadSeries& way : made.decision.rates) {
            if (way.lossless_pps.value_or(0) < load.rate_per_feed) continue;
            const Cell cell = cells[way.name] = random_cell(random);
            load.receivers.push_back(receiver_of(way.name, cell));
            if (cell.is_void)
                load.verdict.gates.push_back(
                    {"stolen-time", way.name, GateStatus::fail, 12, 1, "%", "stop it"});
        }
        add_ratios(random, load, cells);
        made.decision.measured.scenarios.push_back(std::move(load));
    }
    return made;
}

Needs made_up_needs(Random& random) {
    Needs needs;
    if (random.uniform() < 0.5) needs.p99_us = pick(random, 5, 300);
    if (random.uniform() < 0.5) needs.cores = pick(random, 0.1, 1.1);
    if (random.uniform() < 0.5) needs.rate = pick(random, 500, 200'000);
    return needs;
}

// What the advice promises, asked of every way and every pair of ways.
class Oracle {
  public:
    Oracle(const Made& made, const Needs& needs, const Names& loads) : made_{made}, needs_{needs} {
        for (std::size_t i = 0; i < made.cells.size(); ++i) {
            const std::string& name = made.decision.measured.scenarios[i].name;
            if (std::ranges::count(loads, name) != 0) at_.push_back(i);
        }
    }

    [[nodiscard]] bool is_measured(const std::string& way) const {
        return everywhere([&](std::size_t load) { return made_.cells[load].contains(way); });
    }
    [[nodiscard]] bool is_void(const std::string& way) const {
        return !everywhere([&](std::size_t load) { return !cell(load, way).is_void; });
    }
    [[nodiscard]] bool takes_rate(const LoadSeries& way) const {
        return !needs_.rate || way.lossless_pps.value_or(0) >= *needs_.rate;
    }
    // For certain.
    [[nodiscard]] bool fulfils(const LoadSeries& way) const {
        if (!way.lossless_pps && needs_.rate) return false;
        if (!is_measured(way.name) || is_void(way.name) || !takes_rate(way)) return false;
        return everywhere([&](std::size_t load) {
            const Cell& at = cell(load, way.name);
            return !(needs_.p99_us && at.p99_high > *needs_.p99_us * 1000) &&
                   !(needs_.cores && at.cores_high > *needs_.cores + kCoresExact) &&
                   !(needs_.rate && at.lost > 0);
        });
    }
    [[nodiscard]] Cell dearest(const std::string& way) const {
        Cell worst;
        for (const std::size_t load : at_)
            if (cell(load, way).cores >= worst.cores) worst = cell(load, way);
        return worst;
    }
    [[nodiscard]] bool is_cheaper(const std::string& a, const std::string& b) const {
        const Cell of_a = dearest(a), of_b = dearest(b);
        return of_a.cores_high < of_b.cores_low && of_b.cores - of_a.cores >= kCoresApart;
    }
    // By the verdicts at these loads: -1 where a is lower at some and nowhere higher.
    [[nodiscard]] int order(const std::string& a, const std::string& b, Figure figure) const {
        int less = 0, more = 0;
        for (const std::size_t load : at_) {
            for (const Ratio& ratio : made_.decision.measured.scenarios[load].ratios) {
                const bool is_pair = (ratio.numerator == a && ratio.denominator == b) ||
                                     (ratio.numerator == b && ratio.denominator == a);
                if (!is_pair || ratio.figure != figure || ratio.verdict != RatioVerdict::different)
                    continue;
                ++((figure == Figure::p50 ? cell(load, a).p50 < cell(load, b).p50
                                          : cell(load, a).p99 < cell(load, b).p99)
                       ? less
                       : more);
            }
        }
        if (less > 0 && more > 0) return kContradicts;
        return more - less;
    }
    [[nodiscard]] bool is_better(const std::string& a, const std::string& b) const {
        const int tail = order(a, b, Figure::p99);
        if (tail == kContradicts) return false;
        if (tail != 0) return tail < 0;
        const int middle = order(a, b, Figure::p50);
        return middle != kContradicts && middle < 0;
    }
    [[nodiscard]] bool is_alike(const std::string& a, const std::string& b) const {
        return order(a, b, Figure::p50) == 0 && order(a, b, Figure::p99) == 0;
    }

    static constexpr int kContradicts = 1'000;

  private:
    template <typename Predicate>
    [[nodiscard]] bool everywhere(Predicate predicate) const {
        return std::ranges::all_of(at_, predicate);
    }
    [[nodiscard]] const Cell& cell(std::size_t load, const std::string& way) const {
        return made_.cells[load].at(way);
    }

    const Made& made_;
    const Needs& needs_;
    std::vector<std::size_t> at_;
};

bool has(const Names& names, const std::string& name) {
    return std::ranges::count(names, name) != 0;
}

void expect_choice(const Made& made, const Advice& advice, const Oracle& oracle) {
    Names fulfilling;
    for (const LoadSeries& way : made.decision.rates)
        if (oracle.fulfils(way)) fulfilling.push_back(way.name);
    const auto is_undercut = [&](const std::string& way) {
        return std::ranges::any_of(
            fulfilling, [&](const std::string& other) { return oracle.is_cheaper(other, way); });
    };
    ASSERT_EQ(advice.chosen.empty(), fulfilling.empty());
    if (fulfilling.empty()) {
        EXPECT_TRUE(advice.steps.empty() && advice.alike.empty());
        return;
    }
    EXPECT_TRUE(has(fulfilling, advice.chosen));
    EXPECT_FALSE(is_undercut(advice.chosen));
    for (const std::string& way : fulfilling) {
        if (way == advice.chosen) break;
        EXPECT_TRUE(is_undercut(way))
            << way << " is as cheap as " << advice.chosen << " and asks less of a host";
    }
    for (const std::string& way : fulfilling) {
        const bool costs_the_same =
            !oracle.is_cheaper(way, advice.chosen) && !oracle.is_cheaper(advice.chosen, way);
        EXPECT_EQ(has(advice.alike, way),
                  way != advice.chosen && costs_the_same && oracle.is_alike(way, advice.chosen))
            << way;
    }
}

void expect_steps(const Made& made, const Advice& advice, const Oracle& oracle) {
    Names order;
    for (const LoadSeries& way : made.decision.rates)
        order.push_back(way.name);
    const auto place = [&](const std::string& way) { return std::ranges::find(order, way); };
    std::string from = advice.chosen;
    Names taken;
    for (std::size_t i = 0; i <= advice.steps.size(); ++i) {
        // All that come after the last one, are known, and are better.
        Names better;
        for (const LoadSeries& way : made.decision.rates) {
            const bool is_usable = oracle.is_measured(way.name) && !oracle.is_void(way.name) &&
                                   oracle.takes_rate(way) && !has(taken, way.name);
            if (!is_usable || oracle.is_cheaper(way.name, from)) continue;
            const bool is_behind =
                oracle.is_cheaper(from, way.name) || place(way.name) > place(from);
            if (is_behind && oracle.is_better(way.name, from)) better.push_back(way.name);
        }
        if (i == advice.steps.size()) {
            EXPECT_TRUE(better.empty()) << "a step is missing after " << from;
            return;
        }
        const std::string& to = advice.steps[i];
        EXPECT_TRUE(has(better, to)) << from << " to " << to;
        for (const std::string& other : better)
            EXPECT_FALSE(oracle.is_cheaper(other, to)) << other << " is a cheaper step than " << to;
        taken.push_back(to);
        from = to;
    }
}

TEST(Advice, KeepsItsPromisesWhateverTheFigures) {
    int chosen = 0, alike = 0, steps = 0, maybe = 0, none = 0;
    for (std::uint64_t seed = 1; seed <= 8'000; ++seed) {
        const Made made = made_up(seed);
        Random random{seed * 31};
        const Needs needs = made_up_needs(random);
        const Advice advice = advise(made.decision, needs);
        if (!advice.refusal.empty()) continue;
        const Oracle oracle{made, needs, advice.loads};
        SCOPED_TRACE(fmt::format("seed {}", seed));
        expect_choice(made, advice, oracle);
        if (!advice.chosen.empty()) expect_steps(made, advice, oracle);
        for (const std::string& way : advice.maybe) {
            const auto of = std::ranges::find(made.decision.rates, way, &LoadSeries::name);
            EXPECT_FALSE(oracle.fulfils(*of)) << way;
            EXPECT_TRUE(advice.chosen.empty() || !oracle.is_cheaper(advice.chosen, way)) << way;
        }
        ++(advice.chosen.empty() ? none : chosen);
        alike += advice.alike.empty() ? 0 : 1;
        steps += advice.steps.empty() ? 0 : 1;
        maybe += advice.maybe.empty() ? 0 : 1;
        if (HasFailure()) return;
    }
    for (const auto& [kind, count] : {std::pair{"chosen", chosen},
                                      {"alike", alike},
                                      {"steps", steps},
                                      {"maybe", maybe},
                                      {"none", none}})
        EXPECT_GT(count, 100) << kind << ": too few such decisions were made up";
}

TEST(Advice, JudgesAtTheRateAskedForOrOnBothSidesOfIt) {
    Made made = made_up(1);
    auto& loads = made.decision.measured.scenarios;
    loads.assign(3, ScenarioResult{});
    for (std::size_t i = 0; i < 3; ++i) {
        loads[i].name = std::to_string(i);
        loads[i].rate_per_feed = 1'000.0 * (1 + 9 * static_cast<double>(i));
    }
    const auto at = [&](std::optional<double> rate) {
        return advise(made.decision, {{}, {}, rate}).loads;
    };
    EXPECT_EQ(at({}), (Names{"0", "1", "2"}));
    EXPECT_EQ(at(10'000), Names{"1"});
    EXPECT_EQ(at(10'040), Names{"1"}) << "a rate as good as measured";
    EXPECT_EQ(at(5'000), (Names{"0", "1"}));
    EXPECT_EQ(at(200), Names{"0"});
    EXPECT_EQ(at(50'000), Names{});
}

// What is said of a rate above all loads, of three ways of which one is the fastest.
std::string refusal_at(double rate, const LoadSeries& fastest) {
    Decision decision;
    decision.rates = {
        {"slow", "Slow", {}, 40'000, false}, fastest, {"none", "None", {}, {}, false}};
    decision.measured.scenarios.resize(1);
    decision.measured.scenarios[0].rate_per_feed = 32'000;
    const Advice advice = advise(decision, {{}, {}, rate});
    EXPECT_TRUE(advice.ways.empty());
    return advice.refusal;
}

TEST(Advice, SaysToMeasureARateOnlyWhereAWayTakesIt) {
    const LoadSeries lost{"fast", "Fast", {}, 160'000, false};
    EXPECT_EQ(refusal_at(160'000, lost),
              "160000 packets/s are more than any load that was measured; measure again with "
              "--rate 160000");
    EXPECT_EQ(refusal_at(160'001, lost),
              "no way takes 160001 packets/s without loss here; the fastest took 160000");
    EXPECT_EQ(refusal_at(200'000, {"fast", "Fast", {}, 80'000, true}),
              "no way is known to take 200000 packets/s without loss here; the fastest took ≥ "
              "80000, and the sender fell behind or the search ended (--rate-max 2000000)");
}

TEST(Advice, RefusesWhereALoadIsVoidAsAWhole) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Made made = made_up(seed);
        made.decision.measured.scenarios.back().verdict.gates.push_back(
            {"real-processor", "scenario", GateStatus::fail, {}, {}, "", "it is emulated"});
        const Advice advice = advise(made.decision, {});
        EXPECT_NE(advice.refusal.find("VOID"), std::string::npos) << seed;
        EXPECT_NE(advice.refusal.find("real-processor"), std::string::npos);
        EXPECT_TRUE(advice.chosen.empty() && advice.ways.empty());
    }
}

// One way, one load, and a limit on either side of the interval.
TEST(Advice, CallsALimitWithinTheIntervalUndecided) {
    Made made = made_up(1);
    Decision& decision = made.decision;
    decision.rates = {{"a", "a", {}, 100'000, false}};
    decision.measured.scenarios.resize(1);
    ScenarioResult& load = decision.measured.scenarios[0];
    load.verdict.gates.clear();
    const Cell cell{2'000, 20'000, 15'000, 30'000, 0.5, 0.49, 0.51};
    load.receivers = {receiver_of("a", cell)};
    const auto answer = [&](double p99_us) {
        return advise(decision, {p99_us, {}, {}}).ways.at(0).all;
    };
    EXPECT_EQ(answer(30), Answer::yes);
    EXPECT_EQ(answer(20), Answer::cannot_tell);
    EXPECT_EQ(answer(14), Answer::no);
    load.receivers[0].figures[Figure::p99].low.reset();
    EXPECT_EQ(answer(30), Answer::cannot_tell) << "too few rounds for an interval";
    load.receivers[0].figures[Figure::p99].value.reset();
    EXPECT_EQ(answer(30), Answer::no_figures);
    load.verdict.gates.push_back({"no-loss", "a", GateStatus::fail, 1, 0, "%", ""});
    EXPECT_EQ(answer(30), Answer::is_void);
}

TEST(Advice, DoesNotKnowAboutRatesThatTheSenderCannotReach) {
    Made made = made_up(1);
    Decision& decision = made.decision;
    decision.rates = {{"a", "a", {}, 100'000, true}, {"b", "b", {}, 100'000, false}};
    ScenarioResult load;
    load.name = "load-asked";
    load.rate_per_feed = 200'000;
    decision.measured.scenarios = {load};
    const Advice advice = advise(decision, {{}, {}, 200'000});
    EXPECT_TRUE(advice.chosen.empty());
    EXPECT_EQ(advice.maybe, Names{"a"});
    EXPECT_EQ(advice.ways.at(1).rate, Answer::no);
}

TEST(CoresOf, AreCpuTimeForEachSecondOfListening) {
    ScenarioResult load;
    load.seconds = 0.4;
    ReceiverResult receiver;
    for (const double cores : {0.9, 0.2, 0.5})
        receiver.runs.push_back(run_of(cores));
    const Estimate cores = cores_of(load, receiver);
    EXPECT_DOUBLE_EQ(*cores.value, 0.5);
    EXPECT_DOUBLE_EQ(*cores.low, 0.2);
    EXPECT_DOUBLE_EQ(*cores.high, 0.9);
    receiver.runs[2].receiver.usage.wall_s.reset();
    EXPECT_DOUBLE_EQ(*cores_of(load, receiver).value, 0.625) << "an older receiver: the schedule";
    EXPECT_FALSE(cores_of(load, {}).value);
}

}  // namespace
}  // namespace rxlab::bench
