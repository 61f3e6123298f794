// SPDX-License-Identifier: MIT
#include "bench/analysis/judge.hpp"
#include "bench/analysis/statistics.hpp"
#include "bench/analysis/stolen_time.hpp"
#include "bench/report/table_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

namespace rxlab::bench {
namespace {

// The medians of the stages need not add up to the median of the whole; this shows the rest.
std::string not_explained(const ReceiverResult& receiver) {
    const StagesOverRounds& stages = receiver.stages;
    const Summary& whole = summary_of(receiver, Figure::p50);
    double sum_ns = 0;
    for (const StageSummary* stage : {&stages.sender_lag, &stages.path, &stages.book}) {
        if (!stage->p50_ns.value) return kNothing;
        sum_ns += *stage->p50_ns.value;
    }
    if (!whole.value || *whole.value <= 0) return kNothing;
    const double percent = 100 * (*whole.value - sum_ns) / *whole.value;
    return fmt::format("{:.1f}%", std::abs(percent) < 0.05 ? 0.0 : percent);
}

// True if some receiver has this stage, because its packets were stamped on the way.
bool has_stage(const ScenarioResult& scenario, Extra<StageSummary> StagesOverRounds::*stage) {
    return std::any_of(
        scenario.receivers.begin(), scenario.receivers.end(),
        [&](const ReceiverResult& receiver) { return (receiver.stages.*stage).has_value(); });
}

// How far off the NIC's stamps may be, at most, in all runs.
std::string stamps_off_by(const ReceiverResult& receiver) {
    double most_ns = 0;
    for (const Run& run : receiver.runs)
        if (run.receiver.nic_stamps)
            most_ns = std::max(most_ns, run.receiver.nic_stamps->error_ns_max);
    return most_ns > 0 ? microseconds(most_ns) : std::string{kNothing};
}

// The median over the runs of a number per received packet; none if a run does not have it.
template <typename Get>
std::string a_packet(const ReceiverResult& receiver, Get get, int decimals) {
    std::vector<double> values;
    for (const Run& run : receiver.runs) {
        const std::optional<double> value = get(run);
        if (!value || run.ledger.received == 0) return kNothing;
        values.push_back(*value / static_cast<double>(run.ledger.received));
    }
    if (values.empty()) return kNothing;
    return fmt::format("{:.{}f}", median(values), decimals);
}

}  // namespace

Table stage_table(const ScenarioResult& scenario) {
    const bool with_nic = has_stage(scenario, &StagesOverRounds::from_nic);
    const bool with_kernel = has_stage(scenario, &StagesOverRounds::delivery);
    Table table{"Where the time goes, µs", {"receiver", "sender lag p50", "p99"}, {}};
    const auto add_columns = [&](std::initializer_list<const char*> names) {
        table.columns.insert(table.columns.end(), names.begin(), names.end());
    };
    add_columns({"send, wire, receive p50", "p99"});
    if (with_nic)
        add_columns({"sender to the NIC p50", "p99", "NIC to program p50", "p99", "off by up to"});
    if (with_kernel)
        add_columns({"sender to the kernel p50", "p99", "kernel to program p50", "p99"});
    add_columns({"decode and book p50", "p99", "p50 not explained"});
    for (const ReceiverResult& receiver : scenario.receivers) {
        const bool void_row = is_void(scenario, receiver.name);
        std::vector<std::string> row{receiver.title};
        const auto add_stage = [&](const StageSummary& stage) {
            row.push_back(struck(cell(stage.p50_ns), void_row));
            row.push_back(struck(cell(stage.p99_ns), void_row));
        };
        const StagesOverRounds& stages = receiver.stages;
        add_stage(stages.sender_lag);
        add_stage(stages.path);
        if (with_nic) {
            add_stage(stages.wire.value_or(StageSummary{}));
            add_stage(stages.from_nic.value_or(StageSummary{}));
            row.push_back(struck(stamps_off_by(receiver), void_row));
        }
        if (with_kernel) {
            add_stage(stages.arrival.value_or(StageSummary{}));
            add_stage(stages.delivery.value_or(StageSummary{}));
        }
        add_stage(stages.book);
        row.push_back(struck(not_explained(receiver), void_row));
        table.rows.push_back(std::move(row));
    }
    return table;
}

Table handover_table(const ScenarioResult& scenario) {
    const std::vector<double>& handovers_ns = *scenario.handover_ns;
    const double line_ns = median(handovers_ns);
    const auto [least, most] = std::ranges::minmax(handovers_ns);
    Table table{"From the send call to the receiver, µs",
                {"way", "p50", "p99", "p50 / one cache line"},
                {{"one cache line from core to core", microseconds(line_ns), kNothing,
                  fmt::format("1.00x [{}, {}]", three_digits(least / line_ns),
                              three_digits(most / line_ns))}}};
    for (const ReceiverResult& receiver : scenario.receivers) {
        const StageSummary& path = receiver.stages.path;
        const bool void_row = is_void(scenario, receiver.name);
        const std::string factor =
            path.p50_ns.value ? times(*path.p50_ns.value / line_ns) : std::string{kNothing};
        table.rows.push_back({receiver.title, struck(cell(path.p50_ns), void_row),
                              struck(cell(path.p99_ns), void_row), struck(factor, void_row)});
    }
    return table;
}

bool has_stolen_shares(const ScenarioResult& scenario) {
    return std::any_of(scenario.receivers.begin(), scenario.receivers.end(),
                       [](const ReceiverResult& receiver) {
                           return stolen_shares(receiver, Core::sender).has_value();
                       });
}

Table stolen_table(const ScenarioResult& scenario) {
    Table table{"Who took the cores, % of the time",
                {"receiver", "sender's core: threads", "shorter", "longer", "receiver's: threads",
                 "shorter", "longer"},
                {}};
    for (const ReceiverResult& receiver : scenario.receivers) {
        std::vector<std::string> row{receiver.title};
        for (const Core core : {Core::sender, Core::receiver}) {
            const auto shares = stolen_shares(receiver, core);
            for (double StolenShares::*part :
                 {&StolenShares::threads, &StolenShares::shorter, &StolenShares::longer}) {
                row.push_back(shares ? fmt::format("{:.2f}", *shares.*part) : kNothing);
            }
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

bool has_outliers(const ScenarioResult& scenario) {
    return std::any_of(
        scenario.receivers.begin(), scenario.receivers.end(),
        [](const ReceiverResult& receiver) { return !receiver.outliers.packets.empty(); });
}

Table outlier_table(const ScenarioResult& scenario) {
    Table table{"Why the slowest packets were slow",
                {"receiver", "packets", "sender late", "core stolen", "context switch", "queued",
                 "unexplained", "attributed"},
                {}};
    for (const ReceiverResult& receiver : scenario.receivers) {
        const bool void_row = is_void(scenario, receiver.name);
        const CauseCounts& causes = receiver.outliers.by_cause;
        std::vector<std::string> row{receiver.title};
        for (std::uint64_t count :
             {std::uint64_t{receiver.outliers.packets.size()}, causes.sender_late,
              causes.core_stolen, causes.context_switch, causes.queued, causes.unexplained}) {
            row.push_back(struck(std::to_string(count), void_row));
        }
        const auto& percent = receiver.outliers.attributed_percent;
        row.push_back(struck(percent ? fmt::format("{:.0f}%", *percent) : kNothing, void_row));
        table.rows.push_back(std::move(row));
    }
    return table;
}

Table cost_table(const ScenarioResult& scenario) {
    Table table{"What it costs, for each packet",
                {"receiver", "CPU µs", "user alone", "voluntary switches", "involuntary",
                 "interrupts of both CPUs", "receive softirqs"},
                {}};
    const auto cores = [](std::optional<std::uint64_t> CoreReport::*counter) {
        return [counter](const Run& run) -> std::optional<double> {
            const auto& sender = run.cores.sender.*counter;
            const auto& receiver = run.cores.receiver.*counter;
            if (!sender || !receiver) return std::nullopt;
            return static_cast<double>(*sender + *receiver);
        };
    };
    using Value = std::optional<double>;
    for (const ReceiverResult& receiver : scenario.receivers) {
        const auto usage = [&](auto get, int decimals) {
            return a_packet(
                receiver, [&](const Run& run) -> Value { return get(run.receiver.usage); },
                decimals);
        };
        table.rows.push_back(
            {receiver.title, usage([](const Usage& u) { return (u.user_s + u.system_s) * 1e6; }, 1),
             usage([](const Usage& u) { return u.user_s * 1e6; }, 1),
             usage([](const Usage& u) { return static_cast<double>(u.voluntary_switches); }, 2),
             usage([](const Usage& u) { return static_cast<double>(u.involuntary_switches); }, 4),
             a_packet(receiver, cores(&CoreReport::interrupts), 2),
             a_packet(receiver, cores(&CoreReport::receive_softirqs), 2)});
    }
    return table;
}

}  // namespace rxlab::bench
