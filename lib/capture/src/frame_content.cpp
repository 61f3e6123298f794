// SPDX-License-Identifier: MIT
#include "ipv4_packet.hpp"

#include <rxlab/capture/frame_content.hpp>
#include <rxlab/wire/segments.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace rxlab::capture {
namespace {

using Bytes = std::span<const std::byte>;
using wire::FrameStatus;
using wire::overlay;

constexpr int kMirrorsDeep = 2;

constexpr std::uint16_t kVxlanPort = 4'789;
constexpr std::uint16_t kVxlanOldPort = 8'472;
struct VxlanHeader {
    wire::be8 flags;  // 0x08: there is a network identifier; no other bit is in use
    wire::be8 reserved;
    wire::be16 reserved_too;
    wire::be16 network_high;
    wire::be8 network_low;
    wire::be8 reserved_as_well;
};
static_assert(sizeof(VxlanHeader) == 8 && wire::WireStruct<VxlanHeader>);

constexpr std::uint8_t kIpProtocolGre = 47;
struct GreHeader {  // RFC 2784, RFC 2890
    wire::be16 flags;
    wire::be16 protocol;
};
static_assert(sizeof(GreHeader) == 4 && wire::WireStruct<GreHeader>);
constexpr std::uint16_t kGreChecksum = 0x8000, kGreKey = 0x2000, kGreSequence = 0x1000;
constexpr std::uint16_t kGreKnown = kGreChecksum | kGreKey | kGreSequence;
constexpr std::uint16_t kGreErspan = 0x88be;   // types I and II
constexpr std::uint16_t kGreErspan3 = 0x22eb;  // type III
constexpr std::uint16_t kGreEthernet = 0x6558;
constexpr std::size_t kErspan2Bytes = 8, kErspan3Bytes = 12, kErspan3MoreBytes = 8;
constexpr std::byte kErspan3HasMore{0x01};  // in the last byte of its header

struct Inner {
    Mirror mirror = Mirror::none;
    Bytes frame;
};

Inner inner_of_vxlan(const wire::UdpDatagram& datagram) noexcept {
    if (datagram.destination_port != kVxlanPort && datagram.destination_port != kVxlanOldPort)
        return {};
    if (datagram.payload.size() < sizeof(VxlanHeader)) return {};
    const auto& header = overlay<VxlanHeader>(datagram.payload);
    if (header.flags != 0x08 || header.reserved != 0 || header.reserved_too != 0 ||
        header.reserved_as_well != 0) {
        return {};
    }
    return {Mirror::vxlan, datagram.payload.subspan(sizeof header)};
}

Inner inner_of_gre(Bytes payload) noexcept {
    if (payload.size() < sizeof(GreHeader)) return {};
    const std::uint16_t flags = overlay<GreHeader>(payload).flags;
    const std::uint16_t protocol = overlay<GreHeader>(payload).protocol;
    if ((flags & ~kGreKnown) != 0) return {};
    std::size_t bytes = sizeof(GreHeader);
    for (const std::uint16_t field : {kGreChecksum, kGreKey, kGreSequence})
        bytes += (flags & field) != 0 ? 4 : 0;
    Mirror mirror = Mirror::erspan;
    switch (protocol) {
        case kGreErspan:  // type I has neither a sequence number nor a header of its own
            bytes += (flags & kGreSequence) != 0 ? kErspan2Bytes : 0;
            break;
        case kGreErspan3:
            bytes += kErspan3Bytes;
            if (payload.size() < bytes) return {};
            if ((payload[bytes - 1] & kErspan3HasMore) != std::byte{0}) bytes += kErspan3MoreBytes;
            break;
        case kGreEthernet:
            mirror = Mirror::gre;
            break;
        default:
            return {};
    }
    if (payload.size() < bytes) return {};
    return {mirror, payload.subspan(bytes)};
}

// What of the UDP datagram is there in a frame that lost its end. False where not even its header
// is.
bool parse_cut(Bytes frame, wire::UdpDatagram& out) noexcept {
    const auto packet = ipv4_packet(frame);
    if (!packet || packet->header->protocol != wire::kIpProtocolUdp || packet->is_fragment())
        return false;
    if (packet->payload.size() < sizeof(wire::UdpHeader)) return false;
    const auto& udp = overlay<wire::UdpHeader>(packet->payload);
    out = {packet->header->source, packet->header->destination,         udp.source_port,
           udp.destination_port,   packet->payload.subspan(sizeof udp), packet->tags.vlan};
    return true;
}

void parse(Bytes frame, bool is_cut, Content& content) noexcept {
    content.status = wire::parse_udp_frame(frame, content.datagram);
    content.is_cut =
        is_cut && content.status == FrameStatus::truncated && parse_cut(frame, content.datagram);
}

Inner inner_of(Bytes frame, const Content& content) noexcept {
    if (content.status == FrameStatus::ok || content.is_cut)
        return inner_of_vxlan(content.datagram);
    if (content.status != FrameStatus::not_udp && content.status != FrameStatus::truncated)
        return {};
    const auto packet = ipv4_packet(frame);
    if (!packet || packet->header->protocol != kIpProtocolGre || packet->is_fragment()) return {};
    return inner_of_gre(packet->payload);
}

std::string seconds_text(std::int64_t ns) {
    return fmt::format("{:.9f}", static_cast<double>(ns) / 1e9);
}

}  // namespace

