// SPDX-License-Identifier: MIT
//
// Random packet streams, judged by a Sequencer and by an oracle that remembers each message number.
#include "headers.hpp"

#include <rxlab/rx/sequencer.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <random>
#include <set>
#include <vector>

namespace rxlab::rx {
namespace {

using headers::accept;
using headers::Header;
using headers::Kind;
using headers::Verdict;

// Knows what was received in this session as a set of numbers, and forgets nothing.
class Oracle {
  public:
    Verdict accept(const Header& header) {
        const bool changed = !first_packet_ && !(header.session == session_);
        if (changed) ++counters_.session_changes;
        if (changed || first_packet_) {
            missed_before_ = counters_.missed_messages;
            received_.clear();
            session_ = header.session;
            first_ = next_ = header.sequence;
            ended_ = false;
        }
        first_packet_ = false;
        Verdict verdict = judge(header);
        verdict.session_changed = changed;
        counters_.missed_messages = missed_before_ + missed();
        return verdict;
    }
    [[nodiscard]] const SequenceCounters& counters() const { return counters_; }
    [[nodiscard]] std::uint64_t next() const { return next_; }
    [[nodiscard]] bool ended() const { return ended_; }

  private:
    Verdict judge(const Header& header) {
        if (header.message_count == wire::mold::kHeartbeat) {
            ++counters_.heartbeats;
            return {.kind = Kind::heartbeat, .missing = advance(header.sequence)};
        }
        if (header.message_count == wire::mold::kEndOfSession) {
            ++counters_.ends_of_session;
            ended_ = true;
            return {.kind = Kind::end_of_session, .missing = advance(header.sequence)};
        }
        return judge_data(header.sequence, header.message_count);
    }

    Verdict judge_data(std::uint64_t sequence, std::uint16_t count) {
        ++counters_.packets;
        counters_.messages += count;
        const std::uint64_t old_next = next_;
        const std::uint64_t missing = advance(sequence);
        std::vector<std::uint64_t> filled;
        std::uint64_t known = 0;
        std::uint64_t fresh = 0;
        for (std::uint64_t number = sequence; number < sequence + count; ++number) {
            if (!received_.insert(number).second) {
                ++known;
            } else if (number < old_next) {
                filled.push_back(number);
            } else {
                ++fresh;
            }
        }
        next_ = std::max(next_, sequence + count);
        counters_.duplicate_messages += known;
        counters_.late_messages += filled.size();
        if (fresh > 0) {
            counters_.overlap_packets += fresh < count;
            return {.kind = missing > 0 ? Kind::gap : Kind::in_order,
                    .skip = static_cast<std::uint16_t>(count - fresh),
                    .missing = missing};
        }
        if (filled.empty()) {
            ++counters_.duplicate_packets;
            return {.kind = Kind::duplicate, .skip = count};
        }
        ++counters_.late_packets;
        return {.kind = Kind::late};
    }

    std::uint64_t advance(std::uint64_t sequence) {
        if (sequence <= next_) return 0;
        const std::uint64_t missing = sequence - next_;
        ++counters_.gaps;
        next_ = sequence;
        return missing;
    }

    [[nodiscard]] std::uint64_t missed() const {
        const auto received = std::distance(received_.lower_bound(first_), received_.end());
        return next_ - first_ - static_cast<std::uint64_t>(received);
    }

    SequenceCounters counters_;
    std::set<std::uint64_t> received_;
    headers::Session session_;
    std::uint64_t first_ = 0;
    std::uint64_t next_ = 0;
    std::uint64_t missed_before_ = 0;  // in earlier sessions
    bool first_packet_ = true;
    bool ended_ = false;
};

// A stream as an unkind network delivers it: packets lost, repeated, delayed, cut differently.
class Stream {
  public:
    explicit Stream(std::uint64_t seed) : random_{seed}, next_{below(3) * below(1000)} {}

    Header packet() {
        if (!delayed_.empty() && below(4) == 0) {
            const Header header = delayed_[below(delayed_.size())];
            if (below(3) != 0) return header;  // may come again
            std::erase_if(delayed_,
                          [&](const Header& other) { return other.sequence == header.sequence; });
            return header;
        }
        switch (below(40)) {
            case 0:
                return headers::heartbeat(next_ - std::min<std::uint64_t>(next_, below(4)),
                                          session_);
            case 1:
                return headers::end_of_session(next_, session_);
            case 2:
                if (below(10) == 0) change_session();
                break;
            case 3:  // a packet that was cut at other message numbers
                return headers::data(next_ - std::min<std::uint64_t>(next_, below(12)),
                                     static_cast<std::uint16_t>(1 + below(8)), session_);
            default:
                break;
        }
        const Header header =
            headers::data(next_, static_cast<std::uint16_t>(1 + below(5)), session_);
        next_ += header.message_count;
        if (below(6) != 0) return header;
        if (below(2) == 0) delayed_.push_back(header);  // else lost
        if (delayed_.size() > 10) delayed_.pop_front();
        return packet();
    }

