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
#include <optional>
#include <string>

namespace rxlab::rx {

// Polls until `goes_on(worked)`, called after each poll, is false. `worked`: packets came, or the
// policy had something to do. `stalls` may be null; it has begun.
// [snippet: receive-loop]
template <PacketSource Source, typename GoesOn>
void poll_loop(Source& source, Pipeline& pipeline, GoesOn&& goes_on,
               latency::StallLog* stalls = nullptr) {
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

// The loop of one thread: until a limit of the options is reached, a signal asks to stop, or the
// source fails. `on_statistics` is called when statistics are due; it costs the packets that arrive
// meanwhile.
template <PacketSource Source, typename OnStatistics>
EndedBy receive(Source& source, Pipeline& pipeline, Wakeup& wakeup, OnStatistics&& on_statistics,
                latency::StallLog* stalls = nullptr) {
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
    poll_loop(source, pipeline, goes_on, stalls);
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

// The threads that receive, with what they receive into, are a Team:
//   prepare(clock)   allocates memory         open(identity)    starts the source, names it
//   begin(rate)      time counts from here    receive(wakeup)   -> EndedBy, when all have ended
//   finish(calibration)                       received()        what the summary is made of
//   report()         of the source            failure()         why it delivers nothing any more
//   describe()       for the ready line
// This runs one from its parsed options to its exit status.
template <typename Team>
int run_team(Identity identity, const Options& options, Team& team) {
    // A capture brings its own time: see capture_source.hpp.
    const latency::Clock clock = options.read_pcap.empty()
                                     ? latency::Clock::detect()
                                     : latency::Clock{latency::ClockSource::virtual_time};
    team.prepare(clock);
    latency::Calibration calibration = latency::Calibration::start(clock);
    Wakeup wakeup{options.statistics_seconds};
    identity.interface = team.open();
    std::FILE* const out = options.json_path == "-" ? stderr : stdout;
    fmt::print(out, "ready: {} ({}) on {}, {}\n", identity.program, identity.mode,
               identity.interface, team.describe());
    std::fflush(out);

    const program::Usage before = program::Usage::now();
    team.begin(calibration.run_ticks_per_ns());
    EndedBy ended_by = team.receive(wakeup);
    if (ended_by == EndedBy::source_lost && team.failure().empty())
        ended_by = EndedBy::end_of_capture;
    const program::Usage usage = program::Usage::now().since(before);
    calibration.finish();
    team.finish(calibration);
    const RunFacts facts{identity, ended_by, calibration, usage, team.report(), team.stalls()};
    const auto summary = make_summary(options, facts, team.received());
    program::publish(to_text(summary), summary, options.json_path);
    if (ended_by == EndedBy::source_lost) throw program::RunError(team.failure());
    return 0;
}

// A team of one: the thread that calls.
template <ReportingSource Source, typename MakeSource>
class Alone {
  public:
    Alone(const Options& options, const MakePolicy& make_policy, MakeSource& make_source)
        : options_{options}, make_policy_{make_policy}, make_source_{make_source} {}

    void prepare(latency::Clock clock) {
        if (options_.cpu) program::pin_to_cpu(*options_.cpu);
        if (!options_.trace_path.empty()) {
            trace_.emplace(options_.trace_path, latency::TraceKind::receiver,
                           options_.trace_records, clock);
        }
        pipeline_ = std::make_unique<Pipeline>(options_, clock, trace_ ? &*trace_ : nullptr,
                                               make_policy_ ? make_policy_(options_) : nullptr);
        if (options_.stalls_us > 0) stalls_.emplace(options_.stalls_us);
    }
    std::string open() {
        source_.reset(new Source(make_source_()));  // which cannot be moved
        if constexpr (requires { source_->sleeps(); }) {
            // With a policy, polls that brought a packet count as well, and sleeps are short.
            if (source_->sleeps()) pipeline_->look_every(pipeline_->has_policy() ? 16 : 1);
        }
        return source_->interface();
    }
    [[nodiscard]] std::string describe() const {
        return fmt::format("{} group{}", options_.groups.size(),
                           options_.groups.size() == 1 ? "" : "s");
    }
    void begin(double ticks_per_ns) {
        statistics_ = {};
        if (stalls_) stalls_->begin(pipeline_->clock().now(), ticks_per_ns);
        pipeline_->begin(ticks_per_ns);
    }
    EndedBy receive(Wakeup& wakeup) {
        const auto on_statistics = [this] {
            pipeline_->look();
            const std::array counts{counts_of(*pipeline_)};
            statistics_.print(counts, source_->drops());
        };
        const EndedBy ended_by =
            rx::receive(*source_, *pipeline_, wakeup, on_statistics, stalls_ ? &*stalls_ : nullptr);
        pipeline_->finish();
        return ended_by;
    }
    void finish(const latency::Calibration& calibration) {
        if (trace_) trace_->finish(calibration);
    }
    [[nodiscard]] Received received() const {
        return {{pipeline_.get()}, trace_ ? &*trace_ : nullptr, {}};
    }
    [[nodiscard]] SourceReport report() { return source_->report(); }
    [[nodiscard]] std::string failure() const { return source_->failure(); }
    [[nodiscard]] const latency::StallLog* stalls() const { return stalls_ ? &*stalls_ : nullptr; }

  private:
    const Options& options_;
    const MakePolicy& make_policy_;
    MakeSource& make_source_;
    std::optional<latency::TraceWriter> trace_;
    std::unique_ptr<Pipeline> pipeline_;
    std::optional<latency::StallLog> stalls_;
    std::unique_ptr<Source> source_;
    StatisticsLines statistics_;
};

// Runs one receiver in this thread, from its parsed options to its exit status. `make_source()`
// creates the source, of all lines_of(options).
template <typename MakeSource>
int run_receiver(const std::string& program, const std::string& mode, const Options& options,
                 const MakePolicy& make_policy, MakeSource&& make_source) {
    Alone<std::invoke_result_t<MakeSource&>, MakeSource> alone{options, make_policy, make_source};
    return run_team({program, mode, {}}, options, alone);
}

}  // namespace rxlab::rx
