// SPDX-License-Identifier: MIT
//
// IGMP, with which a host tells the switches and routers around it which multicast groups it wants:
// version 1 (RFC 1112, appendix I), 2 (RFC 2236) and 3 (RFC 3376). Complete Ethernet frames in both
// directions, because who receives past the kernel must speak for itself.
// Ownership: an IgmpMessage views the frame's bytes. Threading: the functions are stateless.
#pragma once

#include <rxlab/wire/byte_order.hpp>
#include <rxlab/wire/ethernet.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rxlab::wire {

inline constexpr std::uint8_t kIpProtocolIgmp = 2;
inline constexpr std::uint32_t kAllSystems = 0xe0000001;      // 224.0.0.1: general queries
inline constexpr std::uint32_t kAllRouters = 0xe0000002;      // 224.0.0.2: leaves of version 2
inline constexpr std::uint32_t kAllIgmpRouters = 0xe0000016;  // 224.0.0.22: reports of version 3

enum class IgmpType : std::uint8_t {
    query = 0x11,
    report_v1 = 0x12,
    report_v2 = 0x16,
    leave = 0x17,
    report_v3 = 0x22,
};

// RFC 2236, section 2; a version 3 query begins with it, too.
struct IgmpHeader {
    be8 type;
    be8 response_code;  // of a query: the longest delay of an answer; see igmp_response_ms()
    be16 checksum;      // over the whole IGMP message
    be32 group;
};
static_assert(sizeof(IgmpHeader) == 8 && WireStruct<IgmpHeader>);

// What a version 3 query has behind the header (RFC 3376, section 4.1); then the sources.
struct IgmpQueryV3 {
    be8 flags;  // reserved (4 bits), suppress router-side processing (1), robustness (3)
    be8 interval_code;
    be16 source_count;
};
static_assert(sizeof(IgmpQueryV3) == 4 && WireStruct<IgmpQueryV3>);

// RFC 3376, section 4.2. Starts like an IgmpHeader, with the number of records in its last half.
struct IgmpReportV3 {
    be8 type;
    be8 reserved;
    be16 checksum;
    be16 reserved_too;
    be16 record_count;
};
static_assert(sizeof(IgmpReportV3) == 8 && WireStruct<IgmpReportV3>);

// One group in it; then the sources, then auxiliary data.
struct IgmpRecord {
    be8 type;
    be8 auxiliary_words;
    be16 source_count;
    be32 group;
};
static_assert(sizeof(IgmpRecord) == 8 && WireStruct<IgmpRecord>);

// RFC 3376, section 4.2.12.
enum class IgmpRecordType : std::uint8_t {
    mode_is_include = 1,    // answers a query: member, of these sources only
    mode_is_exclude = 2,    // answers a query: member, of all sources but those listed
    change_to_include = 3,  // without sources: leave
    change_to_exclude = 4,  // without sources: join
    allow_new_sources = 5,  // join of these sources
    block_old_sources = 6,  // leave of these sources
};

// What the checksum field of a message (8 bytes or more) should hold, in host order.
[[nodiscard]] std::uint16_t igmp_checksum(std::span<const std::byte> message) noexcept;

// A max response code (tenths of a second; from 128 on, of version 3, a floating-point number: RFC
// 3376, section 4.1.1) in milliseconds: 0 to 3,174,400.
[[nodiscard]] std::uint32_t igmp_response_ms(std::uint8_t code, int version) noexcept;

enum class IgmpStatus : std::uint8_t {
    ok,
    not_igmp,      // no IPv4, or another protocol
    truncated,     // the frame, or what its lengths promise, ends too early
    bad_header,    // IPv4's version or header length, or a fragment
    bad_checksum,  // of the IPv4 header or of the message
    unknown_type,
};
inline constexpr std::size_t kIgmpStatuses = 6;

[[nodiscard]] std::string_view to_string(IgmpStatus status) noexcept;

struct IgmpMessage {
    IgmpType type;
    int query_version = 0;  // 1, 2 or 3 by RFC 3376, section 7.1; 0: no query
    std::uint32_t source = 0;
    std::uint32_t destination = 0;
    std::uint32_t group = 0;             // 0: a general query, or a version 3 report
    std::uint32_t response_ms = 0;       // of a query; version 1 says nothing: 10,000
    std::uint8_t robustness = 0;         // of a version 3 query; 0: not told
    std::span<const std::byte> sources;  // of a version 3 query: be32 each
    std::span<const std::byte> records;  // of a version 3 report: all of it after its header
    std::uint16_t record_count = 0;
    std::uint8_t time_to_live = 0;
    bool router_alert = false;
    std::uint16_t vlan = 0;
};

// Finds the IGMP message in a frame, whose checksums must be right. `out` is written only where the
// answer is ok. A version 3 report's records are not looked into.
[[nodiscard]] IgmpStatus parse_igmp_frame(std::span<const std::byte> frame,
                                          IgmpMessage& out) noexcept;

// Who speaks, and where: the same for all messages of a host.
struct IgmpSender {
    MacAddress mac{};
    std::uint32_t address = 0;  // 0.0.0.0: none yet (RFC 3376, section 4.2.13)
    std::uint16_t vlan = 0;     // 1..4094: an 802.1Q tag; 0: none
};

// Ethernet, 802.1Q, IPv4 with the router alert option.
inline constexpr std::size_t kIgmpHeaderBytesMax = 14 + 4 + 24;
// Of a report of at most 1,500 bytes of IPv4: all its records; records without sources; sources in
// a record that is alone.
inline constexpr std::size_t kIgmpRecordBytesMax = 1'500 - 24 - sizeof(IgmpReportV3);
inline constexpr std::size_t kIgmpRecordsMax = kIgmpRecordBytesMax / sizeof(IgmpRecord);
inline constexpr std::size_t kIgmpSourcesMax =
    (kIgmpRecordBytesMax - sizeof(IgmpRecord)) / sizeof(be32);
inline constexpr std::size_t kIgmpFrameBytesMax = kIgmpHeaderBytesMax + 1'500 - 24;

// A query (to the group, or to all systems for group 0), report of version 1 or 2 (to the group) or
// leave (to all routers): 8 bytes with time to live 1 and the router alert option, not padded to
// Ethernet's 60 bytes. Returns an empty span where `memory` is too small.
[[nodiscard]] std::span<const std::byte> build_igmp_frame(std::span<std::byte> memory,
                                                          const IgmpSender& sender, IgmpType type,
                                                          std::uint32_t group,
                                                          std::uint8_t response_code = 0) noexcept;

// A version 3 query; `sources` in host order.
[[nodiscard]] std::span<const std::byte> build_igmp_query_v3(
    std::span<std::byte> memory, const IgmpSender& sender, std::uint32_t group,
    std::uint8_t response_code, std::uint8_t robustness,
    std::span<const std::uint32_t> sources = {}) noexcept;

// What a version 3 report says of one group; sources in host order.
struct IgmpGroupRecord {
    IgmpRecordType type;
    std::uint32_t group;
    std::span<const std::uint32_t> sources;
};

// A version 3 report of these records. Returns an empty span where `memory` is too small or they
// take more than kIgmpRecordBytesMax.
[[nodiscard]] std::span<const std::byte> build_igmp_report_v3(
    std::span<std::byte> memory, const IgmpSender& sender,
    std::span<const IgmpGroupRecord> records) noexcept;

}  // namespace rxlab::wire
