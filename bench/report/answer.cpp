// SPDX-License-Identifier: MIT

#include "bench/report/table_parts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace rxlab::bench {
namespace {

constexpr const char* kAwake = "kernel-block-awake";
constexpr const char* kBoundPort = "dpdk-port";
constexpr const char* kTap = "tap-kernel-spin";

// A DPDK receiver whose port is a device of the kernel's: the first one.
const ReceiverResult* over_the_kernel(const ScenarioResult& scenario) {
    const auto found = std::ranges::find_if(scenario.receivers, [](const ReceiverResult& each) {
        return each.kind == "dpdk" && each.name != kBoundPort;
    });
    return found == scenario.receivers.end() ? nullptr : &*found;
}

// "p50 33.8 → 2.13 µs (15.9x less)"; what is equal, or cannot be told, says so.
std::string change(const ScenarioResult& scenario, const ReceiverResult& from,
                   const ReceiverResult& to, Figure figure, Packets packets = Packets::all) {
    const Ratio* const ratio = find_ratio(scenario, from.name, to.name, figure, packets);
    if (ratio == nullptr || !ratio->value) return "not measured";
    const bool is_different = ratio->verdict == RatioVerdict::different;
    const std::string verdict = !is_different       ? verdict_text(*ratio)
                                : *ratio->value > 1 ? verdict_text(*ratio) + " less"
                                                    : times(1 / *ratio->value) + " more";
    return fmt::format("{} → {} µs ({})", cell(summary_of(from, figure, packets)),
                       cell(summary_of(to, figure, packets)), verdict);
}

// Where there are such figures.
std::string undisturbed(const ScenarioResult& scenario, const ReceiverResult& from,
                        const ReceiverResult& to) {
    const Ratio* const ratio =
        find_ratio(scenario, from.name, to.name, Figure::p99, Packets::undisturbed);
    if (ratio == nullptr || !ratio->value) return {};
    return ", undisturbed p99 " + change(scenario, from, to, Figure::p99, Packets::undisturbed);
}

// Of one CPU, while packets come.
std::string cpu_of(const ScenarioResult& scenario, const ReceiverResult& receiver) {
    const double share = (receiver.usage.user_s + receiver.usage.system_s) / scenario.seconds;
    return fmt::format("{:.0f}%", 100 * share);
}

std::string step(const ScenarioResult& scenario, const std::string& what,
                 const ReceiverResult& from, const ReceiverResult& to) {
    const std::string text =
        fmt::format("{}: {} ({} → {}): ", scenario.title, what, from.title, to.title);
    if (is_void(scenario, from.name) || is_void(scenario, to.name)) return text + "VOID.";
    return text + fmt::format("p50 {}, p99 {}{}; CPU {} → {}, start included.",
                              change(scenario, from, to, Figure::p50),
                              change(scenario, from, to, Figure::p99),
                              undisturbed(scenario, from, to), cpu_of(scenario, from),
                              cpu_of(scenario, to));
}

// What sleeping takes is two things: the core's waking and the thread's. Empty where the run cannot
// tell them apart.
std::string parts_of_sleeping(const ScenarioResult& scenario) {
    const ReceiverResult* const blocking = find_receiver(scenario, kBlocking);
    const ReceiverResult* const awake = find_receiver(scenario, kAwake);
    const ReceiverResult* const spinning = find_receiver(scenario, kSpinning);
    if (blocking == nullptr || awake == nullptr || spinning == nullptr) return {};
    const auto is_known = [&](const ReceiverResult& slow, const ReceiverResult& fast) {
        const Ratio* const ratio = find_ratio(scenario, slow.name, fast.name, Figure::p50);
        return ratio != nullptr && ratio->verdict == RatioVerdict::different && *ratio->value > 1 &&
               !is_void(scenario, *ratio);
    };
    if (!is_known(*blocking, *awake) || !is_known(*awake, *spinning)) return {};
    const auto p50 = [](const ReceiverResult& receiver) {
        return summary_of(receiver, Figure::p50).value.value_or(0);
    };
    return fmt::format(
        "{}: of the {} µs that a blocking socket takes (p50), {} are gone where no core may enter "
        "an idle state: those wake a halted core, the interrupt included; {} more go to the "
        "thread's sleep and waking, and {} are left for a socket that spins.",
        scenario.title, microseconds(p50(*blocking)), microseconds(p50(*blocking) - p50(*awake)),
        microseconds(p50(*awake) - p50(*spinning)), microseconds(p50(*spinning)));
}

// What no verdict was found for, and from where on it could have been.
std::string unknown(const Result& result) {
    std::vector<std::string> figures;
    for (const ScenarioResult& scenario : result.scenarios) {
        for (const auto& [name, figure] :
             {std::pair{"p50", Figure::p50}, {"p99", Figure::p99}, {"p99.9", Figure::p999}}) {
            const auto is_open = [figure = figure](const Ratio& ratio) {
                return ratio.figure == figure && ratio.value &&
                       ratio.verdict == RatioVerdict::cannot_tell;
            };
            const auto ratio = std::ranges::find_if(scenario.ratios, is_open);
            if (ratio == scenario.ratios.end()) continue;
            figures.push_back(fmt::format(
                "{} of {}{}", name, scenario.name,
                ratio->smallest
                    ? fmt::format(" (nothing below {} is believed)", times(*ratio->smallest))
                    : " (no control)"));
        }
    }
    if (figures.empty()) return {};
    return fmt::format(
        "This run cannot tell all receivers apart at: {}. More rounds (--rounds) or "
        "a quieter machine show smaller differences.",
        fmt::join(figures, ", "));
}

}  // namespace

