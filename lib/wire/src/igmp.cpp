// SPDX-License-Identifier: MIT
#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/igmp.hpp>
#include <rxlab/wire/ipv4.hpp>

#include <cstring>

namespace rxlab::wire {
namespace {

// RFC 2113: routers look at the packet although it is not for them.
constexpr std::uint32_t kRouterAlert = 0x94040000;
constexpr std::uint8_t kIpv4RouterAlertWords = 0x46;
constexpr std::size_t kIpv4Bytes = sizeof(Ipv4Header) + sizeof(be32);
constexpr std::uint8_t kServiceInternetControl = 0xc0;  // RFC 3376, section 4
constexpr std::uint32_t kResponseMsV1 = 10'000;         // RFC 2236, section 4

// Writes the headers in front of a message and its checksum into it.
class FrameBuilder {
  public:
    FrameBuilder(std::span<std::byte> memory, std::uint16_t vlan) noexcept
        : memory_{memory},
          vlan_{static_cast<std::uint16_t>(vlan & kVlanIdMask)},
          begin_{sizeof(EthernetHeader) + (vlan_ != 0 ? sizeof(VlanTag) : 0) + kIpv4Bytes},
          end_{begin_} {}

    template <WireStruct T>
    void put(const T& value) noexcept {
        if (memory_.size() < end_ + sizeof(T)) {
            fits_ = false;
            return;
        }
        std::memcpy(memory_.data() + end_, &value, sizeof(T));
        end_ += sizeof(T);
    }

    std::span<const std::byte> finish(const IgmpSender& sender, std::uint32_t destination) {
        if (!fits_) return {};
        const auto message = memory_.subspan(begin_, end_ - begin_);
        const be16 checksum = igmp_checksum(message);
        std::memcpy(message.data() + offsetof(IgmpHeader, checksum), &checksum, sizeof(checksum));
        const std::size_t frame_bytes = end_;
        end_ = 0;
        put(EthernetHeader{multicast_mac(destination), sender.mac,
                           vlan_ != 0 ? kEtherTypeVlan : kEtherTypeIpv4});
        if (vlan_ != 0) put(VlanTag{vlan_, kEtherTypeIpv4});
        put_ipv4(sender.address, destination, message.size());
        return memory_.first(frame_bytes);
    }

  private:
    void put_ipv4(std::uint32_t source, std::uint32_t destination, std::size_t bytes) noexcept {
        Ipv4Header ip;
        ip.version_and_words = kIpv4RouterAlertWords;
        ip.service = kServiceInternetControl;
        ip.total_length = static_cast<std::uint16_t>(kIpv4Bytes + bytes);
        ip.fragment = kIpv4DontFragment;
        ip.time_to_live = 1;
        ip.protocol = kIpProtocolIgmp;
        ip.source = source;
        ip.destination = destination;
        const std::size_t at = end_;
        put(ip);
        put(be32{kRouterAlert});
        ip.checksum = ipv4_header_checksum(memory_.subspan(at, kIpv4Bytes));
        std::memcpy(memory_.data() + at, &ip, sizeof(ip));
    }

