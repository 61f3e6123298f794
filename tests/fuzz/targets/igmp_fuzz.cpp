// SPDX-License-Identifier: MIT
//
// Any bytes as an Ethernet frame with IGMP: once as they are, once with the checksums put right,
// which no mutation would guess. What was understood is built again and must say the same.
#include "fuzz.hpp"

#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/igmp.hpp>
#include <rxlab/wire/ipv4.hpp>

#include <array>
#include <vector>

namespace rxlab::fuzz {
namespace {

using wire::IgmpMessage;
using wire::IgmpStatus;
using wire::IgmpType;

// Puts both checksums right where the lengths make sense.
void mend_checksums(std::span<std::byte> frame) {
    if (frame.size() < sizeof(wire::EthernetHeader)) return;
    std::span<std::byte> rest = frame.subspan(sizeof(wire::EthernetHeader));
    const auto tags =
        wire::detail::skip_vlan_tags(rest, wire::overlay<wire::EthernetHeader>(frame).type);
    if (tags.status != wire::FrameStatus::ok) return;
    rest = rest.subspan(tags.bytes);
    if (rest.size() < sizeof(wire::Ipv4Header)) return;
    const auto& ip = wire::overlay<wire::Ipv4Header>(rest);
    const std::size_t header_bytes = (ip.version_and_words & 0xfU) * 4;
    const std::size_t total_bytes = ip.total_length;
    if (header_bytes < sizeof(wire::Ipv4Header) || total_bytes < header_bytes + 8) return;
    if (total_bytes > rest.size()) return;
    const wire::be16 ip_checksum = wire::ipv4_header_checksum(rest.first(header_bytes));
    std::memcpy(rest.data() + offsetof(wire::Ipv4Header, checksum), &ip_checksum, 2);
    const auto message = rest.subspan(header_bytes, total_bytes - header_bytes);
    const wire::be16 checksum = wire::igmp_checksum(message);
    std::memcpy(message.data() + offsetof(wire::IgmpHeader, checksum), &checksum, 2);
}

std::vector<std::uint32_t> numbers(Bytes bytes) {
    std::vector<std::uint32_t> values;
    for (; bytes.size() >= 4; bytes = bytes.subspan(4))
        values.push_back(wire::overlay<wire::be32>(bytes));
    return values;
}

void check_same(Bytes frame, const IgmpMessage& message) {
    REQUIRE(!frame.empty());
    IgmpMessage again{};
    REQUIRE(wire::parse_igmp_frame(frame, again) == IgmpStatus::ok);
    REQUIRE(again.type == message.type && again.query_version == message.query_version);
    REQUIRE(again.group == message.group && again.source == message.source);
    REQUIRE(again.response_ms == message.response_ms);
    REQUIRE(again.router_alert && again.time_to_live == 1);
    REQUIRE(same(again.sources, message.sources));
}

void check_rebuilt(const IgmpMessage& message, std::uint8_t response_code) {
    std::array<std::byte, wire::kIgmpFrameBytesMax> memory;
    const bool has_vlan = message.vlan >= 1 && message.vlan <= 4'094;
    const wire::IgmpSender sender{{}, message.source, has_vlan ? message.vlan : std::uint16_t{0}};
    if (message.query_version == 3) {
        const auto sources = numbers(message.sources);
        if (sources.size() > wire::kIgmpSourcesMax) return;
        check_same(wire::build_igmp_query_v3(memory, sender, message.group, response_code,
                                             message.robustness, sources),
                   message);
    } else if (message.type == IgmpType::report_v3) {
        const std::vector<std::uint32_t> groups = numbers(message.records);
        if (groups.size() > wire::kIgmpRecordsMax) return;
        std::vector<wire::IgmpGroupRecord> records;
        for (const std::uint32_t group : groups)
            records.push_back({wire::IgmpRecordType::change_to_exclude, group, {}});
        const Bytes frame = wire::build_igmp_report_v3(memory, sender, records);
        IgmpMessage again{};
        REQUIRE(wire::parse_igmp_frame(frame, again) == IgmpStatus::ok);
        REQUIRE(again.record_count == groups.size());
        REQUIRE(again.records.size() == groups.size() * sizeof(wire::IgmpRecord));
    } else {
        check_same(
            wire::build_igmp_frame(memory, sender, message.type, message.group, response_code),
            message);
    }
}

void check(Bytes frame) {
    IgmpMessage message{};
    const IgmpStatus status = wire::parse_igmp_frame(frame, message);
    REQUIRE(!wire::to_string(status).empty());
    if (status != IgmpStatus::ok) return;
    REQUIRE(lies_within(message.sources, frame) && lies_within(message.records, frame));
    REQUIRE(message.sources.size() % 4 == 0);
    REQUIRE(message.response_ms <= 3'174'400);
    REQUIRE((message.query_version != 0) == (message.type == IgmpType::query));
    // The code behind the parsed delay: of a version 2 query a tenth of it, else looked up.
    std::uint8_t code = 0;
    if (message.query_version >= 2) {
        while (wire::igmp_response_ms(code, message.query_version) != message.response_ms)
            REQUIRE(++code != 0);
    }
    check_rebuilt(message, code);
}

}  // namespace
}  // namespace rxlab::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rxlab::fuzz;
    const Bytes frame = bytes_of_input(data, size);
    check(frame);
    std::vector<std::byte> mended(frame.begin(), frame.end());
    mend_checksums(mended);
    check(mended);
    return 0;
}
