// SPDX-License-Identifier: MIT
#include "packet_rx/order_ring.hpp"

#include <rxlab/program/errors.hpp>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <cstring>

namespace rxlab::packet_rx {
namespace {

constexpr std::uint32_t kOrderSlots = 256, kOrderSlotBytes = 256, kOrderBlockBytes = 65'536;
// Where the kernel expects the frame in its slot (tpacket_parse_header() of
// net/packet/af_packet.c).
constexpr std::size_t kFrameAt = TPACKET2_HDRLEN - sizeof(sockaddr_ll);

}  // namespace

OrderRing::OrderRing(const std::string& interface, const wire::UdpFrame& route)
    : frame_{route}, socket_{socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)} {
    const int fd = socket_.get();
    const std::string what = "make a transmit ring for orders on " + interface;
    const auto set = [&](int name, const auto& value) {
        if (setsockopt(fd, SOL_PACKET, name, &value, sizeof value) != 0)
            throw program::RunError(errno, what);
    };
    if (fd < 0) throw program::RunError(errno, what, "it needs CAP_NET_RAW");
    set(PACKET_VERSION, int{TPACKET_V2});
    set(PACKET_QDISC_BYPASS, 1);
    set(PACKET_TX_RING, tpacket_req{kOrderBlockBytes, 1, kOrderSlotBytes, kOrderSlots});
    ring_ = program::Mapping{kOrderBlockBytes, MAP_SHARED | MAP_POPULATE, fd};
    if (ring_.data() == nullptr) throw program::RunError(errno, what);
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
    if (bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
        throw program::RunError(errno, what);
}

bool OrderRing::send(std::span<const std::byte> datagram) noexcept {
    std::byte* const slot = ring_.data() + std::size_t{next_} * kOrderSlotBytes;
    auto& header = *reinterpret_cast<tpacket2_hdr*>(slot);
    const std::atomic_ref status{header.tp_status};
    if (status.load(std::memory_order_acquire) != TP_STATUS_AVAILABLE) return false;
    const std::span<const std::byte> frame = frame_.around(datagram);
    std::memcpy(slot + kFrameAt, frame.data(), frame.size());
    header.tp_len = static_cast<std::uint32_t>(frame.size());
    status.store(TP_STATUS_SEND_REQUEST, std::memory_order_release);
    // Where the kernel did not take it, it must not leave with a later call, at an old price.
    std::uint32_t requested = TP_STATUS_SEND_REQUEST;
    if (::send(socket_.get(), nullptr, 0, MSG_DONTWAIT) < 0 &&
        status.compare_exchange_strong(requested, TP_STATUS_AVAILABLE))
        return false;
    next_ = (next_ + 1) % kOrderSlots;
    return true;
}

}  // namespace rxlab::packet_rx
