// SPDX-License-Identifier: MIT
//
// The timed loops of book_bench. Each takes a layout of rxlab::book and a day, and applies the
// whole day to a new book. The time includes framing, decoding and reading the top of book after
// every message. Threading: one thread.
#pragma once

#include "bench/result/book_cost.hpp"
#include "day.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/book/lesson/books.hpp>
#include <rxlab/book/prefetch.hpp>
#include <rxlab/latency/clock.hpp>
#include <rxlab/latency/histogram.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::book_bench {

constexpr std::size_t kWindowMax = 1'024;

struct Settings {
    book::BookLimits limits{.orders = 1'000'000, .levels = 1'000'000};
    std::size_t window = 32;
};

// Memory of the whole process, without that of files.
[[nodiscard]] std::uint64_t resident_bytes();
// Reads through memory that is several times larger than any cache.
void empty_caches();
// Returns the allocator's unused memory to the system, so that it counts for no layout.
void release_memory();

// Keeps the compiler from removing the computation of `value`.
inline void use(std::uint64_t value) noexcept {
    asm volatile("" : : "r"(value));
}

// Cuts validated frames into messages.
class Frames {
  public:
    explicit Frames(std::span<const std::byte> bytes) noexcept
        : at_{bytes.data()}, end_{bytes.data() + bytes.size()} {}

    [[nodiscard]] bool done() const noexcept { return at_ == end_; }
    // A receiver finds a packet in its cache, but a day comes from memory. With this prefetch its
    // bytes cost a book next to nothing.
    book::MessageView next() noexcept {
        book::prefetch(at_, kAhead_bytes);
        const std::size_t size = reinterpret_cast<const wire::be16*>(at_)->get();
        const std::byte* const message = at_ + 2;
        at_ = message + size;
        return {message, size};
    }
    // Writes the next messages, up to out.size(), and returns how many.
    std::size_t next(std::span<book::MessageView> out) noexcept {
        std::size_t count = 0;
        while (count < out.size() && !done()) {
            out[count++] = next();
        }
        return count;
    }

  private:
    static constexpr std::size_t kAhead_bytes = 1'024;

    const std::byte* at_;
    const std::byte* end_;
};

// What a program does after each message if it watches the best prices.
template <book::OrderBook B>
void read_top(const B& book, book::MessageView message) noexcept {
    if (message.size() < sizeof(wire::itch::MessageHeader)) return;
    const auto& header = wire::overlay<wire::itch::MessageHeader>(message);
    const book::TopOfBook top = book.top(header.stock_locate);
    std::uint64_t sum = 0;
    if (top.bid) sum += top.bid->price + top.bid->shares;
    if (top.ask) sum += top.ask->price + top.ask->shares;
    use(sum);
}

template <book::OrderBook B>
void read_depth(const B& book, book::MessageView message) noexcept {
    if (message.size() < sizeof(wire::itch::MessageHeader)) return;
    const auto& header = wire::overlay<wire::itch::MessageHeader>(message);
    std::array<book::Level, 5> levels;
    std::uint64_t sum = 0;
    for (const book::Side side : {book::Side::bid, book::Side::ask}) {
        const std::size_t count = book.depth(header.stock_locate, side, levels);
        for (std::size_t i = 0; i < count; ++i)
            sum += levels[i].shares;
    }
    use(sum);
}

class Stopwatch {
  public:
    [[nodiscard]] double elapsed_ns() const {
        return std::chrono::duration<double, std::nano>(Clock::now() - start_).count();
    }

  private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point start_ = Clock::now();
};

// Applies the messages in windows that are known in advance, and calls `after` after each.
template <book::OrderBook B, typename After>
void apply_in_windows(B& book, Frames& frames, std::size_t window, After&& after) noexcept {
    std::array<book::MessageView, kWindowMax> messages;
    while (!frames.done()) {
        const std::size_t count = frames.next(std::span{messages}.first(window));
        book.apply_batch(std::span<const book::MessageView>{messages}.first(count), after);
    }
}

