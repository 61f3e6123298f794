// SPDX-License-Identifier: MIT
#include "bench/run/instrument.hpp"

#include <rxlab/latency/histogram.hpp>
#include <rxlab/program/cpu.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <limits>
#include <thread>
#include <vector>

namespace rxlab::bench {
namespace {

using latency::Clock;
using latency::Ticks;

constexpr std::size_t kExchanges = 2'000, kReadings = 20'000;
constexpr std::size_t kHandoverBatches = 500, kHandoversOfBatch = 64;
constexpr double kTimeLimit_ns = 200e6;

// Each word that both threads use has a cache line of its own, so that nothing else travels with
// it.
struct alignas(64) CacheLine {
    std::atomic<std::uint64_t> value{0};
};

struct CacheLines {
    CacheLine ping, pong, stamp;
    std::atomic<bool> is_over{false};
};

void answer(CacheLines& lines, Clock clock) noexcept {
    for (std::uint64_t turn = 1;; ++turn) {
        while (lines.ping.value.load(std::memory_order_acquire) != turn) {
            if (lines.is_over.load(std::memory_order_relaxed)) return;
        }
        lines.stamp.value.store(clock.now(), std::memory_order_relaxed);
        lines.pong.value.store(turn, std::memory_order_release);
    }
}

std::vector<Exchange> ask(CacheLines& lines, Clock clock, double ticks_per_ns) {
    std::vector<Exchange> exchanges;
    exchanges.reserve(kExchanges);
    const Ticks deadline = clock.now() + static_cast<Ticks>(kTimeLimit_ns * ticks_per_ns);
    for (std::uint64_t turn = 1; turn <= kExchanges; ++turn) {
        Exchange exchange{};
        exchange.sent = clock.now();
        lines.ping.value.store(turn, std::memory_order_release);
        do {
            exchange.answered = clock.now();
            if (exchange.answered > deadline) return exchanges;
        } while (lines.pong.value.load(std::memory_order_acquire) != turn);
        exchange.answered = clock.now();
        exchange.seen = lines.stamp.value.load(std::memory_order_relaxed);
        exchanges.push_back(exchange);
    }
    return exchanges;
}

// Runs `body` on a CPU and returns what it returns; throws what it throws.
template <typename Body>
auto on_cpu(int cpu, Body body) {
    std::exception_ptr failure;
    decltype(body()) result{};
    std::thread thread([&] {
        try {
            program::pin_to_cpu(static_cast<unsigned>(cpu));
            result = body();
        } catch (...) {
            failure = std::current_exception();
        }
    });
    thread.join();
    if (failure) std::rethrow_exception(failure);
    return result;
}

// Returns what `body` does; meanwhile `answering` runs on another CPU, until it sees `is_over`.
template <typename Answering, typename Body>
auto beside(int cpu, std::atomic<bool>& is_over, Answering answering, Body body) {
    std::thread other([&] {
        try {
            program::pin_to_cpu(static_cast<unsigned>(cpu));
            answering();
        } catch (const std::exception&) {  // no answers: no figure
        }
    });
    decltype(body()) result{};
    std::exception_ptr failure;
    try {
        result = body();
    } catch (...) {
        failure = std::current_exception();
    }
    is_over = true;
    other.join();
    if (failure) std::rethrow_exception(failure);
    return result;
}

std::vector<Exchange> exchange(const CpuPair& cpus, Clock clock, double ticks_per_ns) {
    CacheLines lines;
    return beside(
        cpus.receiver, lines.is_over, [&] { answer(lines, clock); },
        [&] { return on_cpu(cpus.sender, [&] { return ask(lines, clock, ticks_per_ns); }); });
}

// The other end of hand_over(): makes each odd number even.
void hand_back(CacheLine& line, const std::atomic<bool>& is_over) noexcept {
    for (std::uint64_t expected = 1;; expected += 2) {
        while (line.value.load(std::memory_order_acquire) != expected) {
            if (is_over.load(std::memory_order_relaxed)) return;
        }
        line.value.store(expected + 1, std::memory_order_release);
    }
}

// Durations of batches of hand-overs, there and back.
std::vector<Ticks> hand_over(CacheLine& line, Clock clock, double ticks_per_ns) {
    std::vector<Ticks> batches;
    batches.reserve(kHandoverBatches);
    const Ticks deadline = clock.now() + static_cast<Ticks>(kTimeLimit_ns * ticks_per_ns);
    std::uint64_t next = 1;
    while (batches.size() < kHandoverBatches) {
        const Ticks start = clock.now();
        for (std::size_t i = 0; i < kHandoversOfBatch / 2; ++i, next += 2) {
            line.value.store(next, std::memory_order_release);
            for (std::uint32_t spins = 1; line.value.load(std::memory_order_acquire) != next + 1;
                 ++spins) {
                if (spins % 65'536 == 0 && clock.now() > deadline) return batches;
            }
        }
        const Ticks end = clock.now();
        batches.push_back(end - start);
        if (end > deadline) break;
    }
    return batches;
}

double median_ns(const std::vector<Ticks>& ticks, double ticks_per_ns) {
    return latency::median(std::vector<double>(ticks.begin(), ticks.end())) / ticks_per_ns;
}

double two_clock_reads_ns(Clock clock, double ticks_per_ns) {
    std::vector<Ticks> durations(kReadings);
    for (Ticks& duration : durations) {
        const Ticks before = clock.now();
        static_cast<void>(clock.now());
        duration = clock.now() - before;
    }
    return median_ns(durations, ticks_per_ns);
}

// The time for a packet that is in the cache already and changes no book: what a receiver's figure
// would be if receiving took no time.
double empty_pipeline_ns(Clock clock, double ticks_per_ns) {
    rx::Options options;
    options.groups.resize(1);
    options.orders = options.levels = 1'000;
    rx::Pipeline pipeline{options, clock, nullptr};
    std::array<std::byte, 64> memory{};
    wire::mold::PacketBuilder builder{memory, wire::mold::Session{"EMPTY"}};
    const wire::itch::SystemEvent event;
    std::vector<Ticks> durations(kReadings);
    std::uint64_t sequence = 1;
    for (Ticks& duration : durations) {
        builder.start(sequence++);
        static_cast<void>(builder.append(wire::bytes_of(event)));
        const rx::PacketView packet{builder.finish(), 0};
        const Ticks t_rx = clock.now();
        pipeline.process(packet, t_rx);
        duration = clock.now() - t_rx;
    }
    return median_ns(durations, ticks_per_ns);
}

}  // namespace

std::optional<ClockOffset> clock_offset(std::span<const Exchange> exchanges, double ticks_per_ns) {
    if (exchanges.empty()) return std::nullopt;
    auto low = std::numeric_limits<std::int64_t>::min();
    auto high = std::numeric_limits<std::int64_t>::max();
    for (const Exchange& exchange : exchanges) {
        low = std::max(low, static_cast<std::int64_t>(exchange.seen - exchange.answered));
        high = std::min(high, static_cast<std::int64_t>(exchange.seen - exchange.sent));
    }
    // If they contradict each other, the offset changed meanwhile, and the uncertainty is 0.
    return ClockOffset{static_cast<double>(low + high) / 2 / ticks_per_ns,
                       std::max(static_cast<double>(high - low) / 2 / ticks_per_ns, 0.0)};
}

std::optional<double> line_handover_ns(const CpuPair& cpus) {
    const Clock clock = Clock::detect();
    const double ticks_per_ns = latency::Calibration::start(clock).run_ticks_per_ns();
    CacheLine line;
    alignas(64) std::atomic<bool> is_over{false};
    const auto batches = beside(
        cpus.receiver, is_over, [&] { hand_back(line, is_over); },
        [&] { return on_cpu(cpus.sender, [&] { return hand_over(line, clock, ticks_per_ns); }); });
    if (batches.size() < kHandoverBatches / 2) return std::nullopt;
    return median_ns(batches, ticks_per_ns) / static_cast<double>(kHandoversOfBatch);
}

Instrument measure_instrument(const CpuPair& cpus) {
    const Clock clock = Clock::detect();
    const double ticks_per_ns = latency::Calibration::start(clock).run_ticks_per_ns();
    Instrument instrument;
    on_cpu(cpus.receiver, [&] {
        instrument.two_clock_reads_ns = two_clock_reads_ns(clock, ticks_per_ns);
        instrument.empty_pipeline_ns = empty_pipeline_ns(clock, ticks_per_ns);
        return true;
    });
    if (const auto offset = clock_offset(exchange(cpus, clock, ticks_per_ns), ticks_per_ns)) {
        instrument.clock_offset_ns = offset->offset_ns;
        instrument.clock_offset_uncertainty_ns = offset->uncertainty_ns;
    }
    return instrument;
}

}  // namespace rxlab::bench
