// SPDX-License-Identifier: MIT
#include "bench/report/guest.hpp"

#include "bench/analysis/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace rxlab::bench {
namespace {

constexpr std::string_view kEmulation = "real-processor";
constexpr std::array<std::string_view, 5> kAboutPackets{"ledger-closed", "no-loss",
                                                        "trace-complete", "same-book", "true-book"};

std::string digest_lines(const ScenarioResult& scenario) {
    std::string text;
    const auto line = [&](const std::string& name, std::int64_t round, const std::string& packets,
                          const std::string& digest) {
        text += fmt::format("  {} round {}  {:<14} {:<24} {}\n", scenario.name, round, name,
                            packets, digest);
    };
    for (std::size_t index = 0; index < static_cast<std::size_t>(scenario.rounds); ++index) {
        for (const ReceiverResult& receiver : scenario.receivers) {
            const Run& run = receiver.runs.at(index);
            if (&receiver == &scenario.receivers.front()) {
                line("sender", run.round, fmt::format("{} sent", run.ledger.sent),
                     run.sender.digest.value_or("not known"));
            }
            line(receiver.name, run.round,
                 fmt::format("{} received, {} lost", run.ledger.received, run.ledger.lost),
                 run.receiver.digest);
        }
    }
    return text;
}

// In a round all receivers get the same feed.
bool has_equal_digests(const ScenarioResult& scenario) {
    for (std::size_t index = 0; index < static_cast<std::size_t>(scenario.rounds); ++index) {
        const Run& first = scenario.receivers.front().runs.at(index);
        for (const ReceiverResult& receiver : scenario.receivers) {
            const Run& run = receiver.runs.at(index);
            if (run.receiver.digest != first.receiver.digest || has_wrong_book(run)) return false;
        }
    }
    return true;
}

// What is wrong with the packets, then the one line on durations.
std::string void_lines(const ScenarioResult& scenario) {
    std::string packets, durations;
    for (const Gate& gate : scenario.verdict.gates) {
        if (gate.status != GateStatus::fail) continue;
        if (std::ranges::find(kAboutPackets, gate.name) != kAboutPackets.end())
            packets += fmt::format("Void: {}\n", describe(scenario, gate));
        if (gate.name == kEmulation)
            durations = fmt::format("Latencies are void: {}\n", gate.advice);
    }
    return packets + durations;
}

}  // namespace

bool is_emulated(const Result& result) {
    return result.environment.hypervisor.starts_with("TCG");
}

std::string guest_text(const Result& result, const std::vector<std::string>& notes) {
    std::string text = "The receiving port\n";
    for (std::size_t index = 0; index < notes.size(); ++index) {
        if (index > 0 && index + 1 == notes.size()) break;  // the giving back
        text += fmt::format("  {}\n", notes[index]);
    }
    if (notes.empty()) text += "  kept its kernel driver\n";
    text += "\nWhat arrived, and the digest of the books that it makes\n";
    for (const ScenarioResult& scenario : result.scenarios) {
        text += digest_lines(scenario);
        text +=
            has_equal_digests(scenario) ? "  The digests are equal.\n" : "  THE DIGESTS DIFFER.\n";
    }
    if (notes.size() > 1) text += fmt::format("\nGiven back\n  {}\n", notes.back());
    text += '\n';
    for (const ScenarioResult& scenario : result.scenarios)
        text += void_lines(scenario);
    return text;
}

}  // namespace rxlab::bench
