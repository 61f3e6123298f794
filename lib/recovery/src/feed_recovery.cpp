// SPDX-License-Identifier: MIT
#include "feed_recovery.hpp"

#include <algorithm>
#include <utility>

namespace rxlab::recovery {

using rx::Packet;
using wire::mold::Header;
using wire::mold::Session;

FeedRecovery::FeedRecovery(const rx::Options& options, rx::Pipeline& pipeline, std::size_t feed,
                           std::uint64_t& earliest_ns,
                           const std::optional<RequestOptions>& requests)
    : pipeline_{pipeline},
      index_{feed},
      feed_{pipeline.feed(feed)},
      takes_snapshots_{!options.snapshot_servers.empty()},
      earliest_ns_{earliest_ns},
      hold_{options.hold_packets.value_or(rx::kHoldPacketsDefault)},
      // Feeds, and receivers on different lines, do not ask in step.
      missing_{
          requests.value_or(
              RequestOptions{.seed = std::uint64_t{options.groups[feed].address} << 16 | feed}),
          static_cast<std::uint64_t>(options.gap_wait_us.value_or(rx::kGapWaitDefault_us) * 1'000),
          !options.recover_servers.empty()} {
    if (!options.line_b.empty()) lines_.emplace();
    feed_.policy = this;
}

Ledger FeedRecovery::ledger() const noexcept {
    Ledger ledger = ledger_;
    ledger.expected += feed_.sequencer.highest() - joined_;
    ledger.delivered = feed_.sequencer.delivered() - ledger.recovered;
    return ledger;
}

void FeedRecovery::take(const Packet& packet) noexcept {
    const std::uint64_t now_ns = packet.arrival.now_ns;
    const bool news = packet.is_data() && take_data(packet);
    hear_of(feed_.sequencer.highest(), now_ns);
    if (lines_) lines_->accept(packet.arrival.id.line, packet.header(), news, now_ns);
    update(now_ns);
}

void FeedRecovery::cut_short(std::uint64_t now_ns) noexcept {
    hear_of(feed_.sequencer.highest(), now_ns);
    update(now_ns);
}

void FeedRecovery::note_next(const rx::PacketView& packet, std::uint64_t now_ns) noexcept {
    if (lines_) lines_->accept(packet.id.line, wire::overlay<Header>(packet.payload), true, now_ns);
}

void FeedRecovery::take_answer(std::span<const std::byte> payload, std::uint64_t now_ns,
                               std::uint64_t stamp) noexcept {
    ++counters_.answers;
    const Packet packet{payload,
                        {.is_answer = true,
                         .id = {static_cast<std::uint16_t>(index_), 0},
                         .now_ns = now_ns,
                         .stamp = stamp}};
    pipeline_.count_defects(feed_, packet, false);
    const rx::Sequencer& own = feed_.sequencer;
    if (!own.started() || packet.header().session != own.session() || !packet.is_data() ||
        packet.begin == packet.end || packet.begin >= own.highest()) {
        ++counters_.useless_answers;
        return;
    }
    if (!take_data(packet)) ++counters_.useless_answers;
    update(now_ns);
}

// What comes in the short way is known of here only now.
void FeedRecovery::hear_of(std::uint64_t sequence, std::uint64_t now_ns) noexcept {
    known_ = std::max(known_, next());
    if (sequence <= known_) return;
    if (!joining_) missing_.add(known_, sequence, now_ns);
    known_ = sequence;
}

bool FeedRecovery::take_data(const Packet& packet) noexcept {
    if (joining_) return take_while_joining(packet);
    known_ = std::max(known_, next());
    if (packet.end <= next()) {
        if (packet.arrival.is_answer) return count_useless(packet);
        pipeline_.drop_old(packet);
        return false;
    }
    if (packet.begin > next()) return take_early(packet);
    missing_.fill(packet.begin, packet.end, packet.arrival.is_answer, packet.arrival.now_ns);
    deliver(packet);
    drain();
    return true;
}

bool FeedRecovery::count_useless(const Packet& packet) noexcept {
    ledger_.duplicates += packet.end - packet.begin;
    return false;
}

bool FeedRecovery::take_early(const Packet& packet) noexcept {
    const std::uint64_t now_ns = packet.arrival.now_ns;
    std::uint64_t news =
        missing_.fill(packet.begin, std::min(packet.end, known_), packet.arrival.is_answer, now_ns);
    if (packet.end > known_) news += packet.end - std::max(packet.begin, known_);
    hear_of(packet.begin, now_ns);
    known_ = std::max(known_, packet.end);
    if (news == 0) return count_useless(packet);
    while (!hold_.has_room(packet.payload.size()) && packet.begin > next() && !joining_ &&
           !missing_.empty()) {
        ++counters_.hold_full;
        missing_.give_up_front();
        drain(packet.begin);  // this packet is not missing any more
    }
    if (joining_ || packet.begin <= next()) return take_data(packet);
    hold(packet);
    return true;
}

// Everything is kept, and nothing asked for: the snapshot decides what is of interest. Where there
// is no room the oldest goes, which leaves one gap at most.
bool FeedRecovery::take_while_joining(const Packet& packet) noexcept {
    known_ = std::max(known_, packet.end);
    if (packet.begin == packet.end) return false;
    start_ = std::min(start_, packet.begin);
    if (hold_.holds(packet.begin, packet.end)) return count_useless(packet);
    while (!hold_.has_room(packet.payload.size()) && !hold_.empty()) {
        ++counters_.hold_full;
        hold_.pop_front();
    }
    hold(packet);
    return true;
}

void FeedRecovery::hold(const Packet& packet) noexcept {
    rx::Arrival arrival = packet.arrival;
    arrival.held = true;
    if (!hold_.insert(packet.begin, packet.end, packet.payload, arrival)) {
        // Larger than all the room there is: as if it had not come.
        ++counters_.hold_full;
        find_missing(arrival.now_ns);
        return;
    }
    ++counters_.held_packets;
    counters_.held_max = std::max<std::uint64_t>(counters_.held_max, hold_.size());
}

// `packet` holds the next message, perhaps behind some that are not new.
void FeedRecovery::deliver(const Packet& packet) noexcept {
    if (packet.arrival.is_answer) ledger_.recovered += packet.end - next();
    pipeline_.deliver(packet);
}

// Delivers what is held as far as nothing is missing, or only what was given up.
void FeedRecovery::drain(std::uint64_t limit) noexcept {
    while (!joining_) {
        missing_.forget_before(next());
        if (!hold_.empty() && hold_.front().sequence <= next()) {
            if (hold_.front().end > next()) {
                deliver(Packet{hold_.front_payload(), hold_.front().arrival});
            } else {
                ledger_.duplicates += hold_.front().end - hold_.front().sequence;
            }
            hold_.pop_front();
        } else if (!pass_front_gap(limit)) {
            break;
        }
    }
}

bool FeedRecovery::pass_front_gap(std::uint64_t limit) noexcept {
    if (missing_.empty()) return false;
    const MissingRanges::Range& gap = missing_.front();
    if (gap.state != MissingRanges::Range::State::given_up) return false;
    // Where ranges had to be joined, packets inside this one may be held.
    std::uint64_t end = std::min(gap.end, limit);
    if (!hold_.empty()) end = std::min(end, hold_.front().sequence);
    if (end <= next()) return false;
    ledger_.lost += end - next();
    pipeline_.lose_before(feed_, end);
    if (takes_snapshots_) await_snapshot();
    return true;
}

void FeedRecovery::poll(std::uint64_t now_ns) noexcept {
    if (joining_) return;
    missing_.poll(now_ns);
    drain();
    update(now_ns);
}

std::optional<Request> FeedRecovery::next_request(std::uint64_t now_ns) noexcept {
    if (joining_) return std::nullopt;
    const auto request = missing_.next_request(now_ns);
    due_ns_ = missing_.due_ns();
    return request;
}

void FeedRecovery::opened(std::uint64_t now_ns) noexcept {
    known_ = joined_ = start_ = next();
    if (lines_) lines_->begin_anew();
    hold_.clear();
    missing_.clear();
    if (takes_snapshots_) {
        lacked_ = feed_.lacks;
        feed_.lacks = false;  // until it is known
        await_snapshot();
    }
    update(now_ns);
}

// Nothing more can come of the session: what is missing is lost.
void FeedRecovery::close(std::uint64_t now_ns) noexcept {
    snapshot_failed(now_ns);
    const bool takes = std::exchange(takes_snapshots_, false);  // not for this session any more
    hear_of(feed_.sequencer.highest(), now_ns);
    missing_.give_up_all();
    drain();
    takes_snapshots_ = takes;
    ledger_.expected += feed_.sequencer.highest() - joined_;
    joined_ = feed_.sequencer.highest();
    update(now_ns);
}

void FeedRecovery::await_snapshot() noexcept {
    joining_ = snapshot_wish_ = true;
    missing_.clear();
    start_ = next();
}

bool FeedRecovery::snapshot_fits(const Session& session, std::uint64_t sequence) noexcept {
    const rx::Sequencer& own = feed_.sequencer;
    if (!joining_ || session != own.session()) return false;
    if (sequence > own.highest() && sequence - own.highest() > rx::Sequencer::kJumpMessagesMax) {
        ++snapshot.too_new;  // no feed is there
        return false;
    }
    if (next() != joined_ && sequence < next()) {  // what was lost would not be in it
        ++snapshot.too_old;
        return false;
    }
    return true;
}

void FeedRecovery::join_snapshot(std::uint64_t sequence, std::uint64_t now_ns) noexcept {
    joining_ = snapshot_wish_ = false;
    // At the start it may be older than the first packet, and that older than the one before.
    const std::uint64_t from = next() == joined_ ? std::min(start_, next()) : next();
    if (next() == joined_) joined_ = from;
    if (sequence >= from) {
        ledger_.by_snapshot += sequence - from;
    } else {
        joined_ = sequence;
    }
    while (!hold_.empty() && hold_.front().end <= sequence)
        hold_.pop_front();
    pipeline_.join(feed_, feed_.sequencer.session(), sequence);
    feed_.sequencer.announce(sequence);
    feed_.lacks = lacked_ = false;
    find_missing(now_ns);
    drain();
    update(now_ns);
}

// Goes on with what is held, from its first message.
void FeedRecovery::snapshot_failed(std::uint64_t now_ns) noexcept {
    if (!joining_) return;
    joining_ = snapshot_wish_ = false;
    feed_.lacks |= lacked_;
    if (next() == joined_ && start_ < next()) {
        joined_ = start_;
        pipeline_.join(feed_, feed_.sequencer.session(), start_);
    }
    find_missing(now_ns);
    drain();
    update(now_ns);
}

// What is missing from the next message on, from what is held.
void FeedRecovery::find_missing(std::uint64_t now_ns) noexcept {
    missing_.clear();
    known_ = next();
    for (std::size_t i = 0; i < hold_.size(); ++i) {
        hear_of(hold_[i].sequence, now_ns);
        known_ = std::max(known_, hold_[i].end);
    }
    hear_of(feed_.sequencer.highest(), now_ns);
}

// Called after everything that may have changed whether the book is complete.
void FeedRecovery::update(std::uint64_t now_ns) noexcept {
    const bool was_quiet = std::exchange(quiet_, !joining_ && missing_.empty() && hold_.empty());
    feed_.sequencer.set(rx::Sequencer::waiting, !quiet_);
    pipeline_.update(feed_);
    due_ns_ = quiet_ || joining_ ? kNever : missing_.due_ns();
    earliest_ns_ = std::min(earliest_ns_, snapshot_wish_ ? 0 : due_ns_);
    if (!consistent_ns_ && quiet_ && !feed_.lacks) consistent_ns_ = now_ns;
    if (quiet_ == was_quiet) return;
    if (!quiet_) {
        episode_since_ns_ = now_ns;
        episode_declared_before_ = missing_.counters().gaps_declared;
        return;
    }
    const bool declared = missing_.counters().gaps_declared != episode_declared_before_;
    (declared ? gap_ns_ : reorder_ns_).record(now_ns - episode_since_ns_);
}

}  // namespace rxlab::recovery
