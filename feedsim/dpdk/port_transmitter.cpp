// SPDX-License-Identifier: MIT
//
// rte_cldemote() is "experimental" in DPDK 22.11 in name only: it has not changed since 20.08.
#define ALLOW_EXPERIMENTAL_API
#include "feedsim/dpdk/port_transmitter.hpp"

#include <rxlab/wire/moldudp64.hpp>

#include <fmt/format.h>
#include <rte_prefetch.h>

namespace rxlab::feedsim {
namespace {

// From the range of dynamic ports (RFC 6335).
constexpr std::uint16_t kPortOfFrames = 49'152;
// The lines of a frame that are taken back in advance: a message or two, and the headers.
constexpr std::size_t kLines = 2;

std::span<std::byte> room_of(rte_mbuf& mbuf) noexcept {
    return {rte_pktmbuf_mtod(&mbuf, std::byte*), rte_pktmbuf_tailroom(&mbuf)};
}

}  // namespace

PortTransmitter::PortTransmitter(SendPort& port, const wire::Ipv4Endpoint& group,
                                 const FrameOptions& frame)
    : port_{port}, group_{wire::to_string(group)} {
    fields_ = {.source_mac = port.mac(),
               .source = frame.source,
               .destination = group.address,
               .source_port = kPortOfFrames,
               .destination_port = group.port,
               .vlan = frame.vlan,
               .time_to_live = frame.time_to_live,
               .udp_checksum = false};
    make_ready();
}

PortTransmitter::~PortTransmitter() {
    rte_pktmbuf_free(ready_);
}

void PortTransmitter::make_ready() noexcept {
    made_of_ = {};
    ready_ = port_.buffer();
    if (ready_ == nullptr) return;
    const std::span<std::byte> room = room_of(*ready_);
    for (std::size_t line = 0; line < kLines; ++line)
        room[line * RTE_CACHE_LINE_SIZE] = std::byte{0};
}

void PortTransmitter::make_frame(std::span<const std::byte> payload) noexcept {
    const auto frame = wire::build_udp_frame(room_of(*ready_), fields_, payload);
    ready_->data_len = static_cast<std::uint16_t>(frame.size());
    ready_->pkt_len = static_cast<std::uint32_t>(frame.size());
}

void PortTransmitter::settle(std::span<const std::byte> next) noexcept {
    port_.settle();
    if (ready_ == nullptr || next.empty()) return;
    make_frame(next);
    made_of_ = next;
    const std::byte* const frame = rte_pktmbuf_mtod(ready_, const std::byte*);
    for (std::size_t line = 0; line < ready_->data_len; line += RTE_CACHE_LINE_SIZE)
        rte_cldemote(frame + line);
}

SendResult PortTransmitter::send(std::span<const std::byte> payload, latency::Ticks) noexcept {
    if (ready_ == nullptr) make_ready();  // all buffers were in the ring then
    Handover result = Handover::dropped;
    if (ready_ != nullptr) [[likely]] {
        if (made_of_.data() != payload.data() || made_of_.size() != payload.size())
            make_frame(payload);
        result = port_.hand_over(ready_);
        make_ready();
    }
    const bool is_end =
        wire::overlay<wire::mold::Header>(payload).message_count == wire::mold::kEndOfSession;
    const bool is_repeated_end = is_end && session_has_ended_;
    session_has_ended_ = is_end && (is_repeated_end || result == Handover::taken);
    if (result == Handover::taken) [[likely]]
        return SendResult::sent;
    if (result == Handover::link_is_down && is_repeated_end) {
        port_.note_unheard_end();
        return SendResult::sent;
    }
    if (first_failure_ != Handover::link_is_down) first_failure_ = result;
    return result == Handover::link_is_down ? SendResult::broken : SendResult::refused;
}

std::string PortTransmitter::failure() const {
    switch (first_failure_) {
        case Handover::taken:
            return {};
        case Handover::link_is_down:
            return fmt::format(
                "send to {} through port {}: its link went down: the other end has gone", group_,
                port_.name());
        case Handover::dropped:
            break;
    }
    return fmt::format(
        "send to {} through port {}: its ring was full for 1 ms: the other end takes nothing, or "
        "too slowly",
        group_, port_.name());
}

}  // namespace rxlab::feedsim
