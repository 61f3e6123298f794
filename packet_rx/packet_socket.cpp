// SPDX-License-Identifier: MIT
#include "packet_rx/packet_socket.hpp"

#include <rxlab/link/link.hpp>
#include <rxlab/program/errors.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace rxlab::packet_rx {
namespace {

// Linux 4.20; not in every C library's headers.
#ifndef PACKET_IGNORE_OUTGOING
constexpr int PACKET_IGNORE_OUTGOING = 23;
#endif

// Before the frame in its slot: the header, a sockaddr_ll, and room that makes the IP header
// aligned (tpacket_rcv() in net/packet/af_packet.c: tp_mac).
constexpr std::uint32_t kBeforeFrame = TPACKET_ALIGN(TPACKET2_HDRLEN + 16) - ETH_HLEN;
constexpr std::uint32_t kBeforeFrameV3 = TPACKET_ALIGN(TPACKET3_HDRLEN + 16) - ETH_HLEN;
constexpr std::uint32_t kBlockHeader = sizeof(tpacket_block_desc);
constexpr std::uint32_t kBlockBytesMin = 65'536;
constexpr std::uint32_t kVlanTagBytes = 4;

template <typename T>
void set_option(int socket, int name, const T& value, const std::string& operation,
                const char* remedy = "") {
    if (setsockopt(socket, SOL_PACKET, name, &value, sizeof value) != 0)
        throw program::RunError(errno, operation, remedy);
}

program::Descriptor open_socket() {
    // Protocol 0: it hears nothing before it is bound.
    program::Descriptor fd{socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
    if (fd.get() < 0) {
        throw program::RunError(errno, "open a packet socket",
                                "run as root, or give the program the right: setcap cap_net_raw+ep "
                                "packet_rx");
    }
    return fd;
}

}  // namespace

PacketSocket::PacketSocket(const std::string& interface, unsigned index, const RingOptions& options)
    : descriptor_{open_socket()}, by_blocks_{options.by_blocks} {
    const int fd = descriptor_.get();
    set_option(fd, PACKET_VERSION, options.by_blocks ? int{TPACKET_V3} : int{TPACKET_V2},
               "choose the version of the packet ring");
    make_ring(options, link::mtu_of(interface));
    set_filter(fd, no_frame());
    // With this, what this host sends does not even come to the socket's filter. Sockets that share
    // (share()) have one hook for all of them, which this does not reach.
    const int on = 1;
    static_cast<void>(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on));
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(index);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw program::RunError(errno, "bind a packet socket to " + interface);
}

// Slots are powers of two, so that none crosses the end of a block (V2 too has its memory in
// blocks), and slot i is at i times its size.
void PacketSocket::make_ring(const RingOptions& options, unsigned mtu) {
    const std::uint32_t needed = kBeforeFrame + ETH_HLEN + kVlanTagBytes + mtu;
    const std::uint32_t frame_bytes = options.frame_bytes != 0
                                          ? std::bit_ceil(options.frame_bytes)
                                          : std::max(std::bit_ceil(needed), kFrameBytesMin);
    const auto page = static_cast<std::uint32_t>(sysconf(_SC_PAGESIZE));
    const std::uint32_t block_bytes =
        std::max({frame_bytes, page, options.by_blocks ? kBlockBytesMin : 0});
    const std::uint32_t per_block = block_bytes / frame_bytes;
    tpacket_req3 request{};
    request.tp_frame_size = frame_bytes;
    request.tp_block_size = block_bytes;
    request.tp_block_nr = std::max((options.frames + per_block - 1) / per_block, 2U);
    request.tp_frame_nr = request.tp_block_nr * per_block;
    request.tp_retire_blk_tov = options.block_ms;  // V2 knows neither this field nor the next ones
    parts_ = by_blocks_ ? request.tp_block_nr : request.tp_frame_nr;
    part_bytes_ = by_blocks_ ? block_bytes : frame_bytes;
    const std::size_t bytes = std::size_t{block_bytes} * request.tp_block_nr;
    const socklen_t size = by_blocks_ ? sizeof(tpacket_req3) : sizeof(tpacket_req);
    const std::string what = fmt::format("make a packet ring of {} KiB", bytes / 1024);
    const char* const remedy = "ask for fewer --ring-frames, or a smaller --frame-bytes";
    if (setsockopt(descriptor_.get(), SOL_PACKET, PACKET_RX_RING, &request, size) != 0)
        throw program::RunError(errno, what, remedy);
    ring_ = program::Mapping{bytes, MAP_SHARED | MAP_POPULATE, descriptor_.get()};
    if (ring_.data() == nullptr) throw program::RunError(errno, what, remedy);
}

std::uint32_t PacketSocket::frame_bytes_max() const noexcept {
    return part_bytes_ - (by_blocks_ ? kBlockHeader + kBeforeFrameV3 : kBeforeFrame);
}

std::uint16_t PacketSocket::share(std::uint16_t group, const Filter& choice) {
    const std::string what = "share the interface's frames out to several workers";
    const std::uint32_t flags = group == 0 ? PACKET_FANOUT_FLAG_UNIQUEID : 0;
    const std::uint32_t request = group | (PACKET_FANOUT_CBPF | flags) << 16;
    set_option(descriptor_.get(), PACKET_FANOUT, request, what);
    if (group != 0) return group;
    give_filter(descriptor_.get(), SOL_PACKET, PACKET_FANOUT_DATA, choice);
    std::uint32_t answer = 0;
    socklen_t size = sizeof answer;
    if (getsockopt(descriptor_.get(), SOL_PACKET, PACKET_FANOUT, &answer, &size) != 0)
        throw program::RunError(errno, what);
    return static_cast<std::uint16_t>(answer & 0xffffU);
}

std::uint64_t PacketSocket::drops() noexcept {
    tpacket_stats_v3 statistics{};  // begins with what V2 has
    socklen_t size = by_blocks_ ? sizeof(tpacket_stats_v3) : sizeof(tpacket_stats);
    if (getsockopt(descriptor_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0)
        drops_ += statistics.tp_drops;
    return drops_;
}

}  // namespace rxlab::packet_rx