  private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    void change_session() {
        session_ = headers::Session{std::to_string(random_() % 1'000'000)};
        next_ = below(2) * below(1000);
        delayed_.clear();
    }

    std::mt19937_64 random_;
    headers::Session session_ = headers::kSession;
    std::uint64_t next_;
    std::deque<Header> delayed_;
};

TEST(SequencerOracle, AgreesOnEveryPacketOfRandomStreams) {
    SequenceCounters seen;
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
        Stream stream{seed};
        Sequencer sequencer;
        Oracle oracle;
        for (int i = 0; i < 150; ++i) {
            const Header header = stream.packet();
            const Verdict verdict = accept(sequencer, header);
            const Verdict expected = oracle.accept(header);
            if (sequencer.counters().gaps_forgotten > 0) break;  // the oracle forgets nothing
            ASSERT_EQ(verdict.kind, expected.kind) << "seed " << seed << " packet " << i;
            ASSERT_EQ(verdict.skip, expected.skip) << "seed " << seed << " packet " << i;
            ASSERT_EQ(verdict.missing, expected.missing) << "seed " << seed << " packet " << i;
            ASSERT_EQ(verdict.session_changed, expected.session_changed);
            ASSERT_EQ(sequencer.counters(), oracle.counters())
                << "seed " << seed << " packet " << i;
            ASSERT_EQ(sequencer.next(), oracle.next());
            ASSERT_EQ(sequencer.ended(), oracle.ended());
        }
        seen.late_packets += sequencer.counters().late_packets;
        seen.duplicate_packets += sequencer.counters().duplicate_packets;
        seen.overlap_packets += sequencer.counters().overlap_packets;
        seen.missed_messages += sequencer.counters().missed_messages;
        seen.session_changes += sequencer.counters().session_changes;
        seen.gaps_forgotten += sequencer.counters().gaps_forgotten;
    }
    // The streams reach what they are meant to reach.
    EXPECT_GT(seen.late_packets, 1000U);
    EXPECT_GT(seen.duplicate_packets, 1000U);
    EXPECT_GT(seen.overlap_packets, 1000U);
    EXPECT_GT(seen.missed_messages, 1000U);
    EXPECT_GT(seen.session_changes, 100U);
    EXPECT_EQ(seen.gaps_forgotten, 0U);
}

// Header with arbitrary bytes in any field, mostly near the ends of their ranges.
Header wild_header(std::mt19937_64& random) {
    const auto near = [&random](std::uint64_t place) { return place + random() % 40 - 20; };
    const std::uint64_t places[] = {0, 20, 1000, std::numeric_limits<std::uint64_t>::max(),
                                    random()};
    const std::uint64_t counts[] = {0, 1, 10, 0xfffe, 0xffff, random()};
    return headers::data(near(places[random() % 5]),
                         static_cast<std::uint16_t>(counts[random() % 6]),
                         random() % 50 == 0 ? headers::Session{"OTHER"} : headers::kSession);
}

TEST(SequencerOracle, SeesEveryWildPacketCountedOnce) {
    std::mt19937_64 random{1};
    for (int run = 0; run < 300; ++run) {
        Sequencer sequencer;
        std::uint64_t packets = 0;
        for (int i = 0; i < 500; ++i) {
            const Header header = wild_header(random);
            const Verdict verdict = accept(sequencer, header);
            packets += verdict.kind != Kind::heartbeat && verdict.kind != Kind::end_of_session;
            ASSERT_LE(verdict.skip, header.message_count.get());
            const SequenceCounters counters = sequencer.counters();
            ASSERT_EQ(counters.packets, packets);
            ASSERT_EQ(counters.packets + counters.heartbeats + counters.ends_of_session,
                      static_cast<std::uint64_t>(i) + 1);
            ASSERT_LE(counters.late_messages, counters.messages);
            ASSERT_LE(counters.duplicate_messages, counters.messages - counters.late_messages);
        }
    }
}

}  // namespace
}  // namespace rxlab::rx
