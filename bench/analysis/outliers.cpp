// SPDX-License-Identifier: MIT
#include "bench/analysis/outliers.hpp"

#include <rxlab/latency/histogram.hpp>

#include <algorithm>

namespace rxlab::bench {
namespace {

// A cause must explain this share of the time that a packet took beyond the median.
constexpr double kShare = 0.5;
// What a turn of the loop may spend on a packet besides decoding it.
constexpr double kTurn_ns = 1'000;

struct StallNs {
    double from_ns, to_ns;
    double lost_ns;  // without the turn's own work
    bool is_switch;
};

std::vector<StallNs> in_ns(std::span<const latency::Stall> stalls, const Joined& joined,
                           double book_ns) {
    std::vector<StallNs> result;
    for (const latency::Stall& stall : stalls) {
        const auto at_ns = [&](latency::Ticks at) {
            return static_cast<double>(static_cast<std::int64_t>(at - joined.start)) /
                   joined.ticks_per_ns;
        };
        const double from_ns = at_ns(stall.from), to_ns = at_ns(stall.to);
        const double work_ns = static_cast<double>(stall.packets) * (book_ns + kTurn_ns);
        result.push_back(
            {from_ns, to_ns, std::max(to_ns - from_ns - work_ns, 0.0), stall.switches != 0});
    }
    return result;
}

// How much of a window stalls took, and whether the longest of them was a context switch.
struct Lost {
    double ns = 0;
    double longest_ns = 0;
    bool is_switch = false;

    void add(std::span<const StallNs> stalls, double from_ns, double to_ns) {
        // Stalls of one loop do not overlap, so they are sorted by both ends.
        auto stall = std::lower_bound(
            stalls.begin(), stalls.end(), from_ns,
            [](const StallNs& candidate, double wanted) { return candidate.to_ns < wanted; });
        for (; stall != stalls.end() && stall->from_ns < to_ns; ++stall) {
            const double overlap_ns =
                std::min(stall->to_ns, to_ns) - std::max(stall->from_ns, from_ns);
            const double lost_ns = std::min(overlap_ns, stall->lost_ns);
            ns += lost_ns;
            if (lost_ns <= longest_ns) continue;
            longest_ns = lost_ns;
            is_switch = stall->is_switch;
        }
    }
};

double median_of(const std::vector<double>& values) {
    return values.empty() ? 0 : latency::median(values);
}

class Attribution {
  public:
    Attribution(const Joined& joined, const StallsOfRun& stalls, const OutlierOptions& options)
        : packets_{joined.packets}, options_{options} {
        std::vector<double> latencies, books;
        for (const PacketTimes& packet : packets_) {
            if (!packet.is_warmup) latencies.push_back(packet.latency_ns());
            books.push_back(packet.booked_ns - packet.received_ns);
        }
        median_ns_ = median_of(latencies);
        const double book_ns = median_of(books);
        sender_stalls_ = in_ns(stalls.sender, joined, book_ns);
        receiver_stalls_ = in_ns(stalls.receiver, joined, book_ns);
        find_queues();
    }

    [[nodiscard]] Outlier explain(std::size_t index) const {
        const PacketTimes& packet = packets_[index];
        Outlier outlier;
        outlier.t_s = packet.intended_ns / 1e9;
        outlier.feed = packet.feed;
        outlier.sequence = packet.sequence;
        outlier.latency_ns = packet.latency_ns();
        const double excess_ns = std::max(packet.latency_ns() - median_ns_, 0.0);
        const auto is_enough = [&](double ns) { return ns >= kShare * excess_ns; };
        const auto is = [&](Cause cause, double ns) {
            outlier.cause = cause;
            outlier.explained_ns = std::min(ns, excess_ns);
        };
        const PacketTimes& first = packets_[queue_[index]];
        const double late_ns = packet.sent_ns - packet.intended_ns;
        const Lost lost = lost_between(first, packet);
        const double asleep_ns = options_.sleeps ? first.received_ns - first.sent_ns : 0;
        const double waited_ns =
            queue_[index] == index ? 0 : packets_[index - 1].booked_ns - packet.sent_ns;
        if (is_enough(late_ns)) {
            is(Cause::sender_late, late_ns);
        } else if (is_enough(lost.ns)) {
            is(lost.is_switch ? Cause::context_switch : Cause::core_stolen, lost.ns);
        } else if (is_enough(asleep_ns)) {
            is(Cause::context_switch, asleep_ns);
        } else if (is_enough(waited_ns)) {
            is(Cause::queued, waited_ns);
        } else {
            is(Cause::unexplained, 0);
        }
        return outlier;
    }

