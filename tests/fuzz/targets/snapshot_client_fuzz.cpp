// SPDX-License-Identifier: MIT
//
// What a snapshot server sends, in pieces of any length, as a SnapshotClient sees it: the outcome
// and the messages are those of a reader that has all of it before it.
#include "fuzz.hpp"
#include "lib/recovery/src/snapshot_client.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace rxlab::fuzz {
namespace {

namespace soup = wire::soup;
using recovery::SnapshotClient;
using recovery::SnapshotState;

constexpr const char* kSession = "SESSION001";

struct Outcome {
    SnapshotState state = SnapshotState::logging_in;
    std::vector<Bytes> messages;
};

SnapshotState after_login(Bytes payload) {
    if (payload.size() != sizeof(soup::LoginAccepted)) return SnapshotState::broken;
    const auto& accepted = wire::overlay<soup::LoginAccepted>(payload);
    return soup::trimmed(accepted.session.padded()) == kSession ? SnapshotState::loading
                                                                : SnapshotState::other_session;
}

// One packet; false where nothing behind it counts.
bool read_packet(char type, Bytes payload, Outcome& outcome) {
    SnapshotState& state = outcome.state;
    const bool logged_in = state == SnapshotState::loading;
    if (type == 'A' && !logged_in) {
        state = after_login(payload);
    } else if (type == 'J') {
        state = payload.size() == 1 && payload[0] == std::byte{soup::LoginRejected::kNoSuchSession}
                    ? SnapshotState::no_such_session
                    : SnapshotState::rejected;
    } else if (type == 'Z' || (type == 'S' && !logged_in)) {
        state = SnapshotState::broken;
    } else if (type == 'S' && !payload.empty() && payload.front() == std::byte{'G'}) {
        state =
            wire::glimpse::join_sequence(payload) ? SnapshotState::complete : SnapshotState::broken;
    } else if (type == 'S') {
        outcome.messages.push_back(payload);
    }
    return state == SnapshotState::logging_in || state == SnapshotState::loading;
}

// The stream is over at its end: a snapshot that was not complete by then is broken.
Outcome read_all(Bytes stream) {
    Outcome outcome;
    while (stream.size() >= 2) {
        const std::size_t length = wire::overlay<wire::be16>(stream);
        if (length == 0 || length - 1 > SnapshotClient::kMessageBytesMax) break;
        if (stream.size() - 2 < length) break;
        const Bytes packet = stream.subspan(2, length);
        if (!read_packet(std::to_integer<char>(packet.front()), packet.subspan(1), outcome))
            return outcome;
        stream = stream.subspan(2 + length);
    }
    outcome.state = SnapshotState::broken;
    return outcome;
}

}  // namespace
}  // namespace rxlab::fuzz

// The first byte: bytes that arrive at a time, less one.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rxlab::fuzz;
    Input input{bytes_of_input(data, size)};
    const std::size_t piece = std::size_t{1} + input.take<std::uint8_t>();
    const Bytes stream = input.rest();
    const Outcome expected = read_all(stream);

    static SnapshotClient client;
    const Bytes login = client.login({}, kSession, 0);
    REQUIRE(login.size() == sizeof(soup::PacketHeader) + sizeof(soup::LoginRequest));
    std::size_t seen = 0;
    std::uint64_t now_ns = 0;
    for (std::size_t at = 0; client.loading();) {
        const auto space = client.space();
        REQUIRE(!space.empty());
        const std::size_t bytes = std::min({piece, space.size(), stream.size() - at});
        std::copy_n(stream.begin() + static_cast<std::ptrdiff_t>(at), bytes, space.begin());
        at += bytes;
        client.received(bytes, ++now_ns, [&](Bytes message) {
            REQUIRE(seen < expected.messages.size() && same(message, expected.messages[seen]));
            ++seen;
        });
    }
    REQUIRE(client.state() == expected.state);
    REQUIRE(seen == expected.messages.size() && client.messages() == seen);
    REQUIRE(client.poll(now_ns).empty());
    return 0;
}
