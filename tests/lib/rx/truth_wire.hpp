// SPDX-License-Identifier: MIT
//
// What happens on real wires, from a seed, in virtual time: a feed of one to three incarnations
// (sessions, or one that begins again at 1), its lines with their faults, and everybody else who
// sends to its groups. It shares no code with lib/rx: packets are written by hand.
#pragma once

#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rxlab::truth {

using Bytes = std::vector<std::byte>;
using wire::mold::Session;

inline constexpr std::uint64_t kMicrosecond = 1'000;
inline constexpr std::uint64_t kMillisecond = 1'000'000;
inline constexpr std::uint64_t kSecond = 1'000'000'000;

inline constexpr std::size_t kForeign = 7;         // incarnation of messages that no feed has sent
inline constexpr std::uint64_t kMessages = 2'000;  // of an incarnation, at most

// What a scenario may hold; each is a claim of its own.
enum Kind : std::uint8_t {
    loss,
    bursts,
    duplicates,
    reordering,
    truncation,
    two_lines,
    late_line,
    jumbo,
    foreign_own_name,
    foreign_other_name,
    strays,
    far_strays,
    replays,
    stuck_packet,
    change_with_end,
    change_without_end,
    change_of_publisher,
    restart,
    pauses,
    silences,
    late_start,
    end_of_session,
    just_stops,
    kKinds,
};
inline constexpr std::array<std::string_view, kKinds> kKindNames{"loss",
                                                                 "bursts",
                                                                 "duplicates",
                                                                 "reordering",
                                                                 "truncation",
                                                                 "two lines",
                                                                 "late line",
                                                                 "jumbo",
                                                                 "foreign, own name",
                                                                 "foreign, other name",
                                                                 "strays",
                                                                 "far strays",
                                                                 "replays",
                                                                 "stuck packet",
                                                                 "change with end",
                                                                 "change without end",
                                                                 "change of publisher",
                                                                 "restart",
                                                                 "pauses",
                                                                 "silences",
                                                                 "late start",
                                                                 "end of session",
                                                                 "just stops"};

// A packet as it was sent.
struct Datagram {
    std::uint64_t sent_ns = 0;
    Bytes payload;
    std::size_t incarnation = 0;
    std::uint64_t begin = 0;
    std::uint64_t promised = 0;  // one past its last message, by its header
    std::uint64_t end = 0;       // one past the last that its body holds
    bool is_data = true;
    bool is_end = false;
};

enum class From : std::uint8_t { feed, replay, stray, foreign };

struct Event {
    std::uint64_t now_ns;
    std::uint8_t line;
    From from;
    std::uint32_t source;
    const Datagram* datagram;
};

struct Incarnation {
    Session session;
    std::uint32_t source = 0;
    bool is_restart = false;  // of the one before: the same session, from 1 on
};

// The order that message n adds: no two incarnations have one in common.
inline std::uint64_t order_of(std::size_t incarnation, std::uint64_t n) {
    return incarnation * 1'000'000 + n;
}

class Wire {
  public:
    explicit Wire(std::uint64_t seed) : random_{seed * 0x9e3779b97f4a7c15U + 1} {
        choose();
        for (std::size_t i = 0; i < incarnations_.size(); ++i)
            send_incarnation(i);
        const std::size_t lines = has(two_lines) ? 2 : 1;
        for (std::uint8_t line = 0; line < lines; ++line)
            carry(line);
        if (!events_.empty()) disturb();
        std::stable_sort(events_.begin(), events_.end(),
                         [](const Event& a, const Event& b) { return a.now_ns < b.now_ns; });
        drop_those_before_the_feed();
    }

