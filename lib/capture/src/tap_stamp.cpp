// SPDX-License-Identifier: MIT
#include "ipv4_packet.hpp"

#include <rxlab/capture/frame_content.hpp>
#include <rxlab/capture/reader.hpp>
#include <rxlab/wire/byte_order.hpp>

#include <algorithm>
#include <optional>

namespace rxlab::capture {
namespace {

using Bytes = std::span<const std::byte>;
using wire::overlay;

constexpr std::uint64_t kPlausible_s = 86'400;
constexpr std::uint64_t kTaiAhead_s = 37;
constexpr std::size_t kChecksumBytes = 4;
// The shortest Ethernet frame without its checksum, and one whose tag was taken off or put on.
constexpr std::size_t kPaddedBytes = 60;
constexpr std::size_t kPaddedTaggedBytes = 64;

struct MetawatchEnd {  // behind the checksum and the extensions
    wire::be32 seconds;
    wire::be32 nanoseconds;
    wire::be8 flags;
    wire::be16 device;
    wire::be8 port;
};
static_assert(sizeof(MetawatchEnd) == 12 && wire::WireStruct<MetawatchEnd>);
constexpr std::uint8_t kHasExtensions = 0x02;

struct ExablazeEnd {  // behind the checksum
    wire::be8 device;
    wire::be8 port;
    wire::be32 seconds;
    wire::be8 fraction_high;  // of a second, in units of 2^-40 s
    wire::be32 fraction_low;
    wire::be8 reserved;
};
static_assert(sizeof(ExablazeEnd) == 12 && wire::WireStruct<ExablazeEnd>);

bool is_plausible(std::uint64_t seconds, std::uint64_t recorded_ns) noexcept {
    const std::uint64_t recorded_s = recorded_ns / kSecond_ns;
    return seconds + kPlausible_s >= recorded_s && seconds <= recorded_s + kPlausible_s;
}

// What is behind a packet and what padding may be there.
struct Place {
    Bytes frame;
    std::size_t packet_end;

