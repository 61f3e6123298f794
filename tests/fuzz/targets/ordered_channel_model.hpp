// SPDX-License-Identifier: MIT
//
// One session whose every message is remembered: each comes out at most once, ascending, with its
// own bytes, and none is lost that came; nothing is asked for twice while it is in flight.
#pragma once

#include "ordered_channel_judge.hpp"

#include <rxlab/feed/line_pair.hpp>
#include <rxlab/feed/ordered_channel.hpp>

#include <algorithm>
#include <array>
#include <bitset>
#include <map>
#include <utility>
#include <vector>

namespace rxlab::fuzz {

using feed::Taken;

inline constexpr std::size_t kNumbers = 4'096;  // of the model's messages

// One channel, its lines and the memory of all that happened to it.
class OneSession final : Judge {
  public:
    explicit OneSession(Input& input)
        : base_{std::array<std::uint64_t, 4>{
              1, 0, 1'000'000'007, ~std::uint64_t{0} - 5'000}[input.take<std::uint8_t>() & 3]},
          front_{base_},
          options_{take_options(input, base_)},
          channel_{options_} {}

    void run(Input& input) {
        for (std::size_t step = 0; step < kStepsMax && !input.empty(); ++step) {
            now_ns_ += 10'000;
            act(input);
            turn();
            check();
        }
        channel_.finish(now_ns_, *this);
        compare(channel_);
    }

  private:
    struct Asked {
        std::uint64_t begin;
        std::uint64_t end;
        std::uint64_t until_ns;
    };
    struct FirstCopy {
        std::uint64_t now_ns;
        std::uint8_t line;
        bool twice;
    };

    [[nodiscard]] std::uint64_t at(std::uint64_t sequence) const { return sequence - base_; }
    // Near the front of the feed, or as far away as the model reaches.
    std::uint64_t near_front(std::int8_t distance) const {
        const auto wanted = static_cast<std::int64_t>(at(front_)) + distance;
        return base_ +
               static_cast<std::uint64_t>(std::clamp<std::int64_t>(wanted, 0, kNumbers - 64));
    }

    void act(Input& input) {
        const auto what = input.take<std::uint8_t>();
        const unsigned amount = what >> 3;
        switch (what & 7) {
            case 0:
            case 1:
                return send(near_front(input.take<std::int8_t>()), 1 + amount % 16,
                            static_cast<std::uint8_t>(what & 1));
            case 2:  // what was asked for, or a part of it
                if (!all_asked_.empty()) {
                    const auto [begin, end] =
                        all_asked_[input.take<std::uint8_t>() % all_asked_.size()];
                    answer(begin, std::min<std::uint64_t>(end - begin, 1 + amount));
                }
                return;
            case 3:  // what nobody asked for
                return answer(near_front(input.take<std::int8_t>()), 1 + amount % 16);
            case 4:
                return control(near_front(input.take<std::int8_t>()), amount == 31);
            case 5:
                now_ns_ += std::uint64_t{1} << amount;
                return;
            case 6:  // as the feed is, a little behind or ahead of it
                return snapshot(near_front(input.take<std::int8_t>()), amount == 31);
            default:  // in order, as most packets are
                return send(near_front(0), 1 + amount % 4, static_cast<std::uint8_t>(amount & 1));
        }
    }

    std::vector<std::byte> packet(std::uint64_t sequence, std::uint64_t count) const {
        std::array<std::byte, mold::kPayloadBytesMax> memory;
        mold::PacketBuilder builder{memory, kSession};
        builder.start(sequence);
        for (std::uint64_t i = 0; i < count; ++i)
            REQUIRE(builder.append(wire::bytes_of(wire::be64{sequence + i})));
        const Bytes bytes = builder.finish();
        return {bytes.begin(), bytes.end()};
    }