    [[nodiscard]] bool has(Kind kind) const { return kinds_[kind]; }
    [[nodiscard]] const std::bitset<kKinds>& kinds() const { return kinds_; }
    [[nodiscard]] const std::vector<Event>& events() const { return events_; }
    [[nodiscard]] const std::vector<Incarnation>& incarnations() const { return incarnations_; }
    // With the policy that waits: from message 1 on, or from whatever comes first.
    [[nodiscard]] bool from_1() const { return from_1_; }
    [[nodiscard]] std::size_t hold_packets() const { return hold_packets_; }
    // Whether message n adds an order: all but those that fill a jumbo packet.
    [[nodiscard]] bool is_order(std::size_t incarnation, std::uint64_t n) const {
        return !fillers_[incarnation].contains(n);
    }

  private:
    static constexpr std::uint32_t kPublisher = 0x0a000001;
    static constexpr std::uint32_t kStranger = 0x0a000063;

    struct Span {
        std::uint64_t begin_ns;
        std::uint64_t end_ns;
    };

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    bool chance(double probability) {
        return std::uniform_real_distribution<double>{}(random_) < probability;
    }
    template <typename... T>
    auto pick(T... values) {
        const std::array<std::common_type_t<T...>, sizeof...(T)> list{values...};
        return list[below(list.size())];
    }
    void set(Kind kind, double probability) { kinds_[kind] = chance(probability); }

