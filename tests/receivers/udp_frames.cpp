// SPDX-License-Identifier: MIT
//
// udp_frames INTERFACE SOURCE GROUP:PORT FIRST COUNT MESSAGES [bad|vlan7]: sends COUNT MoldUDP64
// packets of MESSAGES messages, whose numbers begin with FIRST, as complete frames from any source
// address; `bad`: with a wrong UDP checksum; `vlan7`: with a tag of VLAN 7. A kernel checks the
// checksum of such a frame, unlike that of what another socket of its own machine sent. Needs
// CAP_NET_RAW.
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <net/if.h>
#include <netpacket/packet.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

int main(int argc, char** argv) {
    using namespace rxlab::wire;
    if (argc < 7) {
        std::fputs(
            "usage: udp_frames INTERFACE SOURCE GROUP:PORT FIRST COUNT MESSAGES "
            "[bad|vlan7]\n",
            stderr);
        return 2;
    }
    const Ipv4Endpoint group = parse_ipv4_endpoint(argv[3]);
    UdpFrame fields;
    fields.source_mac = {std::byte{2}, {}, {}, {}, {}, std::byte{1}};
    fields.source = parse_ipv4_address(argv[2]);
    fields.source_port = 30'000;
    fields.destination = group.address;
    fields.destination_port = group.port;
    if (argc > 7 && std::string_view{argv[7]} == "vlan7") fields.vlan = 7;
    const bool bad = argc > 7 && std::string_view{argv[7]} == "bad";

    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_ifindex = static_cast<int>(if_nametoindex(argv[1]));
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    std::array<std::byte, 1'400> payload;
    std::array<std::byte, 1'500> memory;
    mold::PacketBuilder builder{payload, mold::Session{"FRAMES0001"}};
    std::uint64_t sequence = std::strtoull(argv[4], nullptr, 10);
    const std::uint64_t messages = std::strtoull(argv[6], nullptr, 10);
    for (int left = std::atoi(argv[5]); left > 0; --left) {
        builder.start(sequence);
        for (std::uint64_t i = 0; i < messages; ++i, ++sequence)
            static_cast<void>(builder.append(bytes_of(itch::SystemEvent{})));
        const auto frame = build_udp_frame(memory, fields, builder.finish());
        // The checksum is the last field of the UDP header, before the payload.
        constexpr std::size_t kChecksum = sizeof(EthernetHeader) + sizeof(Ipv4Header) + 6;
        if (bad) memory[kChecksum] ^= std::byte{0x40};
        if (sendto(fd, frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to) <
            0) {
            std::perror("udp_frames: send");
            return 1;
        }
    }
    return 0;
}
