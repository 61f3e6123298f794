// SPDX-License-Identifier: MIT
//
// Time stamps that a tap or a switch wrote into the frame itself, nearer to the wire than the
// recorder's. Three kinds are read:
// - a trailer behind the packet of Arista MetaWatch (7130, formerly Metamako): the frame's original
//   checksum, extensions where a flag says so, seconds, nanoseconds, flags, device and port;
// - a trailer of Exablaze devices (now Cisco Nexus 3550): the original checksum, device, port,
//   seconds, a binary fraction of 40 bits, one byte;
// - a header of Arista switches behind the addresses (EtherType 0xd28b): its subtype, what counts
//   (TAI or UTC, 64 bits or 48), seconds and nanoseconds; the frame's own type follows.
// Sources: the field lists in Wireshark's packet-metamako.c and packet-exablaze.c, and in tcpdump's
// print-arista.c. Stateless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rxlab::capture {

enum class TapKind : std::uint8_t { none, metawatch, exablaze, arista };
inline constexpr std::size_t kTapKinds = 4;

// "metawatch"
[[nodiscard]] std::string_view to_string(TapKind kind) noexcept;

struct TapStamp {
    TapKind kind = TapKind::none;
    std::uint64_t time_ns = 0;  // since 1970-01-01 UTC; 0 where there is none
};

// The stamp in a whole frame (one that was cut has lost its trailer: pass none such) that was
// recorded at `recorded_ns`. A trailer has no mark that tells it from padding, so it must stand
// where one would: behind IPv4's total length, with nothing between but padding (zeros, or what
// makes a short frame 60 or 64 bytes long), and at the frame's end, or four bytes (a checksum)
// before it. And its seconds must be within a day of the recorder's, its nanoseconds below 10^9.
// Seconds of 16 bits take their upper half from the
// recorder's stamp. TAI is 37 s ahead of UTC (since 2017-01-01; no leap second has been announced
// since).
[[nodiscard]] TapStamp tap_stamp(std::span<const std::byte> frame,
                                 std::uint64_t recorded_ns) noexcept;

}  // namespace rxlab::capture