template <book::OrderBook B>
double packet_ns(const Day& day, const Settings& settings) {
    B book{settings.limits};
    Frames frames{day.frames};
    const Stopwatch watch;
    apply_in_windows(book, frames, settings.window,
                     [&](book::MessageView message) noexcept { read_top(book, message); });
    return watch.elapsed_ns() / static_cast<double>(day.messages);
}

template <book::OrderBook B>
double depth_ns(const Day& day, const Settings& settings) {
    B book{settings.limits};
    Frames frames{day.frames};
    const Stopwatch watch;
    apply_in_windows(book, frames, settings.window, [&](book::MessageView message) noexcept {
        read_top(book, message);
        read_depth(book, message);
    });
    return watch.elapsed_ns() / static_cast<double>(day.messages);
}

template <book::OrderBook B>
double single_ns(const Day& day, const Settings& settings) {
    B book{settings.limits};
    Frames frames{day.frames};
    const Stopwatch watch;
    while (!frames.done()) {
        const book::MessageView message = frames.next();
        book.apply(message);
        read_top(book, message);
    }
    return watch.elapsed_ns() / static_cast<double>(day.messages);
}

[[nodiscard]] double decode_ns(const Day& day);

// What one run of a whole day yields besides its time.
struct Outcome {
    std::uint64_t digest = 0, orders = 0, levels = 0, refused = 0;
};

// Times each message by itself; then takes memory and digest.
template <book::OrderBook B>
Outcome measure_messages(const Day& day, const Settings& settings, bench::BookLayoutCost& cost) {
    release_memory();
    const std::uint64_t before = resident_bytes();
    B book{settings.limits};
    const latency::Clock clock = latency::Clock::detect();
    latency::Calibration calibration = latency::Calibration::start(clock);
    latency::Histogram ticks{1'000'000'000};
    std::uint64_t overhead = ~std::uint64_t{0};
    for (int i = 0; i < 1'000; ++i) {
        const latency::Ticks start = clock.now();
        overhead = std::min(overhead, clock.now() - start);
    }
    Frames frames{day.frames};
    while (!frames.done()) {
        const book::MessageView message = frames.next();
        const latency::Ticks start = clock.now();
        book.apply(message);
        read_top(book, message);
        ticks.record(clock.now() - start);
    }
    calibration.finish();
    const double rate = calibration.run_ticks_per_ns();
    const auto ns = [&](double percentile) {
        return static_cast<double>(ticks.value_at_percentile(percentile)) / rate;
    };
    cost.message = {ns(50),
                    ns(90),
                    ns(99),
                    ns(99.9),
                    static_cast<double>(ticks.max()) / rate,
                    static_cast<double>(overhead) / rate};
    cost.resident_bytes = resident_bytes() - before;
    cost.counted_bytes = book.memory_bytes();
    const book::BookCounters& counters = book.counters();
    return {book.digest(), book.orders(), book.levels(),
            counters.orders_over_capacity + counters.levels_over_capacity};
}

// Times the first window after emptying the caches, at 20 points of the day.
template <book::OrderBook B>
std::vector<double> measure_cold(const Day& day, const Settings& settings) {
    constexpr std::uint64_t kPoints = 20;
    std::vector<double> result;
    B book{settings.limits};
    Frames frames{day.frames};
    std::array<book::MessageView, kWindowMax> messages;
    const std::span<book::MessageView> window = std::span{messages}.first(settings.window);
    const std::uint64_t stride = day.messages / (kPoints + 1) / settings.window + 1;
    for (std::uint64_t i = 1; !frames.done(); ++i) {
        const bool is_point = i % stride == 0;
        if (is_point) empty_caches();
        const Stopwatch watch;
        const std::size_t count = frames.next(window);
        book.apply_batch(window.first(count),
                         [&](book::MessageView message) noexcept { read_top(book, message); });
        if (is_point) result.push_back(watch.elapsed_ns() / static_cast<double>(count));
    }
    return result;
}

}  // namespace rxlab::book_bench
