// SPDX-License-Identifier: MIT
//
// Classic BPF for packet sockets: programs of a few instructions that the kernel checks, compiles,
// and runs on each frame before it copies anything (Documentation/networking/filter.rst). They are
// made here from the list of groups, a block of comparisons for each address:
//
//     (000) ld   type                     what the kernel knows of the frame
//     (001) jeq  #PACKET_OUTGOING  drop   sent by this host
//     (002) ldh  [12]
//     (003) jneq #0x800            drop   not IPv4
//     (004) ldb  [23]
//     (005) jneq #17               drop   not UDP
//     (006) ld   [30]                     destination address
//     (007) jeq  #239.1.1.1 …             else: the next address
//     (009) ldh  [20]
//     (010) jset #0x1fff           take   a fragment without ports: counted by packet_rx
//     (012) ldxb 4*([14]&0xf)             length of the IPv4 header
//     (013) ldh  [x+16]                   destination port
//     (014) jeq  #30001            take
//     (016) drop
//
// A VLAN tag is not in the frame any more: the kernel keeps it beside it.
#pragma once

#include <rxlab/rx/options.hpp>

#include <linux/filter.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace rxlab::packet_rx {

using Filter = std::vector<sock_filter>;

// Lets whole frames to the lines' groups pass, and nothing else.
[[nodiscard]] Filter group_filter(std::span<const rx::Line> lines);
// Lets nothing pass: for a socket that is not ready yet.
[[nodiscard]] Filter no_frame();
// For PACKET_FANOUT_CBPF: the number of the worker whose feed it is, feed modulo `workers`. It is
// run on what follows the Ethernet header.
[[nodiscard]] Filter worker_choice(std::span<const rx::Line> lines, std::size_t workers);

// Gives `filter` to a socket in the place of any that it has. Throws program::RunError.
void set_filter(int socket, const Filter& filter);
// The same for another option that takes a filter (PACKET_FANOUT_DATA of SOL_PACKET).
void give_filter(int socket, int level, int name, const Filter& filter);

}  // namespace rxlab::packet_rx
