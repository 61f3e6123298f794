// SPDX-License-Identifier: MIT
//
// What is done about the messages that one feed is missing: its packets come out in order, each
// message once, however they arrive: out of order, twice, on two lines, with gaps that a re-request
// server fills, after a snapshot. It holds what is ahead, says what to ask for, and declares lost
// what does not come. Where the feed is knows the Sequencer; what comes out goes into the Pipeline.
// docs/gaps-and-recovery.md has the states.
// All memory is allocated by the constructor. Time is passed in. Threading: one thread.
#pragma once

#include "line_pair.hpp"
#include "missing_ranges.hpp"

#include <rxlab/latency/histogram.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet.hpp>
#include <rxlab/rx/packet_hold.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace rxlab::recovery {

// Messages. From the first expected one to the last that the feed heard of, each is in exactly one
// of the four, once finish() was called: expected == delivered + recovered + lost + by_snapshot.
struct Ledger {
    std::uint64_t expected = 0;
    std::uint64_t delivered = 0;    // from the lines
    std::uint64_t recovered = 0;    // from a re-request server
    std::uint64_t lost = 0;         // declared so; some may have come too late
    std::uint64_t by_snapshot = 0;  // a snapshot held their effect
    std::uint64_t duplicates = 0;   // of messages that were held, and useless answers

    [[nodiscard]] bool closes() const noexcept {
        return expected == delivered + recovered + lost + by_snapshot;
    }
    friend bool operator==(const Ledger&, const Ledger&) = default;
};

struct FeedCounters {
    std::uint64_t held_packets = 0;  // that had to wait
    std::uint64_t held_max = 0;      // at the same time
    std::uint64_t hold_full = 0;     // gaps given up, or packets dropped, because the hold was full
    std::uint64_t answers = 0;       // packets
    std::uint64_t useless_answers = 0;  // of those, without a message that was missing
};

// What is said about a feed's snapshots.
struct SnapshotReport {
    std::uint64_t taken = 0;
    std::uint64_t refused = 0;  // of another session, or
    std::uint64_t too_old = 0;  // older than a loss, or
    std::uint64_t too_new = 0;  // so far ahead of the feed that it cannot be
    std::uint64_t refused_in_a_row = 0;
    std::uint64_t given_up = 0;  // after several attempts
    std::uint64_t sequence = 0;  // of the last one: the first message that is not in it
    std::uint64_t messages = 0;  // in it
    std::uint64_t orders = 0;    // alive in it
    std::uint64_t load_ns = 0;
    std::uint64_t held_packets = 0;  // that had come meanwhile
    std::string failure;             // the last one, in words
};

// What the snapshot server is asked about a feed in doubt: who is right.
struct Question {
    bool is_open = false;
    std::uint64_t asked_ns = 0;
    std::uint64_t pause_ns = 0;  // until it is asked again
};

class FeedRecovery final : public rx::FeedPolicy {
  public:
    // It becomes the policy of the pipeline's feed; the pipeline must outlive it. `earliest_ns`
    // becomes due_ns(), or 0 where a snapshot is wanted, whenever that is earlier.
    FeedRecovery(const rx::Options& options, rx::Pipeline& pipeline, std::size_t feed,
                 std::uint64_t& earliest_ns, const std::optional<RequestOptions>& requests = {});

    void take(const rx::Packet& packet) noexcept override;
    void cut_short(std::uint64_t now_ns) noexcept override;
    void note_next(const rx::PacketView& packet, std::uint64_t now_ns) noexcept override;
    void close(std::uint64_t now_ns) noexcept override;
    void opened(std::uint64_t now_ns) noexcept override;
    [[nodiscard]] bool is_behind() const noexcept override { return !quiet_; }
    [[nodiscard]] std::uint64_t line_next(std::uint8_t line) const noexcept override {
        return lines_ ? lines_->next(line) : next();
    }
    void finish(std::uint64_t now_ns) noexcept {
        if (feed_.sequencer.started()) close(now_ns);
    }
    // What a re-request server has answered.
    void take_answer(std::span<const std::byte> payload, std::uint64_t now_ns,
                     std::uint64_t stamp) noexcept;

