// SPDX-License-Identifier: MIT
#include <rxlab/rx/ordered_feed.hpp>

namespace rxlab::rx {
namespace {

feed::OrderedOptions channel_options(const Options& options, std::size_t index) {
    feed::OrderedOptions channel;
    channel.hold_packets = options.hold_packets.value_or(kHoldPacketsDefault);
    channel.gap_wait_ns =
        static_cast<std::uint64_t>(options.gap_wait_us.value_or(kGapWaitDefault_us) * 1'000);
    channel.recover = !options.recover_servers.empty();
    channel.snapshot = !options.snapshot_servers.empty();
    channel.first_sequence = options.first_sequence;
    // Feeds, and receivers on different lines, do not ask in step.
    channel.requests.seed = std::uint64_t{options.groups[index].address} << 16 | index;
    return channel;
}

}  // namespace

OrderedFeed::OrderedFeed(const Options& options, std::size_t index, Pipeline& pipeline)
    : channel{channel_options(options, index)},
      pipeline_{pipeline},
      index_{static_cast<std::uint32_t>(index)} {
    if (!options.line_b.empty()) lines_.emplace();
}

void OrderedFeed::deliver(std::span<const std::byte> payload,
                          const feed::Arrival& arrival) noexcept {
    std::uint16_t marks = 0;
    if (arrival.origin == feed::Origin::answer) marks |= latency::kTraceRecovered;
    if (arrival.held) marks |= latency::kTraceHeld;
    pipeline_.process_marked({payload, {static_cast<std::uint16_t>(index_), 0}}, arrival.stamp,
                             marks);
}

void OrderedFeed::note_line(std::uint8_t line, const wire::mold::Header& header, feed::Taken taken,
                            std::uint64_t now_ns) noexcept {
    if (taken == feed::Taken::ignored) return;
    const bool news = taken == feed::Taken::delivered || taken == feed::Taken::held;
    const auto lead = lines_->accept(line, header, news, now_ns);
    if (lead) lead_ns_[lead->line].record(lead->ns);
}

void OrderedFeed::note_change(std::uint64_t now_ns) noexcept {
    if (channel.counters().episodes != episodes_) {
        episodes_ = channel.counters().episodes;
        (channel.last_episode_declared() ? gap_ns_ : reorder_ns_).record(channel.last_episode_ns());
    }
    if (!consistent_ns_ && channel.freshness() == feed::Freshness::current) consistent_ns_ = now_ns;
}

}  // namespace rxlab::rx