    std::span<std::byte> memory_;
    std::uint16_t vlan_;
    std::size_t begin_;
    std::size_t end_;
    bool fits_ = true;
};

std::uint32_t destination_of(IgmpType type, std::uint32_t group) noexcept {
    if (type == IgmpType::leave) return kAllRouters;
    return group == 0 ? kAllSystems : group;
}

bool has_router_alert(std::span<const std::byte> options) noexcept {
    while (!options.empty()) {
        const auto type = std::to_integer<std::uint8_t>(options[0]);
        if (type == 0x94) return true;
        if (type == 0) return false;
        if (type == 1) {
            options = options.subspan(1);
            continue;
        }
        if (options.size() < 2) return false;
        const auto bytes = std::to_integer<std::size_t>(options[1]);
        if (bytes < 2 || bytes > options.size()) return false;
        options = options.subspan(bytes);
    }
    return false;
}

IgmpStatus parse_query(std::span<const std::byte> bytes, IgmpMessage& out) noexcept {
    const auto& header = overlay<IgmpHeader>(bytes);
    if (bytes.size() == sizeof(IgmpHeader)) {
        out.query_version = header.response_code == 0 ? 1 : 2;
        out.response_ms =
            out.query_version == 1 ? kResponseMsV1 : igmp_response_ms(header.response_code, 2);
        return IgmpStatus::ok;
    }
    if (bytes.size() < sizeof(IgmpHeader) + sizeof(IgmpQueryV3)) return IgmpStatus::truncated;
    const auto& query = overlay<IgmpQueryV3>(bytes.subspan(sizeof(IgmpHeader)));
    const auto sources = bytes.subspan(sizeof(IgmpHeader) + sizeof(IgmpQueryV3));
    const std::size_t source_bytes = std::size_t{query.source_count} * sizeof(be32);
    if (sources.size() < source_bytes) return IgmpStatus::truncated;
    out.query_version = 3;
    out.response_ms = igmp_response_ms(header.response_code, 3);
    out.robustness = query.flags & 0x7U;
    out.sources = sources.first(source_bytes);
    return IgmpStatus::ok;
}

IgmpStatus parse_message(std::span<const std::byte> bytes, IgmpMessage& out) noexcept {
    if (bytes.size() < sizeof(IgmpHeader)) return IgmpStatus::truncated;
    const auto& header = overlay<IgmpHeader>(bytes);
    if (igmp_checksum(bytes) != header.checksum) return IgmpStatus::bad_checksum;
    out.type = static_cast<IgmpType>(header.type.get());
    switch (out.type) {
        case IgmpType::query:
            out.group = header.group;
            return parse_query(bytes, out);
        case IgmpType::report_v1:
        case IgmpType::report_v2:
        case IgmpType::leave:
            out.group = header.group;
            return IgmpStatus::ok;
        case IgmpType::report_v3:
            out.record_count = overlay<IgmpReportV3>(bytes).record_count;
            out.records = bytes.subspan(sizeof(IgmpReportV3));
            return IgmpStatus::ok;
    }
    return IgmpStatus::unknown_type;
}

}  // namespace

std::string_view to_string(IgmpStatus status) noexcept {
    switch (status) {
        case IgmpStatus::ok:
            return "ok";
        case IgmpStatus::not_igmp:
            return "not_igmp";
        case IgmpStatus::truncated:
            return "truncated";
        case IgmpStatus::bad_header:
            return "bad_header";
        case IgmpStatus::bad_checksum:
            return "bad_checksum";
        case IgmpStatus::unknown_type:
            return "unknown_type";
    }
    return "unknown";
}

std::uint32_t igmp_response_ms(std::uint8_t code, int version) noexcept {
    if (version < 3 || code < 128) return code * 100U;
    const unsigned mantissa = code & 0xfU;
    const unsigned exponent = code >> 4 & 0x7U;
    return ((mantissa | 0x10U) << (exponent + 3)) * 100U;
}

IgmpStatus parse_igmp_frame(std::span<const std::byte> frame, IgmpMessage& out) noexcept {
    if (frame.size() < sizeof(EthernetHeader)) return IgmpStatus::truncated;
    std::span<const std::byte> rest = frame.subspan(sizeof(EthernetHeader));
    const detail::VlanTags tags = detail::skip_vlan_tags(rest, overlay<EthernetHeader>(frame).type);
    if (tags.status == FrameStatus::truncated) return IgmpStatus::truncated;
    if (tags.status != FrameStatus::ok) return IgmpStatus::not_igmp;
    rest = rest.subspan(tags.bytes);

    if (rest.size() < sizeof(Ipv4Header)) return IgmpStatus::truncated;
    const auto& ip = overlay<Ipv4Header>(rest);
    const std::size_t header_bytes = (ip.version_and_words & 0xfU) * 4;
    if (ip.version_and_words >> 4 != 4 || header_bytes < sizeof(Ipv4Header)) {
        return IgmpStatus::bad_header;
    }
    if (ip.protocol != kIpProtocolIgmp) return IgmpStatus::not_igmp;
    if ((ip.fragment & (kIpv4MoreFragments | kIpv4FragmentOffsetMask)) != 0) {
        return IgmpStatus::bad_header;
    }
    const std::size_t total_bytes = ip.total_length;
    if (total_bytes < header_bytes) return IgmpStatus::bad_header;
    if (rest.size() < total_bytes) return IgmpStatus::truncated;
    if (ipv4_header_checksum(rest.first(header_bytes)) != ip.checksum) {
        return IgmpStatus::bad_checksum;
    }
    IgmpMessage message{};
    const IgmpStatus status =
        parse_message(rest.subspan(header_bytes, total_bytes - header_bytes), message);
    if (status != IgmpStatus::ok) return status;
    message.source = ip.source;
    message.destination = ip.destination;
    message.time_to_live = ip.time_to_live;
    message.router_alert =
        has_router_alert(rest.subspan(sizeof(Ipv4Header), header_bytes - sizeof(Ipv4Header)));
    message.vlan = tags.vlan;
    out = message;
    return IgmpStatus::ok;
}

std::span<const std::byte> build_igmp_frame(std::span<std::byte> memory, const IgmpSender& sender,
                                            IgmpType type, std::uint32_t group,
                                            std::uint8_t response_code) noexcept {
    FrameBuilder frame{memory, sender.vlan};
    frame.put(IgmpHeader{static_cast<std::uint8_t>(type), response_code, 0, group});
    return frame.finish(sender, destination_of(type, group));
}

std::span<const std::byte> build_igmp_query_v3(std::span<std::byte> memory,
                                               const IgmpSender& sender, std::uint32_t group,
                                               std::uint8_t response_code, std::uint8_t robustness,
                                               std::span<const std::uint32_t> sources) noexcept {
    FrameBuilder frame{memory, sender.vlan};
    frame.put(IgmpHeader{static_cast<std::uint8_t>(IgmpType::query), response_code, 0, group});
    frame.put(IgmpQueryV3{static_cast<std::uint8_t>(robustness & 0x7U), 125,
                          static_cast<std::uint16_t>(sources.size())});
    for (std::uint32_t source : sources)
        frame.put(be32{source});
    return frame.finish(sender, destination_of(IgmpType::query, group));
}

std::span<const std::byte> build_igmp_report_v3(std::span<std::byte> memory,
                                                const IgmpSender& sender,
                                                std::span<const IgmpGroupRecord> records) noexcept {
    FrameBuilder frame{memory, sender.vlan};
    frame.put(IgmpReportV3{static_cast<std::uint8_t>(IgmpType::report_v3), 0, 0, 0,
                           static_cast<std::uint16_t>(records.size())});
    std::size_t bytes = 0;
    for (const IgmpGroupRecord& record : records) {
        bytes += sizeof(IgmpRecord) + record.sources.size() * sizeof(be32);
        if (bytes > kIgmpRecordBytesMax) return {};
        frame.put(IgmpRecord{static_cast<std::uint8_t>(record.type), 0,
                             static_cast<std::uint16_t>(record.sources.size()), record.group});
        for (std::uint32_t source : record.sources)
            frame.put(be32{source});
    }
    return frame.finish(sender, kAllIgmpRouters);
}

}  // namespace rxlab::wire
