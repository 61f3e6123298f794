// SPDX-License-Identifier: MIT
//
// What is in a captured frame for a reader of feeds. On top of what parse_udp_frame() does for all
// receivers, a capture is looked into more closely: it may be a mirror's, whose frames come inside
// others, it may have been cut by its recorder, it may hold a tap's time stamps, and frames that
// were never cut into datagrams. Everything is counted, so that a reader knows.
// Ownership: a Content views the frame's bytes. Threading: functions without state; a Tally belongs
// to one thread.
#pragma once

#include <rxlab/capture/reader.hpp>
#include <rxlab/wire/frame.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rxlab::capture {

// How a mirror sent a frame to the recorder: inside a datagram or packet of its own.
enum class Mirror : std::uint8_t {
    none,
    vxlan,   // UDP port 4789, or Linux's old 8472 (RFC 7348)
    erspan,  // GRE, types I, II and III (the Linux kernel's include/net/erspan.h)
    gre,     // GRE with the frame as it is (protocol 0x6558)
};
inline constexpr std::size_t kMirrors = 4;
[[nodiscard]] std::string_view to_string(Mirror mirror) noexcept;

// Time stamps that a tap or a switch wrote into the frame itself, nearer to the wire than the
// recorder's. Three kinds are read:
// - a trailer behind the packet of Arista MetaWatch (7130, formerly Metamako): the frame's original
//   checksum, extensions where a flag says so, seconds, nanoseconds, flags, device and port;
// - a trailer of Exablaze devices (now Cisco Nexus 3550): the original checksum, device, port,
//   seconds, a binary fraction of 40 bits, one byte;
// - a header of Arista switches behind the addresses (EtherType 0xd28b): its subtype, what counts
//   (TAI or UTC, 64 bits or 48), seconds and nanoseconds; the frame's own type follows.
// Sources: the field lists in Wireshark's packet-metamako.c and packet-exablaze.c, and in tcpdump's
// print-arista.c.
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
// Seconds of 16 bits take their upper half from the recorder's stamp. TAI is 37 s ahead of UTC
// (since 2017-01-01; no leap second has been announced since).
[[nodiscard]] TapStamp tap_stamp(std::span<const std::byte> frame,
                                 std::uint64_t recorded_ns) noexcept;

struct Content {
    wire::FrameStatus status = wire::FrameStatus::truncated;
    // Where ok: the datagram. Where is_cut: the same, with as much of the payload as is there.
    wire::UdpDatagram datagram{};
    // A UDP datagram that lost its end to the snap length; its status is truncated.
    bool is_cut = false;
    Mirror mirror = Mirror::none;   // the outermost
    std::size_t segment_bytes = 0;  // of a superpacket (wire/segments.hpp); 0: one datagram
    TapStamp tap;
};

// Looks into a frame, and into at most two mirrors' wrappings of it.
[[nodiscard]] Content content_of(const Frame& frame) noexcept;

// What was in the frames of a capture.
struct Tally {
    wire::FrameCounters frames;
    std::uint64_t cut_frames = 0;     // the capture holds only their beginning
    std::uint64_t cut_datagrams = 0;  // of those: UDP datagrams without their end
    std::uint64_t superpackets = 0;
    std::array<std::uint64_t, kMirrors> mirrors{};  // index: Mirror; none is not counted
    std::array<std::uint64_t, kTapKinds> taps{};    // likewise: TapKind
    std::int64_t tap_behind_ns_min = 0, tap_behind_ns_max = 0;  // recorder's stamp less the tap's

    void count(const Frame& frame, const Content& content) noexcept;
    [[nodiscard]] std::uint64_t tap_stamps() const noexcept;
    [[nodiscard]] std::uint64_t mirrored() const noexcept;
};

struct Counter {
    std::string name;
    std::int64_t value;
};
// The counters of a capture that was read, in the words of the summaries (docs/contracts.md): those
// of frames always, the others where they are not 0.
[[nodiscard]] std::vector<Counter> counters_of(const Reader& reader, const Tally& tally);

// In a sentence each, what a reader of the counters should know or do; empty where there is
// nothing. "6 frames were cut by the snap length …; record with tcpdump -s 0"
[[nodiscard]] std::vector<std::string> remarks(const Reader& reader, const Tally& tally);

}  // namespace rxlab::capture
