// SPDX-License-Identifier: MIT
//
// From an Ethernet frame to the UDP datagram in it, and back. Parsing is the hot path of a receiver
// that gets whole frames: it copies nothing, and an untagged frame without IPv4 options costs a
// handful of loads and compares. Frames that are not taken are counted by reason.
// Ownership: an UdpDatagram views the frame's bytes. Threading: the functions are stateless.
#pragma once

#include <rxlab/wire/ethernet.hpp>
#include <rxlab/wire/ipv4.hpp>
#include <rxlab/wire/udp.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace rxlab::wire {

struct UdpDatagram {
    std::uint32_t source;  // IPv4 addresses and ports in host order
    std::uint32_t destination;
    std::uint16_t source_port;
    std::uint16_t destination_port;
    std::span<const std::byte> payload;
    std::uint16_t vlan;  // id in the innermost tag; 0: untagged, or tagged for priority only
};

enum class FrameStatus : std::uint8_t {
    ok,
    truncated,              // the frame ends before a header, or before IPv4's total length
    not_ipv4,               // another EtherType, or more than kVlanTagsMax VLAN tags
    bad_version_or_header,  // IPv4's version is not 4, or its header is shorter than 20 bytes
    not_udp,
    fragment,    // of a UDP datagram; nothing is reassembled
    bad_length,  // the lengths in the IPv4 and UDP headers contradict each other
};
inline constexpr std::size_t kFrameStatuses = 7;
inline constexpr int kVlanTagsMax = 4;

// The status's name, as it is written above.
[[nodiscard]] std::string_view to_string(FrameStatus status) noexcept;

// One counter per status. Threading: belongs to one thread.
class FrameCounters {
  public:
    void count(FrameStatus status, std::uint64_t frames = 1) noexcept {
        counts_[static_cast<std::size_t>(status)] += frames;
    }
    // For a frame that another thread will count.
    void take_back(FrameStatus status) noexcept { --counts_[static_cast<std::size_t>(status)]; }
    [[nodiscard]] std::uint64_t operator[](FrameStatus status) const noexcept {
        return counts_[static_cast<std::size_t>(status)];
    }
    // Frames that were not ok.
    [[nodiscard]] std::uint64_t refused() const noexcept;
    // Calls `visitor(FrameStatus, std::uint64_t)` for each status, ok first.
    template <typename Visitor>
    void for_each(Visitor&& visitor) const {
        for (std::size_t i = 0; i < kFrameStatuses; ++i) {
            visitor(static_cast<FrameStatus>(i), counts_[i]);
        }
    }

  private:
    std::array<std::uint64_t, kFrameStatuses> counts_{};
};

namespace detail {

// What stands between an Ethernet header and IPv4. Returned by value: passed by address, what the
// parser needs next would live in memory.
struct VlanTags {
    FrameStatus status;  // ok, truncated or not_ipv4
    std::uint8_t bytes;
    std::uint16_t vlan;         // id in the innermost tag
    std::uint8_t arista_stamp;  // where an AristaHeader stands in the frame; 0: there is none
};

// Steps over VLAN tags (0x8100, 0x88a8, 0x9100, 0x9200) and an Arista switch's time stamp at the
// front of `rest`, which is what follows the Ethernet header; `type` is the EtherType before them.
[[nodiscard]] VlanTags skip_vlan_tags(std::span<const std::byte> rest, std::uint16_t type) noexcept;

}  // namespace detail