    // When poll() or next_request() has something to do; kNever where they have not.
    [[nodiscard]] std::uint64_t due_ns() const noexcept { return due_ns_; }
    void poll(std::uint64_t now_ns) noexcept;
    // Call it after poll(), until it returns nothing.
    [[nodiscard]] std::optional<Request> next_request(std::uint64_t now_ns) noexcept;

    // A snapshot is wanted: once for each, from the moment the session is known.
    void await_snapshot() noexcept;
    [[nodiscard]] bool take_snapshot_wish() noexcept {
        return std::exchange(snapshot_wish_, false);
    }
    // Whether a snapshot of `session`, whose first missing message is `sequence`, can be joined:
    // not older than a loss, not far ahead of the feed.
    [[nodiscard]] bool snapshot_fits(const wire::mold::Session& session,
                                     std::uint64_t sequence) noexcept;
    // The book was replaced by it.
    void join_snapshot(std::uint64_t sequence, std::uint64_t now_ns) noexcept;
    // There will be none: goes on with what is held, and is stale. Nothing where none is awaited.
    void snapshot_failed(std::uint64_t now_ns) noexcept;
    [[nodiscard]] bool awaits_snapshot() const noexcept { return joining_; }

    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    [[nodiscard]] rx::Feed& feed() const noexcept { return feed_; }
    [[nodiscard]] std::size_t held() const noexcept { return hold_.size(); }
    [[nodiscard]] Ledger ledger() const noexcept;
    [[nodiscard]] const FeedCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] const MissingCounters& missing_counters() const noexcept {
        return missing_.counters();
    }
    [[nodiscard]] const std::optional<LinePair>& lines() const noexcept { return lines_; }
    // How long the book was incomplete, in nanoseconds: where packets were only out of order (or
    // came in time on the other line), and where a gap had to be declared.
    [[nodiscard]] const latency::Histogram& reorder_ns() const noexcept { return reorder_ns_; }
    [[nodiscard]] const latency::Histogram& gap_ns() const noexcept { return gap_ns_; }
    // From the start until the book was complete for the first time.
    [[nodiscard]] const std::optional<std::uint64_t>& consistent_ns() const noexcept {
        return consistent_ns_;
    }

    SnapshotReport snapshot;
    Question question;

  private:
    using Packet = rx::Packet;

    [[nodiscard]] std::uint64_t next() const noexcept { return feed_.sequencer.next(); }
    // False where the packet brought nothing new.
    bool take_data(const Packet& packet) noexcept;
    bool take_early(const Packet& packet) noexcept;
    bool count_useless(const Packet& packet) noexcept;
    bool take_while_joining(const Packet& packet) noexcept;
    // What was not known of before `sequence` is missing.
    void hear_of(std::uint64_t sequence, std::uint64_t now_ns) noexcept;
    void hold(const Packet& packet) noexcept;
    void deliver(const Packet& packet) noexcept;
    // Nothing from `limit` on is declared lost.
    void drain(std::uint64_t limit = kNever) noexcept;
    bool pass_front_gap(std::uint64_t limit) noexcept;
    void find_missing(std::uint64_t now_ns) noexcept;
    void update(std::uint64_t now_ns) noexcept;

    rx::Pipeline& pipeline_;
    std::size_t index_;
    rx::Feed& feed_;
    bool takes_snapshots_;      // starts with one, and takes another after a loss
    std::uint64_t known_ = 0;   // every message before it came, is held, or is in missing_
    std::uint64_t joined_ = 0;  // the first expected message that is in no earlier ledger
    std::uint64_t start_ = 0;   // where the feed begins if there is no snapshot
    bool quiet_ = true;         // nothing is held, missing or awaited
    bool lacked_ = false;       // messages, before a snapshot was awaited
    bool joining_ = false;
    bool snapshot_wish_ = false;
    std::uint64_t due_ns_ = kNever;
    std::uint64_t& earliest_ns_;
    rx::PacketHold hold_;
    MissingRanges missing_;
    std::optional<LinePair> lines_;
    latency::Histogram reorder_ns_;
    latency::Histogram gap_ns_;
    std::optional<std::uint64_t> consistent_ns_;
    std::uint64_t episode_since_ns_ = 0;
    std::uint64_t episode_declared_before_ = 0;
    Ledger ledger_;
    FeedCounters counters_;
};

}  // namespace rxlab::recovery
