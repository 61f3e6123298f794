// SPDX-License-Identifier: MIT
//
// Knows what the feed has sent and what of it has come, and says what a book may be called. It
// remembers every message and shares no code with lib/rx.
//
// The truth at a moment is the newest incarnation of the feed that was heard of, up to the last
// message that was heard of. A book that is called current must hold exactly these orders. Grace:
// until its second packet with news, a newer incarnation may not have been noticed yet; a copy of
// the one before that comes late (on line B) begins it anew. One of another publisher, where the
// end of the one before was not heard first, cannot be told from a foreign publisher beside the
// feed: there the book before may be called current until nothing was heard of it for --silence.
//
// What nobody can decide from packets; from there on a scenario is not judged, and is counted:
//  whole replay       of a line's packets, from the first eighth of what was heard of the session
//                     to the last, half of it at least, with nothing of its own on that line
//                     meanwhile: it is a restart, for all that can be seen. Late copies of what the
//                     feed said last count: no packet says whether the feed, the network or the one
//                     who replays has sent it again
//  restart with holes of which the first eighth, or the last, or half of it, did not come
//  rival alone        another publisher of the session's name, while the own one is silent for
//                     Newcomers::kSourceSilence or more (about: half a second is left out)
//  after the end      a stranger or a stray is heard first after the end of the session; or, with
//                     the name of the next session, before the second packet of the feed, where
//                     that has another publisher, too: two senders that nobody knows
//  hardly begun       a stranger is heard while the session, of a few packets, is silent
//  far and silent     packets far ahead while the session is silent
#pragma once

#include "truth_wire.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rxlab::truth {

enum class Undecidable : std::uint8_t {
    no,
    whole_replay,
    restart_with_holes,
    rival_alone,
    after_the_end,
    hardly_begun,
    far_and_silent,
};
inline constexpr std::array<std::string_view, 7> kUndecidableNames{
    "no",           "whole replay",  "restart with holes", "rival alone", "after the end",
    "hardly begun", "far and silent"};

// Of a set of orders: the sum over its members.
inline std::uint64_t mark_of(std::uint64_t order) {
    order = (order ^ order >> 30) * 0xbf58476d1ce4e5b9U;
    order = (order ^ order >> 27) * 0x94d049bb133111ebU;
    return order ^ order >> 31;
}

// What a receiver says at a moment.
struct Said {
    bool is_current = false;
    std::uint64_t orders = 0;  // in its book: mark_of() summed up
};

class Oracle {
  public:
    static constexpr std::uint64_t kSilence_ns = 3 * kSecond;
    static constexpr std::uint64_t kSourceSilence_ns = 2 * kSecond;  // 2.5 s, with a margin
    static constexpr std::uint64_t kWait_ns = kMillisecond;
    static constexpr std::uint64_t kEstablished = 16;
    static constexpr std::uint64_t kRestart_ns = 100 * kMillisecond;

    Oracle(const Wire& wire, bool ordered) : wire_{wire}, ordered_{ordered} {
        states_.resize(wire.incarnations().size());
    }

    void hear(const Event& event) {
        const Datagram& datagram = *event.datagram;
        if (event.from == From::feed) return hear_feed(event, datagram);
        confirmed_ = false;
        if (is_undecidable()) return;
        if (event.from == From::replay) return hear_replay(event, datagram);
        hear_other(event, datagram);
    }

