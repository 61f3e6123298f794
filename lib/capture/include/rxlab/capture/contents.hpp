// SPDX-License-Identifier: MIT
//
// What is in a capture: the UDP destinations, and which of them speak MoldUDP64. For looking at a
// capture before its groups are known, and for listing it. Functions without state.
#pragma once

#include <rxlab/capture/frame_content.hpp>
#include <rxlab/capture/reader.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rxlab::capture {

// What a datagram is to a reader of MoldUDP64.
enum class Payload : std::uint8_t {
    whole,      // a header and exactly as many messages as it says
    cut_short,  // a believable header, but fewer
    left_over,  // a believable header, its messages, and bytes behind them
    foreign,    // anything else
};

// A header is believable where the session is printable and the sequence number below 2^56: text
// of another protocol would have to be read as a larger one.
[[nodiscard]] Payload payload_of(std::span<const std::byte> datagram) noexcept;

// All datagrams to one address and port within one VLAN.
struct Destination {
    wire::Ipv4Endpoint endpoint;
    std::uint16_t vlan = 0;  // 0: not tagged
    std::uint64_t datagrams = 0;
    std::uint64_t bytes = 0;      // UDP payload
    std::uint64_t moldudp64 = 0;  // of the datagrams: whole MoldUDP64 packets …
    std::uint64_t cut_short = 0;  // … and the other kinds; the rest is foreign
    std::uint64_t left_over = 0;
    std::uint64_t cut = 0;             // beside the datagrams: lost their end to the snap length
    std::uint64_t messages = 0;        // in packets that are whole or have bytes left over
    std::uint64_t sessions = 0;        // runs of such packets of the same session
    wire::mold::Session session;       // the last one
    std::uint64_t first_sequence = 0;  // of that session: the lowest number of its data …
    std::uint64_t next_sequence = 0;   // … and one past the highest, which a heartbeat may tell
    bool has_data = false;             // that session; without, both are those of its heartbeats

    [[nodiscard]] std::uint64_t foreign() const noexcept {
        return datagrams - moldudp64 - cut_short - left_over;
    }
    // More than half of the datagrams are MoldUDP64 packets, damaged ones included, and one at
    // least could be read to its end.
    [[nodiscard]] bool is_feed() const noexcept {
        return moldudp64 + left_over != 0 && foreign() < datagrams - foreign();
    }
};

struct Contents {
    std::vector<Destination> destinations;  // in the order of their first datagram
    Tally tally;
    std::uint64_t first_ns = 0;  // the earliest stamp and the latest
    std::uint64_t last_ns = 0;
};

// Reads the capture to its end, or to where it cannot be read on.
[[nodiscard]] Contents contents_of(Reader& reader);

// For machines (schema rxlab.capture/2, docs/contracts.md), and for people: their text ends with
// the options that receive the capture's feeds. `contents` are those of `reader`, which has read to
// the end.
[[nodiscard]] nlohmann::ordered_json to_json(const Reader& reader, const Contents& contents);
[[nodiscard]] std::string to_text(const Reader& reader, const Contents& contents);

// "2020-01-02T09:30:00.000000123Z"
[[nodiscard]] std::string utc_text(std::uint64_t time_ns);

}  // namespace rxlab::capture
