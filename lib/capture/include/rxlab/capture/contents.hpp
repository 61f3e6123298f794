// SPDX-License-Identifier: MIT
//
// What is in a capture: the UDP destinations, and which of them speak MoldUDP64. For looking at a
// capture before its groups are known. Functions without state.
#pragma once

#include <rxlab/capture/reader.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rxlab::capture {

// All datagrams to one address and port within one VLAN.
struct Destination {
    wire::Ipv4Endpoint endpoint;
    std::uint16_t vlan = 0;  // 0: not tagged
    std::uint64_t datagrams = 0;
    std::uint64_t bytes = 0;           // UDP payload
    std::uint64_t moldudp64 = 0;       // datagrams that are whole MoldUDP64 packets
    std::uint64_t messages = 0;        // in those
    std::uint64_t sessions = 0;        // runs of packets of the same session
    wire::mold::Session session;       // the last one
    std::uint64_t first_sequence = 0;  // of that session: the lowest number seen …
    std::uint64_t next_sequence = 0;   // … and one past the highest

    // Each datagram is a MoldUDP64 packet.
    [[nodiscard]] bool is_feed() const noexcept { return moldudp64 == datagrams; }
};

struct Contents {
    std::vector<Destination> destinations;  // in the order of their first datagram
    wire::FrameCounters frames;
    std::uint64_t first_ns = 0;  // the earliest stamp and the latest
    std::uint64_t last_ns = 0;
};

// Reads the capture to its end, or to where it cannot be read on.
[[nodiscard]] Contents contents_of(Reader& reader);

// "2020-01-02T09:30:00.000000123Z"
[[nodiscard]] std::string utc_text(std::uint64_t time_ns);

}  // namespace rxlab::capture
