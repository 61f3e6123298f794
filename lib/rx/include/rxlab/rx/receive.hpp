// SPDX-License-Identifier: MIT
//
// The receive loop, the same for every source, and the frame around it that a receiver's main()
// calls once: memory first, then the source (so that nothing arrives while pages are touched), then
// `ready:`, then packets, then the summary.
#pragma once

#include <rxlab/latency/clock.hpp>
#include <rxlab/latency/gap_log.hpp>
#include <rxlab/latency/trace.hpp>
#include <rxlab/program/cpu.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/ordered_pipeline.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/rx/statistics.hpp>
#include <rxlab/rx/summary.hpp>
#include <rxlab/rx/wakeup.hpp>

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace rxlab::rx {

// Polls until a limit of the options is reached, a signal asks to stop, or the source fails.
// `on_statistics` is called when statistics are due; it costs the packets that arrive meanwhile.
// `gaps` may be null; it has begun. `Line` is Pipeline, or OrderedPipeline, which has work beside
// packets.
// [snippet: receive-loop]
template <PacketSource Source, typename Line, typename OnStatistics>
EndedBy receive(Source& source, Line& pipeline, Wakeup& wakeup, OnStatistics&& on_statistics,
                latency::GapLog* gaps = nullptr) {
    const latency::Clock clock = pipeline.clock();
    std::array<PacketView, kBatchPackets> batch;
    for (;;) {
        const std::size_t received = source.poll(batch);
        if (received != 0) {
            const latency::Ticks t_rx = clock.now();
            const latency::Ticks t_done = pipeline.process({batch.data(), received}, t_rx);
            if (pipeline.finished()) break;
            if (gaps != nullptr) {
                gaps->turn(t_rx, 0);
                gaps->turn(t_done, received);
            }
        } else if (source.failed()) [[unlikely]] {
            return EndedBy::source_lost;
        } else if (gaps != nullptr) {
            gaps->turn(clock.now_unordered(), 0);
        }
        if constexpr (std::is_same_v<Line, OrderedPipeline>) {
            if (pipeline.turn() && pipeline.finished()) break;
        }
        if (wakeup.pending()) [[unlikely]] {
            wakeup.acknowledge();
            if (wakeup.stop_requested()) return EndedBy::signal;
            on_statistics();
        }
    }
    return pipeline.all_ended() ? EndedBy::end_of_session : EndedBy::messages;
}
// [end: receive-loop]

// A source that can also say where it listens and what it lost.
template <typename S>
concept ReportingSource = PacketSource<S> && requires(S source) {
    { source.interface() } -> std::convertible_to<std::string>;  // what it listens on
    { source.report() } -> std::same_as<SourceReport>;
    // So far; nothing where nobody counts them. Cheap enough while receiving.
    { source.drops() } -> std::convertible_to<std::optional<std::uint64_t>>;
    { source.failure() } -> std::same_as<std::string>;  // why failed() is true; empty: at the end
};

[[nodiscard]] inline const Pipeline& inner(const Pipeline& pipeline) noexcept {
    return pipeline;
}
[[nodiscard]] inline const Pipeline& inner(const OrderedPipeline& pipeline) noexcept {
    return pipeline.inner();
}

template <typename Line, typename MakeSource>
int run_receiver_with(const std::string& program, const std::string& mode, const Options& options,
                      MakeSource&& make_source) {
    if (options.cpu) program::pin_to_cpu(*options.cpu);
    // A capture brings its own time: see capture_source.hpp.
    const latency::Clock clock = options.read_pcap.empty()
                                     ? latency::Clock::detect()
                                     : latency::Clock{latency::ClockSource::virtual_time};
    std::optional<latency::TraceWriter> trace;
    if (!options.trace_path.empty()) {
        trace.emplace(options.trace_path, latency::TraceKind::receiver, options.trace_records,
                      clock);
    }
    Line pipeline{options, clock, trace ? &*trace : nullptr};
    latency::Calibration calibration = latency::Calibration::start(clock);
    Wakeup wakeup{options.statistics_seconds};
    std::optional<latency::GapLog> gaps;
    if (options.gaps_us > 0) gaps.emplace(options.gaps_us);
    auto source = std::forward<MakeSource>(make_source)();
    const std::string interface = source.interface();

    std::FILE* const out = options.json_path == "-" ? stderr : stdout;
    fmt::print(out, "ready: {} ({}) on {}, {} group{}\n", program, mode, interface,
               options.groups.size(), options.groups.size() == 1 ? "" : "s");
    std::fflush(out);

    const program::Usage before = program::Usage::now();
    StatisticsLines statistics;
    if (gaps) gaps->begin(clock.now(), calibration.run_ticks_per_ns());
    pipeline.begin(calibration.run_ticks_per_ns());
    EndedBy ended_by = receive(
        source, pipeline, wakeup,
        [&] {
            const std::array counts{counts_of(inner(pipeline))};
            statistics.print(counts, source.drops());
        },
        gaps ? &*gaps : nullptr);
    if constexpr (std::is_same_v<Line, OrderedPipeline>) pipeline.finish();
    if (ended_by == EndedBy::source_lost && source.failure().empty())
        ended_by = EndedBy::end_of_capture;
    const program::Usage usage = program::Usage::now().since(before);
    calibration.finish();
    if (trace) trace->finish(calibration);

    const RunFacts facts{{program, mode, interface}, ended_by, calibration, usage, source.report(),
                         gaps ? &*gaps : nullptr};
    publish(make_summary(options, facts, pipeline, trace ? &*trace : nullptr), options);
    if (ended_by == EndedBy::source_lost) throw program::RunError(source.failure());
    return 0;
}

// Runs one receiver from its parsed options to its exit status. `make_source()` creates the source,
// of all lines_of(options).
template <typename MakeSource>
requires ReportingSource<std::invoke_result_t<MakeSource>>
int run_receiver(const std::string& program, const std::string& mode, const Options& options,
                 MakeSource&& make_source) {
    return options.ordered()
               ? run_receiver_with<OrderedPipeline>(program, mode, options, make_source)
               : run_receiver_with<Pipeline>(program, mode, options, make_source);
}

}  // namespace rxlab::rx
