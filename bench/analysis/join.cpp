// SPDX-License-Identifier: MIT
#include "bench/analysis/join.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

namespace rxlab::bench {
namespace {

using latency::TraceKind;
using latency::TraceRecord;

// From 10 MHz to 100 GHz: the clock of any machine lies between.
constexpr double kTicksPerNsMin = 0.01;
constexpr double kTicksPerNsMax = 100;
// Bins of a timeline: at 50 ms each, half a day.
constexpr double kTimelineBinsMax = 1e6;

// Subtracts ticks of two programs on one machine as signed numbers before it converts them.
double difference_ns(latency::Ticks from, latency::Ticks to, double ticks_per_ns) noexcept {
    return static_cast<double>(static_cast<std::int64_t>(to - from)) / ticks_per_ns;
}

void check_traces(const TraceView& sender, const TraceView& receiver) {
    if (sender.header.kind != TraceKind::sender) {
        throw std::runtime_error("the first trace is not from a sender");
    }
    if (receiver.header.kind != TraceKind::receiver) {
        throw std::runtime_error("the second trace is not from a receiver");
    }
    if (sender.header.clock_source != receiver.header.clock_source) {
        throw std::runtime_error(fmt::format(
            "the sender's clock is {}, the receiver's {}: their stamps cannot be compared",
            to_string(sender.header.clock_source), to_string(receiver.header.clock_source)));
    }
    for (const TraceView* trace : {&sender, &receiver}) {
        const double rate = trace->header.run_ticks_per_ns;
        const char* const whose = trace == &sender ? "sender" : "receiver";
        if (!(rate > 0) || !std::isfinite(rate)) {
            throw std::runtime_error(
                fmt::format("the {}'s trace has no clock rate: its writer did not finish", whose));
        }
        if (rate < kTicksPerNsMin || rate > kTicksPerNsMax) {
            throw std::runtime_error(fmt::format(
                "the {}'s trace has {} ticks per nanosecond, which no clock has: it is damaged",
                whose, rate));
        }
    }
}

// A feed's packets in the order in which they were sent.
struct SentFeed {
    std::vector<const TraceRecord*> records;
    std::vector<bool> is_received;
    latency::Ticks first_intended = 0;
    std::size_t cursor = 0;    // where the next packet in order is expected
    std::uint64_t newest = 0;  // highest sequence number received so far
    bool has_received = false;
};

std::vector<SentFeed> index_sender(std::span<const TraceRecord> records) {
    std::vector<SentFeed> feeds;
    for (const TraceRecord& record : records) {
        if (record.feed >= feeds.size()) feeds.resize(record.feed + std::size_t{1});
        feeds[record.feed].records.push_back(&record);
    }
    for (SentFeed& feed : feeds) {
        auto& sent = feed.records;
        const auto by_sequence = [](const TraceRecord* a, const TraceRecord* b) {
            return a->sequence < b->sequence;
        };
        if (!std::is_sorted(sent.begin(), sent.end(), by_sequence)) {
            std::sort(sent.begin(), sent.end(), by_sequence);
        }
        const auto twice = std::adjacent_find(
            sent.begin(), sent.end(),
            [](const TraceRecord* a, const TraceRecord* b) { return a->sequence == b->sequence; });
        if (twice != sent.end()) {
            throw std::runtime_error(fmt::format("the sender's trace has feed {} sequence {} twice",
                                                 (*twice)->feed, (*twice)->sequence));
        }
        feed.is_received.resize(sent.size());
        if (!sent.empty()) {
            feed.first_intended =
                (*std::min_element(sent.begin(), sent.end(),
                                   [](const TraceRecord* a, const TraceRecord* b) {
                                       return a->first < b->first;
                                   }))
                    ->first;
        }
    }
    return feeds;
}

// Index of the packet with this sequence number, or the number of packets if there is none. For a
// packet that arrives in order, as nearly all do, this takes one comparison.
std::size_t find_sent(SentFeed& feed, std::uint64_t sequence) {
    const auto& sent = feed.records;
    if (feed.cursor < sent.size() && sent[feed.cursor]->sequence == sequence) {
        return feed.cursor++;
    }
    const auto found = std::lower_bound(
        sent.begin(), sent.end(), sequence,
        [](const TraceRecord* record, std::uint64_t wanted) { return record->sequence < wanted; });
    if (found == sent.end() || (*found)->sequence != sequence) return sent.size();
    const auto index = static_cast<std::size_t>(found - sent.begin());
    feed.cursor = index + 1;
    return index;
}

latency::Ticks first_intended(const std::vector<SentFeed>& feeds) {
    latency::Ticks start = 0;
    bool is_first = true;
    for (const SentFeed& feed : feeds) {
        if (feed.records.empty()) continue;
        if (is_first || feed.first_intended < start) start = feed.first_intended;
        is_first = false;
    }
    return start;
}

PacketTimes times_of(const TraceRecord& sent, const TraceRecord& arrival, latency::Ticks start,
                     double rate) {
    const auto after_ns = [&](latency::Ticks at) { return difference_ns(start, at, rate); };
    return {after_ns(sent.first),
            after_ns(sent.second),
            after_ns(arrival.first),
            after_ns(arrival.second),
            sent.sequence,
            sent.feed,
            false};
}

// Collects latencies in bins by the packet's intended send time.
class TimelineBuilder {
  public:
    TimelineBuilder(latency::Ticks start, double bin_s) : bin_s_{bin_s}, start_{start} {}