    void send(std::uint64_t sequence, std::uint64_t count, std::uint8_t line) {
        const auto bytes = packet(sequence, count);
        const auto& header = wire::overlay<mold::Header>(bytes);
        current_ = {sequence, sequence + count};
        Taken taken = Taken::delivered;
        if (channel_.in_order(header)) {
            deliver(bytes, {});
        } else {
            taken = channel_.take(bytes, {Origin::line, now_ns_, 0}, *this);
        }
        came(taken);
        front_ = std::max(front_, sequence + count);
        note_line(line, header, taken);
    }
    void answer(std::uint64_t sequence, std::uint64_t count) {
        const auto bytes = packet(sequence, count);
        current_ = {sequence, sequence + count};
        const Taken taken = channel_.take(bytes, {Origin::answer, now_ns_, 0}, *this);
        came(taken);
        if (taken == Taken::ignored) return;
        std::erase_if(asked_, [&](const Asked& asked) {
            return asked.begin < sequence + count && sequence < asked.end;
        });
    }
    void control(std::uint64_t sequence, bool end) {
        const mold::Header header{kSession, sequence, end ? mold::kEndOfSession : mold::kHeartbeat};
        current_ = {sequence, sequence};
        REQUIRE(channel_.take(wire::bytes_of(header), {Origin::line, now_ns_, 0}, *this) ==
                Taken::control);
        heard_ = std::max(heard_, sequence);
    }
    void snapshot(std::uint64_t sequence, bool fails) {
        if (!channel_.awaits_snapshot()) return;
        current_ = {sequence, sequence};
        if (fails) return channel_.snapshot_failed(now_ns_, *this);
        if (channel_.snapshot_fits(kSession, sequence)) {
            channel_.join_snapshot(sequence, now_ns_, *this);
        }
    }

    // The packet of this step is not lost any more, unless it was left out.
    void came(Taken taken) {
        if (taken == Taken::ignored) return;
        if (channel_.counters().resets != resets_) heard_ = 0;
        resets_ = channel_.counters().resets;
        heard_ = std::max(heard_, current_.second);
        if (taken == Taken::old) past_heard_ = std::max(past_heard_, current_.second);
        for (std::uint64_t i = current_.first; i < current_.second; ++i) {
            came_.set(at(i));
            if (taken == Taken::old) past_.set(at(i));
        }
        // Who waits for a snapshot keeps only what there is room for.
        if (channel_.counters().hold_full != hold_full_ && options_.snapshot) forgets_ = true;
        hold_full_ = channel_.counters().hold_full;
    }

    void turn() {
        if (channel_.due_ns() <= now_ns_) channel_.poll(now_ns_, *this);
        while (const auto request = channel_.next_request(now_ns_)) {
            REQUIRE(options_.recover && !channel_.awaits_snapshot());
            REQUIRE(request->messages >= 1 && request->messages <= options_.requests.messages_max);
            const std::uint64_t end = request->sequence + request->messages;
            REQUIRE(end > request->sequence);
            REQUIRE(end <= std::max({heard_, past_heard_, channel_.next_sequence(),
                                     options_.first_sequence.value_or(0)}));
            std::erase_if(asked_, [&](const Asked& asked) { return asked.until_ns <= now_ns_; });
            for (std::uint64_t i = request->sequence; i < end; ++i)
                REQUIRE(came_[at(i)] || !is_in_flight(i));
            asked_.push_back({request->sequence, end, now_ns_ + options_.requests.timeout_ns});
            all_asked_.emplace_back(request->sequence, end);
            REQUIRE(open_requests() <= options_.requests.in_flight_max);
        }
        if (channel_.take_snapshot_wish()) REQUIRE(channel_.awaits_snapshot());
    }
    [[nodiscard]] bool is_in_flight(std::uint64_t sequence) const {
        return std::any_of(asked_.begin(), asked_.end(), [&](const Asked& asked) {
            return asked.begin <= sequence && sequence < asked.end;
        });
    }
    // Those that something is still missing of.
    [[nodiscard]] std::size_t open_requests() const {
        return static_cast<std::size_t>(
            std::count_if(asked_.begin(), asked_.end(), [&](const Asked& asked) {
                for (std::uint64_t i = asked.begin; i < asked.end; ++i)
                    if (!came_[at(i)] && i >= channel_.next_sequence()) return true;
                return false;
            }));
    }

