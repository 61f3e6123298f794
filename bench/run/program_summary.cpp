// SPDX-License-Identifier: MIT
#include "bench/run/program_summary.hpp"

#include "bench/result/fields.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <stdexcept>

namespace rxlab::bench {
namespace {

Json load(const std::filesystem::path& path, const std::string& schema) {
    Json json = Json::parse(program::read_file(path), nullptr, false);
    if (!json.is_object()) {
        throw std::runtime_error(fmt::format("{}: not a program's summary", path.string()));
    }
    if (json.value("schema", "") != schema) {
        throw std::runtime_error(
            fmt::format("{}: schema '{}' instead of {}; build all programs "
                        "from one commit",
                        path.string(), json.value("schema", ""), schema));
    }
    return json;
}

// Runs `read`, and adds the file's name to what nlohmann::json throws.
template <typename Read>
auto guarded(const std::filesystem::path& path, Read read) {
    try {
        return read();
    } catch (const Json::exception& error) {
        throw std::runtime_error(fmt::format("{}: {}", path.string(), error.what()));
    }
}

void read_usage(const Json& json, const std::filesystem::path& path, Usage& usage) {
    JsonReader(json.at("usage"), path.string() + ": usage").read(usage);
}

// Where they were not converted, there is a reason instead of a figure.
void read_nic_stamps(const Json& json, Extra<NicStampReport>& report) {
    if (!json.contains("error_ns_max")) return;
    report = NicStampReport{json.at("converted"), json.at("not_converted"), json.at("impossible"),
                            json.at("jumps"), json.at("error_ns_max")};
}

}  // namespace

ReceiverSummary read_receiver_summary(const std::filesystem::path& path) {
    return guarded(path, [&] {
        const Json json = load(path, "rxlab.rx/1");
        ReceiverSummary summary;
        summary.report.digest = json.at("totals").at("digest");
        summary.packets = json.at("totals").at("packets");
        for (const Json& feed : json.at("feeds"))
            summary.report.books.push_back(feed.at("book").at("digest"));
        summary.report.drops = json.at("drops").get<std::map<std::string, std::uint64_t>>();
        read_usage(json, path, summary.report.usage);
        const auto source = json.find("source");
        if (source != json.end() && source->contains("hardware_timestamps"))
            read_nic_stamps(source->at("hardware_timestamps"), summary.report.nic_stamps);
        if (source != json.end() && source->contains("dpdk_version")) {
            summary.dpdk_version = source->at("dpdk_version").get<std::string>();
        }
        return summary;
    });
}

void add_libraries(const std::string& summary, LibraryFiles& libraries) {
    const Json json = Json::parse(summary, nullptr, false);
    if (!json.is_object() || !json.contains("libraries")) return;
    for (const auto& [name, file] : json["libraries"].items()) {
        if (file.is_string()) libraries[name].insert(file.get<std::string>());
    }
}

std::optional<std::vector<latency::Stall>> read_stalls(const std::filesystem::path& path) {
    return guarded(path, [&]() -> std::optional<std::vector<latency::Stall>> {
        const Json json = Json::parse(program::read_file(path));
        if (!json.contains("stalls")) return std::nullopt;
        // Stalls that did not fit are unknown, and half a log would say that little was taken.
        if (json.at("stalls").value("overflow", 0) != 0) return std::nullopt;
        std::vector<latency::Stall> stalls;
        for (const Json& stall : json.at("stalls").at("list")) {
            stalls.push_back({stall.at(0), stall.at(1), stall.at(2), stall.at(3), stall.at(4)});
        }
        return stalls;
    });
}

SenderReport read_sender_summary(const std::filesystem::path& path) {
    return guarded(path, [&] {
        const Json json = load(path, "rxlab.tx/1");
        SenderReport report;
        const Json& pacing = json.at("pacing_ns");
        report.pacing_ns = {pacing.at("p50"), pacing.at("p99"), pacing.at("max")};
        for (const Json& feed : json.at("feeds")) {
            report.send_errors += feed.at("send_errors").get<std::uint64_t>();
        }
        // The sender leaves it out if it was told to, or could not make its messages again.
        if (json.at("totals").contains("digest")) {
            report.digest = json.at("totals").at("digest").get<std::string>();
            for (const Json& feed : json.at("feeds"))
                report.books.push_back(feed.at("book").at("digest"));
        }
        read_usage(json, path, report.usage);
        return report;
    });
}

}  // namespace rxlab::bench