    // Nothing, or what is wrong with calling the book current.
    [[nodiscard]] std::string_view judge(const Said& said, std::uint64_t now_ns) const {
        if (!said.is_current || is_undecidable()) return {};
        if (newest_ == kNone) return "current before anything was heard";
        for (std::size_t i = newest_ + 1; i-- > 0;) {
            const State& state = states_[i];
            if (state.packets == 0 || said.orders != state.orders(state.heard)) continue;
            if (!state.end_heard && now_ns >= state.confirmed_ns + kSilence_ns)
                return "current, though nothing was heard for so long";
            if (i == newest_ || may_be_unnoticed(i)) return {};
            return "current, though a newer incarnation is heard";
        }
        return "current, and its book is not what was sent";
    }
    // The book must be called current: every message came in time, nobody else was heard since the
    // feed's last word, and each session ended before the next one was heard.
    [[nodiscard]] bool must_be_current(std::uint64_t now_ns) const {
        if (is_undecidable() || newest_ == kNone || !confirmed_) return false;
        for (std::size_t i = 1; i <= newest_; ++i) {
            if (!states_[i].is_successor) return false;
        }
        const State& state = states_[newest_];
        if (!state.end_heard && now_ns >= state.confirmed_ns + kSilence_ns / 2) return false;
        return is_complete(state);
    }
    [[nodiscard]] std::uint64_t orders() const {
        return states_[newest_].orders(states_[newest_].heard);
    }
    // That may have emptied the book.
    [[nodiscard]] std::size_t changes() const {
        std::size_t count = 0;
        for (std::size_t i = 1; i < states_.size(); ++i) {
            const bool is_told = states_[i - 1].end_heard && !wire_.incarnations()[i].is_restart;
            count += states_[i].packets != 0 && (states_[i].may_replace || is_told) ? 1 : 0;
        }
        return count;
    }
    [[nodiscard]] bool is_undecidable() const { return undecidable_ != Undecidable::no; }
    [[nodiscard]] Undecidable undecidable() const { return undecidable_; }

  private:
    static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
    static constexpr std::uint64_t kNever_ns = std::numeric_limits<std::uint64_t>::max();

    // What of an incarnation has come.
    struct State {
        std::uint64_t packets = 0;
        std::uint64_t data_packets = 0;
        std::uint64_t news = 0;   // packets with, since the last one of an older incarnation
        std::uint64_t first = 0;  // number of its first packet
        std::uint64_t heard = 1;  // one past the last message that was heard of
        std::uint64_t first_ns = 0;
        std::uint64_t confirmed_ns = 0;  // when its last word came
        bool end_heard = false;
        bool is_successor = false;  // heard first after the end of the one before
        bool may_replace = false;   // the same, or the one before had hardly begun
        bool in_order = true;       // no packet came before what lies before it
        std::uint64_t next = 1;     // the first message that has not come in order
        std::array<std::uint64_t, 2> line_heard{};
        std::array<std::uint64_t, 2> line_ns{};
        std::vector<std::uint64_t> came_ns = std::vector(kMessages, kNever_ns);
        std::vector<std::uint64_t> wanted_ns = std::vector(kMessages, kNever_ns);
        std::vector<std::uint64_t> marks{0, 0};  // index: one past the last message

        [[nodiscard]] std::uint64_t orders(std::uint64_t end) const { return marks[end]; }
    };
    // A line that has gone back: from where, to where.
    struct Back {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::uint64_t steps = 0;
        std::uint64_t messages = 0;
        std::uint64_t begin_ns = 0;
        bool is_replay = false;        // at least in part
        std::set<std::uint64_t> said;  // in any order
    };

