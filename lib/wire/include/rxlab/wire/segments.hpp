// SPDX-License-Identifier: MIT
//
// Several datagrams in one: a sender with UDP_SEGMENT hands the kernel many packets in one write,
// and a receiver's GRO joins those of one flow; both keep one frame with one UDP header, cut into
// datagrams only where it must be (Linux: Documentation/networking/segmentation-offloads.rst).
// Whoever reads whole frames below that point (AF_PACKET, a capture, a DPDK port over a veth) gets
// the "superpacket": equal-sized datagrams one behind the other, of which only the last may be
// shorter. Nothing in the frame tells it, but MoldUDP64 does. Stateless; copies nothing.
#pragma once

#include <rxlab/wire/moldudp64.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace rxlab::wire::mold {

// Bytes of the packet that begins `datagram`: its header and its messages. 0 where it is cut short.
[[nodiscard]] inline std::size_t packet_bytes(std::span<const std::byte> datagram) noexcept {
    if (datagram.size() < sizeof(Header)) return 0;
    std::size_t bytes = sizeof(Header);
    const Status status = for_each_message(
        datagram, [&](std::span<const std::byte> message) { bytes += 2 + message.size(); });
    return status == Status::ok || status == Status::trailing_bytes ? bytes : 0;
}

// The size of the segments (20 bytes or more) where a UDP payload is a superpacket: whole MoldUDP64
// packets of one session, each as long as the first, the last not longer. 0 where it is an ordinary
// packet or anything else. Sequence numbers are not compared, because GRO also joins what came
// after a loss, or twice. A tail that is no packet of the session makes the whole no superpacket:
// then the first packet is one with bytes left over (Status::trailing_bytes).
//
// Walks over all messages: ask where a packet has trailing bytes, or is longer than the network's
// MTU lets through, not for every packet.
[[nodiscard]] inline std::size_t segment_bytes(std::span<const std::byte> payload) noexcept {
    const std::size_t size = packet_bytes(payload);
    if (size == 0 || size == payload.size()) return 0;
    for (auto rest = payload.subspan(size); !rest.empty();) {
        const auto segment = rest.first(std::min(size, rest.size()));
        if (!is_complete(segment)) return 0;
        if (!(overlay<Header>(segment).session == overlay<Header>(payload).session)) return 0;
        rest = rest.subspan(segment.size());
    }
    return size;
}

// Calls `visitor(std::span<const std::byte> datagram)` for each segment of a superpacket, or once
// with the whole payload where `size`, what segment_bytes() said of it, is 0.
template <typename Visitor>
void for_each_segment(std::span<const std::byte> payload, std::size_t size, Visitor&& visitor) {
    if (size == 0) return visitor(payload);
    for (auto rest = payload; !rest.empty();) {
        const auto segment = rest.first(std::min(size, rest.size()));
        visitor(segment);
        rest = rest.subspan(segment.size());
    }
}

}  // namespace rxlab::wire::mold
