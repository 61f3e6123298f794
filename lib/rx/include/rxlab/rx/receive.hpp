// SPDX-License-Identifier: MIT
//
// The receive loop, the same for every source and for each of several threads, and the frame around
// it that a receiver's main() calls once: memory first, then the source (so that nothing arrives
// while pages are touched), then `ready:`, then packets, then the summary.
#pragma once

#include <rxlab/latency/clock.hpp>
#include <rxlab/latency/stall_log.hpp>
#include <rxlab/latency/trace.hpp>
#include <rxlab/program/cpu.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/program/publish.hpp>
#include <rxlab/rx/metrics.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/rx/policy.hpp>
#include <rxlab/rx/statistics.hpp>
#include <rxlab/rx/summary.hpp>
#include <rxlab/rx/wakeup.hpp>

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace rxlab::rx {

// Polls until `goes_on(worked)`, called after each poll, is false. `worked`: packets came, or the
// policy had something to do. `stalls` and `board` may be null; they have begun.
// [snippet: receive-loop]
template <PacketSource Source, typename GoesOn>
void poll_loop(Source& source, Pipeline& pipeline, GoesOn&& goes_on,
               latency::StallLog* stalls = nullptr, MetricsBoard* board = nullptr) {
    const latency::Clock clock = pipeline.clock();
    const bool is_capture = clock.source() == latency::ClockSource::virtual_time;
    const bool has_policy = pipeline.has_policy();
    std::array<PacketView, kBatchPackets> batch;
    bool worked = false;
    do {
        const std::size_t received = source.poll(batch);
        worked = received != 0;
        if (received != 0) {
            const latency::Ticks t_rx = clock.now();
            if (is_capture) pipeline.look();  // before the packet ends a silence
            const latency::Ticks t_done = pipeline.process({batch.data(), received}, t_rx);
            if (board != nullptr) board->record(t_done - t_rx);
            if (stalls != nullptr) {
                stalls->turn(t_rx, 0);
                stalls->turn(t_done, received);
            }
        } else if (stalls != nullptr) {
            stalls->turn(clock.now_unordered(), 0);
        }
        if (has_policy || received == 0) worked |= pipeline.turn();
    } while (goes_on(worked));
}
// [end: receive-loop]

// Nothing where nobody counts them, or the source does not say.
template <typename Source>
[[nodiscard]] std::optional<std::uint64_t> drops_of(Source& source) {
    if constexpr (requires { source.drops(); }) return source.drops();
    return std::nullopt;
}

// The loop of one thread: until a limit of the options is reached, a signal asks to stop, or the
// source fails. `on_statistics` is called when statistics are due; it costs the packets that arrive
// meanwhile.
template <PacketSource Source, typename OnStatistics>
EndedBy receive(Source& source, Pipeline& pipeline, Wakeup& wakeup, OnStatistics&& on_statistics,
                latency::StallLog* stalls = nullptr, MetricsBoard* board = nullptr) {
    EndedBy ended_by = EndedBy::signal;
    const auto goes_on = [&](bool worked) {
        if (worked && pipeline.finished()) {
            ended_by = pipeline.all_ended() ? EndedBy::end_of_session : EndedBy::messages;
            return false;
        }
        if (!worked && source.failed()) [[unlikely]] {
            ended_by = EndedBy::source_lost;
            return false;
        }
        if (board != nullptr && board->is_wanted()) [[unlikely]]
            board->publish(pipeline, source, drops_of(source));
        if (!wakeup.pending()) [[likely]]
            return true;
        wakeup.acknowledge();
        if (wakeup.stop_requested()) return false;
        if (wakeup.operator_decided()) {
            pipeline.go_over(pipeline.clock().now());
        } else {
            on_statistics();
        }
        return true;
    };
    poll_loop(source, pipeline, goes_on, stalls, board);
    return ended_by;
}

// A source that can also say where it listens and what it lost.
template <typename S>
concept ReportingSource = PacketSource<S> && requires(S source) {
    { source.interface() } -> std::convertible_to<std::string>;  // what it listens on
    { source.report() } -> std::same_as<SourceReport>;
    // So far; nothing where nobody counts them. Cheap enough while receiving.
    { source.drops() } -> std::convertible_to<std::optional<std::uint64_t>>;
    { source.failure() } -> std::same_as<std::string>;  // why failed() is true; empty: at the end
};

// A capture brings its own time: see capture_source.hpp.
[[nodiscard]] inline latency::Clock clock_of(const Options& options) {
    return options.read_pcap.empty() ? latency::Clock::detect()
                                     : latency::Clock{latency::ClockSource::virtual_time};
}

// The frame of a run, around whatever receives.
class Run {
  public:
    // When memory is there, and before the source is: calibrates the clock, takes the signals.
    Run(Identity identity, const Options& options, latency::Clock clock)
        : identity_{std::move(identity)},
          options_{options},
          calibration_{latency::Calibration::start(clock)},
          wakeup_{options.statistics_seconds} {}

    [[nodiscard]] Wakeup& wakeup() noexcept { return wakeup_; }
    // The source listens: says so. Returns the clock's ticks per nanosecond; time counts from here.
    double begin(const std::string& interface, const std::string& what) {
        identity_.interface = interface;
        std::FILE* const out = options_.json_path == "-" ? stderr : stdout;
        fmt::print(out, "ready: {} ({}) on {}, {}\n", identity_.program, identity_.mode, interface,
                   what);
        std::fflush(out);
        before_ = program::Usage::now();
        return calibration_.run_ticks_per_ns();
    }
    // All threads have ended. Returns what their traces end with.
    const latency::Calibration& end() {
        usage_ = program::Usage::now().since(before_);
        calibration_.finish();
        return calibration_;
    }
    // Publishes the summary; returns the exit status. `failure`: why the source delivers nothing
    // any more, empty at the end of a capture. Throws program::RunError where it failed.
    int report(EndedBy ended_by, const std::string& failure, SourceReport source,
               const Received& received, const latency::StallLog* stalls = nullptr) {
        if (ended_by == EndedBy::source_lost && failure.empty()) ended_by = EndedBy::end_of_capture;
        const RunFacts facts{identity_, ended_by, calibration_, usage_, std::move(source), stalls};
        const auto summary = make_summary(options_, facts, received);
        program::publish(to_text(summary), summary, options_.json_path);
        if (ended_by == EndedBy::source_lost) throw program::RunError(failure);
        return 0;
    }

  private:
    Identity identity_;
    const Options& options_;
    latency::Calibration calibration_;
    Wakeup wakeup_;
    program::Usage before_;
    program::Usage usage_;
};

// For receivers that send no orders.
struct NoOrderPort {
    template <typename Source>
    std::unique_ptr<OrderPort> operator()(Source&) const {
        return nullptr;
    }
};

// Runs one receiver in this thread, from its parsed options to its exit status. `make_source()`
// creates the source, of all lines_of(options), `make_port(source)` the way out for orders where
// they are asked for.
template <typename MakeSource, typename MakePort = NoOrderPort>
requires ReportingSource<std::invoke_result_t<MakeSource&>>
int run_receiver(const std::string& program, const std::string& mode, const Options& options,
                 const MakePolicy& make_policy, MakeSource&& make_source,
                 MakePort&& make_port = {}) {
    const latency::Clock clock = clock_of(options);
    if (options.cpu) program::pin_to_cpu(*options.cpu);
    std::unique_ptr<latency::TraceWriter> trace;
    if (!options.trace_path.empty())
        trace = std::make_unique<latency::TraceWriter>(
            options.trace_path, latency::TraceKind::receiver, options.trace_records, clock);
    Pipeline pipeline{options, clock, trace.get(), make_policy ? make_policy(options) : nullptr};
    std::unique_ptr<latency::StallLog> stalls;
    if (options.stalls_us > 0) stalls = std::make_unique<latency::StallLog>(options.stalls_us);
    std::vector<std::size_t> all_feeds(options.groups.size());
    std::iota(all_feeds.begin(), all_feeds.end(), std::size_t{0});
    Publication publication{options, {all_feeds}};
    Run run{{program, mode, {}}, options, clock};

    auto source = make_source();
    std::unique_ptr<OrderPort> port;
    if (pipeline.responder() != nullptr) {
        port = make_port(source);
        pipeline.responder()->send_through(port.get());
    }
    if constexpr (requires { source.sleeps(); }) {
        // With a policy, polls that brought a packet count as well, and sleeps are short.
        if (source.sleeps()) pipeline.look_every(pipeline.has_policy() ? 16 : 1);
    }
    const double ticks_per_ns = run.begin(
        source.interface(),
        fmt::format("{} group{}", options.groups.size(), options.groups.size() == 1 ? "" : "s"));
    StatisticsLines statistics;
    if (stalls) stalls->begin(clock.now(), ticks_per_ns);
    pipeline.begin(ticks_per_ns);
    publication.begin(ticks_per_ns, {});
    const auto on_statistics = [&] {
        pipeline.look();
        const std::array counts{counts_of(pipeline)};
        statistics.print(counts, source.drops());
    };
    const EndedBy ended_by =
        receive(source, pipeline, run.wakeup(), on_statistics, stalls.get(), publication.board(0));
    publication.end();
    pipeline.finish();
    const latency::Calibration& calibration = run.end();
    if (trace) trace->finish(calibration);
    return run.report(ended_by, source.failure(), source.report(), {{&pipeline}, trace.get(), {}},
                      stalls.get());
}

}  // namespace rxlab::rx
