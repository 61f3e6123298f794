// SPDX-License-Identifier: MIT
//
// Whole frames for tests of what chooses among them: the filter of packet_rx, the XDP program of
// xdp_rx.
#pragma once

#include <rxlab/wire/frame.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rxlab::wire::test {

using Frame = std::vector<std::byte>;

// From 192.0.2.1, with a source port that is a group's, but does not count.
inline Frame frame_to(std::uint32_t address, std::uint16_t port, std::uint16_t vlan = 0) {
    Frame memory(2'000);
    UdpFrame fields;
    fields.source = 0xc0000201;
    fields.source_port = 30'001;
    fields.destination = address;
    fields.destination_port = port;
    fields.vlan = vlan;
    const auto frame = build_udp_frame(memory, fields, Frame(100));
    return {frame.begin(), frame.end()};
}

// The same with `words` words of IPv4 options.
inline Frame with_options(Frame frame, std::size_t words) {
    frame.insert(frame.begin() + 34, words * 4, std::byte{1});
    frame[14] = static_cast<std::byte>(0x45 + words);
    return frame;
}

inline Frame as_fragment(Frame frame, unsigned offset, bool more) {
    frame[20] = static_cast<std::byte>((more ? 0x20U : 0U) | offset >> 8);
    frame[21] = static_cast<std::byte>(offset);
    return frame;
}

}  // namespace rxlab::wire::test