    void choose() {
        set(loss, 0.25);
        set(bursts, 0.15);
        set(duplicates, 0.25);
        set(reordering, 0.25);
        set(truncation, 0.15);
        set(two_lines, 0.4);
        kinds_[late_line] = has(two_lines) && chance(0.6);
        set(jumbo, 0.1);
        set(foreign_own_name, 0.12);
        set(foreign_other_name, 0.15);
        set(strays, 0.2);
        set(far_strays, 0.1);
        set(replays, 0.3);
        set(stuck_packet, 0.05);
        set(pauses, 0.6);
        set(silences, 0.1);
        set(late_start, 0.1);
        from_1_ = chance(0.6);
        hold_packets_ = pick(std::size_t{32}, std::size_t{512}, std::size_t{512});
        gap_ns_ = pick(10 * kMicrosecond, 100 * kMicrosecond, 2 * kMillisecond, 30 * kMillisecond);
        lateness_ns_ = has(late_line) ? pick(std::int64_t{-2'000'000'000}, -400'000'000, 3'000'000,
                                             400'000'000, 1'200'000'000, 2'000'000'000)
                                      : pick(std::int64_t{-300'000}, -5'000, 1'000, 200'000);
        incarnations_.push_back({Session{"S0"}, kPublisher});
        for (std::size_t count = chance(0.35) ? 1 + below(2) : 0; count > 0; --count)
            add_incarnation();
        (chance(0.5) ? kinds_[end_of_session] : kinds_[just_stops]) = chance(0.7);
    }
    void add_incarnation() {
        Incarnation next = incarnations_.back();
        if (chance(0.3)) {
            kinds_[restart] = true;
            next.is_restart = true;
            ends_.push_back(false);
        } else {
            next = {Session{"S" + std::to_string(incarnations_.size())}, next.source, false};
            if (chance(0.35)) {
                kinds_[change_of_publisher] = true;
                ++next.source;
            }
            ends_.push_back(chance(0.6));
            kinds_[ends_.back() ? change_with_end : change_without_end] = true;
        }
        incarnations_.push_back(next);
    }

    // What is sent.

    Datagram& packet(std::size_t content, const Session& session, std::uint64_t begin,
                     std::uint64_t count) {
        Datagram& made = datagrams_.emplace_back();
        made.sent_ns = now_ns_;
        made.incarnation = content;
        made.begin = begin;
        made.promised = made.end = begin + count;
        const wire::mold::Header header{session, begin, static_cast<std::uint16_t>(count)};
        append(made.payload, wire::bytes_of(header));
        return made;
    }
    static void append(Bytes& to, std::span<const std::byte> bytes) {
        to.insert(to.end(), bytes.begin(), bytes.end());
    }
    static void add_message(Bytes& to, std::span<const std::byte> message) {
        append(to, wire::bytes_of(wire::be16{static_cast<std::uint16_t>(message.size())}));
        append(to, message);
    }
    // Message n adds the n-th order; a jumbo packet is filled with one that no book knows.
    Datagram& data(std::size_t content, const Session& session, std::uint64_t begin,
                   std::uint64_t count, std::size_t bytes = 0) {
        Datagram& made = packet(content, session, begin, count);
        for (std::uint64_t n = begin; n < begin + count; ++n) {
            wire::itch::AddOrder order;
            order.header.stock_locate = 1;
            order.order_reference = order_of(content, n);
            order.side = wire::itch::kBuy;
            order.shares = 100;
            order.stock = "RXLB";
            order.price = static_cast<std::uint32_t>(content * 1'000 + n % 7 + 1);
            add_message(made.payload, wire::bytes_of(order));
        }
        if (bytes > made.payload.size()) {
            const std::size_t room = bytes - made.payload.size() - 2;
            add_message(made.payload, Bytes(room, std::byte{'z'}));
            auto& header = *reinterpret_cast<wire::mold::Header*>(made.payload.data());
            header.message_count = static_cast<std::uint16_t>(count + 1);
            fillers_[content].insert(made.end);
            made.promised = ++made.end;
        }
        return made;
    }
    Datagram& control(std::size_t content, const Session& session, std::uint64_t next, bool end) {
        Datagram& made = packet(content, session, next, end ? wire::mold::kEndOfSession : 0);
        made.promised = made.end = next;
        made.is_data = false;
        made.is_end = end;
        return made;
    }

    void send_incarnation(std::size_t index) {
        const Incarnation& now = incarnations_[index];
        if (index > 0) now_ns_ += pick(20 * kMillisecond, 500 * kMillisecond, 5 * kSecond);
        std::uint64_t next = 1;
        if (now.is_restart && chance(0.3)) next_heartbeats(index, next, 1);
        const std::size_t packets = pick(20U, 60U, 150U, 250U) + below(20);
        for (std::size_t i = 0; i < packets; ++i) {
            const std::size_t bytes = has(jumbo) && chance(0.3) ? pick(2'300U, 9'000U) : 0;
            const Datagram& made = data(index, now.session, next, 1 + below(5), bytes);
            sent_.push_back(&made);
            next = made.promised;
            now_ns_ += 1 + below(2 * gap_ns_);
            if (has(pauses) && chance(0.02)) pause(index, next);
            if (has(silences) && chance(0.01)) now_ns_ += 2 * kSecond + below(4 * kSecond);
        }
        const bool is_last = index + 1 == incarnations_.size();
        const bool ends = is_last ? has(end_of_session) : ends_[index];
        if (ends) {
            for (std::uint64_t i = pick(1U, 3U, 20U); i > 0; --i) {
                sent_.push_back(&control(index, now.session, next, true));
                now_ns_ += pick(10 * kMillisecond, kSecond);
            }
        } else if (is_last ? !has(just_stops) : chance(0.5)) {
            next_heartbeats(index, next, 1 + below(5));
        }
    }
    void next_heartbeats(std::size_t index, std::uint64_t next, std::uint64_t count) {
        for (; count > 0; --count) {
            now_ns_ += kSecond;
            sent_.push_back(&control(index, incarnations_[index].session, next, false));
        }
    }
    void pause(std::size_t index, std::uint64_t next) {
        const std::uint64_t begin_ns = now_ns_;
        const std::uint64_t end_ns = now_ns_ + below(5 * kSecond);
        while (now_ns_ + kSecond < end_ns)
            next_heartbeats(index, next, 1);
        now_ns_ = end_ns;
        pauses_.push_back({begin_ns, end_ns});
    }

    // What a line makes of it.

    void carry(std::uint8_t line) {
        const double drop = has(loss) ? pick(0.002, 0.01, 0.05) : 0;
        const double burst = has(bursts) ? 0.004 : 0;
        const double twice = has(duplicates) ? pick(0.01, 0.2) : 0;
        const double back = has(reordering) ? pick(0.01, 0.1, 0.3) : 0;
        const double cut = has(truncation) ? pick(0.005, 0.03) : 0;
        const std::uint64_t places = pick(1U, 5U, 50U);
        const std::uint64_t skipped = has(late_start) ? 1 + below(15) : 0;
        std::uint64_t lost = 0;
        for (std::size_t i = 0; i < sent_.size(); ++i) {
            if (lost == 0 && chance(burst)) lost = 1 + below(30);
            if (lost > 0 || i < skipped || chance(drop)) {
                lost -= lost > 0 ? 1 : 0;
                continue;
            }
            const Datagram* datagram = sent_[i];
            if (datagram->is_data && chance(cut)) datagram = &shortened(*datagram);
            const std::size_t fallen =
                chance(back) ? std::min(sent_.size() - 1, i + 1 + below(places)) : i;
            // Within the session, and a packet that overtakes goes no faster than the pause.
            const bool stays = sent_[fallen]->incarnation == datagram->incarnation &&
                               sent_[fallen]->sent_ns < sent_[i]->sent_ns + 500 * kMillisecond;
            const std::uint64_t at_ns = sent_[stays ? fallen : i]->sent_ns + (stays ? 1 : 0);
            arrive(line, at_ns, datagram);
            while (chance(twice))
                arrive(line, at_ns + below(3 * gap_ns_), datagram);
        }
    }
    void arrive(std::uint8_t line, std::uint64_t at_ns, const Datagram* datagram) {
        const std::int64_t late_ns = line == 1 ? lateness_ns_ : 0;
        events_.push_back({at_ns + static_cast<std::uint64_t>(late_ns), line, From::feed,
                           incarnations_[datagram->incarnation].source, datagram});
    }
    const Datagram& shortened(const Datagram& whole) {
        Datagram& made = datagrams_.emplace_back(whole);
        made.payload.resize(20 + below(whole.payload.size() - 20));
        made.end = made.begin;
        for (std::size_t at = 20; made.end < made.promised; ++made.end) {
            if (at + 2 > made.payload.size()) break;
            at += 2 + wire::overlay<wire::be16>(std::span{whole.payload}.subspan(at));
            if (at > made.payload.size()) break;
        }
        return made;
    }

    // Everybody else.

    void disturb() {
        const std::size_t carried = events_.size();
        if (has(replays)) {
            for (std::uint64_t i = 1 + below(4); i > 0; --i)
                replay(carried);
        }
        if (has(stuck_packet)) repeat_one(carried);
        for (std::uint64_t i = has(strays) ? 1 + below(5) : 0; i > 0; --i)
            stray(carried, false);
        for (std::uint64_t i = has(far_strays) ? 1 + below(3) : 0; i > 0; --i)
            stray(carried, true);
        if (has(foreign_own_name)) publish(carried, true);
        if (has(foreign_other_name)) publish(carried, false);
    }
    Event some_data(std::size_t carried) {
        std::size_t i = below(carried);
        while (i > 0 && !events_[i].datagram->is_data)
            --i;
        return events_[i];
    }
    std::uint64_t some_time(std::size_t carried) {
        if (pauses_.empty() || chance(0.5)) return some_data(carried).now_ns;
        const Span& span = pauses_[below(pauses_.size())];
        return span.begin_ns + below(span.end_ns - span.begin_ns + 1);
    }
    // What a line has brought so far, again: a range, as the recorder has it.
    void replay(std::size_t carried) {
        const std::uint8_t line = events_[below(carried)].line;
        std::uint64_t at_ns = some_time(carried);
        std::vector<const Event*> old;
        for (std::size_t i = 0; i < carried; ++i) {
            if (events_[i].line == line && events_[i].now_ns < at_ns) old.push_back(&events_[i]);
        }
        if (old.size() < 2) return;
        const std::size_t first = chance(0.1) ? 0 : below(old.size());
        const std::size_t count = 1 + below(chance(0.3) ? old.size() - first : 20);
        const std::uint64_t gap_ns = pick(10 * kMicrosecond, kMillisecond, 100 * kMillisecond);
        std::vector<Event> made;
        for (std::size_t i = first; i < std::min(first + count, old.size()); ++i, at_ns += gap_ns) {
            made.push_back(*old[i]);
            made.back().now_ns = at_ns;
            made.back().from = From::replay;
        }
        events_.insert(events_.end(), made.begin(), made.end());
    }
    void repeat_one(std::size_t carried) {
        Event event = events_[below(carried)];
        event.from = From::replay;
        for (std::uint64_t i = 5 + below(40); i > 0; --i) {
            event.now_ns += 200 * kMillisecond;
            events_.push_back(event);
        }
    }
    void stray(std::size_t carried, bool is_far) {
        const Event near = some_data(carried);
        const Incarnation& now = incarnations_[near.datagram->incarnation];
        const std::uint64_t number =
            near.datagram->begin + (is_far ? (1ULL << (21 + below(40))) : below(3));
        const Session session =
            is_far ? now.session : Session{"#" + std::to_string(below(1'000'000'000))};
        const bool is_control = chance(0.2);
        const Datagram& made = is_control ? control(kForeign, session, number, chance(0.3))
                                          : data(kForeign, session, number, 1 + below(3));
        for (std::uint64_t copies = pick(1U, 1U, 1U, 2U); copies > 0; --copies) {
            events_.push_back(
                {near.now_ns + below(3 * gap_ns_), near.line, From::stray, now.source, &made});
        }
    }
    void publish(std::size_t carried, bool own_name) {
        const std::uint64_t from_ns = some_time(carried);
        const Event near =
            *std::min_element(events_.begin(), events_.end(), [&](const Event& a, const Event& b) {
                const auto distance = [&](const Event& e) {
                    return e.now_ns > from_ns ? e.now_ns - from_ns : from_ns - e.now_ns;
                };
                return distance(a) < distance(b);
            });
        const Session session = own_name && near.datagram->incarnation != kForeign
                                    ? incarnations_[near.datagram->incarnation].session
                                    : Session{"FOREIGN"};
        std::uint64_t next = chance(0.5) ? 1 : near.datagram->begin;
        std::uint64_t at_ns = from_ns;
        for (std::uint64_t i = 5 + below(100); i > 0; --i) {
            const bool is_control = chance(0.1);
            const Datagram& made = is_control ? control(kForeign, session, next, false)
                                              : data(kForeign, session, next, 1 + below(3));
            next = made.promised;
            events_.push_back({at_ns, near.line, From::foreign, kStranger, &made});
            at_ns += 1 + below(4 * gap_ns_);
        }
    }
    // Whoever is heard first on a line is taken for its feed.
    void drop_those_before_the_feed() {
        std::array<bool, 2> heard{};
        std::erase_if(events_, [&](const Event& event) {
            heard[event.line] = heard[event.line] || event.from == From::feed;
            return !heard[event.line];
        });
    }

    static constexpr std::uint64_t kBegin_ns = 10 * kSecond;

    std::mt19937_64 random_;
    std::bitset<kKinds> kinds_;
    std::uint64_t now_ns_ = kBegin_ns;
    std::uint64_t gap_ns_ = 0;
    std::int64_t lateness_ns_ = 0;
    bool from_1_ = false;
    std::size_t hold_packets_ = 0;
    std::vector<Incarnation> incarnations_;
    std::vector<bool> ends_;  // of all but the last
    std::deque<Datagram> datagrams_;
    std::array<std::set<std::uint64_t>, kForeign + 1> fillers_;
    std::vector<const Datagram*> sent_;  // by the feed
    std::vector<Span> pauses_;
    std::vector<Event> events_;
};

}  // namespace rxlab::truth
