// SPDX-License-Identifier: MIT
#include <rxlab/rx/packet_messages.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/wire/itch.hpp>

#include <time.h>

#include <limits>
#include <utility>

namespace rxlab::rx {
namespace {

constexpr std::int64_t kDayNs = 86'400'000'000'000;

// Nanoseconds since midnight UTC, the scale of an ITCH timestamp.
std::uint64_t day_time_ns() noexcept {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return static_cast<std::uint64_t>(time.tv_sec % 86'400) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

Pipeline::Pipeline(const Options& options, latency::Clock clock, latency::TraceWriter* trace)
    : clock_{clock},
      trace_{trace},
      has_extras_{options.stamped ? 1U : 0U},
      messages_max_{options.messages_max == 0 ? std::numeric_limits<std::uint64_t>::max()
                                              : options.messages_max},
      exit_at_end_of_session_{options.exit_at_end_of_session} {
    feeds_.reserve(options.groups.size());
    for (std::size_t i = 0; i < options.groups.size(); ++i) {
        feeds_.emplace_back(book::BookLimits{.orders = options.orders, .levels = options.levels});
        if (!options.ordered()) feeds_.back().strays.emplace();
    }
    if (options.stamped) stamped_.emplace();
}

std::uint16_t Pipeline::trace_flags(feed::PacketKind kind) noexcept {
    switch (kind) {
        case feed::PacketKind::gap:
            return latency::kTraceGapBefore;
        case feed::PacketKind::duplicate:
            return latency::kTraceDuplicate;
        case feed::PacketKind::late:
            return latency::kTraceLate;
        default:
            return 0;
    }
}

// [snippet: pipeline]
latency::Ticks Pipeline::process(std::span<const PacketView> batch, latency::Ticks t_rx) noexcept {
    latency::Ticks t_book = t_rx;
    for (const PacketView& packet : batch) {
        take(packet, t_rx);
        if (unstamped_ >= kMessagesPerStamp) t_book = stamp();
    }
    return unstamped_ == 0 ? t_book : stamp();
}

inline void Pipeline::take(const PacketView& packet, latency::Ticks t_rx) noexcept {
    FeedState& feed = feeds_[packet.id.feed];
    if (packet.payload.size() >= sizeof(wire::mold::Header)) [[likely]] {
        const auto& header = wire::overlay<wire::mold::Header>(packet.payload);
        const Data data{packet.payload.subspan(sizeof header), header.sequence,
                        header.message_count, 0, 0};
        if (feed.channel.accept_in_order(header)) [[likely]] {
            apply(feed, packet, data, t_rx);
            return;
        }
    }
    take_other(feed, packet, t_rx);
}
// [end: pipeline]

inline void Pipeline::apply(FeedState& feed, const PacketView& packet, const Data& data,
                            latency::Ticks t_rx) noexcept {
    std::uint16_t flags = data.flags;
    const wire::mold::Status status =
        apply_messages(feed.book, data.messages, data.count, data.skip);
    feed.bytes += packet.payload.size();
    unstamped_ += data.count;
    if (status != wire::mold::Status::ok) [[unlikely]] {
        ++feed.malformed_packets;
        flags = static_cast<std::uint16_t>(flags | latency::kTraceMalformed);
    }
    if ((has_extras_ | packet.kernel_age_ns) != 0) [[unlikely]]
        record_extras(packet, t_rx, data.flags);
    if (trace_ != nullptr) {
        trace_->stage({data.sequence, t_rx, 0, packet.id.feed, flags, data.count});
    }
}

latency::Ticks Pipeline::stamp() noexcept {
    const latency::Ticks t_book = clock_.now();
    if (trace_ != nullptr) trace_->commit(t_book);
    messages_ += unstamped_;
    unstamped_ = 0;
    return t_book;
}

[[gnu::cold]] void Pipeline::take_other(FeedState& feed, const PacketView& packet,
                                        latency::Ticks t_rx, std::uint16_t marks) noexcept {
    if (packet.payload.size() < sizeof(wire::mold::Header)) {
        ++feed.malformed_packets;
        return;
    }
    if (!feed.strays || !feed.channel.started()) return take_current(feed, packet, t_rx, marks);
    const auto& header = wire::overlay<wire::mold::Header>(packet.payload);
    const feed::StrayPackets::Place place{feed.channel.session(), feed.channel.next_sequence(),
                                          feed.channel.ended()};
    if (feed::StrayPackets::is_stray(header, place)) return take_stray(feed, packet, t_rx, place);
    if (header.message_count == wire::mold::kHeartbeat) feed.strays->deny();
    take_current(feed, packet, t_rx, marks);
}

void Pipeline::take_stray(FeedState& feed, const PacketView& packet, latency::Ticks t_rx,
                          const feed::StrayPackets::Place& place) noexcept {
    if (!wire::mold::is_complete(packet.payload)) {
        ++feed.malformed_packets;
        return;
    }
    const auto now_ns = static_cast<std::uint64_t>(static_cast<double>(t_rx) * ns_per_tick_);
    const auto verdict = feed.strays->take(
        packet.payload, {.origin = feed::Origin::line, .now_ns = now_ns, .stamp = t_rx}, place);
    feed.stray_packets = feed.strays->counters().packets();
    if (verdict != feed::StrayPackets::Verdict::believed) return;
    const auto& header = wire::overlay<wire::mold::Header>(packet.payload);
    if (header.session != place.session) {
        feed.strays->leave(place.session, place.highest);
        feed.empty_book();
        join(packet.id.feed, header.session, feed.strays->begin());
    }
    feed.strays->release([&](const feed::PacketHold::Packet& kept) {
        std::uint16_t marks = 0;
        if (kept.arrival.held) marks = latency::kTraceHeld;
        take_current(feed, {kept.payload, packet.id}, kept.arrival.stamp, marks);
    });
    if (packet.payload.size() > feed::PacketHold::kPayloadBytesMax)
        take_current(feed, packet, t_rx, 0);
}

void Pipeline::take_current(FeedState& feed, const PacketView& packet, latency::Ticks t_rx,
                            std::uint16_t marks) noexcept {
    const auto& header = wire::overlay<wire::mold::Header>(packet.payload);
    const bool ended_before = feed.channel.ended();
    const feed::Verdict verdict = feed.channel.accept(header);
    const std::uint16_t count = header.message_count;
    if (count == wire::mold::kHeartbeat) return;
    if (count == wire::mold::kEndOfSession) {
        if (!ended_before) ++ended_;
        return;
    }
    const bool applies =
        verdict.kind == feed::PacketKind::in_order || verdict.kind == feed::PacketKind::gap;
    const auto flags = static_cast<std::uint16_t>(trace_flags(verdict.kind) | marks);
    const Data data{packet.payload.subspan(sizeof header), header.sequence, count,
                    applies ? verdict.skip : count, flags};
    apply(feed, packet, data, t_rx);
}

void Pipeline::process_marked(const PacketView& packet, latency::Ticks t_rx,
                              std::uint16_t marks) noexcept {
    take_other(feeds_[packet.id.feed], packet, t_rx, marks);
    if (unstamped_ != 0) stamp();
}

void Pipeline::record_extras(const PacketView& packet, latency::Ticks t_rx,
                             std::uint16_t flags) noexcept {
    if (stamped_ && (flags & latency::kTraceRecovered) == 0) record_stamp(packet.payload);
    if (packet.kernel_age_ns == 0 || trace_ == nullptr) return;
    const auto& header = wire::overlay<wire::mold::Header>(packet.payload);
    if (trace_->has_staged()) trace_->commit(clock_.now());  // this record is complete at once
    trace_->append(
        {header.sequence, packet.kernel_age_ns, t_rx, packet.id.feed, latency::kTraceKernelAge, 0});
}

void Pipeline::join(std::size_t index, const wire::mold::Session& session,
                    std::uint64_t sequence) noexcept {
    feed::Channel& channel = feeds_[index].channel;
    if (channel.ended()) --ended_;
    channel.join(session, sequence);
}

void Pipeline::record_stamp(std::span<const std::byte> datagram) noexcept {
    const std::uint64_t now_ns = day_time_ns();
    constexpr std::size_t kFirstMessage = sizeof(wire::mold::Header) + 2;
    if (datagram.size() < kFirstMessage + sizeof(wire::itch::MessageHeader)) return;
    const auto& header = wire::overlay<wire::itch::MessageHeader>(datagram.subspan(kFirstMessage));
    auto latency_ns = static_cast<std::int64_t>(now_ns - header.timestamp);
    if (latency_ns < -kDayNs / 2) latency_ns += kDayNs;  // sent before midnight, received after
    if (latency_ns < 0) {
        ++stamped_->negative;
    } else {
        stamped_->histogram.record(static_cast<std::uint64_t>(latency_ns));
    }
}

}  // namespace rxlab::rx