    void add(latency::Ticks intended, double latency_ns, double ticks_per_ns) {
        if (bin_s_ <= 0) return;
        const double t_s = difference_ns(start_, intended, ticks_per_ns) / 1e9;
        if (t_s < 0 || t_s / bin_s_ > kTimelineBinsMax) {
            throw std::runtime_error(
                fmt::format("a packet was due {:.0f} s after the first: that is too long for a "
                            "timeline, or the trace is damaged",
                            t_s));
        }
        const auto bin = static_cast<std::size_t>(t_s / bin_s_);
        if (bin >= bins_.size()) bins_.resize(bin + 1);
        bins_[bin].push_back(latency_ns);
    }

    [[nodiscard]] std::vector<TimelineBin> take() {
        std::vector<TimelineBin> result;
        for (std::size_t i = 0; i < bins_.size(); ++i) {
            if (result.empty() && bins_[i].empty()) continue;  // the warm-up
            result.push_back(summarise(static_cast<double>(i) * bin_s_, bins_[i]));
        }
        return result;
    }

  private:
    static TimelineBin summarise(double t_s, std::vector<double>& values) {
        std::sort(values.begin(), values.end());
        const auto at = [&](double percentile) -> std::optional<double> {
            if (!percentile_is_supported(percentile, values.size())) return std::nullopt;
            const double rank = std::ceil(static_cast<double>(values.size()) * percentile / 100);
            return std::round(values[static_cast<std::size_t>(rank) - 1]);
        };
        TimelineBin bin{t_s, values.size(), at(50), at(90), at(99), std::nullopt};
        if (!values.empty()) bin.max_ns = std::round(values.back());
        bin.heat = heat_of(values);
        return bin;
    }

    // `values`: sorted, none below zero.
    static std::vector<std::pair<std::uint64_t, std::uint64_t>> heat_of(
        const std::vector<double>& values) {
        std::vector<std::pair<std::uint64_t, std::uint64_t>> heat;
        for (const double value : values) {
            const auto bucket = static_cast<std::uint64_t>(
                std::log10(std::clamp(value, 1.0, 1e15)) * kHeatPerDecade);
            if (heat.empty() || heat.back().first != bucket) heat.emplace_back(bucket, 0);
            ++heat.back().second;
        }
        return heat;
    }