std::string_view to_string(Mirror mirror) noexcept {
    switch (mirror) {
        case Mirror::none:
            return "none";
        case Mirror::vxlan:
            return "vxlan";
        case Mirror::erspan:
            return "erspan";
        case Mirror::gre:
            return "gre";
    }
    return "unknown";
}

Content content_of(const Frame& frame) noexcept {
    Content content;
    Bytes bytes = frame.bytes;
    if (!frame.is_cut) content.tap = tap_stamp(bytes, frame.time_ns);
    parse(bytes, frame.is_cut, content);
    for (int depth = 0; depth < kMirrorsDeep; ++depth) {
        const Inner inner = inner_of(bytes, content);
        if (inner.mirror == Mirror::none) break;
        if (content.mirror == Mirror::none) content.mirror = inner.mirror;
        bytes = inner.frame;
        parse(bytes, frame.is_cut, content);
        if (!frame.is_cut && content.tap.kind == TapKind::none)
            content.tap = tap_stamp(bytes, frame.time_ns);
    }
    if (content.status == FrameStatus::ok)
        content.segment_bytes = wire::mold::segment_bytes(content.datagram.payload);
    return content;
}

void Tally::count(const Frame& frame, const Content& content) noexcept {
    frames.count(content.status);
    cut_frames += frame.is_cut ? 1 : 0;
    cut_datagrams += content.is_cut ? 1 : 0;
    superpackets += content.segment_bytes != 0 ? 1 : 0;
    if (content.mirror != Mirror::none) ++mirrors[static_cast<std::size_t>(content.mirror)];
    if (content.tap.kind == TapKind::none) return;
    const auto behind_ns = static_cast<std::int64_t>(frame.time_ns - content.tap.time_ns);
    const bool is_first = tap_stamps() == 0;
    tap_behind_ns_min = is_first ? behind_ns : std::min(tap_behind_ns_min, behind_ns);
    tap_behind_ns_max = is_first ? behind_ns : std::max(tap_behind_ns_max, behind_ns);
    ++taps[static_cast<std::size_t>(content.tap.kind)];
}

std::uint64_t Tally::tap_stamps() const noexcept {
    return std::accumulate(taps.begin(), taps.end(), std::uint64_t{0});
}

std::uint64_t Tally::mirrored() const noexcept {
    return std::accumulate(mirrors.begin(), mirrors.end(), std::uint64_t{0});
}

std::vector<Counter> counters_of(const Reader& reader, const Tally& tally) {
    std::vector<Counter> counters;
    const auto add = [&](std::string name, std::uint64_t value) {
        counters.push_back({std::move(name), static_cast<std::int64_t>(value)});
    };
    const auto add_if = [&](std::string name, std::uint64_t value) {
        if (value != 0) add(std::move(name), value);
    };
    std::uint64_t refused = 0;
    for (const RefusedFrames& of : reader.refused())
        refused += of.frames;
    add("frames", reader.frames() + refused);
    tally.frames.for_each([&](FrameStatus status, std::uint64_t count) {
        add("frames_" + std::string{wire::to_string(status)}, count);
    });
    for (const RefusedFrames& of : reader.refused())
        add("frames_link_type_" + of.name, of.frames);
    add("cut_frames", tally.cut_frames);
    add_if("cut_datagrams", tally.cut_datagrams);
    add_if("superpackets", tally.superpackets);
    for (std::size_t i = 1; i < kMirrors; ++i)
        add_if(fmt::format("mirrored_{}", to_string(static_cast<Mirror>(i))), tally.mirrors[i]);
    for (std::size_t i = 1; i < kTapKinds; ++i)
        add_if(fmt::format("tap_stamps_{}", to_string(static_cast<TapKind>(i))), tally.taps[i]);
    if (tally.tap_stamps() != 0) {
        counters.push_back({"tap_behind_ns_min", tally.tap_behind_ns_min});
        counters.push_back({"tap_behind_ns_max", tally.tap_behind_ns_max});
    }
    add_if("frames_without_time", reader.frames_without_time());
    add_if("recorder_drops", reader.recorder_drops());
    return counters;
}

std::vector<std::string> remarks(const Reader& reader, const Tally& tally) {
    std::vector<std::string> list;
    const auto add = [&](std::uint64_t count, const char* what, const char* then) {
        if (count != 0) list.push_back(fmt::format("{}: {}; {}", what, count, then));
    };
    add(tally.cut_datagrams, "datagrams cut by the recorder's snap length",
        "their messages are missing here; record with tcpdump -s 0");
    add(reader.recorder_drops(), "packets that the recorder lost, by its own count",
        "they are missing here, not in the feed");
    add(tally.superpackets,
        "frames that hold several datagrams, sent with UDP_SEGMENT or joined by GRO",
        "taken apart");
    add(tally.mirrored(), "frames that came through a mirror, inside others", "taken out");
    if (tally.tap_stamps() == 0) return list;
    std::string kinds;
    for (std::size_t i = 1; i < kTapKinds; ++i) {
        if (tally.taps[i] == 0) continue;
        kinds += kinds.empty() ? "" : ", ";
        kinds += to_string(static_cast<TapKind>(i));
    }
    list.push_back(
        fmt::format("frames with a tap's time stamp ({}): {}; the recorder's is {} to {} s later; "
                    "--time tap goes by the tap's",
                    kinds, tally.tap_stamps(), seconds_text(tally.tap_behind_ns_min),
                    seconds_text(tally.tap_behind_ns_max)));
    return list;
}

}  // namespace rxlab::capture
