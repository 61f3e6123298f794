// SPDX-License-Identifier: MIT
#include "bench/analysis/statistics.hpp"
#include "bench/experiments/document.hpp"
#include "bench/experiments/recovery.hpp"
#include "bench/report/table_parts.hpp"
#include "bench/result/file.hpp"
#include "bench/result/json.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace rxlab::bench {

RESULT_JSON(RecoverySeries, name, title, gap_ns, late_ns, load_ns, orders, failures);

namespace {

std::string middle(const std::vector<double>& values_ns) {
    return values_ns.empty() ? "–" : microseconds(median(values_ns));
}
std::string lowest(const std::vector<double>& values_ns) {
    return values_ns.empty() ? "–"
                             : microseconds(*std::min_element(values_ns.begin(), values_ns.end()));
}
std::string highest(const std::vector<double>& values_ns) {
    return values_ns.empty() ? "–"
                             : microseconds(*std::max_element(values_ns.begin(), values_ns.end()));
}
std::string rounds(const std::vector<double>& values_ns, const RecoveryOptions& options) {
    return fmt::format("{} of {}", values_ns.size(), options.rounds);
}

Table gap_table(const RecoveryResult& result) {
    Table table{
        fmt::format("From a gap of {} packets to a complete book, µs", result.options.gap_packets),
        {"receiver", "median", "lowest", "highest", "rounds"},
        {}};
    for (const RecoverySeries& series : result.series) {
        table.rows.push_back({series.title, middle(series.gap_ns), lowest(series.gap_ns),
                              highest(series.gap_ns), rounds(series.gap_ns, result.options)});
    }
    return table;
}

Table late_table(const RecoveryResult& result) {
    Table table{fmt::format("From a late start with {} live orders to a complete book, µs",
                            result.options.orders),
                {"receiver", "median", "lowest", "highest", "snapshot alone", "orders", "rounds"},
                {}};
    for (const RecoverySeries& series : result.series) {
        table.rows.push_back({series.title, middle(series.late_ns), lowest(series.late_ns),
                              highest(series.late_ns), middle(series.load_ns),
                              series.orders.empty() ? "–" : std::to_string(series.orders.front()),
                              rounds(series.late_ns, result.options)});
    }
    return table;
}

}  // namespace

Document recovery_document(const RecoveryResult& result) {
    Document document = begin_document("Time to a complete book", result);
    document.sections.push_back({"Gaps and late starts", {gap_table(result), late_table(result)}});
    document.footnotes = {
        "Gap: from the packet that showed it to the last message that filled it; the wait of "
        "--gap-wait (1,000 µs and up to a quarter more) is part of it.",
        "Late start: from the start of the receive loop to a complete book. The first packet must "
        "come, then the snapshot, then the packets that were held meanwhile.",
        "Servers, sender and the receiver's recovery thread share the CPUs that the receiver does "
        "not use. A round in which a message was lost for good counts as failed."};
    for (const RecoverySeries& series : result.series)
        add_failures(document, series.title, series.failures);
    end_document(document, result);
    return document;
}

void write_recovery(const std::filesystem::path& path, const RecoveryResult& result) {
    Json json = Json::object();
    json["schema"] = kRecoverySchema;
    json.update(facts_to_json(result));
    json["rounds"] = result.options.rounds;
    json["gap_packets"] = result.options.gap_packets;
    json["orders"] = result.options.orders;
    json["gap_command"] = result.gap_command;
    json["late_command"] = result.late_command;
    json["series"] = write_json(result.series);
    program::write_file_atomically(path, to_text(json));
}

}  // namespace rxlab::bench