  private:
    // Finds the first packet of each packet's queue. A packet that was sent before the previous one
    // was done has waited for that one, and for whatever delayed it.
    void find_queues() {
        queue_.resize(packets_.size());
        for (std::size_t i = 0; i < packets_.size(); ++i) {
            const bool has_waited = i > 0 && packets_[i].sent_ns < packets_[i - 1].booked_ns;
            queue_[i] = has_waited ? queue_[i - 1] : i;
        }
    }

    // On veth, the sender's core also carries a packet to the receiver's queue, within the send
    // call.
    [[nodiscard]] Lost lost_between(const PacketTimes& first, const PacketTimes& packet) const {
        const double from_ns = std::min(first.sent_ns, packet.sent_ns);
        Lost lost;
        lost.add(receiver_stalls_, from_ns, packet.booked_ns);
        lost.add(sender_stalls_, from_ns, packet.received_ns);
        return lost;
    }

    const std::vector<PacketTimes>& packets_;
    OutlierOptions options_;
    double median_ns_ = 0;
    std::vector<StallNs> sender_stalls_, receiver_stalls_;
    std::vector<std::size_t> queue_;
};

bool is_slower(const Outlier& a, const Outlier& b) {
    return a.latency_ns > b.latency_ns;
}

}  // namespace

std::vector<Outlier> attribute(const Joined& joined, const StallsOfRun& stalls,
                               const OutlierOptions& options) {
    std::vector<std::size_t> slowest;
    for (std::size_t i = 0; i < joined.packets.size(); ++i) {
        if (!joined.packets[i].is_warmup) slowest.push_back(i);
    }
    const std::size_t count = std::min(options.count, slowest.size());
    std::partial_sort(slowest.begin(), slowest.begin() + static_cast<std::ptrdiff_t>(count),
                      slowest.end(), [&](std::size_t a, std::size_t b) {
                          return joined.packets[a].latency_ns() > joined.packets[b].latency_ns();
                      });
    slowest.resize(count);
    const Attribution attribution(joined, stalls, options);
    std::vector<Outlier> outliers;
    for (std::size_t index : slowest)
        outliers.push_back(attribution.explain(index));
    return outliers;
}

Outliers outliers_of(std::vector<Outlier> all) {
    std::stable_sort(all.begin(), all.end(), is_slower);
    if (all.size() > kOutliers) all.resize(kOutliers);
    Outliers result;
    for (const Outlier& outlier : all) {
        CauseCounts& count = result.by_cause;
        switch (outlier.cause) {
            case Cause::sender_late:
                ++count.sender_late;
                break;
            case Cause::core_stolen:
                ++count.core_stolen;
                break;
            case Cause::context_switch:
                ++count.context_switch;
                break;
            case Cause::queued:
                ++count.queued;
                break;
            case Cause::unexplained:
                ++count.unexplained;
                break;
        }
    }
    if (!all.empty()) {
        const double of = static_cast<double>(all.size());
        result.attributed_percent =
            100 * (of - static_cast<double>(result.by_cause.unexplained)) / of;
    }
    result.packets = std::move(all);
    return result;
}

StallSummary summarise_stalls(std::span<const latency::Stall> stalls, double ticks_per_ns) {
    StallSummary summary;
    double switched_ns = 0, long_ns = 0;
    for (const latency::Stall& stall : stalls) {
        const double ns = static_cast<double>(stall.to - stall.from) / ticks_per_ns;
        const bool is_switch = stall.switches != 0, is_long = ns > kLongStall_ns;
        if (stall.packets != 0 && !is_switch && !is_long) continue;
        ++summary.count;
        if (is_switch) {
            ++summary.with_switch;
            switched_ns += ns;
        } else if (is_long) {
            long_ns += ns;
        }
        summary.total_ns += ns;
        summary.longest_ns = std::max(summary.longest_ns, ns);
    }
    summary.switched_ns = switched_ns;
    summary.long_ns = long_ns;
    return summary;
}

}  // namespace rxlab::bench
