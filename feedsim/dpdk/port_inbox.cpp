// SPDX-License-Identifier: MIT
#include "feedsim/dpdk/port_inbox.hpp"

#include <rxlab/wire/arp.hpp>
#include <rxlab/wire/frame.hpp>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <cstring>

namespace rxlab::feedsim {

PortInbox::~PortInbox() {
    rte_pktmbuf_free_bulk(burst_.data() + next_, held_ - next_);
}

bool PortInbox::look() noexcept {
    if (next_ == held_) {
        next_ = 0;
        held_ = rte_eth_rx_burst(port_.id(), 0, burst_.data(), kBurst);
        if (held_ == 0) return false;
        came_ = clock_.now();
    }
    rte_mbuf* const mbuf = burst_[next_++];
    const std::span frame{rte_pktmbuf_mtod(mbuf, const std::byte*),
                          std::size_t{rte_pktmbuf_data_len(mbuf)}};
    wire::UdpDatagram datagram{};
    if (wire::parse_udp_frame(frame, datagram) != wire::FrameStatus::ok) {
        answer_arp(frame);
    } else if (datagram.destination == address_.address &&
               datagram.destination_port == address_.port) {
        log_.note_order(came_, datagram.payload);
    }
    rte_pktmbuf_free(mbuf);
    return true;
}

void PortInbox::answer_arp(std::span<const std::byte> frame) noexcept {
    const auto answer = wire::answer_arp(frame, address_.address, port_.mac());
    rte_mbuf* const mbuf = answer ? port_.buffer() : nullptr;
    if (mbuf == nullptr) return;
    std::memcpy(rte_pktmbuf_append(mbuf, sizeof *answer), &*answer, sizeof *answer);
    static_cast<void>(port_.hand_over(mbuf));
}

std::uint64_t PortInbox::drops() noexcept {
    rte_eth_stats statistics{};
    static_cast<void>(rte_eth_stats_get(port_.id(), &statistics));
    return statistics.imissed + statistics.rx_nombuf;
}

}  // namespace rxlab::feedsim
