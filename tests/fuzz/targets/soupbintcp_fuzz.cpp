// SPDX-License-Identifier: MIT
//
// Any bytes as a SoupBinTCP stream, which arrives once in pieces of any length and once in one: the
// same packets come out. What was read is written again, and is the bytes of the stream.
#include "fuzz.hpp"

#include <rxlab/wire/glimpse.hpp>
#include <rxlab/wire/soupbintcp.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace rxlab::fuzz {
namespace {

namespace soup = wire::soup;

struct Outcome {
    std::vector<std::pair<soup::PacketType, std::string>> packets;
    soup::FramerStatus status = soup::FramerStatus::ok;
    std::size_t pending_bytes = 0;
    std::size_t bytes = 0;  // of the packets

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

void check_payload(const soup::Packet& packet) {
    if (const auto* request = packet.as<soup::LoginRequest>()) {
        REQUIRE(same(wire::bytes_of(*request), packet.payload));
        const auto sequence = soup::parse_number_text(request->sequence.padded());
        if (sequence) {
            REQUIRE(soup::parse_number_text(soup::to_number_text<20>(*sequence).padded()) ==
                    sequence);
        }
        const std::string_view session = soup::trimmed(request->session.padded());
        REQUIRE(soup::trimmed(soup::right_justified<10>(session).padded()) == session);
    }
    if (packet.as<soup::LoginAccepted>() != nullptr) REQUIRE(packet.payload.size() == 30);
    if (packet.as<soup::LoginRejected>() != nullptr) REQUIRE(packet.payload.size() == 1);
    if (const auto sequence = wire::glimpse::join_sequence(packet.payload)) {
        const auto end = wire::glimpse::end_of_snapshot(*sequence);
        REQUIRE(wire::glimpse::join_sequence(wire::bytes_of(end)) == sequence);
    }
    const std::string text{reinterpret_cast<const char*>(packet.payload.data()),
                           packet.payload.size()};
    const auto value = soup::parse_number_text(text);
    REQUIRE(!value || !soup::trimmed(text).empty());
}

void take_packets(soup::Framer& framer, std::size_t payload_bytes_max, Outcome& outcome) {
    static std::array<std::byte, 3 + soup::kPayloadBytesMax> memory;
    while (const auto packet = framer.next()) {
        REQUIRE(packet->payload.size() <= payload_bytes_max);
        check_payload(*packet);
        const Bytes written = soup::write(memory, packet->type, packet->payload);
        REQUIRE(written.size() == 3 + packet->payload.size());
        outcome.bytes += written.size();
        outcome.packets.emplace_back(
            packet->type,
            std::string{reinterpret_cast<const char*>(written.data()), written.size()});
    }
}

// `lengths`: of the pieces, again and again; empty: as much as the framer takes.
Outcome receive(Bytes stream, std::size_t payload_bytes_max, Bytes lengths) {
    soup::Framer framer{payload_bytes_max};
    Outcome outcome;
    for (std::size_t i = 0; !stream.empty() && framer.status() == soup::FramerStatus::ok; ++i) {
        const auto space = framer.space();
        REQUIRE(!space.empty());
        std::size_t bytes = std::min(space.size(), stream.size());
        if (!lengths.empty()) {
            const auto wanted = std::to_integer<std::size_t>(lengths[i % lengths.size()]) + 1;
            bytes = std::min(bytes, wanted);
        }
        std::memcpy(space.data(), stream.data(), bytes);
        framer.received(bytes);
        stream = stream.subspan(bytes);
        take_packets(framer, payload_bytes_max, outcome);
    }
    outcome.status = framer.status();
    if (outcome.status == soup::FramerStatus::ok) outcome.pending_bytes = framer.pending_bytes();
    return outcome;
}

}  // namespace
}  // namespace rxlab::fuzz

// The longest payload that is taken (2 bytes), how many pieces (1), their lengths, and the stream.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rxlab::fuzz;
    Input input{bytes_of_input(data, size)};
    const std::size_t payload_bytes_max =
        std::min<std::size_t>(input.take<std::uint16_t>(), soup::kPayloadBytesMax);
    const Bytes lengths = input.take_bytes(input.take<std::uint8_t>() % 16);
    const Bytes stream = input.rest();
    const Outcome in_pieces = receive(stream, payload_bytes_max, lengths);
    const Outcome at_once = receive(stream, payload_bytes_max, {});
    REQUIRE(in_pieces == at_once);
    std::string again;
    for (const auto& [type, packet] : at_once.packets)
        again += packet;
    REQUIRE(same(std::as_bytes(std::span{again}), stream.first(at_once.bytes)));
    if (at_once.status == soup::FramerStatus::ok)
        REQUIRE(at_once.bytes + at_once.pending_bytes == stream.size());
    return 0;
}
