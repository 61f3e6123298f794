// SPDX-License-Identifier: MIT
#include "link_type.hpp"

#include <pcap/dlt.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace rxlab::capture {
namespace {

constexpr std::uint32_t kNull = 0;
constexpr std::uint32_t kEthernet = 1;
constexpr std::uint32_t kRaw = 101;
constexpr std::uint32_t kRawAsDlt = 12;  // what the same type is called in memory, seen in files
constexpr std::uint32_t kLoop = 108;
constexpr std::uint32_t kLinuxSll = 113;
constexpr std::uint32_t kIpv4 = 228;
constexpr std::uint32_t kLinuxSll2 = 276;
constexpr std::array kReadable{kNull, kEthernet, kRawAsDlt, kRaw,
                               kLoop, kLinuxSll, kIpv4,     kLinuxSll2};

// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html: packet type, ARPHRD type, address
// length, address, protocol. From its third byte on it has the layout of an Ethernet header.
constexpr std::size_t kSllBytes = 16;
// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html: the protocol comes first.
constexpr std::size_t kSll2Bytes = 20;
// https://www.tcpdump.org/linktypes/LINKTYPE_NULL.html: an address family in the byte order of the
// machine that recorded; LOOP: in network order. AF_INET is 2 everywhere.
constexpr std::size_t kFamilyBytes = 4;
constexpr std::uint32_t kFamilyInet = 2;
// No EtherType (below 0x0600 it would be a length): nothing that a parser takes for IPv4.
constexpr std::uint16_t kNoEtherType = 0;

}  // namespace

bool is_readable(std::uint32_t link_type) noexcept {
    return std::ranges::find(kReadable, link_type) != kReadable.end();
}

std::string link_type_name(std::uint32_t link_type) {
    const char* const name = pcap_datalink_val_to_name(static_cast<int>(link_type));
    return name != nullptr ? name : std::to_string(link_type);
}

std::span<const std::byte> as_ethernet(std::uint32_t link_type,
                                       std::span<std::byte> memory) noexcept {
    const std::span<std::byte> packet = memory.subspan(kHeadroom);
    std::size_t own_bytes = 0;
    std::uint16_t type = wire::kEtherTypeIpv4;
    switch (link_type) {
        case kEthernet:
            return packet;
        case kLinuxSll:
            if (packet.size() < kSllBytes) return {};
            return packet.subspan(kSllBytes - sizeof(wire::EthernetHeader));
        case kLinuxSll2:
            if (packet.size() < kSll2Bytes) return {};
            own_bytes = kSll2Bytes;
            type = wire::overlay<wire::be16>(packet);
            break;
        case kNull:
        case kLoop: {
            if (packet.size() < kFamilyBytes) return {};
            own_bytes = kFamilyBytes;
            const std::uint32_t family = wire::overlay<wire::be32>(packet);
            if (family != kFamilyInet && family != kFamilyInet << 24) type = kNoEtherType;
            break;
        }
        default:
            break;  // raw IP
    }
    const auto frame = memory.subspan(kHeadroom + own_bytes - sizeof(wire::EthernetHeader));
    const wire::EthernetHeader header{{}, {}, type};
    std::memcpy(frame.data(), &header, sizeof header);
    return frame;
}

}  // namespace rxlab::capture
