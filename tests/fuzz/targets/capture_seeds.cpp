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
}

}  // namespace rxlab::fuzz
