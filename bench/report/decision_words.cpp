// SPDX-License-Identifier: MIT
//
// The recommendation in words.
#include "bench/report/decision.hpp"
#include "bench/report/table_parts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace rxlab::bench {
namespace {

const LoadSeries& way_of(const Decision& decision, const std::string& name) {
    return *std::ranges::find(decision.rates, name, &LoadSeries::name);
}

std::string title_of(const Decision& decision, const std::string& name) {
    return way_of(decision, name).title;
}

std::string titles_of(const Decision& decision, const std::vector<std::string>& names) {
    std::vector<std::string> titles;
    for (const std::string& name : names)
        titles.push_back(title_of(decision, name));
    return fmt::format("{}", fmt::join(titles, "; "));
}

std::string needs_line(const Needs& needs) {
    std::vector<std::string> parts;
    if (needs.rate) parts.push_back(pps_text(*needs.rate) + " packets/s without loss");
    if (needs.p99_us) parts.push_back(fmt::format("p99 of at most {:g} µs", *needs.p99_us));
    if (needs.cores) parts.push_back(fmt::format("at most {:g} cores", *needs.cores));
    if (parts.empty())
        return "Nothing was asked for (--p99-us, --cores, --rate): the cheapest way of all.";
    return fmt::format("Asked for: {}.", fmt::join(parts, ", "));
}

std::string loads_line(const Decision& decision, const Needs& needs, const Advice& advice) {
    std::vector<std::string> rates;
    for (const std::string& name : advice.loads)
        rates.push_back(pps_text(find_scenario(decision.measured, name)->rate_per_feed));
    const std::string at = fmt::format("{} packets/s", fmt::join(rates, " and "));
    if (!needs.rate) return "Judged at every load: a way has to fulfil the needs at each.";
    if (rates.size() == 1 &&
        find_scenario(decision.measured, advice.loads.front())->rate_per_feed > *needs.rate * 1.01)
        return fmt::format("Judged at {}, the lowest load that was measured.", at);
    if (rates.size() == 1) return fmt::format("Judged at {}.", at);
    return fmt::format("This rate was not measured: judged at {}, on both sides of it.", at);
}

// "0.31 cores, p99 210 µs [150, 320] at 4200 packets/s": at the load at which its p99 is highest.
std::string worst_of(const Decision& decision, const Advice& advice, const std::string& name) {
    const ScenarioResult* worst = nullptr;
    double p99_ns = -1;
    for (const std::string& load_name : advice.loads) {
        const ScenarioResult* const load = find_scenario(decision.measured, load_name);
        const ReceiverResult* const way = find_receiver(*load, name);
        if (way == nullptr) continue;
        const double of_load = estimate_of(*way, Figure::p99).value.value_or(0);
        if (of_load > p99_ns) worst = load;
        p99_ns = std::max(p99_ns, of_load);
    }
    if (worst == nullptr) return "not measured at this load";
    const ReceiverResult& way = *find_receiver(*worst, name);
    return fmt::format("at {} packets/s: {} cores, p50 {} µs, p99 {} µs",
                       pps_text(worst->rate_per_feed), cores_text(cores_of(*worst, way)),
                       interval_text(way, Figure::p50), interval_text(way, Figure::p99));
}

// What a way asks of a host, beyond what a socket does.
std::string_view asks_for(const ReceiverResult& way) {
    if (way.kind == "packet") return "It needs CAP_NET_RAW, and reads headers itself.";
    if (way.kind == "xdp")
        return "It needs root, or CAP_BPF, CAP_NET_ADMIN and CAP_NET_RAW, and an XDP program.";
    if (way.kind == "nic")
        return "It needs root, a port of its own with a driver of its own, and its own answers to "
               "IGMP and monitoring.";
    if (way.kind == "dpdk")
        return "It needs DPDK, and its own answers to IGMP, monitoring and upgrades.";
    return "It is a socket still.";
}

// Why a way that might fulfil the needs is not known to: the reason of the most doubtful one.
std::string doubt_of(const Decision& decision, const Advice& advice, const WayAnswer& way) {
    if (way.all == Answer::is_void) {
        std::string reasons;
        for (const std::string& name : advice.loads) {
            reasons = void_reasons(*find_scenario(decision.measured, name), way.name);
            if (!reasons.empty()) break;
        }
        return "VOID: " + reasons;
    }
    if (way.rate == Answer::cannot_tell) {
        const LoadSeries& series = way_of(decision, way.name);
        return series.is_sender_limited
                   ? fmt::format("above {} packets/s the sender fell behind, or nothing was tried",
                                 pps_text(series.lossless_pps.value_or(0)))
                   : "a trial at this rate lost nothing, but its rounds did";
    }
    if (way.p99 == Answer::cannot_tell) return "its p99 may be on either side of the limit";
    if (way.cores == Answer::cannot_tell) return "its cores may be on either side of the limit";
    return way.p99 == Answer::no_figures ? "too few of its packets for a p99"
                                         : "it was not measured at this load";
}

void add_doubts(const Decision& decision, const Advice& advice, std::vector<std::string>& lines) {
    std::vector<std::string> doubts;
    for (const std::string& name : advice.maybe) {
        const auto way = std::ranges::find(advice.ways, name, &WayAnswer::name);
        doubts.push_back(
            fmt::format("{} ({})", title_of(decision, name), doubt_of(decision, advice, *way)));
    }
    if (doubts.empty()) return;
    lines.push_back(
        fmt::format("{}: {}. More rounds (--rounds) or a quieter machine would say more.",
                    advice.chosen.empty()
                        ? "Undecided"
                        : "These cost no more, but this run cannot say whether they fulfil it",
                    fmt::join(doubts, "; ")));
}

// Ways whose p99 is above the limit, and below it on an undisturbed machine, at all loads.
void add_machine_line(const Decision& decision, const Needs& needs, const Advice& advice,
                      std::vector<std::string>& lines) {
    if (!needs.p99_us) return;
    std::vector<std::string> names;
    for (const WayAnswer& way : advice.ways) {
        const bool is_of_machine =
            (way.p99 == Answer::no || way.p99 == Answer::cannot_tell) &&
            std::ranges::all_of(advice.loads, [&](const std::string& name) {
                const ReceiverResult* const at =
                    find_receiver(*find_scenario(decision.measured, name), way.name);
                if (at == nullptr) return false;
                const Summary& p99 = summary_of(*at, Figure::p99, Packets::undisturbed);
                return p99.value && !p99.at_least && *p99.value <= *needs.p99_us * 1000;
            });
        if (is_of_machine) names.push_back(way.name);
    }
    if (names.empty()) return;
    lines.push_back(fmt::format(
        "The machine is the obstacle, not the way into user space: on an undisturbed machine "
        "this p99 would be within the limit for {}. See docs/tuning.md.",
        titles_of(decision, names)));
}

void add_choice(const Decision& decision, const Needs& needs, const Advice& advice,
                std::vector<std::string>& lines) {
    if (advice.chosen.empty()) {
        std::vector<std::string> counts;
        const auto count = [&](bool is_asked, Answer WayAnswer::*answer, const char* what) {
            if (is_asked)
                counts.push_back(fmt::format(
                    "{} {}", std::ranges::count(advice.ways, Answer::yes, answer), what));
        };
        count(needs.rate.has_value(), &WayAnswer::rate, "take the rate without loss");
        count(needs.p99_us.has_value(), &WayAnswer::p99, "meet the p99");
        count(needs.cores.has_value(), &WayAnswer::cores, "stay within the cores");
        lines.push_back("No way is known to fulfil this here" +
                        (counts.empty() ? "."
                                        : fmt::format(": of {} ways, {}.", advice.ways.size(),
                                                      fmt::join(counts, ", "))));
        return;
    }
    lines.push_back(fmt::format(
        "Take {} ({}), the cheapest way that fulfils this on this host; {}; loss-free up to {} "
        "packets/s.",
        title_of(decision, advice.chosen), advice.chosen, worst_of(decision, advice, advice.chosen),
        lossless_text(way_of(decision, advice.chosen))));
    if (!advice.alike.empty()) {
        lines.push_back(fmt::format(
            "This run cannot tell it from: {} (equally many cores, and neither p50 nor p99 is "
            "different). It comes first because it asks the least of a host.",
            titles_of(decision, advice.alike)));
    }
}

// " (it cannot see a difference of p50 below 1.05x at 4200 packets/s, …)": by its control.
std::string smallest_of(const Decision& decision, const Advice& advice) {
    std::vector<std::string> parts;
    for (const std::string& name : advice.loads) {
        const ScenarioResult& load = *find_scenario(decision.measured, name);
        const auto ratio = std::ranges::find_if(load.ratios, [](const Ratio& each) {
            return each.figure == Figure::p50 && each.smallest;
        });
        if (ratio != load.ratios.end())
            parts.push_back(fmt::format("{} at {} packets/s", times(*ratio->smallest),
                                        pps_text(load.rate_per_feed)));
    }
    if (parts.empty()) return " (it has no control, or too few rounds)";
    return fmt::format(" (it cannot see a difference of p50 below {})", fmt::join(parts, ", "));
}

void add_steps(const Decision& decision, const Advice& advice, std::vector<std::string>& lines) {
    if (advice.chosen.empty()) return;
    if (advice.steps.empty()) {
        lines.push_back("No dearer way buys anything that this run can tell" +
                        smallest_of(decision, advice) + ".");
        return;
    }
    const ScenarioResult& load = *find_scenario(decision.measured, advice.loads.back());
    std::string from = advice.chosen;
    for (const std::string& to : advice.steps) {
        const ReceiverResult& way = *find_receiver(load, to);
        lines.push_back(fmt::format(
            "Next step, {}: at {} packets/s p50 {}, p99 {}, cores {} → {}. {}", way.title,
            pps_text(load.rate_per_feed), change_text(load, from, to, Figure::p50),
            change_text(load, from, to, Figure::p99),
            cores_text(cores_of(load, *find_receiver(load, from))), cores_text(cores_of(load, way)),
            asks_for(way)));
        from = to;
    }
}

// What this wire cannot say.
std::string nic_line(const Decision& decision) {
    const std::string& bed = decision.measured.testbed.name;
    if (bed == "nic")
        return "Measured between ports of this machine: only the real feed shows what a switch and "
               "the exchange's own bursts do.";
    return fmt::format(
        "Measure on the real NIC what a {} does not have: the rate without loss (rings and "
        "queues), interrupts and their moderation, DMA where the kernel copies here, and the "
        "cores for the kernel's part of the work, which the sender's core does here and which no "
        "receiver's figure includes. Next: rxbench decide --testbed nic --tx-port PORT --rx-port "
        "PORT",
        bed == "veth" ? "veth pair" : "wire of memory");
}

}  // namespace

std::vector<std::string> recommendation(const Decision& decision, const Needs& needs,
                                        const Advice& advice) {
    std::vector<std::string> lines{needs_line(needs)};
    if (!advice.refusal.empty()) {
        lines.push_back("No recommendation: " + advice.refusal + ".");
        return lines;
    }
    lines.push_back(loads_line(decision, needs, advice));
    add_choice(decision, needs, advice, lines);
    add_doubts(decision, advice, lines);
    add_machine_line(decision, needs, advice, lines);
    add_steps(decision, advice, lines);
    lines.push_back(nic_line(decision));
    return lines;
}

}  // namespace rxlab::bench