    void check() const {
        REQUIRE(channel_.held() <= options_.hold_packets);
        if (channel_.freshness() == feed::Freshness::current) {
            REQUIRE(channel_.held() == 0 && !channel_.awaits_snapshot());
            REQUIRE(channel_.next_sequence() >= heard_);
            REQUIRE(channel_.due_ns() == feed::kNever);
        }
        if (!channel_.awaits_snapshot() && channel_.held() != 0)
            REQUIRE(channel_.due_ns() != feed::kNever);
    }

    void note_line(std::uint8_t line, const mold::Header& header, Taken taken) {
        if (taken == Taken::ignored) return;
        const bool news = taken == Taken::delivered || taken == Taken::held;
        const std::pair key{header.sequence.get(), header.message_count.get()};
        const feed::LineCounters before = lines_.counters(line);
        const auto lead = lines_.accept(line, header, news, now_ns_);
        const feed::LineCounters& after = lines_.counters(line);
        REQUIRE(after.first + after.second - before.first - before.second <= 1);
        REQUIRE(after.first == before.first || news);
        if (after.first != before.first) first_copies_[key] = {now_ns_, line, false};
        if (!lead) return;
        REQUIRE(first_copies_.contains(key) && after.second == before.second + 1);
        FirstCopy& first = first_copies_[key];
        REQUIRE(!first.twice && first.line != line && lead->line == first.line);
        REQUIRE(lead->ns == now_ns_ - first.now_ns);
        first.twice = true;
    }

    void on_messages(Bytes payload, std::size_t skip) noexcept override {
        std::uint64_t sequence = wire::overlay<mold::Header>(payload).sequence + skip;
        const auto status = mold::for_each_message(
            payload,
            [&](Bytes message) {
                REQUIRE(same(message, wire::bytes_of(wire::be64{sequence})));
                const bool is_current = current_.first <= sequence && sequence < current_.second;
                REQUIRE(is_current || came_[at(sequence)]);
                ++sequence;
            },
            skip);
        REQUIRE(status == mold::Status::ok);
    }
    void on_loss(std::uint64_t begin, std::uint64_t end) noexcept override {
        if (forgets_) return;
        for (std::uint64_t i = begin; i < end; ++i) {
            if (before_reset_[at(i)]) continue;
            REQUIRE(!came_[at(i)] && (i < current_.first || i >= current_.second));
        }
    }
    // Of the packets that showed a reset, some may have found no room.
    void on_join() noexcept override {
        if (channel_.counters().resets != resets_) {
            came_ = before_reset_ = past_;
            past_.reset();
        }
        asked_.clear();
    }

    std::uint64_t base_;
    std::uint64_t front_;  // one past the last message that a line sent
    feed::OrderedOptions options_;
    feed::OrderedChannel channel_;
    feed::LinePair lines_;
    std::uint64_t now_ns_ = 0;
    std::bitset<kNumbers> came_;
    std::bitset<kNumbers> past_;          // in packets from the past, since the last reset
    std::bitset<kNumbers> before_reset_;  // the same, when the last reset was believed
    std::uint64_t past_heard_ = 0;
    std::pair<std::uint64_t, std::uint64_t> current_;  // the messages of this step's packet
    std::uint64_t heard_ = 0;
    std::uint64_t resets_ = 0;
    std::uint64_t hold_full_ = 0;
    bool forgets_ = false;
    std::vector<Asked> asked_;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> all_asked_;
    std::map<std::pair<std::uint64_t, std::uint16_t>, FirstCopy> first_copies_;
};

}  // namespace rxlab::fuzz
