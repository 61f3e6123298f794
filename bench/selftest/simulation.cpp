// SPDX-License-Identifier: MIT
#include "bench/selftest/simulation.hpp"

#include "bench/analysis/disturbances.hpp"
#include "bench/run/runner.hpp"
#include "bench/selftest/feed.hpp"
#include "bench/selftest/wire.hpp"
#include "feedsim/send/sender.hpp"

#include <rxlab/latency/stall_log.hpp>
#include <rxlab/program/files.hpp>
#include <rxlab/rx/receive.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <utility>

namespace rxlab::bench::selftest {
namespace {

namespace fs = std::filesystem;
using latency::Clock;
using latency::Ticks;

constexpr Clock kClock{latency::ClockSource::virtual_time};
constexpr Ticks kStart_ns = 1'000'000'000;
constexpr Ticks kReading_ns = 20;  // the time that reading a clock takes

// Time as the sender sees it: readings take a moment, and once the sender stands still for a while.
class StallingTimeline final : public feedsim::Timeline {
  public:
    StallingTimeline(Ticks stall_from, Ticks stall_ns)
        : now_{kStart_ns / 2}, stall_from_{stall_from}, stall_ns_{stall_ns} {}

    [[nodiscard]] Ticks now() noexcept override {
        now_ += kReading_ns;
        if (now_ >= stall_from_) now_ += std::exchange(stall_ns_, 0);
        return now_;
    }
    [[nodiscard]] double ticks_per_ns() const noexcept override { return 1.0; }
    bool rest(Ticks now, Ticks due) noexcept override {
        now_ = std::max(now, due - kReading_ns);
        return false;
    }

  private:
    Ticks now_, stall_from_, stall_ns_;
};

std::vector<Datagram> send(const SimulationOptions& options, const fs::path& trace_path) {
    std::vector<Datagram> sent;
    latency::TraceWriter trace(trace_path, latency::TraceKind::sender, options.packets, kClock);
    std::vector<feedsim::Feed> feeds;
    feeds.push_back(make_feed(options, std::make_unique<Recorder>(sent)));
    const double length_ns = static_cast<double>(options.packets) / options.rate_pps * 1e9;
    StallingTimeline timeline{kStart_ns + static_cast<Ticks>(length_ns / 2),
                              options.faults.stall_ns};
    feedsim::Sender sender{std::move(feeds), {.prepare_ns = 0}, timeline, &trace};
    const std::atomic<bool> stop{false};
    sender.run(kStart_ns, stop);
    latency::Calibration calibration = latency::Calibration::start(kClock);
    calibration.finish();
    trace.finish(calibration);
    return sent;
}

// Returns the digest of the books.
std::string receive(const std::vector<Datagram>& arrivals, const std::vector<Theft>& thefts,
                    const SimulationOptions& options, const fs::path& trace_path,
                    latency::StallLog& stalls) {
    latency::TraceWriter trace(trace_path, latency::TraceKind::receiver, arrivals.size(), kClock);
    rx::Pipeline pipeline{pipeline_options(options.packets), kClock, &trace};
    WireSource source{arrivals, thefts, options.faults};
    rx::Wakeup wakeup;
    latency::VirtualTime::set(kStart_ns / 2, kReading_ns);
    stalls.begin(kStart_ns / 2, 1.0);
    rx::receive(
        source, pipeline, wakeup, [] {}, &stalls);
    latency::Calibration calibration = latency::Calibration::start(kClock);
    calibration.finish();
    trace.finish(calibration);
    return digest_of(pipeline);
}

// In virtual time the loop does not spin until it is robbed, it jumps: its stall begins where the
// theft does. How long the thread was away comes from a clock that runs in real time, and says
// nothing.
std::vector<latency::Stall> as_if_it_had_spun(std::span<const latency::Stall> stalls,
                                              std::span<const Theft> thefts) {
    std::vector<latency::Stall> result{stalls.begin(), stalls.end()};
    for (latency::Stall& stall : result) {
        stall.away_ns = 0;
        for (const Theft& theft : thefts)
            if (stall.to >= theft.to && stall.to - theft.to <= 2 * kReading_ns)
                stall.from = std::max(stall.from, theft.from);
    }
    return result;
}

std::vector<latency::TraceRecord> records_of(const latency::TraceReader& reader) {
    return {reader.records().begin(), reader.records().end()};
}

}  // namespace

Simulated simulate(const SimulationOptions& options) {
    const program::ScratchDirectory scratch(scratch_parent(fs::temp_directory_path()));
    const fs::path sender_path = scratch.path() / "sender.trace";
    const fs::path receiver_path = scratch.path() / "receiver.trace";
    const std::vector<Datagram> arrivals = carry(send(options, sender_path), options);
    const std::vector<Theft> thefts = thefts_of(options.machine, options.jitter_seed, kStart_ns,
                                                arrivals.empty() ? kStart_ns : arrivals.back().at);
    latency::StallLog stalls{kTaken_ns_min / 1e3};
    Simulated result;
    result.digest = receive(arrivals, thefts, options, receiver_path, stalls);
    for (const Theft& theft : thefts)
        if (theft.is_known) result.taken.push_back({theft.from, theft.to, 0, 0});
    result.stalls = as_if_it_had_spun(stalls.stalls(), thefts);
    result.truth = truth_of(options);
    const latency::TraceReader sender(sender_path), receiver(receiver_path);
    result.sender_header = sender.header();
    result.receiver_header = receiver.header();
    result.sender = records_of(sender);
    result.receiver = records_of(receiver);
    for (latency::TraceRecord& record : result.receiver) {
        record.first += static_cast<Ticks>(options.faults.receiver_clock_ns);
        record.second += static_cast<Ticks>(options.faults.receiver_clock_ns);
    }
    return result;
}

}  // namespace rxlab::bench::selftest
