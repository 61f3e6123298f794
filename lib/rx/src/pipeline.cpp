// SPDX-License-Identifier: MIT
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/wire/itch.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <limits>
#include <utility>

namespace rxlab::rx {

Pipeline::Pipeline(const Options& options, latency::Clock clock, latency::TraceWriter* trace,
                   std::unique_ptr<Policy> policy)
    : clock_{clock},
      trace_{trace},
      has_extras_{options.stamped || !options.line_b.empty() || options.respond ? 1U : 0U},
      messages_max_{options.messages_max == 0 ? std::numeric_limits<std::uint64_t>::max()
                                              : options.messages_max},
      exit_at_end_of_session_{options.exit_at_end_of_session},
      policy_{std::move(policy)},
      silence_ns_{static_cast<std::uint64_t>(options.silence_s * 1e9)},
      first_{options.first_sequence} {
    feeds_.reserve(options.groups.size());
    for (std::size_t i = 0; i < options.groups.size(); ++i) {
        feeds_.emplace_back(book::BookLimits{.orders = options.orders, .levels = options.levels},
                            std::array{!options.sources.empty(), !options.line_b_sources.empty()});
    }
    for (const Line& line : lines_of(options))
        feeds_[line.id.feed].sequencer.set_source(line.id.line, line.source);
    if (options.stamped) stamped_.emplace();
    if (options.respond) responder_.emplace(options);
    if (policy_) policy_->attach(*this);
}

void Pipeline::begin(double ticks_per_ns, std::span<const unsigned> receiver_cpus) {
    ns_per_tick_ = 1.0 / ticks_per_ns;
    begin_ = clock_.now();
    if (policy_) policy_->begin(receiver_cpus);
}

// Stamps are taken before begin() only where time stands still.
std::uint64_t Pipeline::to_ns(latency::Ticks ticks) const noexcept {
    if (ticks <= begin_) return 0;
    return static_cast<std::uint64_t>(static_cast<double>(ticks - begin_) * ns_per_tick_);
}

[[gnu::always_inline]] inline latency::Ticks Pipeline::stamp() noexcept {
    const latency::Ticks t_book = clock_.now();
    if (trace_ != nullptr) trace_->commit(t_book);
    messages_ += unstamped_;
    unstamped_ = 0;
    return t_book;
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
    Feed& feed = feeds_[packet.id.feed];
    if (packet.payload.size() < sizeof(wire::mold::Header)) [[unlikely]] {
        ++feed.malformed_packets;
        return;
    }
    const auto& header = wire::overlay<wire::mold::Header>(packet.payload);
    const Place place = feed.sequencer.classify(header, packet.source, packet.id.line);
    if (place != Place::next) [[unlikely]]
        return take_other(feed, packet, t_rx, place);
    const Data data{header.sequence, header.message_count, 0, 0};
    feed.sequencer.advance(header);
    feed.heard[packet.id.line] = t_rx;
    if (!apply<true>(feed, packet, data, t_rx)) [[unlikely]]
        repair(feed, packet, t_rx);
}
// [end: pipeline]

// One test catches everything that is rare and leaves the short way there, so that nothing has to
// be kept in memory for it.
template <bool kShortWay>
inline bool Pipeline::apply(Feed& feed, const PacketView& packet, Data data,
                            latency::Ticks t_rx) noexcept {
    const std::byte* const messages = packet.payload.data() + sizeof(wire::mold::Header);
    const wire::mold::Status status =
        apply_messages(feed.book, {messages, packet.payload.size() - sizeof(wire::mold::Header)},
                       static_cast<std::uint16_t>(data.count), data.skip);
    feed.bytes += packet.payload.size();
    unstamped_ += data.count;
    if ((has_extras_ | std::bit_cast<std::uint64_t>(packet.ages) |
         static_cast<std::uint64_t>(status)) != 0) [[unlikely]]
        return finish_apart(feed, packet, {data.sequence, data.count, data.skip, data.flags}, t_rx,
                            status, kShortWay);
    stage(packet, data, t_rx);
    return true;
}

inline void Pipeline::stage(const PacketView& packet, Data data, latency::Ticks t_rx) noexcept {
    if (trace_ != nullptr)
        trace_->stage({data.sequence, t_rx, 0, packet.id.feed, data.flags, data.count});
}

// The messages that a packet promised and did not bring are missing, as those of a lost one.
[[gnu::cold]] void Pipeline::repair(Feed& feed, const PacketView& view,
                                    latency::Ticks t_rx) noexcept {
    const Packet packet{view.payload, {.id = view.id, .now_ns = to_ns(t_rx)}};
    if (packet.end == packet.promised) return count_defects(feed, packet);
    unstamped_ -= static_cast<std::uint32_t>(packet.promised - packet.end);
    feed.sequencer.cut_short(packet.end);
    count_defects(feed, packet);
    if (feed.policy) feed.policy->cut_short(packet.arrival.now_ns);
}

// Messages that are not there are the feed's only where it lacks them.
void Pipeline::count_defects(Feed& feed, const Packet& packet, bool is_own) noexcept {
    if (packet.status == wire::mold::Status::ok) return;
    ++feed.malformed_packets;
    if (packet.status == wire::mold::Status::trailing_bytes) {
        ++feed.left_over_packets;
        return;
    }
    ++feed.cut_short_packets;
    if (!is_own) return;
    const std::uint64_t first = std::max(packet.end, feed.sequencer.next());
    feed.cut_short_messages += packet.promised - std::min(packet.promised, first);
}

[[gnu::cold]] void Pipeline::take_other(Feed& feed, const PacketView& view, latency::Ticks t_rx,
                                        Place place) noexcept {
    if (begin_ == 0) begin_ = t_rx;  // a capture's time begins with its first packet
    const std::uint64_t now_ns = to_ns(t_rx);
    const Packet packet{view.payload,
                        {.id = view.id, .source = view.source, .now_ns = now_ns, .stamp = t_rx}};
    if (place == Place::foreign) {
        count_defects(feed, packet, false);
        if (feed.newcomers.take(packet, own_of(feed, view.id))) go_over(feed, now_ns);
        return;
    }
    if (!feed.sequencer.started()) {
        if (!packet.is_data() && packet.begin == 0) return;  // says nothing
        open(feed, packet.header().session, packet.begin, now_ns);
    }
    count_defects(feed, packet);
    take_own(feed, packet);
}

Newcomers::Own Pipeline::own_of(const Feed& feed, LineId id) const noexcept {
    const std::uint64_t line_next =
        feed.policy ? feed.policy->line_next(id.line) : feed.sequencer.next();
    return {feed.sequencer, std::max(spoke_ns(feed, 0), spoke_ns(feed, 1)),
            to_ns(feed.heard[id.line]), spoke_ns(feed, id.line), line_next};
}

void Pipeline::open(Feed& feed, wire::mold::Session session, std::uint64_t sequence,
                    std::uint64_t now_ns) noexcept {
    join(feed, session, std::min(sequence, first_.value_or(sequence)));
    feed.lacks = feed.sequencer.joined() > first_.value_or(1);
    if (feed.policy) feed.policy->opened(now_ns);
}

// Of the feed's session, or the first.
void Pipeline::take_own(Feed& feed, const Packet& packet) noexcept {
    const std::uint8_t line = packet.arrival.id.line;
    feed.spoke[line] = std::max(feed.spoke[line], packet.arrival.stamp);
    if (feed.sequencer.source(line) == 0) feed.sequencer.set_source(line, packet.arrival.source);
    Newcomers& newcomers = feed.newcomers;
    const std::uint64_t next = feed.sequencer.next();
    if (!newcomers.began_again(line) && packet.is_data() && packet.begin < next &&
        packet.end > next)
        note_old(feed, packet);
    // The sequence has begun anew for all that can be seen, and this packet belongs to that.
    if (newcomers.began_again(line) && !newcomers.refute(packet, feed.sequencer)) {
        newcomers.hold(packet);
    } else if (packet.is_data()) {
        take_data(feed, packet);
    } else {
        take_control(feed, packet);
    }
    update(feed);
}

void Pipeline::take_data(Feed& feed, const Packet& packet) noexcept {
    Sequencer& sequencer = feed.sequencer;
    if (packet.promised > sequencer.next()) note_heard(feed, packet);
    sequencer.announce(packet.promised);
    if (feed.policy) return feed.policy->take(packet);
    if (packet.end <= sequencer.next()) return drop_old(packet);
    lose_before(feed, packet.begin);
    deliver(packet);
}

// Not of what is old, which says nothing of the feed: it may come from anywhere.
void Pipeline::note_heard(Feed& feed, const Packet& packet) noexcept {
    latency::Ticks& heard = feed.heard[packet.arrival.id.line];
    heard = std::max(heard, packet.arrival.stamp);
}

void Pipeline::note_old(Feed& feed, const Packet& packet) noexcept {
    feed.newcomers.note_old(packet, own_of(feed, packet.arrival.id));
}

// Both say which message is next. A number of 0 says nothing: some publishers end so.
void Pipeline::take_control(Feed& feed, const Packet& packet) noexcept {
    Sequencer& sequencer = feed.sequencer;
    const std::uint64_t number = packet.begin == 0 ? sequencer.highest() : packet.begin;
    if (packet.is_heartbeat()) sequencer.count_heartbeat();
    // What was heard beyond an end speaks against it.
    if (number < sequencer.next() || (packet.is_end() && number < sequencer.highest()))
        return note_old(feed, packet);
    note_heard(feed, packet);
    if (number >= sequencer.highest()) feed.newcomers.deny(packet.arrival.id.line);
    packet.is_end() ? sequencer.announce_end(number) : sequencer.announce(number);
    feed.policy ? feed.policy->take(packet) : lose_before(feed, number);
}

void Pipeline::update(Feed& feed) noexcept {
    feed.sequencer.set(Sequencer::in_doubt, feed.newcomers.began_again());
    // A snapshot may still come.
    const bool is_over = feed.sequencer.started() && feed.sequencer.ended() &&
                         !(feed.policy && feed.policy->is_behind());
    const bool ended = is_over || feed.newcomers.ended_again();
    if (ended == feed.has_ended) return;
    feed.has_ended = ended;
    ended ? ++ended_ : --ended_;
}

void Pipeline::deliver(const Packet& packet) noexcept {
    Feed& feed = feeds_[packet.arrival.id.feed];
    std::uint16_t flags = 0;
    if (std::exchange(feed.gap_before, false)) flags = latency::kTraceGapBefore;
    apply_alone(feed, packet, feed.sequencer.take(packet.begin, packet.end), flags);
    feed.newcomers.deny();
}

void Pipeline::drop_old(const Packet& packet) noexcept {
    Feed& feed = feeds_[packet.arrival.id.feed];
    const bool is_late = feed.sequencer.take_old(packet.begin, packet.end);
    // What was before the feed was joined is no gap's.
    const bool is_empty = packet.begin == packet.end;  // nothing of it could be read
    if (!is_late || is_empty || packet.end <= feed.sequencer.joined()) note_old(feed, packet);
    std::uint16_t flags = is_late ? latency::kTraceLate : latency::kTraceDuplicate;
    if (is_empty) flags = 0;
    apply_alone(feed, packet, static_cast<std::uint16_t>(packet.end - packet.begin), flags);
}

void Pipeline::apply_alone(Feed& feed, const Packet& packet, std::uint16_t skip,
                           std::uint16_t flags) noexcept {
    const auto count = static_cast<std::uint16_t>(packet.end - packet.begin);
    if (packet.arrival.is_answer) flags |= latency::kTraceRecovered;
    if (packet.arrival.held) flags |= latency::kTraceHeld;
    if (packet.status != wire::mold::Status::ok) flags |= latency::kTraceMalformed;
    const PacketView view{packet.payload, packet.arrival.id, packet.arrival.source};
    const Data data{packet.begin, count, skip, flags};
    static_cast<void>(apply<false>(feed, view, data, packet.arrival.stamp));
}

void Pipeline::lose_before(Feed& feed, std::uint64_t sequence) noexcept {
    if (feed.sequencer.skip_to(sequence) != 0) feed.lacks = feed.gap_before = true;
}

void Pipeline::join(Feed& feed, wire::mold::Session session, std::uint64_t sequence) noexcept {
    feed.sequencer.join(session, sequence);
    feed.gap_before = false;
}

void Pipeline::begin_anew(Feed& feed, wire::mold::Session session, std::uint64_t sequence,
                          std::uint64_t now_ns) noexcept {
    const wire::mold::Session before = feed.sequencer.session();
    if (feed.policy) feed.policy->close(now_ns);
    lose_before(feed, feed.sequencer.highest());
    if (before != session) feed.newcomers.leave(before, feed.sequencer.highest());
    ++feed.emptied;
    feed.emptied_orders += feed.book.orders();
    feed.book.clear();
    feed.sequencer.forget_announced();
    open(feed, session, sequence, now_ns);
}

void Pipeline::go_over(Feed& feed, std::uint64_t now_ns) noexcept {
    const Newcomers::Stream& candidate = feed.newcomers.candidate();
    Sequencer& sequencer = feed.sequencer;
    // Where it has another publisher, that of the other line is not known any more.
    const auto& sources = candidate.sources;
    const bool is_another =
        sequencer.is_foreign_source(sources[0], 0) || sequencer.is_foreign_source(sources[1], 1);
    for (std::uint8_t line = 0; line < kLines; ++line) {
        if (sequencer.is_foreign_source(sources[line], line)) ++feed.source_changes;
        if (sources[line] != 0 || is_another) sequencer.set_source(line, sources[line]);
    }
    if (candidate.why == Doubt::began_again) ++feed.restarts;
    if (candidate.why == Doubt::began_again || candidate.why == Doubt::another_session)
        begin_anew(feed, candidate.session, feed.newcomers.begin(), now_ns);
    release(feed, now_ns);
}

void Pipeline::release(Feed& feed, std::uint64_t now_ns) noexcept {
    const bool is_jump = feed.newcomers.candidate().why == Doubt::far_ahead;
    feed.newcomers.release([&](std::span<const std::byte> payload, Arrival arrival) {
        arrival.now_ns = now_ns;
        const Packet packet{payload, arrival};
        const Place place =
            feed.sequencer.classify(packet.header(), arrival.source, arrival.id.line);
        if (place != Place::foreign || is_jump) take_own(feed, packet);
    });
    update(feed);
}

void Pipeline::go_over(latency::Ticks now) noexcept {
    for (Feed& feed : feeds_)
        if (feed.newcomers.is_candidate_serious(feed.sequencer)) go_over(feed, to_ns(now));
    if (unstamped_ != 0) stamp();
}

bool Pipeline::do_what_is_due() noexcept {
    const bool worked = policy_->turn();
    if (unstamped_ != 0) stamp();
    return worked;
}

void Pipeline::look() noexcept {
    turns_until_look_ = look_every_;
    if (begin_ == 0) return;  // a capture without a packet yet
    const std::uint64_t now_ns = to_ns(clock_.now_unordered());
    for (Feed& feed : feeds_)
        look(feed, now_ns);
}

void Pipeline::look(Feed& feed, std::uint64_t now_ns) noexcept {
    const auto note = [&](Silence& silence, std::uint64_t heard_ns) {
        const std::uint64_t silent_ns = now_ns - std::min(now_ns, heard_ns);
        const bool is_silent = silent_ns >= silence_ns_ && !feed.has_ended;
        if (is_silent && !silence.lasts) ++silence.times;
        if (is_silent) silence.longest_ns = std::max(silence.longest_ns, silent_ns);
        silence.lasts = is_silent;
    };
    note(feed.silence, to_ns(std::max(feed.heard[0], feed.heard[1])));
    for (std::uint8_t line = 0; line < kLines; ++line)
        note(feed.line_silence[line], spoke_ns(feed, line));
}

void Pipeline::finish() noexcept {
    const std::uint64_t now_ns = to_ns(clock_.now());
    if (policy_) policy_->finish(now_ns);
    for (Feed& feed : feeds_) {
        look(feed, now_ns);
        // What was promised and did not come.
        if (!feed.policy) lose_before(feed, feed.sequencer.highest());
    }
    if (unstamped_ != 0) stamp();
}

Doubt Pipeline::doubt(std::size_t index) const noexcept {
    const Feed& feed = feeds_[index];
    const Doubt doubt = feed.newcomers.doubt(feed.sequencer);
    if (doubt != Doubt::none) return doubt;
    return feed.silence.lasts || !feed.sequencer.started() ? Doubt::silence : Doubt::none;
}

Freshness Pipeline::freshness(std::size_t index) const noexcept {
    const Feed& feed = feeds_[index];
    if (feed.lacks) return Freshness::stale;
    if (doubt(index) != Doubt::none) return Freshness::unconfirmed;
    const bool is_behind =
        feed.policy ? feed.policy->is_behind() : feed.sequencer.highest() > feed.sequencer.next();
    return is_behind ? Freshness::behind : Freshness::current;
}

std::string_view to_string(Freshness freshness) noexcept {
    constexpr std::array<std::string_view, 4> kNames{"current", "behind", "stale", "unconfirmed"};
    return kNames[static_cast<std::size_t>(freshness)];
}

bool Pipeline::is_current(const Feed& feed) const noexcept {
    const Sequencer& sequencer = feed.sequencer;
    return !feed.lacks && sequencer.highest() <= sequencer.next() &&
           !(feed.policy && feed.policy->is_behind()) &&
           feed.newcomers.doubt(sequencer) == Doubt::none;
}

// An order first: it is in a hurry.
bool Pipeline::finish_apart(const Feed& feed, const PacketView& packet, Data data,
                            latency::Ticks t_rx, wire::mold::Status status,
                            bool is_short_way) noexcept {
    const bool is_whole = status == wire::mold::Status::ok;
    if ((has_extras_ | std::bit_cast<std::uint64_t>(packet.ages)) != 0) {
        if (responder_ && is_whole && data.flags == 0 && data.skip == 0)
            responder_->decide(feed, packet, is_current(feed));
        record_extras(packet, t_rx, data.flags, is_short_way);
    }
    if (!is_whole) data.flags |= latency::kTraceMalformed;
    stage(packet, data, t_rx);
    return is_whole;
}

void Pipeline::record_extras(const PacketView& packet, latency::Ticks t_rx, std::uint16_t flags,
                             bool is_short_way) noexcept {
    const bool is_recovered = (flags & latency::kTraceRecovered) != 0;
    FeedPolicy* const policy = feeds_[packet.id.feed].policy;
    if (is_short_way && policy != nullptr) policy->note_next(packet, to_ns(t_rx));
    if (stamped_ && !is_recovered) record_stamp(packet.payload);
    if (trace_ == nullptr) return;
    record_age(packet, packet.ages.nic_ns, t_rx, latency::kTraceNicAge);
    record_age(packet, packet.ages.kernel_ns, t_rx, latency::kTraceKernelAge);
}

void Pipeline::record_age(const PacketView& packet, std::uint32_t age_ns, latency::Ticks t_rx,
                          latency::TraceFlag flag) noexcept {
    if (age_ns == 0) return;
    const auto& header = wire::overlay<wire::mold::Header>(packet.payload);
    if (trace_->has_staged()) trace_->commit(clock_.now());  // this record is complete at once
    trace_->append({header.sequence, age_ns, t_rx, packet.id.feed, flag, 0});
}

// ITCH's timestamps are nanoseconds since midnight.
void Pipeline::record_stamp(std::span<const std::byte> datagram) noexcept {
    using Nanoseconds = std::chrono::nanoseconds;
    constexpr Nanoseconds kDay = std::chrono::days{1};
    const Nanoseconds now = std::chrono::system_clock::now().time_since_epoch() % kDay;
    constexpr std::size_t kFirstMessage = sizeof(wire::mold::Header) + 2;
    if (datagram.size() < kFirstMessage + sizeof(wire::itch::MessageHeader)) return;
    const auto& header = wire::overlay<wire::itch::MessageHeader>(datagram.subspan(kFirstMessage));
    Nanoseconds latency = now - Nanoseconds{static_cast<std::int64_t>(header.timestamp)};
    if (latency < -kDay / 2) latency += kDay;  // sent before midnight, received after
    if (latency < Nanoseconds{0}) {
        ++stamped_->negative;
    } else {
        stamped_->histogram.record(static_cast<std::uint64_t>(latency.count()));
    }
}

}  // namespace rxlab::rx