    double bin_s_;
    latency::Ticks start_;
    std::vector<std::vector<double>> bins_;
};

// Books one received record in its feed's ledger. Returns the sender's record if it is the first
// copy.
const TraceRecord* book_arrival(std::vector<SentFeed>& feeds, std::vector<Ledger>& ledgers,
                                const TraceRecord& arrival) {
    Ledger& ledger = ledgers[arrival.feed];
    if (arrival.feed >= feeds.size()) {
        ++ledger.unexpected;
        return nullptr;
    }
    SentFeed& feed = feeds[arrival.feed];
    const std::size_t index = find_sent(feed, arrival.sequence);
    if (index == feed.records.size()) {
        ++ledger.unexpected;
        return nullptr;
    }
    if (feed.is_received[index]) {
        ++ledger.duplicates;
        return nullptr;
    }
    feed.is_received[index] = true;
    ++ledger.received;
    if (feed.has_received && arrival.sequence < feed.newest) ++ledger.late;
    feed.newest = std::max(feed.newest, arrival.sequence);
    feed.has_received = true;
    return feed.records[index];
}

void close_ledgers(const std::vector<SentFeed>& feeds, Joined& joined) {
    for (std::size_t i = 0; i < joined.ledgers.size(); ++i) {
        Ledger& ledger = joined.ledgers[i];
        if (i < feeds.size()) {
            ledger.sent = feeds[i].records.size();
            ledger.lost = static_cast<std::uint64_t>(
                std::count(feeds[i].is_received.begin(), feeds[i].is_received.end(), false));
        }
        joined.total += ledger;
    }
}

}  // namespace

void Distribution::add(double value_ns) noexcept {
    if (value_ns < 0) {
        ++negative;
    } else {
        // A damaged stamp may be further away than an integer can hold.
        histogram.record(static_cast<std::uint64_t>(std::min(value_ns + 0.5, 9e18)));
    }
}

double timeline_bin_s(double packets_per_second) noexcept {
    constexpr double kStep_s = 0.05, kPacketsForP90 = 1000;
    const double steps = std::ceil(kPacketsForP90 / (packets_per_second * kStep_s) - 1e-9);
    return kStep_s * std::max(steps, 1.0);
}

Joined join(const TraceView& sender, const TraceView& receiver, const JoinOptions& options) {
    check_traces(sender, receiver);
    Joined joined;
    joined.ticks_per_ns = (sender.header.run_ticks_per_ns + receiver.header.run_ticks_per_ns) / 2;
    const double rate = joined.ticks_per_ns;
    std::vector<SentFeed> feeds = index_sender(sender.records);
    std::size_t feed_count = feeds.size();
    for (const TraceRecord& arrival : receiver.records) {
        feed_count = std::max(feed_count, arrival.feed + std::size_t{1});
    }
    joined.ledgers.resize(feed_count);
    joined.start = first_intended(feeds);
    TimelineBuilder timeline(joined.start, options.timeline_bin_s);
    std::optional<double> nic_age_ns, kernel_age_ns;  // of the next packet
    for (const TraceRecord& arrival : receiver.records) {
        if (!latency::is_packet(arrival)) {
            const bool is_nic = (arrival.flags & latency::kTraceNicAge) != 0;
            (is_nic ? nic_age_ns : kernel_age_ns) = static_cast<double>(arrival.first);
            continue;
        }
        const std::optional<double> since_nic_ns = std::exchange(nic_age_ns, std::nullopt);
        const std::optional<double> since_kernel_ns = std::exchange(kernel_age_ns, std::nullopt);
        if ((arrival.flags & latency::kTraceRecovered) != 0) {
            ++joined.recovered;
            continue;
        }
        const TraceRecord* sent = book_arrival(feeds, joined.ledgers, arrival);
        if (sent == nullptr) continue;
        if ((arrival.flags & latency::kTraceHeld) != 0) ++joined.held;
        const latency::Ticks first = feeds[arrival.feed].first_intended;
        const bool is_warmup = difference_ns(first, sent->first, rate) < options.warmup_s * 1e9;
        if (options.keep_packets) {
            joined.packets.push_back(times_of(*sent, arrival, joined.start, rate));
            joined.packets.back().is_warmup = is_warmup;
        }
        if (is_warmup) continue;
        // [lab: latency]
        const double latency_ns = difference_ns(sent->first, arrival.second, rate);
        // [end lab: latency]
        joined.latency.add(latency_ns);
        if (options.disturbances != nullptr && !options.disturbances->near(sent->first))
            joined.undisturbed.add(latency_ns);
        joined.sender_lag.add(difference_ns(sent->first, sent->second, rate));
        const double path_ns = difference_ns(sent->second, arrival.first, rate);
        joined.path.add(path_ns);
        if (since_nic_ns) {
            joined.wire.add(path_ns - *since_nic_ns);
            joined.from_nic.add(*since_nic_ns);
        }
        if (since_kernel_ns) {
            joined.arrival.add(path_ns - *since_kernel_ns);
            joined.delivery.add(*since_kernel_ns);
        }
        joined.book.add(difference_ns(arrival.first, arrival.second, rate));
        if (latency_ns >= 0) timeline.add(sent->first, latency_ns, rate);
    }
    close_ledgers(feeds, joined);
    joined.timeline = timeline.take();
    return joined;
}

}  // namespace rxlab::bench
