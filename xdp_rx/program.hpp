// SPDX-License-Identifier: MIT
//
// The XDP program of xdp_rx: the kernel runs it on each frame, in the driver or just behind it. It
// redirects UDP datagrams to the groups' addresses and ports to the AF_XDP socket of the queue that
// brought them, and lets everything else pass to the kernel: ARP, IGMP queries, ssh, other groups.
// As C it would be
//
//     struct ethhdr, iphdr, udphdr at data …
//     if (ether_type != IPv4 || protocol != UDP) return XDP_PASS;
//     struct GroupKey key = {ip->daddr, is_fragment ? 0 : udp->dest, 0};
//     struct GroupValue *group = bpf_map_lookup_elem(&groups, &key);
//     if (!group) return XDP_PASS;
//     if (group->counts_fragments) { group->fragments++; return XDP_PASS; }
//     return bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_PASS);
//
// and it is not compiled from that: its 40 or so instructions are put together in program.cpp, one
// a line, so that nobody needs clang for it, and a reader sees what the kernel's verifier sees.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rxlab::xdp_rx {

// Both in network byte order, as they lie in a packet.
struct GroupKey {
    std::uint32_t address;
    std::uint16_t port;  // 0: fragments, of which only the first says its port
    std::uint16_t unused;
};
static_assert(sizeof(GroupKey) == 8);

struct GroupValue {
    std::uint32_t counts_fragments;  // else: redirects
    std::uint32_t unused;
    std::uint64_t fragments;
};
static_assert(sizeof(GroupValue) == 16);

// `groups`: descriptor of a hash from GroupKey to GroupValue; `sockets`: of a map of AF_XDP sockets
// by queue.
[[nodiscard]] std::vector<bpf_insn> make_program(int groups, int sockets);

inline constexpr const char* kProgramName = "rxlab_groups";

}  // namespace rxlab::xdp_rx
