// SPDX-License-Identifier: MIT
//
// Packets of two lines, answers of a server, heartbeats, snapshots and time, as an OrderedChannel
// and a LinePair see them. The first byte of an input chooses: one session whose every message is
// remembered (ordered_channel_model.hpp), or headers of any bytes.
#include "ordered_channel_model.hpp"

#include <array>
#include <cstring>
#include <vector>

namespace rxlab::fuzz {
namespace {

// Headers of any bytes, from three sessions: nothing is believed of them but what the sink sees.
void any_headers(Input& input) {
    const std::array<mold::Session, 3> sessions{kSession, "SESSION002", "DAMAGED"};
    const feed::OrderedOptions options = take_options(input, 1);
    feed::OrderedChannel channel{options};
    Judge judge;
    std::uint64_t now_ns = 0;
    for (std::size_t step = 0; step < kStepsMax && !input.empty(); ++step) {
        const auto what = input.take<std::uint8_t>();
        const std::uint64_t base = (what & 8) != 0 ? channel.next_sequence() : 0;
        const std::uint64_t distance =
            (what & 16) != 0 ? input.take<std::uint64_t>() : input.take<std::uint16_t>() - 100ULL;
        const auto count = input.take<std::uint16_t>();
        const mold::Header header{sessions[(what & 3) % 3], base + distance,
                                  (what & 4) != 0 ? count : static_cast<std::uint16_t>(count % 16)};
        std::vector<std::byte> payload(sizeof header + ((what & 32) != 0 ? count % 2'000 : 8));
        std::memcpy(payload.data(), &header, sizeof header);
        const auto origin = (what & 192) == 192 ? Origin::answer : Origin::line;
        if (origin == Origin::line && channel.in_order(header)) {
            judge.deliver(payload, {});
        } else {
            channel.take(payload, {origin, now_ns, 0}, judge);
        }
        now_ns += (what & 192) == 64 ? 300'000'000 : 10'000;
        if (channel.due_ns() <= now_ns) channel.poll(now_ns, judge);
        for (std::size_t i = 0; channel.next_request(now_ns); ++i)
            REQUIRE(i < options.requests.in_flight_max);
        if (channel.awaits_snapshot() && (what & 192) == 128) {
            const std::uint64_t sequence = channel.next_sequence() + (count & 0xff) - 16;
            if (count % 5 == 0) {
                channel.snapshot_failed(now_ns, judge);
            } else if (channel.snapshot_fits(channel.session(), sequence)) {
                channel.join_snapshot(sequence, now_ns, judge);
            }
        }
        REQUIRE(channel.held() <= options.hold_packets);
    }
    channel.finish(now_ns, judge);
    judge.compare(channel);
}

}  // namespace
}  // namespace rxlab::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rxlab::fuzz;
    Input input{bytes_of_input(data, size)};
    if (input.take<std::uint8_t>() % 4 == 3) {
        any_headers(input);
    } else {
        OneSession session{input};
        session.run(input);
    }
    return 0;
}
