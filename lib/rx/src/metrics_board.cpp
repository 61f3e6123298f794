// SPDX-License-Identifier: MIT
#include <rxlab/rx/metrics_board.hpp>

#include <cstring>
#include <thread>

namespace rxlab::rx {

// Returns the packets of all feeds.
std::uint64_t MetricsBoard::take_feeds(const Pipeline& pipeline) noexcept {
    std::uint64_t packets = 0;
    count_symbols(pipeline);
    for (std::size_t i = 0; i < feeds_; ++i) {
        const Feed& feed = pipeline.feeds()[i];
        const SequenceCounters sequence = feed.sequencer.counters();
        const Freshness freshness = pipeline.freshness(i);
        FeedFigures figures;
        figures.packets = sequence.packets;
        figures.bytes = feed.bytes;
        figures.messages = sequence.messages;
        figures.heartbeats = sequence.heartbeats;
        figures.gaps = sequence.gaps;
        figures.missed_messages = sequence.missed_messages;
        figures.duplicate_packets = sequence.duplicate_packets;
        figures.late_packets = sequence.late_packets;
        figures.stray_packets = feed.newcomers.counters().packets();
        figures.malformed_packets = feed.malformed_packets;
        figures.orders = feed.book.orders();
        figures.freshness = static_cast<std::uint64_t>(freshness);
        figures.stale_symbols = freshness == Freshness::current ? 0 : symbols_[i];
        std::memcpy(words_.data() + i * kFeedWords, &figures, sizeof figures);
        packets += figures.packets;
    }
    return packets;
}

// A part of the symbols, so that no packet waits for a walk over all of them.
void MetricsBoard::count_symbols(const Pipeline& pipeline) noexcept {
    const std::size_t end = std::min(next_locate_ + kLocatesAtOnce, book::kLocates);
    bool any = false;
    for (std::size_t i = 0; i < feeds_; ++i) {
        if (pipeline.freshness(i) == Freshness::current) continue;
        any = true;
        counted_[i] += pipeline.feeds()[i].book.symbols_between(next_locate_, end);
    }
    next_locate_ = any ? end : 0;
    if (next_locate_ != 0 && end != book::kLocates) return;
    next_locate_ = 0;
    symbols_ = counted_;  // of the same size: copied, not allocated
    std::fill(counted_.begin(), counted_.end(), 0);
}

void MetricsBoard::finish(std::optional<std::uint64_t> drops) noexcept {
    std::uint64_t* const others = words_.data() + words_.size() - kOtherWords;
    others[0] = drops.value_or(0);
    others[1] = drops ? 1 : 0;
    others[2] = static_cast<std::uint64_t>(program::monotonic_ns());
    others[3] = next_locate_ != 0 ? 1 : 0;
    figures_.write(words_);
}

std::optional<Figures> MetricsBoard::figures() const {
    if (figures_.writes() == 0) return std::nullopt;
    std::vector<std::uint64_t> words(figures_.size());
    while (!figures_.try_read(words))
        std::this_thread::yield();
    Figures figures;
    figures.feeds.resize(feeds_);
    figures.ports.resize(ports_);
    std::memcpy(static_cast<void*>(figures.feeds.data()), words.data(),
                feeds_ * sizeof(FeedFigures));
    const std::uint64_t* const ports = words.data() + feeds_ * kFeedWords;
    for (std::size_t i = 0; i < ports_; ++i)
        figures.ports[i] = {ports[2 * i], ports[2 * i + 1]};
    const std::uint64_t* const others = words.data() + words.size() - kOtherWords;
    if (others[1] != 0) figures.drops = others[0];
    figures.at_ns = others[2];
    figures.counts_symbols = others[3] != 0;
    return figures;
}

LatencyFigures MetricsBoard::latency() const noexcept {
    LatencyFigures figures;
    for (std::size_t i = 0; i < buckets_.size(); ++i)
        figures.polls[i] = buckets_[i].load(std::memory_order_relaxed);
    figures.sum_ns = sum_ns_.load(std::memory_order_relaxed);
    return figures;
}

}  // namespace rxlab::rx
