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
#include <rxlab/capture/tap_stamp.hpp>
#include <rxlab/wire/frame.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
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
