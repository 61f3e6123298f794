// SPDX-License-Identifier: MIT
//
// Stands for kernel_rx, dpdk_rx or feedsim (by its own name) in tests of rxbench: writes the trace
// and the summary that it was asked for, from made-up packets, without sending any.
#include "synthetic.hpp"

#include <rxlab/latency/trace.hpp>

#include <fmt/format.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

namespace {

using namespace rxlab;

struct Arguments {
    int count;
    char** values;

    [[nodiscard]] std::string after(std::string_view option) const {
        for (int i = 1; i + 1 < count; ++i) {
            if (values[i] == option) return values[i + 1];
        }
        return {};
    }
    [[nodiscard]] int occurrences(std::string_view option) const {
        int found = 0;
        for (int i = 1; i < count; ++i)
            found += values[i] == option ? 1 : 0;
        return found;
    }
};

// A member `book` for each feed.
std::string feeds_json(int feeds) {
    std::string list;
    for (int feed = 0; feed < feeds; ++feed) {
        list += fmt::format(R"({}{{"send_errors": 0, "book": {{"digest": "{:04x}"}}}})",
                            feed > 0 ? ", " : "", feed + 1);
    }
    return list;
}

constexpr std::string_view kUsage =
    R"("usage": {"user_s": 0.5, "system_s": 0.25, "voluntary_switches": 7,
 "involuntary_switches": 1, "minor_faults": 2, "major_faults": 0})";

void write_trace(const std::string& path, latency::TraceKind kind,
                 const std::vector<latency::TraceRecord>& records) {
    const latency::Clock clock(latency::ClockSource::monotonic_raw);
    latency::Calibration calibration = latency::Calibration::start(clock);
    latency::TraceWriter writer(path, kind, records.size(), clock);
    for (latency::TraceRecord record : records) {
        for (latency::Ticks* stamp : {&record.first, &record.second}) {
            *stamp = static_cast<latency::Ticks>(static_cast<double>(*stamp) /
                                                 bench::synthetic::kTicksPerNs);
        }
        writer.append(record);
    }
    calibration.finish();
    writer.finish(calibration);
}

// As many packets of each feed as the sender was asked for; the receiver is told only how many
// records it needs room for, which is a quarter and 1000 more.
std::size_t packets_of(const Arguments& arguments, bool is_sender, int feeds) {
    if (is_sender) {
        return static_cast<std::size_t>(std::lround(std::stod(arguments.after("--rate")) *
                                                    std::stod(arguments.after("--duration"))));
    }
    const double room = std::stod(arguments.after("--trace-records"));
    return static_cast<std::size_t>(std::lround((room - 1000) / 1.25 / feeds));
}

}  // namespace

int main(int argc, char** argv) {
    const Arguments arguments{argc, argv};
    const bool is_sender = std::string_view(argv[0]).ends_with("feedsim");
    // As feedsim, which writes its files before it ends when it is told that nobody listens any
    // more.
    if (is_sender) std::signal(SIGTERM, SIG_IGN);
    const int feeds = arguments.occurrences("--group");
    bench::synthetic::PathModel model;
    const std::string mode = arguments.after("--mode");
    if (mode == "block") model.path_p50_ns = 30'000;
    const bench::synthetic::Traces traces =
        bench::synthetic::make_traces(1, static_cast<std::uint16_t>(feeds),
                                      packets_of(arguments, is_sender, feeds), 10'000, model);
    std::puts("ready: made-up packets");
    std::fflush(stdout);
    std::ofstream summary(arguments.after("--json"));
    if (is_sender) {
        write_trace(arguments.after("--trace"), latency::TraceKind::sender, traces.sender);
        summary << fmt::format(
            R"({{"schema": "rxlab.tx/1", "feeds": [{}], "totals": {{"digest": "00ff"}},
 "pacing_ns": {{"p50": 60, "p99": 110, "max": 140}}, {}}})",
            feeds_json(feeds), kUsage);
    } else {
        write_trace(arguments.after("--trace"), latency::TraceKind::receiver, traces.receiver);
        summary << fmt::format(
            R"({{"schema": "rxlab.rx/1", "feeds": [{}], "totals": {{"digest": "00ff", "packets": 1}},
 "drops": {{"socket": 0}}, "source": {{"dpdk_version": "DPDK 0"}},
 "libraries": {{"fmt": "/made/up/libfmt.so.0.1.2"}}, {}}})",
            feeds_json(feeds), kUsage);
    }
    return summary.good() ? 0 : 1;
}
