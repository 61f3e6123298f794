// SPDX-License-Identifier: MIT
#include "bench/result/file.hpp"
#include "seeds.hpp"

#include <rxlab/latency/trace.hpp>
#include <rxlab/wire/byte_order.hpp>

#include <nlohmann/json.hpp>

#include <cstring>

namespace rxlab::fuzz {
namespace {

Seed trace(latency::TraceKind kind, std::size_t records, latency::Ticks delay) {
    latency::TraceHeader header;
    header.kind = kind;
    header.capacity = records + 10;
    header.count = records;
    header.start_ticks_per_ns = header.end_ticks_per_ns = header.run_ticks_per_ns = 2.5;
    Seed seed;
    append(seed, std::as_bytes(std::span{&header, 1}));
    for (std::size_t i = 0; i < records; ++i) {
        const latency::Ticks time = 1'000'000 + i * 250'000 + delay;
        const latency::TraceRecord record{
            i / 2 * 3 + 1, time, time + 400, static_cast<std::uint16_t>(i % 2), 0, 3};
        append(seed, std::as_bytes(std::span{&record, 1}));
    }
    return seed;
}

void add_pair(Folder& folder, const Seed& sender, const Seed& receiver) {
    const auto bytes = static_cast<std::uint16_t>(sender.size());
    Seed seed(2);
    std::memcpy(seed.data(), &bytes, 2);
    append(seed, sender);
    append(seed, receiver);
    folder.add(seed);
}

// One of everything that a result holds lists of.
bench::Result small_result() {
    bench::Result result;
    result.environment.kernel.vulnerabilities["meltdown"] = "Not affected";
    result.candidates_left_out.push_back({"dpdk_rx", "not built"});
    bench::ReceiverResult receiver;
    receiver.command = {"kernel_rx", "--mode", "spin"};
    receiver.runs.emplace_back();
    receiver.runs.back().receiver.drops["socket"] = 1;
    receiver.histogram.buckets.emplace_back(1'000, 5);
    receiver.timeline.bins.emplace_back();
    receiver.outliers.packets.emplace_back();
    bench::ScenarioResult scenario;
    scenario.receivers.push_back(receiver);
    scenario.ratios.emplace_back();
    scenario.control.emplace();
    scenario.verdict.gates.emplace_back();
    result.scenarios.push_back(scenario);
    result.verdict.reasons.emplace_back("reason");
    return result;
}

}  // namespace

void make_traces(Folder& folder) {
    using latency::TraceKind;
    add_pair(folder, trace(TraceKind::sender, 12, 0), trace(TraceKind::receiver, 10, 2'000));
    add_pair(folder, trace(TraceKind::sender, 0, 0), trace(TraceKind::receiver, 0, 0));
    Seed cut = trace(TraceKind::receiver, 5, 500);
    cut.resize(cut.size() - 10);
    add_pair(folder, trace(TraceKind::sender, 5, 0), cut);
}

void make_results(Folder& folder) {
    folder.add(bench::to_json(bench::Result{}).dump());
    const auto json = bench::to_json(small_result());
    folder.add(json.dump());
    auto older = json;
    older["schema"] = "rxlab.result/2";
    folder.add(older.dump());
    folder.add(R"({"schema": "rxlab.result/9"})");
}

}  // namespace rxlab::fuzz
