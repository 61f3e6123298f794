// SPDX-License-Identifier: MIT
#include <rxlab/rx/statistics.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <numeric>

namespace rxlab::rx {

LiveCounts counts_of(const Pipeline& pipeline) noexcept {
    LiveCounts counts;
    for (std::size_t i = 0; i < pipeline.feeds().size(); ++i) {
        const Feed& feed = pipeline.feeds()[i];
        const SequenceCounters sequence = feed.sequencer.counters();
        counts = counts + LiveCounts{sequence.packets,
                                     sequence.messages,
                                     sequence.gaps,
                                     sequence.missed_messages,
                                     feed.newcomers.counters().packets(),
                                     pipeline.freshness(i) != Freshness::current ? 1U : 0U};
    }
    return counts;
}

std::string statistics_text(double elapsed_s, double packets_per_s,
                            std::span<const LiveCounts> workers,
                            std::optional<std::uint64_t> drops) {
    const auto total = std::accumulate(workers.begin(), workers.end(), LiveCounts{});
    const auto of = [](const LiveCounts& counts) {
        return fmt::format("gaps {}, missed {}, strays {}, not current {}", counts.gaps,
                           counts.missed, counts.strays, counts.doubtful);
    };
    std::string text =
        fmt::format("{:.1f} s: {:.0f} packets/s; packets {}, messages {}, drops {}, {}", elapsed_s,
                    packets_per_s, total.packets, total.messages,
                    drops ? fmt::format("{}", *drops) : "not counted", of(total));
    for (std::size_t i = 0; i < workers.size() && workers.size() > 1; ++i) {
        text += fmt::format("; worker {}: packets {}, messages {}, {}", i, workers[i].packets,
                            workers[i].messages, of(workers[i]));
    }
    return text;
}

void StatisticsLines::print(std::span<const LiveCounts> workers,
                            std::optional<std::uint64_t> drops) {
    const auto seconds = [](Clock::duration duration) {
        return std::chrono::duration<double>(duration).count();
    };
    const Clock::time_point now = Clock::now();
    const std::uint64_t packets =
        std::accumulate(workers.begin(), workers.end(), LiveCounts{}).packets;
    const double rate = static_cast<double>(packets - last_packets_) / seconds(now - last_);
    fmt::print(stderr, "{}\n", statistics_text(seconds(now - start_), rate, workers, drops));
    last_ = now;
    last_packets_ = packets;
}

}  // namespace rxlab::rx
