// SPDX-License-Identifier: MIT
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/frame.hpp>

#include <cstring>
#include <numeric>

namespace rxlab::wire {
namespace {

// Writes wire structs one behind the other.
class Cursor {
  public:
    explicit Cursor(std::byte* at) noexcept : at_{at} {}

    template <WireStruct T>
    void put(const T& value) noexcept {
        std::memcpy(at_, &value, sizeof(T));
        at_ += sizeof(T);
    }

  private:
    std::byte* at_;
};

Ipv4Header ipv4_header(const UdpFrame& fields, std::size_t udp_bytes) noexcept {
    Ipv4Header ip;
    ip.version_and_words = kIpv4NoOptions;
    ip.total_length = static_cast<std::uint16_t>(sizeof(Ipv4Header) + udp_bytes);
    ip.fragment = kIpv4DontFragment;  // so that the identification may stay 0 (RFC 6864)
    ip.time_to_live = fields.time_to_live;
    ip.protocol = kIpProtocolUdp;
    ip.source = fields.source;
    ip.destination = fields.destination;
    ip.checksum = ipv4_header_checksum(bytes_of(ip));
    return ip;
}

}  // namespace

std::string_view to_string(FrameStatus status) noexcept {
    switch (status) {
        case FrameStatus::ok:
            return "ok";
        case FrameStatus::truncated:
            return "truncated";
        case FrameStatus::not_ipv4:
            return "not_ipv4";
        case FrameStatus::bad_version_or_header:
            return "bad_version_or_header";
        case FrameStatus::not_udp:
            return "not_udp";
        case FrameStatus::fragment:
            return "fragment";
        case FrameStatus::bad_length:
            return "bad_length";
    }
    return "unknown";
}

std::uint64_t FrameCounters::refused() const noexcept {
    return std::accumulate(counts_.begin() + 1, counts_.end(), std::uint64_t{0});
}

std::optional<CutDatagram> read_cut_frame(std::span<const std::byte> frame) noexcept {
    if (frame.size() <= sizeof(EthernetHeader)) return {};
    std::span<const std::byte> rest = frame.subspan(sizeof(EthernetHeader));
    const auto tags = detail::skip_vlan_tags(rest, overlay<EthernetHeader>(frame).type);
    if (tags.status != FrameStatus::ok) return {};
    rest = rest.subspan(tags.bytes);
    if (rest.size() < sizeof(Ipv4Header)) return {};
    const auto& ip = overlay<Ipv4Header>(rest);
    const std::size_t header_bytes = (ip.version_and_words & 0xfU) * 4;
    if (rest.size() < header_bytes + sizeof(UdpHeader)) return {};
    const auto& udp = overlay<UdpHeader>(rest.subspan(header_bytes));
    return CutDatagram{destination_key(ip.destination, udp.destination_port), ip.total_length};
}

detail::VlanTags detail::skip_vlan_tags(std::span<const std::byte> rest,
                                        std::uint16_t type) noexcept {
    constexpr VlanTags kTruncated{FrameStatus::truncated, 0, 0, 0};
    VlanTags tags{FrameStatus::ok, 0, 0, 0};
    for (int vlans = 0; type != kEtherTypeIpv4;) {
        std::size_t bytes = 0;
        if (is_vlan_type(type) && vlans < kVlanTagsMax) {
            ++vlans;
            bytes = sizeof(VlanTag);
            if (rest.size() < bytes) return kTruncated;
            tags.vlan = overlay<VlanTag>(rest).control & kVlanIdMask;
        } else if (type == kEtherTypeArista && tags.arista_stamp == 0) {
            if (rest.size() < sizeof(AristaHeader)) return kTruncated;
            const std::size_t stamp_bytes = arista_stamp_bytes(overlay<AristaHeader>(rest));
            if (stamp_bytes == 0) break;
            bytes = sizeof(AristaHeader) + stamp_bytes + sizeof(be16);
            if (rest.size() < bytes) return kTruncated;
            tags.arista_stamp = static_cast<std::uint8_t>(sizeof(EthernetHeader) + tags.bytes);
        } else {
            break;
        }
        tags.bytes = static_cast<std::uint8_t>(tags.bytes + bytes);
        type = overlay<be16>(rest.subspan(bytes - sizeof(be16)));
        rest = rest.subspan(bytes);
    }
    if (type != kEtherTypeIpv4) tags.status = FrameStatus::not_ipv4;
    return tags;
}

std::span<const std::byte> build_udp_frame(std::span<std::byte> memory, const UdpFrame& fields,
                                           std::span<const std::byte> payload) noexcept {
    const bool tagged = fields.vlan != 0;
    const std::size_t header_bytes = kUdpFrameHeaderBytesMax - (tagged ? 0 : sizeof(VlanTag));
    if (payload.size() > kUdpPayloadBytesMax) return {};
    if (memory.size() < header_bytes + payload.size()) return {};
    if (!payload.empty()) {  // first: it may lie where the headers go
        std::memmove(memory.data() + header_bytes, payload.data(), payload.size());
    }
    const std::size_t udp_bytes = sizeof(UdpHeader) + payload.size();

    Cursor cursor{memory.data()};
    cursor.put(EthernetHeader{is_multicast(fields.destination) ? multicast_mac(fields.destination)
                                                               : fields.destination_mac,
                              fields.source_mac, tagged ? kEtherTypeVlan : kEtherTypeIpv4});
    if (tagged) {
        cursor.put(VlanTag{static_cast<std::uint16_t>(fields.vlan & kVlanIdMask), kEtherTypeIpv4});
    }
    cursor.put(ipv4_header(fields, udp_bytes));
    UdpHeader udp{fields.source_port, fields.destination_port,
                  static_cast<std::uint16_t>(udp_bytes), 0};
    cursor.put(udp);
    if (!fields.udp_checksum) return memory.first(header_bytes + payload.size());
    const std::span<std::byte> datagram =
        memory.subspan(header_bytes - sizeof(UdpHeader), udp_bytes);
    udp.checksum = udp_checksum(fields.source, fields.destination, datagram);
    std::memcpy(datagram.data(), &udp, sizeof(udp));
    return memory.first(header_bytes + payload.size());
}

}  // namespace rxlab::wire
