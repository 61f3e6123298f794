// SPDX-License-Identifier: MIT
//
// Packets of two lines, answers of a server, heartbeats, ends and time, as a pipeline sees them
// with either policy. The first byte of an input chooses: the packets of one publisher, whose
// every message is remembered, and of strangers, who are never believed because the sources are
// given; or anything from anybody.
#include "sequencer_receivers.hpp"

namespace rxlab::fuzz {
namespace {

// What is called current is exactly what the publisher's session has sent, as far as was told.
class OnePublisher {
  public:
    OnePublisher(Input& input, bool restricted)
        : base_{std::array<std::uint64_t, 4>{
              1, 0, 1'000'000'007, ~std::uint64_t{0} - 5'000}[input.take<std::uint8_t>() & 3]},
          front_{base_},
          restricted_{restricted},
          receivers_{input, base_, restricted} {}

    void run(Input& input) {
        for (std::size_t step = 0; step < kStepsMax && !input.empty(); ++step) {
            act(input);
            check(receivers_.plain());
            check(receivers_.waiting());
            compare();
        }
        receivers_.finish();
        check(receivers_.plain());
        check(receivers_.waiting());
    }

  private:
    [[nodiscard]] std::uint64_t near_front(std::int8_t distance) const {
        const auto wanted = static_cast<std::int64_t>(front_ - base_) + distance;
        return base_ +
               static_cast<std::uint64_t>(std::clamp<std::int64_t>(wanted, 0, kNumbers - 64));
    }
    void act(Input& input) {
        const auto what = input.take<std::uint8_t>();
        const unsigned amount = what >> 3;
        const auto line = static_cast<std::uint8_t>(amount & 1);
        switch (what & 7) {
            case 0:
                return send(near_front(input.take<std::int8_t>()), 1 + amount % 16, line, 0);
            case 1:  // cut short
                return send(near_front(input.take<std::int8_t>()), 1 + amount % 16, line,
                            input.take<std::uint8_t>());
            case 2:
                return answer(near_front(input.take<std::int8_t>()), 1 + amount % 16);
            case 3:
                return receivers_.pass(std::uint64_t{1} << (amount + 3));
            case 4:  // old, or as it is
                return control(std::min(front_, near_front(input.take<std::int8_t>())),
                               mold::kHeartbeat, line);
            case 5:
                if (amount == 31) return change();
                return restricted_ ? stranger(input, amount, line)
                                   : control(front_, mold::kHeartbeat, line);
            default:  // in order, as most packets are
                return send(near_front(0), 1 + amount % 4, line, 0);
        }
    }
    void send(std::uint64_t sequence, std::uint64_t count, std::uint8_t line, std::size_t cut) {
        auto packet = data_packet(session_, base_, sequence, count, session_);
        packet.resize(packet.size() - std::min(cut, packet.size() - sizeof(mold::Header)));
        hear(sequence + count);
        receivers_.give(packet, line);
    }
    void hear(std::uint64_t sequence) {
        front_ = std::max(front_, sequence);
        if (!is_heard_) before_ = {};
        is_heard_ = true;
    }
    void answer(std::uint64_t sequence, std::uint64_t count) {
        if (sequence >= front_) return;
        count = std::min(count, front_ - sequence);
        receivers_.answer(data_packet(session_, base_, sequence, count, session_));
    }
    void control(std::uint64_t sequence, std::uint16_t count, std::uint8_t line) {
        const mold::Header header{kNames[session_], sequence, count};
        hear(sequence);
        receivers_.give(wire::bytes_of(header), line);
    }
    // The session ends, and another follows.
    void change() {
        if (session_ + 2 == kSessions) return;
        control(front_, mold::kEndOfSession, 0);
        before_ = truth();
        ++session_;
        front_ = base_;
        is_heard_ = false;
    }
    void stranger(Input& input, unsigned amount, std::uint8_t line) {
        const std::uint32_t source = kPublisher + 1 + amount % 3;
        const std::size_t name = (amount & 4) != 0 ? session_ : kSessions - 1;
        const auto distance = input.take<std::int8_t>();
        const auto packet =
            data_packet(name, base_, near_front(distance), 1 + amount % 4, kSessions - 1);
        receivers_.give(packet, line, source);
    }

    [[nodiscard]] Numbers truth() const {
        Numbers sent;
        for (std::uint64_t n = base_; n < front_; ++n)
            sent.set(session_ * kNumbers + (n - base_));
        return sent;
    }
    void check(const Receiver& receiver) const {
        if (!receiver.is_current()) return;
        const bool is_before = !is_heard_ && receiver.book() == before_;
        REQUIRE(is_before || receiver.book() == truth());
    }
    // What one applies in order, with nothing missing so far, the other has applied, too.
    void compare() {
        const Receiver& plain = receivers_.plain();
        const Receiver& waiting = receivers_.waiting();
        const rx::Sequencer& own = plain.sequencer();
        missed_ = missed_ || plain.feed().lacks || own.highest() > own.next();
        if (missed_ || plain.has_begun_again() || waiting.has_begun_again()) return;
        if (!plain.sequencer().started()) return;
        REQUIRE(plain.sequencer().session() == waiting.sequencer().session());
        REQUIRE(waiting.sequencer().next() >= plain.sequencer().next());
        REQUIRE((plain.book() & ~waiting.book()).none());
    }

    std::uint64_t base_;
    std::uint64_t front_;  // one past the last message that was told of
    bool restricted_;
    Receivers receivers_;
    std::size_t session_ = 0;
    bool is_heard_ = true;  // something of the session
    bool missed_ = false;   // something was missing, if only for a while
    Numbers before_;        // what the session before has sent
};

// Headers of any bytes, bodies that do not fit them, any source: nothing breaks.
void anything(Input& input) {
    Receivers receivers{input, 1, false};
    for (std::size_t step = 0; step < kStepsMax && !input.empty(); ++step) {
        const auto what = input.take<std::uint8_t>();
        const std::uint64_t base =
            (what & 8) != 0 ? receivers.waiting().sequencer().next() : std::uint64_t{1};
        const std::uint64_t distance =
            (what & 16) != 0 ? input.take<std::uint64_t>() : input.take<std::uint8_t>() - 16ULL;
        const auto count = input.take<std::uint16_t>();
        const std::size_t session = what & 3;
        auto packet = data_packet(session, 1, base + distance, count % 16, session);
        if ((what & 4) != 0) {  // count and body have nothing to do with each other
            const wire::be16 promised{count};
            std::memcpy(packet.data() + 18, &promised, sizeof promised);
        }
        if ((what & 32) != 0) packet.resize(sizeof(mold::Header) + count % 4'000);
        if (count % 16 == 0 && (what & 4) == 0) packet.resize(count % 40);
        if ((what & 192) == 192) {
            if (packet.size() >= sizeof(mold::Header) && mold::is_complete(packet))
                receivers.answer(packet);
        } else {
            receivers.give(packet, count >> 4 & 1, kPublisher + (count >> 5 & 3));
        }
        if ((what & 192) == 64) receivers.pass(std::uint64_t{1} << (count % 33));
    }
    receivers.finish();
}

}  // namespace
}  // namespace rxlab::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rxlab::fuzz;
    Input input{bytes_of_input(data, size)};
    const unsigned part = input.take<std::uint8_t>() % 3;
    if (part == 2) {
        anything(input);
    } else {
        OnePublisher publisher{input, part == 1};
        publisher.run(input);
    }
    return 0;
}