// Finds the UDP datagram in a frame (from the destination address on, without the checksum at its
// end). `out` is written only where the answer is ok. IPv4 options are stepped over; bytes beyond
// IPv4's total length (the padding of frames below 60 bytes) are left out.
//
// Checksums are not verified here: a NIC or the kernel has done so, and where a frame never saw a
// wire (veth, with checksum offload) its UDP checksum is legitimately unfinished.
// [snippet: parse-frame]
[[nodiscard]] inline FrameStatus parse_udp_frame(std::span<const std::byte> frame,
                                                 UdpDatagram& out) noexcept {
    if (frame.size() < sizeof(EthernetHeader)) [[unlikely]]
        return FrameStatus::truncated;
    const std::uint16_t type = overlay<EthernetHeader>(frame).type;
    std::uint16_t vlan = 0;
    std::span<const std::byte> rest = frame.subspan(sizeof(EthernetHeader));
    if (type != kEtherTypeIpv4) [[unlikely]] {
        const detail::VlanTags tags = detail::skip_vlan_tags(rest, type);
        if (tags.status != FrameStatus::ok) return tags.status;
        vlan = tags.vlan;
        rest = rest.subspan(tags.bytes);
    }

    if (rest.size() < sizeof(Ipv4Header)) [[unlikely]]
        return FrameStatus::truncated;
    const auto& ip = overlay<Ipv4Header>(rest);
    std::size_t header_bytes = sizeof(Ipv4Header);
    if (ip.version_and_words != kIpv4NoOptions) [[unlikely]] {
        header_bytes = (ip.version_and_words & 0xfU) * 4;
        if (ip.version_and_words >> 4 != 4 || header_bytes < sizeof(Ipv4Header)) {
            return FrameStatus::bad_version_or_header;
        }
    }
    if (ip.protocol != kIpProtocolUdp) [[unlikely]]
        return FrameStatus::not_udp;
    if ((ip.fragment & (kIpv4MoreFragments | kIpv4FragmentOffsetMask)) != 0) [[unlikely]]
        return FrameStatus::fragment;
    const std::size_t total_bytes = ip.total_length;
    if (total_bytes > rest.size()) [[unlikely]]
        return FrameStatus::truncated;
    if (total_bytes < header_bytes + sizeof(UdpHeader)) [[unlikely]]
        return FrameStatus::bad_length;

    const auto& udp = overlay<UdpHeader>(rest.subspan(header_bytes));
    const std::size_t udp_bytes = udp.length;
    if (udp_bytes < sizeof(UdpHeader) || udp_bytes > total_bytes - header_bytes) [[unlikely]]
        return FrameStatus::bad_length;
    out = {ip.source,
           ip.destination,
           udp.source_port,
           udp.destination_port,
           rest.subspan(header_bytes + sizeof(UdpHeader), udp_bytes - sizeof(UdpHeader)),
           vlan};
    return FrameStatus::ok;
}
// [end: parse-frame]

// What can still be read of a frame whose end was cut off on the way: its headers are whole, and
// the IPv4 header says how long the packet was.
struct CutDatagram {
    std::uint64_t destination = 0;  // as destination_key() makes it
    std::uint16_t ip_bytes = 0;     // IPv4's total length
};
// Of a frame that parse_udp_frame() calls truncated. Empty where its headers are not whole.
[[nodiscard]] std::optional<CutDatagram> read_cut_frame(std::span<const std::byte> frame) noexcept;

// A datagram in a frame of the shape that nearly all have: no VLAN tag, no IPv4 options, no
// fragment, and both length fields agree.
struct PlainDatagram {
    std::uint64_t destination = 0;  // as destination_key() makes it
    std::span<const std::byte> payload;
    std::uint32_t source = 0;  // IPv4 address, host order
};

// Destination address and port as one number, in the order in which they lie in the headers; the
// source port, which lies between them, is 0.
[[nodiscard]] constexpr std::uint64_t destination_key(std::uint32_t address,
                                                      std::uint16_t port) noexcept {
    const auto byte = [](std::uint32_t value, int shift) {
        return static_cast<std::uint8_t>(value >> shift & 0xffU);
    };
    return std::bit_cast<std::uint64_t>(
        std::array<std::uint8_t, 8>{byte(address, 24), byte(address, 16), byte(address, 8),
                                    byte(address, 0), 0, 0, byte(port, 8), byte(port, 0)});
}