    void hear_feed(const Event& event, const Datagram& datagram) {
        if (newest_ == kNone || datagram.incarnation > newest_) begin(event, datagram);
        State& state = states_[datagram.incarnation];
        if (datagram.incarnation < newest_) states_[newest_].news = 0;
        const bool is_news = datagram.promised > state.heard || state.packets == 0;
        const bool confirms = is_news || (!datagram.is_data && datagram.promised == state.heard);
        // The other line's copy, in its turn, is no disturbance.
        const bool in_turn = datagram.begin >= state.line_heard[event.line];
        if (datagram.incarnation == newest_ && confirms) {
            ++state.news;
            confirmed_ = true;
        } else if (datagram.incarnation < newest_ || !in_turn) {
            confirmed_ = false;
        }
        note_restart(event, datagram);
        remember(state, event, datagram);
        if (confirms) state.confirmed_ns = event.now_ns;
        ++state.packets;
        state.data_packets += datagram.is_data ? 1 : 0;
        state.line_heard[event.line] = std::max(state.line_heard[event.line], datagram.promised);
        state.line_ns[event.line] = event.now_ns;
    }
    void begin(const Event& event, const Datagram& datagram) {
        State& state = states_[datagram.incarnation];
        state.first = datagram.begin;
        state.first_ns = event.now_ns;
        const bool is_restart = wire_.incarnations()[datagram.incarnation].is_restart;
        state.is_successor =
            newest_ != kNone && !is_restart && states_[datagram.incarnation - 1].end_heard;
        state.may_replace =
            state.is_successor ||
            (newest_ != kNone && !is_restart && states_[newest_].data_packets < 2 * kEstablished);
        newest_ = datagram.incarnation;
        confirmed_ = false;
    }
    void remember(State& state, const Event& event, const Datagram& datagram) {
        const std::uint64_t begin = ordered_ && !wire_.from_1() ? state.first : 1;
        if (state.packets == 0) state.next = begin;
        if (datagram.begin > state.next) state.in_order = false;
        if (datagram.begin <= state.next) state.next = std::max(state.next, datagram.end);
        for (std::uint64_t n = datagram.begin; n < datagram.end; ++n)
            state.came_ns[n] = std::min(state.came_ns[n], event.now_ns);
        for (; state.heard < datagram.promised; ++state.heard) {
            state.wanted_ns[state.heard] = event.now_ns;
            state.marks.push_back(state.marks.back() + mark(datagram, state.heard));
        }
        state.end_heard = state.end_heard || datagram.is_end;
    }
    // Of message n; what nobody knows is not in a book. Messages that were only heard of have their
    // marks from whoever sent them.
    [[nodiscard]] std::uint64_t mark(const Datagram& datagram, std::uint64_t n) const {
        return wire_.is_order(datagram.incarnation, n) ? mark_of(order_of(datagram.incarnation, n))
                                                       : 0;
    }
    [[nodiscard]] bool is_complete(const State& state) const {
        if (!ordered_) return state.in_order && state.next == state.heard;
        if (!wire_.from_1() && state.first != 1) return false;
        for (std::uint64_t n = 1; n < state.heard; ++n) {
            if (state.came_ns[n] == kNever_ns) return false;
            if (state.came_ns[n] > state.wanted_ns[n] + kWait_ns - kMillisecond / 10) return false;
        }
        return true;
    }
    // Whether a book of incarnation `index` may still be called current.
    [[nodiscard]] bool may_be_unnoticed(std::size_t index) const {
        const State& newest = states_[newest_];
        // A restart is seen when one line has gone on in it.
        const bool is_restart = wire_.incarnations()[newest_].is_restart;
        if (newest.news < (is_restart && wire_.has(two_lines) ? 4 : 2)) return true;
        const auto& all = wire_.incarnations();
        if (all[newest_].source == all[index].source) return false;
        const State& before = states_[index];
        return !before.end_heard || before.confirmed_ns > newest.first_ns || !newest.is_successor;
    }

    // Restarts and replays.

