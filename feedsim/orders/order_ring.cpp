// SPDX-License-Identifier: MIT
#include "feedsim/orders/order_ring.hpp"

#include "feedsim/servers/server_thread.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/wire/frame.hpp>

#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>

namespace rxlab::feedsim {
namespace {

constexpr std::uint32_t kSlots = 4'096, kSlotBytes = 512, kBlockBytes = 65'536;

template <typename T>
void set_ring_option(int socket, int level, int name, const T& value,
                     const std::string& operation) {
    if (setsockopt(socket, level, name, &value, sizeof value) != 0)
        throw program::RunError(errno, operation);
}

template <std::size_t N>
void set_filter(int socket, sock_filter (&code)[N]) {
    const sock_fprog program{static_cast<unsigned short>(N), code};
    set_ring_option(socket, SOL_SOCKET, SO_ATTACH_FILTER, program, "give a socket its filter");
}

// Whole UDP datagrams to this address (bpf(4)); the ring hears IPv4 only.
void take_only(int socket, const wire::Ipv4Endpoint& address) {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),  // protocol
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 8),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 30),  // destination
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, address.address, 0, 6),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),  // fragment
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),  // length of the IPv4 header
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 16),   // destination port
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, address.port, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    set_filter(socket, code);
}

void take_nothing(int socket) {
    sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    set_filter(socket, code);
}

program::Descriptor open_ring() {
    // Protocol 0: it hears nothing before it is bound.
    program::Descriptor fd{socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
    if (fd.get() < 0) {
        throw program::RunError(errno, "open a packet socket for --orders",
                                "it needs root or the test bed (CAP_NET_RAW)");
    }
    return fd;
}

}  // namespace

OrderRing::OrderRing(const wire::Ipv4Endpoint& address, const std::string& interface,
                     latency::Clock clock, OrderLog& log)
    : port_{bind_socket(SOCK_DGRAM, address, "--orders")},
      socket_{open_ring()},
      clock_{clock},
      log_{log} {
    take_nothing(port_.get());
    const int fd = socket_.get();
    const std::string what = "make a packet ring for --orders on " + interface;
    set_ring_option(fd, SOL_PACKET, PACKET_VERSION, int{TPACKET_V2}, what);
    const tpacket_req request{kBlockBytes, kSlots * kSlotBytes / kBlockBytes, kSlotBytes, kSlots};
    set_ring_option(fd, SOL_PACKET, PACKET_RX_RING, request, what);
    ring_ = program::Mapping{std::size_t{kSlots} * kSlotBytes, MAP_SHARED | MAP_POPULATE, fd};
    if (ring_.data() == nullptr) throw program::RunError(errno, what);
    take_only(fd, address);
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(ETH_P_IP);
    at.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
    if (at.sll_ifindex == 0)
        throw program::RunError(errno, "use interface " + interface, "see `ip link`");
    if (bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
        throw program::RunError(errno, "bind a packet socket to " + interface);
}

bool OrderRing::look() noexcept {
    std::byte* const slot = ring_.data() + std::size_t{next_} * kSlotBytes;
    auto& header = *reinterpret_cast<tpacket2_hdr*>(slot);
    std::atomic_ref<std::uint32_t> status{header.tp_status};
    if ((status.load(std::memory_order_acquire) & TP_STATUS_USER) == 0) return false;
    const latency::Ticks now = clock_.now();
    const std::span frame{slot + header.tp_mac, header.tp_snaplen};
    wire::UdpDatagram datagram{};
    // What is not whole is no order: its length says so.
    static_cast<void>(wire::parse_udp_frame(frame, datagram));
    log_.note_order(now, datagram.payload);
    status.store(TP_STATUS_KERNEL, std::memory_order_release);
    next_ = (next_ + 1) % kSlots;
    return true;
}

std::uint64_t OrderRing::drops() noexcept {
    tpacket_stats statistics{};
    socklen_t size = sizeof statistics;
    if (getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0)
        drops_ += statistics.tp_drops;
    return drops_;
}

}  // namespace rxlab::feedsim
