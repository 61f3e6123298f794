// SPDX-License-Identifier: MIT
//
// The pipeline of receivers that arbitrate lines, wait for what is out of order, ask for what is
// missing, or start with a snapshot. Per packet: completeness -> its feed's OrderedChannel -> the
// ordinary Pipeline, which then gets the messages in order. A packet whose turn it is goes straight
// on. Sockets of servers belong to the RecoveryAgent's thread; here are only its rings.
// All memory is allocated by the constructor. Threading: one thread.
#pragma once

#include <rxlab/latency/clock.hpp>
#include <rxlab/latency/trace.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/ordered_feed.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/rx/recovery_agent.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace rxlab::rx {

class OrderedPipeline {
  public:
    // Snapshots that do not fit, one after the other, until the feed goes on without: five seconds
    // at least.
    static constexpr std::uint64_t kRefusalsMax = 25;

    // As Pipeline; `options` must outlive the pipeline, too. Opens the sockets to servers; throws
    // program::RunError where that fails.
    OrderedPipeline(const Options& options, latency::Clock clock, latency::TraceWriter* trace,
                    const AgentTimes& times = {});

    // Time counts from here, or from the first packet where the clock stands at 0 (a capture's
    // time). Starts the recovery thread where servers are given, on any CPU but those that receive;
    // none are named: all but the one that this thread is bound to.
    void begin(double ticks_per_ns, std::span<const unsigned> receiver_cpus = {});

    void process(const PacketView& packet, latency::Ticks t_rx) noexcept;
    // The packets of one poll, as Pipeline does; each has a t_book of its own.
    latency::Ticks process(std::span<const PacketView> batch, latency::Ticks t_rx) noexcept {
        for (const PacketView& packet : batch)
            process(packet, t_rx);
        return clock().now();
    }
    // What is due beside packets: answers, timers. Call it after each poll; false where there was
    // nothing to do.
    bool turn() noexcept;
    // The run is over: ends the thread, declares lost what is missing, delivers what is held.
    void finish() noexcept;

    [[nodiscard]] bool finished() const noexcept { return pipeline_.finished(); }
    [[nodiscard]] std::uint64_t messages() const noexcept { return pipeline_.messages(); }
    [[nodiscard]] bool all_ended() const noexcept { return pipeline_.all_ended(); }
    [[nodiscard]] latency::Clock clock() const noexcept { return pipeline_.clock(); }
    [[nodiscard]] const Pipeline& inner() const noexcept { return pipeline_; }
    [[nodiscard]] std::span<const std::unique_ptr<OrderedFeed>> ordered() const noexcept {
        return feeds_;
    }
    // Null where no server is given.
    [[nodiscard]] const RecoveryAgent* agent() const noexcept { return agent_.get(); }

  private:
    [[nodiscard]] std::uint64_t to_ns(latency::Ticks ticks) const noexcept;
    void process_other(OrderedFeed& feed, std::uint8_t line, const PacketView& view,
                       latency::Ticks t_rx) noexcept;
    void take_answer(const RecoveryAnswer& answer, latency::Ticks now) noexcept;
    void take_snapshot(OrderedFeed& feed, const RecoveryAnswer& answer,
                       std::uint64_t now_ns) noexcept;
    void want_snapshot(OrderedFeed& feed, std::uint64_t now_ns) noexcept;
    void go_on_without_snapshot(OrderedFeed& feed, std::uint64_t now_ns) noexcept;
    void after_change(OrderedFeed& feed, std::uint64_t now_ns) noexcept;

    Pipeline pipeline_;
    std::vector<std::unique_ptr<OrderedFeed>> feeds_;
    std::unique_ptr<RecoveryAgent> agent_;
    double ns_per_tick_ = 1.0;
    latency::Ticks begin_ = 0;
    std::uint64_t due_ns_ = feed::kNever;  // the earliest of all feeds
};

}  // namespace rxlab::rx
