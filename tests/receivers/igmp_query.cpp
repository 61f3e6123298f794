// SPDX-License-Identifier: MIT
//
// igmp_query INTERFACE VERSION GROUP TENTHS [broken|SOURCE]: sends one membership query, as a
// router would (GROUP 0.0.0.0: to all systems), of version 3 about one source; `broken` spoils its
// checksum. Needs CAP_NET_RAW.
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/igmp.hpp>

#include <net/if.h>
#include <netpacket/packet.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

int main(int argc, char** argv) {
    using namespace rxlab::wire;
    if (argc < 5) {
        std::fputs("usage: igmp_query INTERFACE VERSION GROUP TENTHS [broken|SOURCE]\n", stderr);
        return 2;
    }
    const std::uint32_t group = parse_ipv4_address(argv[3]);
    const auto tenths = static_cast<std::uint8_t>(std::atoi(argv[4]));
    const bool broken = argc > 5 && std::string_view{argv[5]} == "broken";
    std::vector<std::uint32_t> sources;
    if (argc > 5 && !broken) sources.push_back(parse_ipv4_address(argv[5]));
    const IgmpSender router{{std::byte{2}, {}, {}, {}, {}, std::byte{1}}, 0xc0000201, 0};
    std::array<std::byte, kIgmpFrameBytesMax> memory;
    const auto frame = std::string_view{argv[2]} == "3"
                           ? build_igmp_query_v3(memory, router, group, tenths, 2, sources)
                           : build_igmp_frame(memory, router, IgmpType::query, group, tenths);
    if (broken) memory[frame.size() - 1] ^= std::byte{1};
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_ifindex = static_cast<int>(if_nametoindex(argv[1]));
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (sendto(fd, frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to) <
        0) {
        std::perror("igmp_query: send");
        return 1;
    }
    return 0;
}