// parse_udp_frame() for that shape alone, with several fields in each comparison. False says
// nothing about the frame: ask parse_udp_frame(). True, and it would have said ok and found the
// same.
[[nodiscard]] inline bool parse_plain_udp(std::span<const std::byte> frame,
                                          PlainDatagram& out) noexcept {
    constexpr std::size_t kHeaders =
        sizeof(EthernetHeader) + sizeof(Ipv4Header) + sizeof(UdpHeader);
    constexpr std::size_t kType = 12, kTotalLength = 16, kFragment = 20, kSource = 26,
                          kDestination = 30, kUdpLength = 38;
    using Four = std::array<std::uint8_t, 4>;
    using Eight = std::array<std::uint8_t, 8>;
    // EtherType, version and header length; fragment, protocol; all but the source port.
    constexpr auto kTypeMask = std::bit_cast<std::uint32_t>(Four{0xff, 0xff, 0xff, 0});
    constexpr auto kTypeWanted = std::bit_cast<std::uint32_t>(
        Four{kEtherTypeIpv4 >> 8, kEtherTypeIpv4 & 0xff, kIpv4NoOptions, 0});
    constexpr auto kFragmentMask = std::bit_cast<std::uint32_t>(Four{0x3f, 0xff, 0, 0xff});
    constexpr auto kFragmentWanted = std::bit_cast<std::uint32_t>(Four{0, 0, 0, kIpProtocolUdp});
    constexpr auto kDestinationMask =
        std::bit_cast<std::uint64_t>(Eight{0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 0xff});

    if (frame.size() < kHeaders) [[unlikely]]
        return false;
    const std::byte* const bytes = frame.data();
    std::uint32_t type, fragment;
    std::uint64_t destination;
    std::memcpy(&type, bytes + kType, sizeof type);
    std::memcpy(&fragment, bytes + kFragment, sizeof fragment);
    std::memcpy(&destination, bytes + kDestination, sizeof destination);
    const std::size_t total_bytes = overlay<be16>(frame.subspan(kTotalLength));
    const std::size_t udp_bytes = overlay<be16>(frame.subspan(kUdpLength));
    if ((((type & kTypeMask) ^ kTypeWanted) | ((fragment & kFragmentMask) ^ kFragmentWanted)) != 0)
        [[unlikely]]
        return false;
    if (udp_bytes < sizeof(UdpHeader) || total_bytes != sizeof(Ipv4Header) + udp_bytes ||
        sizeof(EthernetHeader) + total_bytes > frame.size()) [[unlikely]]
        return false;
    out = {destination & kDestinationMask,
           {bytes + kHeaders, udp_bytes - sizeof(UdpHeader)},
           overlay<be32>(frame.subspan(kSource))};
    return true;
}

// What build_udp_frame() puts into the headers. Addresses and ports in host order.
struct UdpFrame {
    MacAddress source_mac{};
    MacAddress destination_mac{};  // not used for a multicast destination: that has its own
    std::uint32_t source = 0;
    std::uint32_t destination = 0;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint16_t vlan = 0;  // 1..4094: an 802.1Q tag; 0: none
    std::uint8_t time_to_live = 1;
    bool udp_checksum = true;  // false: zero, which says that there is none (RFC 768)
};

// Ethernet, 802.1Q, IPv4 and UDP.
inline constexpr std::size_t kUdpFrameHeaderBytesMax =
    sizeof(EthernetHeader) + sizeof(VlanTag) + sizeof(Ipv4Header) + sizeof(UdpHeader);

// Writes the headers, with both checksums, and the payload into `memory`; `payload` may lie in
// `memory`. Returns the frame, which is not padded to Ethernet's 60 bytes (a NIC does that), or an
// empty span where it does not fit into `memory` or into IPv4.
[[nodiscard]] std::span<const std::byte> build_udp_frame(
    std::span<std::byte> memory, const UdpFrame& fields,
    std::span<const std::byte> payload) noexcept;

}  // namespace rxlab::wire
