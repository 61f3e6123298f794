// SPDX-License-Identifier: MIT
#include "bench/analysis/stolen_time.hpp"

#include "bench/analysis/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rxlab::bench {
namespace {

constexpr std::size_t kNamedInAdvice = 2;

// True if the hypervisor's own count of stolen time accounts for stolen_percent(): its median is at
// least as large.
bool admitted(const ReceiverResult& receiver) {
    std::vector<double> stolen, steal;
    for (const Run& run : receiver.runs) {
        const CoresReport& cores = run.cores;
        const auto percent = stolen_percent(run);
        if (!percent) continue;
        stolen.push_back(*percent);
        steal.push_back(
            100 * std::max(cores.sender.steal_s.value_or(0), cores.receiver.steal_s.value_or(0)) /
            cores.seconds);
    }
    return !steal.empty() && median(steal) > 0 && median(steal) >= median(stolen);
}

// Leaves out what cannot be stopped: kernel threads, which are in brackets, and what has no name.
std::string those_to_stop(std::vector<OtherProgram> others) {
    std::erase_if(others, [](const OtherProgram& other) {
        return other.name.starts_with('[') || other.name == kNameless;
    });
    const std::string names = describe(others, kNamedInAdvice);
    return names.empty() ? "" : ", stop what runs on this host (" + names + ")";
}

}  // namespace

std::optional<StolenShares> stolen_shares(const ReceiverResult& receiver, Core core) {
    std::vector<double> threads, shorter, longer;
    for (const Run& run : receiver.runs) {
        const auto& stalls = core == Core::sender ? run.stalls.sender : run.stalls.receiver;
        if (!stalls || !stalls->switched_ns || !stalls->long_ns || run.cores.seconds <= 0) continue;
        const double percent_of_ns = 100 / (run.cores.seconds * 1e9);
        threads.push_back(*stalls->switched_ns * percent_of_ns);
        longer.push_back(*stalls->long_ns * percent_of_ns);
        shorter.push_back((stalls->total_ns - *stalls->switched_ns - *stalls->long_ns) *
                          percent_of_ns);
    }
    if (threads.empty()) return std::nullopt;
    return StolenShares{median(threads), median(shorter), median(longer)};
}

std::optional<double> stolen_percent(const Run& run) {
    const CoresReport& cores = run.cores;
    std::optional<double> stolen_s;
    const auto take = [&](std::optional<double> seconds) {
        if (seconds) stolen_s = std::max(stolen_s.value_or(0), *seconds);
    };
    for (const CoreReport* core : {&cores.sender, &cores.receiver})
        take(core->steal_s);
    for (const auto* stalls : {&run.stalls.sender, &run.stalls.receiver}) {
        if (*stalls) take((*stalls)->total_ns / 1e9);
    }
    if (cores.seconds <= 0 || !stolen_s) return std::nullopt;
    return 100 * *stolen_s / cores.seconds;
}

std::string stolen_advice(const ReceiverResult& receiver, const std::vector<OtherProgram>& others,
                          bool is_virtual) {
    const auto total = [](const StolenShares& shares) {
        return shares.threads + shares.shorter + shares.longer;
    };
    StolenShares most;
    for (const Core core : {Core::sender, Core::receiver}) {
        const auto shares = stolen_shares(receiver, core);
        if (shares && total(*shares) > total(most)) most = *shares;
    }
    std::string thief =
        "by something unknown: stop what else runs, isolate the CPUs, leave the shared host";
    if (admitted(receiver)) {
        thief = "by the hypervisor, as it reports itself (steal): leave the shared host";
    } else if (total(most) > 0) {
        if (most.threads >= std::max(most.shorter, most.longer)) {
            thief = "mostly by other threads: isolate the CPUs (isolcpus=)" + those_to_stop(others);
        } else if (most.shorter >= most.longer) {
            thief = fmt::format(
                "mostly by interruptions of less than 0.1 ms, such as timer ticks: isolate the "
                "CPUs (nohz_full=), {}",
                is_virtual ? "leave the virtual machine"
                           : "keep interrupts off them (irqaffinity=)");
        } else {
            thief =
                fmt::format("mostly in stalls of more than 0.1 ms without a switch, which {}",
                            is_virtual ? "a hypervisor causes: leave the shared host"
                                       : "firmware (SMI) and long interrupts cause: look at both");
        }
    }
    return "p99 shows that a core was taken, " + thief;
}

std::string describe(const std::vector<OtherProgram>& others, std::size_t most) {
    std::string text;
    for (const OtherProgram& other : others) {
        if (most-- == 0) break;
        text +=
            fmt::format("{}{} {:.2f}%", text.empty() ? "" : ", ", other.name, other.cpu_percent);
    }
    return text;
}

}  // namespace rxlab::bench
