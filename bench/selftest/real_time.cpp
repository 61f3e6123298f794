// SPDX-License-Identifier: MIT
#include "bench/selftest/real_time.hpp"

#include "bench/run/runner.hpp"
#include "bench/selftest/feed.hpp"
#include "feedsim/send/sender.hpp"

#include <rxlab/latency/clock.hpp>
#include <rxlab/program/files.hpp>
#include <rxlab/rx/receive.hpp>

#include <atomic>
#include <filesystem>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace rxlab::bench::selftest {
namespace {

namespace fs = std::filesystem;
using latency::Clock;
using latency::Ticks;

constexpr std::uint64_t kPackets = 2'000;
constexpr double kRate_pps = 10'000;
constexpr std::size_t kEndsOfSession = feedsim::Sender::kEndsOfSession;

struct Slot {
    std::vector<std::byte> payload;
    Ticks release = 0;  // not delivered before this time
};

// A queue in memory with room for the whole run. One thread writes and one reads.
class Queue {
  public:
    explicit Queue(Ticks delay) : slots_(kPackets + kEndsOfSession + 16), delay_{delay} {}

    void put(std::span<const std::byte> payload, Ticks now) noexcept {
        const std::size_t index = written_.load(std::memory_order_relaxed);
        if (index == slots_.size()) return;
        const bool is_held = index < kPackets && index % HeldBack::kEvery == HeldBack::kEvery / 2;
        slots_[index].payload.assign(payload.begin(), payload.end());
        slots_[index].release = now + (is_held ? delay_ : 0);
        written_.store(index + 1, std::memory_order_release);  // after its content
    }

    // Null if nothing can be delivered yet.
    const Slot* take(Clock clock) noexcept {
        if (read_ == written_.load(std::memory_order_acquire)) return nullptr;
        return clock.now() < slots_[read_].release ? nullptr : &slots_[read_++];
    }

  private:
    std::vector<Slot> slots_;
    Ticks delay_;
    std::atomic<std::size_t> written_{0};
    std::size_t read_ = 0;
};

class QueueTransmitter final : public feedsim::Transmitter {
  public:
    explicit QueueTransmitter(Queue& queue) : queue_{queue} {}
    feedsim::SendResult send(std::span<const std::byte> payload, Ticks now) noexcept override {
        queue_.put(payload, now);
        return feedsim::SendResult::sent;
    }
    [[nodiscard]] std::string failure() const override { return {}; }

  private:
    Queue& queue_;
};

class QueueSource {
  public:
    QueueSource(Queue& queue, Clock clock) : queue_{queue}, clock_{clock} {}
    std::size_t poll(std::span<rx::PacketView> batch) noexcept {
        const Slot* slot = queue_.take(clock_);
        if (slot == nullptr) {
            std::this_thread::yield();  // both threads may share one core
            return 0;
        }
        batch[0] = {slot->payload, 0};
        return 1;
    }
    [[nodiscard]] bool failed() const noexcept { return false; }

  private:
    Queue& queue_;
    Clock clock_;
};

void send(Queue& queue, latency::TraceWriter& trace, Clock clock,
          latency::Calibration calibration) {
    constexpr double kLead_ns = 1e6;
    feedsim::ClockTimeline timeline{clock, calibration.run_ticks_per_ns()};
    SimulationOptions options;
    options.packets = kPackets;
    options.rate_pps = kRate_pps;
    std::vector<feedsim::Feed> feeds;
    feeds.push_back(make_feed(options, std::make_unique<QueueTransmitter>(queue)));
    feedsim::Sender sender{std::move(feeds), {}, timeline, &trace};
    const std::atomic<bool> stop{false};
    sender.run(clock.now() + static_cast<Ticks>(kLead_ns * timeline.ticks_per_ns()), stop);
    calibration.finish();
    trace.finish(calibration);
}

Simulated read_back(const fs::path& sender_path, const fs::path& receiver_path) {
    const latency::TraceReader sender(sender_path), receiver(receiver_path);
    Simulated run;
    run.sender_header = sender.header();
    run.receiver_header = receiver.header();
    run.sender.assign(sender.records().begin(), sender.records().end());
    run.receiver.assign(receiver.records().begin(), receiver.records().end());
    return run;
}

}  // namespace

HeldBack hold_back_in_real_time(const Harness& harness) {
    const program::ScratchDirectory scratch(scratch_parent(fs::temp_directory_path()));
    const fs::path sender_path = scratch.path() / "sender.trace";
    const fs::path receiver_path = scratch.path() / "receiver.trace";
    const Clock clock = Clock::detect();
    latency::Calibration calibration = latency::Calibration::start(clock);
    constexpr double kDelay_ns = HeldBack::kDelay_ms * 1e6;
    Queue queue{static_cast<Ticks>(kDelay_ns * calibration.run_ticks_per_ns())};
    HeldBack held;
    std::string digest;
    {
        latency::TraceWriter sender_trace(sender_path, latency::TraceKind::sender, kPackets, clock);
        latency::TraceWriter receiver_trace(receiver_path, latency::TraceKind::receiver, kPackets,
                                            clock);
        rx::Pipeline pipeline{pipeline_options(kPackets), clock, &receiver_trace};
        rx::Wakeup wakeup;
        QueueSource source{queue, clock};
        std::thread sending([&] { send(queue, sender_trace, clock, calibration); });
        rx::receive(source, pipeline, wakeup, [] {});
        sending.join();
        calibration.finish();
        receiver_trace.finish(calibration);
        digest = digest_of(pipeline);
    }
    Simulated run = read_back(sender_path, receiver_path);
    SimulationOptions same;
    same.packets = kPackets;
    const Simulated in_virtual_time = simulate(same);
    held.same_book = digest == in_virtual_time.digest && digest == in_virtual_time.truth;
    const Joined joined = harness.join(std::move(run));
    held.ledger = joined.total;
    held.negative = joined.latency.negative + joined.path.negative + joined.book.negative;
    // The first 40 ms of the schedule, 400 packets, are warm-up.
    held.packets = (kPackets - 400) / HeldBack::kEvery;
    // One bucket lower, to allow for the histogram's rounding.
    const auto slow =
        joined.path.histogram.count_above(static_cast<std::uint64_t>(kDelay_ns * 0.998));
    held.slow = std::min(static_cast<std::size_t>(slow), held.packets);
    return held;
}

}  // namespace rxlab::bench::selftest
