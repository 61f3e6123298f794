// SPDX-License-Identifier: MIT
//
// MoldUDP64 datagrams one after the other, as a receiver that steps over gaps sees them. The first
// byte of an input chooses: datagrams of any bytes, packets of one session whose every message is
// remembered (the oracle of the sequence state), or messages that are packed and unpacked.
#include "fuzz.hpp"

#include <rxlab/rx/sequencer.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <algorithm>
#include <array>
#include <bitset>
#include <vector>

namespace rxlab::fuzz {
namespace {

namespace mold = wire::mold;
using rx::SequenceCounters;

void check_counters(const rx::Sequencer& sequencer, std::uint64_t packets) {
    const SequenceCounters counters = sequencer.counters();
    REQUIRE(counters.packets + counters.heartbeats + counters.ends_of_session == packets);
    REQUIRE(counters.late_messages <= counters.messages);
    REQUIRE(counters.duplicate_messages <= counters.messages - counters.late_messages);
    REQUIRE(counters.duplicate_packets + counters.late_packets + counters.overlap_packets <=
            counters.packets);
    REQUIRE(counters.session_changes < packets || packets == 0);
}

void any_datagrams(Input input) {
    rx::Sequencer sequencer;
    std::uint64_t packets = 0;
    while (!input.empty()) {
        const Bytes datagram = input.take_bytes(input.take<std::uint8_t>());
        if (const auto request = mold::parse_request(datagram)) {
            const mold::Header again = mold::to_wire(*request);
            REQUIRE(same(wire::bytes_of(again), datagram));
        }
        if (datagram.size() < sizeof(mold::Header)) continue;
        const auto& header = wire::overlay<mold::Header>(datagram);
        const std::uint64_t next = sequencer.next();
        const bool is_new = !sequencer.started() || sequencer.session() != header.session;
        sequencer.accept(header);
        ++packets;
        REQUIRE(sequencer.session() == header.session);
        REQUIRE(sequencer.next() >= (is_new ? std::uint64_t{header.sequence} : next));
        const std::size_t skip = header.message_count % 4;
        std::size_t visited = 0;
        (void)mold::for_each_message(
            datagram,
            [&](Bytes message) {
                REQUIRE(lies_within(message, datagram));
                ++visited;
            },
            skip);
        REQUIRE(visited + skip <= header.message_count || visited == 0);
        check_counters(sequencer, packets);
    }
}

// Which messages came, of numbers small enough to remember all.
class Oracle {
  public:
    // [begin, begin + count), the first packet's begin being where the sequencer was joined.
    void add(std::size_t begin, std::size_t count) {
        if (!started_) joined_ = next_ = begin;
        started_ = true;
        messages_ += count;
        for (std::size_t i = begin; i < begin + count; ++i) {
            if (received_[i]) {
                ++duplicate_;
            } else if (i < next_) {
                ++late_;
            }
            received_[i] = true;
        }
        next_ = std::max(next_, begin + count);
    }
    void expect(std::size_t next) {
        if (!started_) joined_ = next_ = next;
        started_ = true;
        next_ = std::max(next_, next);
    }
    void compare(const rx::Sequencer& sequencer) const {
        const SequenceCounters counters = sequencer.counters();
        REQUIRE(sequencer.next() == next_);
        REQUIRE(counters.messages == messages_);
        if (counters.gaps_forgotten != 0) return;  // the oracle forgets nothing
        std::size_t missed = 0;
        for (std::size_t i = joined_; i < next_; ++i)
            missed += received_[i] ? 0 : 1;
        REQUIRE(counters.missed_messages == missed);
        REQUIRE(counters.late_messages == late_);
        REQUIRE(counters.duplicate_messages == duplicate_);
    }

    static constexpr std::size_t kNumbers = 1'024;

  private:
    std::bitset<kNumbers + 256> received_;
    bool started_ = false;
    std::size_t joined_ = 0;
    std::size_t next_ = 0;
    std::size_t messages_ = 0;
    std::size_t late_ = 0;
    std::size_t duplicate_ = 0;
};

void one_session(Input input) {
    rx::Sequencer sequencer;
    Oracle oracle;
    std::uint64_t packets = 0;
    while (!input.empty() && packets < 256) {
        const std::size_t sequence = input.take<std::uint16_t>() % Oracle::kNumbers;
        const auto kind = input.take<std::uint8_t>();
        if (kind >= 0xf0) {  // a heartbeat, or an end of session
            const std::uint16_t count = kind >= 0xf8 ? mold::kEndOfSession : mold::kHeartbeat;
            sequencer.accept({"SESSION001", sequence, count});
            oracle.expect(sequence);
        } else {
            const auto count = static_cast<std::uint16_t>(1 + kind);
            sequencer.accept({"SESSION001", sequence, count});
            oracle.add(sequence, count);
        }
        check_counters(sequencer, ++packets);
        oracle.compare(sequencer);
    }
}

void pack_and_unpack(Input input) {
    std::array<std::byte, 1'500> memory{};
    const auto session = input.take<mold::Session>();
    const auto sequence = input.take<std::uint64_t>();
    const std::size_t room =
        std::min<std::size_t>(memory.size(), sizeof(mold::Header) + input.take<std::uint16_t>());
    mold::PacketBuilder builder{std::span{memory}.first(room), session};
    builder.start(sequence);
    std::vector<Bytes> packed;
    while (!input.empty()) {
        const Bytes message = input.take_bytes(input.take<std::uint8_t>());
        if (message.empty()) continue;
        const std::size_t bytes = builder.bytes();
        const bool fits = builder.append(message);
        REQUIRE(builder.bytes() == bytes + (fits ? 2 + message.size() : 0));
        REQUIRE(builder.bytes() <= std::min(room, mold::kPayloadBytesMax));
        if (fits) packed.push_back(message);
    }
    REQUIRE(builder.message_count() == packed.size());
    const Bytes packet = builder.finish();
    const auto& header = wire::overlay<mold::Header>(packet);
    REQUIRE(header.session == session && header.sequence == sequence);
    REQUIRE(header.message_count == packed.size());
    std::size_t next = 0;
    const mold::Status status = mold::for_each_message(packet, [&](Bytes message) {
        REQUIRE(next < packed.size() && same(message, packed[next]));
        ++next;
    });
    REQUIRE(status == mold::Status::ok && next == packed.size());
}

}  // namespace
}  // namespace rxlab::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rxlab::fuzz;
    Input input{bytes_of_input(data, size)};
    switch (input.take<std::uint8_t>() % 3) {
        case 0:
            any_datagrams(input);
            break;
        case 1:
            one_session(input);
            break;
        default:
            pack_and_unpack(input);
    }
    return 0;
}
