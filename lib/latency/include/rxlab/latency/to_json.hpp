// SPDX-License-Identifier: MIT
//
// What programs measure with, in the words of their summaries (docs/contracts.md). For programs
// that link nlohmann/json.
#pragma once

#include <rxlab/latency/clock.hpp>
#include <rxlab/latency/histogram.hpp>
#include <rxlab/latency/nic_stamps.hpp>
#include <rxlab/latency/stall_log.hpp>
#include <rxlab/latency/trace.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace rxlab::latency {

// Percentiles, maximum, mean, standard deviation, in the histogram's unit, and how many.
[[nodiscard]] inline nlohmann::ordered_json histogram_json(const Histogram& histogram) {
    return {{"p50", histogram.value_at_percentile(50)},
            {"p90", histogram.value_at_percentile(90)},
            {"p99", histogram.value_at_percentile(99)},
            {"p999", histogram.value_at_percentile(99.9)},
            {"max", histogram.max()},
            {"mean", histogram.mean()},
            {"stddev", histogram.stddev()},
            {"count", histogram.count()}};
}

[[nodiscard]] inline nlohmann::ordered_json clock_json(Clock clock,
                                                       const Calibration& calibration) {
    return {{"source", to_string(clock.source())},
            {"start_ticks_per_ns", calibration.start_ticks_per_ns()},
            {"end_ticks_per_ns", calibration.end_ticks_per_ns()},
            {"run_ticks_per_ns", calibration.run_ticks_per_ns()},
            {"drift_ppm", calibration.drift_ppm()}};
}

[[nodiscard]] inline nlohmann::ordered_json nic_stamps_json(const NicStamps& stamps) {
    const NicClock& clock = stamps.clock();
    nlohmann::ordered_json json{
        {"converted", stamps.converted()},     {"not_converted", stamps.not_converted()},
        {"impossible", stamps.impossible()},   {"error_ns_max", stamps.error_ns_max()},
        {"readings", clock.readings()},        {"readings_wide", clock.wide()},
        {"readings_failed", clock.failures()}, {"jumps", clock.jumps()}};
    if (const auto narrowest_ns = clock.narrowest_ns()) json["reading_ns_min"] = 2 * *narrowest_ns;
    if (const auto unit_ns = clock.unit_ns()) json["unit_ns"] = *unit_ns;
    return json;
}

[[nodiscard]] inline nlohmann::ordered_json stalls_json(const StallLog& log) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Stall& stall : log.stalls())
        list.push_back({stall.from, stall.to, stall.switches, stall.packets, stall.away_ns});
    return {{"threshold_us", log.threshold_us()}, {"overflow", log.overflow()}, {"list", list}};
}

[[nodiscard]] inline nlohmann::ordered_json trace_json(const std::string& file,
                                                       const TraceWriter& trace) {
    return {
        {"file", file}, {"records", trace.header().count}, {"overflow", trace.header().overflow}};
}

}  // namespace rxlab::latency