    // Whether a trailer that begins at this offset has nothing before it but the packet and its
    // padding, which is zeros, unless it makes a short frame as long as a frame must be.
    [[nodiscard]] bool may_begin_at(std::size_t offset) const noexcept {
        if ((offset == kPaddedBytes || offset == kPaddedTaggedBytes) && packet_end <= offset)
            return true;
        return std::ranges::all_of(frame.subspan(packet_end, offset - packet_end),
                                   [](std::byte b) { return b == std::byte{0}; });
    }
};

// The bytes of extensions that end at `end`: each ends in a word that says how many words stand
// before it, and whether it is the last. Nothing where they do not fit.
std::optional<std::size_t> extension_bytes(Bytes frame, std::size_t end,
                                           std::size_t begin_min) noexcept {
    constexpr std::uint32_t kSecondary = 0x1f, kLast = 0x20;
    std::size_t at = end;
    for (;;) {
        if (at < begin_min + sizeof(wire::be32)) return {};
        at -= sizeof(wire::be32);
        const std::uint32_t word = overlay<wire::be32>(frame.subspan(at));
        const std::size_t words =
            (word & kSecondary) == kSecondary ? (word >> 6 & 0x3ff) + 1 : word >> 6 & 0x3;
        if (at < begin_min + 4 * words) return {};
        at -= 4 * words;
        if ((word & kLast) != 0) return end - at;
    }
}

// Each of a trailer that ends at `end`.
TapStamp metawatch(const Place& place, std::size_t end, std::uint64_t recorded_ns) noexcept {
    if (end < place.packet_end + kChecksumBytes + sizeof(MetawatchEnd)) return {};
    const std::size_t at = end - sizeof(MetawatchEnd);
    const auto& stamp = overlay<MetawatchEnd>(place.frame.subspan(at));
    if (stamp.nanoseconds >= kSecond_ns || !is_plausible(stamp.seconds, recorded_ns)) return {};
    std::size_t begin = at - kChecksumBytes;
    if ((stamp.flags & kHasExtensions) != 0) {
        const auto bytes = extension_bytes(place.frame, at, place.packet_end + kChecksumBytes);
        if (!bytes) return {};
        begin -= *bytes;
    }
    if (!place.may_begin_at(begin)) return {};
    return {TapKind::metawatch, stamp.seconds * kSecond_ns + stamp.nanoseconds};
}

TapStamp exablaze(const Place& place, std::size_t end, std::uint64_t recorded_ns) noexcept {
    if (end < place.packet_end + kChecksumBytes + sizeof(ExablazeEnd)) return {};
    const std::size_t at = end - sizeof(ExablazeEnd);
    const auto& stamp = overlay<ExablazeEnd>(place.frame.subspan(at));
    if (!is_plausible(stamp.seconds, recorded_ns) || !place.may_begin_at(at - kChecksumBytes))
        return {};
    // fraction * 10^9 / 2^40, in two parts, because the product has 70 bits.
    const std::uint64_t high =
        std::uint64_t{stamp.fraction_high} << 24 | std::uint32_t{stamp.fraction_low} >> 8;
    const std::uint64_t low = std::uint32_t{stamp.fraction_low} & 0xff;
    const std::uint64_t ns = (high * kSecond_ns + (low * kSecond_ns >> 8)) >> 32;
    return {TapKind::exablaze, stamp.seconds * kSecond_ns + ns};
}

// `at`: where the AristaHeader stands.
TapStamp arista(Bytes frame, std::size_t at, std::uint64_t recorded_ns) noexcept {
    const auto& header = overlay<wire::AristaHeader>(frame.subspan(at));
    const Bytes stamp = frame.subspan(at + sizeof(wire::AristaHeader));
    const std::uint64_t ahead_s = header.timescale == 0 ? kTaiAhead_s : 0;
    std::uint64_t seconds = 0;
    std::uint32_t nanoseconds = 0;
    if (arista_stamp_bytes(header) == 8) {
        seconds = overlay<wire::be32>(stamp);
        nanoseconds = overlay<wire::be32>(stamp.subspan(4));
    } else {
        constexpr std::uint64_t kTurn_s = 0x1'0000;
        const std::uint64_t now = recorded_ns / kSecond_ns + ahead_s;
        seconds = (now & ~(kTurn_s - 1)) | overlay<wire::be16>(stamp);
        nanoseconds = overlay<wire::be32>(stamp.subspan(2));
        // The turn nearest to the recorder's stamp.
        if (seconds > now + kTurn_s / 2 && seconds >= kTurn_s) seconds -= kTurn_s;
        if (seconds + kTurn_s / 2 < now) seconds += kTurn_s;
    }
    if (seconds < ahead_s || nanoseconds >= kSecond_ns) return {};
    seconds -= ahead_s;
    if (!is_plausible(seconds, recorded_ns)) return {};
    return {TapKind::arista, seconds * kSecond_ns + nanoseconds};
}

}  // namespace

std::string_view to_string(TapKind kind) noexcept {
    switch (kind) {
        case TapKind::none:
            return "none";
        case TapKind::metawatch:
            return "metawatch";
        case TapKind::exablaze:
            return "exablaze";
        case TapKind::arista:
            return "arista";
    }
    return "unknown";
}

TapStamp tap_stamp(Bytes frame, std::uint64_t recorded_ns) noexcept {
    const auto packet = ipv4_packet(frame);
    if (!packet) return {};
    if (packet->tags.arista_stamp != 0) {
        const TapStamp stamp = arista(frame, packet->tags.arista_stamp, recorded_ns);
        if (stamp.kind != TapKind::none) return stamp;
    }
    const Place place{frame, packet->end};
    // With the frame's new checksum, where the recorder kept it, and without.
    for (const std::size_t behind : {std::size_t{0}, kChecksumBytes}) {
        if (frame.size() < behind + place.packet_end) break;
        const std::size_t end = frame.size() - behind;
        const TapStamp first = metawatch(place, end, recorded_ns);
        if (first.kind != TapKind::none) return first;
        const TapStamp second = exablaze(place, end, recorded_ns);
        if (second.kind != TapKind::none) return second;
    }
    return {};
}

}  // namespace rxlab::capture
