// SPDX-License-Identifier: MIT
#include "feedsim/send/file_transmitters.hpp"

#include <rxlab/wire/moldudp64.hpp>

#include <exception>

namespace rxlab::feedsim {

namespace {

// A locally administered address, so that it belongs to nobody.
constexpr wire::MacAddress kSourceMac{std::byte{0x02}, std::byte{0x52}, std::byte{0x58},
                                      std::byte{0x4c}, std::byte{0x41}, std::byte{0x42}};
constexpr std::uint32_t kSourceAddress = 10U << 24 | 1U;
constexpr std::uint16_t kSourcePortInFiles = 40'000;

}  // namespace

wire::UdpFrame frame_headers(const wire::Ipv4Endpoint& group, std::uint16_t vlan,
                             std::uint8_t ttl) noexcept {
    wire::UdpFrame headers;
    headers.source_mac = kSourceMac;
    headers.source = kSourceAddress;
    headers.destination = group.address;
    headers.source_port = kSourcePortInFiles;
    headers.destination_port = group.port;
    headers.vlan = vlan;
    headers.time_to_live = ttl;
    return headers;
}

PcapTransmitter::PcapTransmitter(capture::Writer& file, const wire::Ipv4Endpoint& group,
                                 std::uint16_t vlan, std::uint8_t ttl) noexcept
    : file_{file}, headers_{frame_headers(group, vlan, ttl)} {}

SendResult PcapTransmitter::send(std::span<const std::byte> payload, latency::Ticks now) noexcept {
    const std::span<const std::byte> frame = wire::build_udp_frame(memory_, headers_, payload);
    return file_.append(frame, kStartUnix_ns + now) ? SendResult::sent : SendResult::broken;
}

SendResult ItchTransmitter::send(std::span<const std::byte> payload, latency::Ticks) noexcept {
    // for_each_message is noexcept, so what append() throws must not pass through it.
    (void)wire::mold::for_each_message(payload, [this](std::span<const std::byte> message) {
        if (!failure_.empty()) return;
        try {
            writer_.append(message);
        } catch (const std::exception& error) {
            failure_ = error.what();
        }
    });
    return failure_.empty() ? SendResult::sent : SendResult::broken;
}

}  // namespace rxlab::feedsim