    void go_back(const Event& event, const Datagram& datagram) {
        Back& back = backs_[event.line];
        const bool begins = back.steps == 0 || datagram.begin < back.begin;
        if (begins) back = {datagram.begin, datagram.begin, 0, 0, event.now_ns, false, {}};
        back.is_replay = back.is_replay || event.from == From::replay;
        for (std::uint64_t n = datagram.begin; n < datagram.promised; ++n)
            back.said.insert(n);
        if (!datagram.is_data || datagram.begin >= back.end) {
            ++back.steps;
            back.messages += datagram.promised - datagram.begin;
        }
        back.end = std::max(back.end, datagram.promised);
    }
    [[nodiscard]] static bool is_whole(const Back& back, std::uint64_t messages, const State& of) {
        const std::uint64_t eighth = (of.heard - of.first) / 8;
        return messages >= (of.heard - of.first) / 2 && back.begin <= of.first + eighth &&
               back.end + eighth >= of.heard;
    }
    void look_for_replay(const Back& back, const State& of) {
        if (back.is_replay && is_whole(back, back.said.size(), of))
            undecidable_ = Undecidable::whole_replay;
    }
    void hear_replay(const Event& event, const Datagram& datagram) {
        if (datagram.incarnation < newest_) states_[newest_].news = 0;
        const auto& all = wire_.incarnations();
        // A heartbeat with the right number is one, whoever sends it from there.
        for (std::size_t i = 0; !datagram.is_data && i <= newest_; ++i) {
            if (all[i].session == all[datagram.incarnation].session &&
                states_[i].heard == datagram.promised)
                states_[i].confirmed_ns = event.now_ns;
        }
        for (std::size_t i = 0; i <= newest_; ++i) {
            if (all[i].session != all[datagram.incarnation].session) continue;
            go_back(event, datagram);
            return look_for_replay(backs_[event.line], states_[i]);
        }
    }
    // The session of the newest incarnation is that of the one before, which is still the book's.
    void note_restart(const Event& event, const Datagram& datagram) {
        Back& back = backs_[event.line];
        const bool is_restart = datagram.incarnation > 0 && datagram.incarnation == newest_ &&
                                wire_.incarnations()[newest_].is_restart;
        if (!is_restart) {
            const State& state = states_[datagram.incarnation];
            if (datagram.incarnation != newest_) return;
            const bool is_copy = !datagram.is_data || state.came_ns[datagram.begin] != kNever_ns;
            if (datagram.begin >= state.line_heard[event.line]) {
                back = {};
            } else if (back.is_replay && is_copy) {
                go_back(event, datagram);
                look_for_replay(back, state);
            }
            return;
        }
        const State& before = states_[datagram.incarnation - 1];
        const Back was = back;
        go_back(event, datagram);
        if (datagram.promised <= before.heard || is_undecidable()) return;
        const bool is_seen =
            was.steps >= 2 && is_whole(was, was.messages, before) &&
            (was.steps >= kEstablished || was.begin_ns >= before.line_ns[event.line] + kRestart_ns);
        if (!is_seen && !passed_) undecidable_ = Undecidable::restart_with_holes;
        passed_ = true;
    }

    // Strangers and strays.

    void hear_other(const Event& event, const Datagram& datagram) {
        const State& newest = states_[newest_];
        const Session& name = wire::overlay<wire::mold::Header>(datagram.payload).session;
        bool is_own_name = false;
        std::uint64_t silent_ns = event.now_ns;
        std::uint64_t silent_own_ns = event.now_ns;  // who has the same name
        for (std::size_t i = 0; i <= newest_; ++i) {
            const std::uint64_t ns = event.now_ns - states_[i].confirmed_ns;
            silent_ns = std::min(silent_ns, ns);
            if (wire_.incarnations()[i].session != name) continue;
            is_own_name = true;
            silent_own_ns = std::min(silent_own_ns, ns);
        }
        const bool is_silent = (is_own_name ? silent_own_ns : silent_ns) >= kSourceSilence_ns;
        if (event.from == From::foreign && is_own_name) {
            if (is_silent) undecidable_ = Undecidable::rival_alone;
            if (is_new_by_another() && wire_.incarnations()[newest_].session == name)
                undecidable_ = Undecidable::after_the_end;
        } else if (is_own_name) {
            if (is_silent) undecidable_ = Undecidable::far_and_silent;
        } else if (is_after_an_end() && (event.from == From::stray || !stranger_heard_)) {
            undecidable_ = Undecidable::after_the_end;
        } else if (newest.data_packets < 2 * kEstablished && is_silent) {
            undecidable_ = Undecidable::hardly_begun;
        }
        if (event.from == From::foreign && !is_own_name) stranger_heard_ = true;
    }

    // Or its successor has only just been heard.
    [[nodiscard]] bool is_after_an_end() const {
        const State& newest = states_[newest_];
        return newest.end_heard ||
               (newest_ > 0 && newest.news < 2 && states_[newest_ - 1].end_heard);
    }

    // The newest session was heard once only, from a publisher that nobody has heard before.
    [[nodiscard]] bool is_new_by_another() const {
        const auto& all = wire_.incarnations();
        return states_[newest_].is_successor && states_[newest_].news < 2 &&
               all[newest_].source != all[newest_ - 1].source;
    }

    const Wire& wire_;
    bool ordered_;
    std::size_t newest_ = kNone;
    std::vector<State> states_;
    std::array<Back, 2> backs_{};
    bool confirmed_ = false;  // nobody else was heard since the feed's last word
    bool stranger_heard_ = false;
    bool passed_ = false;  // a restart has come to the old number
    Undecidable undecidable_ = Undecidable::no;
};

}  // namespace rxlab::truth
