// SPDX-License-Identifier: MIT
//
// Captures in each format and link type, from the formats' specifications (see
// tests/lib/capture/handmade.hpp, which the unit tests use).
#include "../../lib/capture/handmade.hpp"
#include "seeds.hpp"

namespace rxlab::fuzz {

void make_captures(Folder& folder) {
    using namespace capture::test;
    const Blob packet =
        ipv4_udp(0xef010101, 30'001, moldudp64("RXLAB00001", 7, {"message", "another"}));
    const Blob cooked = big(2, 2) + big(1, 2) + big(6, 2) + Blob(8, 'a') + big(0x0800, 2);
    const Blob cooked2 =
        big(0x0800, 2) + Blob(2, '\0') + big(3, 4) + big(1, 2) + big(0x0206, 2) + Blob(8, 'a');
    for (const Order order : {Order::little, Order::big}) {
        for (const std::uint32_t magic : {0xa1b2c3d4, 0xa1b23c4d}) {
            const auto record = [&](const Blob& frame) {
                return pcap_record(order, 1'577'957'400, 123'456, frame);
            };
            folder.add(pcap_header(order, magic, 1) + record(ethernet(packet)) +
                       record(ethernet(packet, {0x8100'002a})) +
                       record(ethernet(packet, {0x88a8'0007, 0x8100'002a})));
            folder.add(pcap_header(order, magic, 113) + record(cooked + packet));
            folder.add(pcap_header(order, magic, 276) + record(cooked2 + packet));
            folder.add(pcap_header(order, magic, 101) + record(packet));
        }
    }
    folder.add(pcapng_section() + pcapng_interface(1, 9) + pcapng_interface(1, 6) +
               pcapng_packet(0, 1'577'957'400'000'000'007, ethernet(packet)) +
               pcapng_packet(1, 1'577'957'400'000'001, ethernet(packet, {0x8100'002a})));
    const Blob statistics =
        pcapng_block(5, little(0, 12) + pcapng_option(5, little(3, 8)) + pcapng_option(0, ""));
    const Blob simple =
        pcapng_block(3, little(ethernet(packet).size(), 4) + padded(ethernet(packet)));
    folder.add(pcapng_section(Order::big) + pcapng_interface(0, '\x8a', 262'144, {}, Order::big) +
               pcapng_packet(0, 1'577'957'400'000, big(2, 4) + packet, Order::big) +
               pcapng_section() +
               pcapng_interface(1, 9, 96, pcapng_option(14, little(1'577'957'400, 8))) + simple +
               pcapng_interface(105, 6) + pcapng_packet(1, 7, "a beacon") + statistics);
    // What content_of() looks for: mirrors, a tap's stamps, superpackets, cut datagrams.
    const auto of = [](const Blob& frame, std::size_t wire_bytes = 0) {
        return pcap_record(Order::little, 1'577'957'400, 123'456, frame, wire_bytes);
    };
    const Blob one = moldudp64("RXLAB00001", 7, {"message"});
    const Blob inner = ethernet(packet);
    const Blob vxlan = big(0x0800'0000, 4) + big(0x0000'0500, 4);
    const Blob seconds = big(1'577'957'400, 4);
    const Blob metawatch = big(0, 4) + Blob(4, 'x') + big(0x60, 4) + seconds + big(5, 4) +
                           big(2, 1) + big(1, 2) + big(7, 1);
    const Blob exablaze = big(0, 4) + big(0x0102, 2) + seconds + big(5, 5) + big(0, 1);
    const Blob arista = inner.substr(0, 12) + big(0xd28b0001, 4) + big(0x0120, 2) +
                        seconds.substr(2) + big(5, 4) + inner.substr(12);
    folder.add(pcap_header(Order::little, 0xa1b23c4d, 1) +
               of(ethernet(ipv4_udp(0x0a090909, 4'789, vxlan + inner))) +
               of(ethernet(ipv4_udp(0xef010101, 30'001, one + one))) + of(inner + metawatch) +
               of(inner + exablaze) + of(arista) + of(inner.substr(0, 60), inner.size()));
}

}  // namespace rxlab::fuzz