std::string parts_of_sleeping(const Result& result) {
    for (const ScenarioResult& scenario : result.scenarios) {
        if (std::string text = parts_of_sleeping(scenario); !text.empty()) return text;
    }
    return {};
}

std::string frames_come_from_kernel(std::string_view testbed, std::string_view text) {
    if (testbed != "veth" || text.find("DPDK over") == std::string_view::npos) return {};
    return "On a veth pair DPDK reads a kernel socket (AF_PACKET or AF_XDP): the kernel has made "
           "the frame.";
}

std::string frames_come_from_kernel(const Result& result) {
    std::string titles;
    for (const ScenarioResult& scenario : result.scenarios) {
        for (const ReceiverResult& receiver : scenario.receivers)
            titles += receiver.title + '\n';
    }
    return frames_come_from_kernel(result.testbed.name, titles);
}

void add_caveat(Document& document, std::string_view testbed) {
    std::string titles;
    for (const Document::Section& section : document.sections) {
        for (const Table& table : section.tables) {
            for (const std::vector<std::string>& row : table.rows)
                titles += row.front() + '\n';
        }
    }
    if (std::string caveat = frames_come_from_kernel(testbed, titles); !caveat.empty())
        document.footnotes.push_back(std::move(caveat));
}

std::vector<std::string> answer_of(const Result& result) {
    std::vector<std::string> lines;
    if (result.verdict.verdict == VerdictKind::void_ && !result.verdict.reasons.empty())
        lines.push_back("VOID: " + result.verdict.reasons.front());
    if (result.settings.quick)
        lines.emplace_back("A quick run: too few rounds for an answer. Next: ./rxlab demo");
    bool has_bound_port = false;
    for (const ScenarioResult& scenario : result.scenarios) {
        const ReceiverResult* const blocking = find_receiver(scenario, kBlocking);
        const ReceiverResult* const spinning = find_receiver(scenario, kSpinning);
        const ReceiverResult* const bypass = over_the_kernel(scenario);
        const ReceiverResult* const bound = find_receiver(scenario, kBoundPort);
        has_bound_port = has_bound_port || bound != nullptr;
        if (blocking != nullptr && spinning != nullptr)
            lines.push_back(step(scenario, "stop sleeping", *blocking, *spinning));
        if (std::string parts = parts_of_sleeping(scenario); !parts.empty())
            lines.push_back(std::move(parts));
        if (spinning != nullptr && bypass != nullptr)
            lines.push_back(step(scenario, "leave the socket", *spinning, *bypass));
        if (spinning != nullptr && bound != nullptr)
            lines.push_back(step(scenario, "leave the kernel", *spinning, *bound));
        // On the rung of shared memory: there, the port of the first DPDK receiver is not a device
        // of the kernel.
        if (const ReceiverResult* const tap = find_receiver(scenario, kTap);
            tap != nullptr && bypass != nullptr)
            lines.push_back(step(scenario, "leave the kernel, at both ends", *tap, *bypass));
    }
    if (std::string text = unknown(result); !text.empty() && !result.settings.quick)
        lines.push_back(std::move(text));
    if (!has_bound_port) {
        const std::string caveat = frames_come_from_kernel(result);
        lines.push_back((caveat.empty() ? "" : caveat + ' ') +
                        (result.testbed.name == "shm"
                             ? "Shared memory has no NIC: this is what is left without a kernel, "
                               "not what a NIC would show. "
                             : "") +
                        "What leaving the kernel saves needs a bound port, in one run with the "
                        "sockets. Next: ./rxlab bench --testbed nic --tx-port PORT --rx-port PORT");
    }
    return lines;
}

}  // namespace rxlab::bench
