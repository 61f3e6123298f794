// SPDX-License-Identifier: MIT
#include "xdp_rx/program.hpp"

#include <arpa/inet.h>

#include <cstddef>

namespace rxlab::xdp_rx {
namespace {

// Registers: r0 is what a call and the program return, r1 to r5 are a call's arguments and are lost
// by it, r6 to r9 stay, r10 is the end of the stack.
enum Register : std::uint8_t { r0, r1, r2, r3, r4, r5, r6, r10 = 10 };

constexpr std::int16_t kToPass = 0x7fff;  // until the place is known

bpf_insn instruction(int code, std::uint8_t to, std::uint8_t from, std::int16_t offset,
                     std::int32_t value) {
    bpf_insn made{};
    made.code = static_cast<std::uint8_t>(code);
    made.dst_reg = to & 0xfU;
    made.src_reg = from & 0xfU;
    made.off = offset;
    made.imm = value;
    return made;
}
bpf_insn copy(Register to, Register from) {  // to = from
    return instruction(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}
bpf_insn set(Register to, std::int32_t value) {  // to = value
    return instruction(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}
bpf_insn change(int operation, Register to, std::int32_t value) {  // to += value and the like
    return instruction(BPF_ALU64 | operation | BPF_K, to, 0, 0, value);
}
bpf_insn add(Register to, Register from) {  // to += from
    return instruction(BPF_ALU64 | BPF_ADD | BPF_X, to, from, 0, 0);
}
bpf_insn load(int size, Register to, Register at, std::int16_t offset) {  // to = *(at + offset)
    return instruction(BPF_LDX | BPF_MEM | size, to, at, offset, 0);
}
bpf_insn store(int size, Register at, std::int16_t offset,
               Register from) {  // *(at + offset) = from
    return instruction(BPF_STX | BPF_MEM | size, at, from, offset, 0);
}
bpf_insn jump_if(int condition, Register left, std::int32_t right, std::int16_t offset) {
    return instruction(BPF_JMP | condition | BPF_K, left, 0, offset, right);
}
bpf_insn jump_if_above(Register left, Register right, std::int16_t offset) {
    return instruction(BPF_JMP | BPF_JGT | BPF_X, left, right, offset, 0);
}
bpf_insn call(int helper) {
    return instruction(BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

constexpr std::int16_t kKey = -std::int16_t{sizeof(GroupKey)};  // on the stack

}  // namespace

// The stack's bytes and the packet's are written and compared as the machine loads them, hence the
// htons(). Every read of the packet comes after a comparison with its end, or the verifier refuses
// the program.
std::vector<bpf_insn> make_program(int groups, int sockets) {
    constexpr std::int16_t kEthernet = 14, kIpv4Min = 20, kUdp = 8;
    std::vector<bpf_insn> code{
        copy(r6, r1),                                      // the context, for later
        load(BPF_W, r2, r1, offsetof(xdp_md, data)),       // r2 = packet
        load(BPF_W, r3, r1, offsetof(xdp_md, data_end)),   // r3 = its end
        copy(r4, r2),                                      //
        change(BPF_ADD, r4, kEthernet + kIpv4Min + kUdp),  //
        jump_if_above(r4, r3, kToPass),                    // too short
        load(BPF_H, r4, r2, 12),                           // EtherType
        jump_if(BPF_JNE, r4, htons(0x0800), kToPass),      // not IPv4, or with a VLAN tag
        load(BPF_B, r4, r2, kEthernet + 9),                // protocol
        jump_if(BPF_JNE, r4, 17, kToPass),                 // not UDP
        load(BPF_B, r5, r2, kEthernet),                    // version and header length
        copy(r4, r5),                                      //
        change(BPF_AND, r4, 0xf0),                         //
        jump_if(BPF_JNE, r4, 0x40, kToPass),               // not version 4
        change(BPF_AND, r5, 0x0f),                         //
        change(BPF_LSH, r5, 2),                            // r5 = length of the IPv4 header
        jump_if(BPF_JLT, r5, kIpv4Min, kToPass),           //
        set(r4, 0),                                        //
        store(BPF_DW, r10, kKey, r4),                      // key = {0, 0, 0}
        load(BPF_W, r4, r2, kEthernet + 16),               // destination address
        store(BPF_W, r10, kKey, r4),                       // key.address
        load(BPF_H, r4, r2, kEthernet + 6),                // flags and fragment offset
        change(BPF_AND, r4, htons(0x3fff)),                // more fragments, or an offset
        jump_if(BPF_JNE, r4, 0, 6),                        // a fragment: look up with port 0
        add(r2, r5),                                       // over the IPv4 header, with options
        copy(r4, r2),                                      //
        change(BPF_ADD, r4, kEthernet + kUdp),             //
        jump_if_above(r4, r3, kToPass),                    // no room for UDP after options
        load(BPF_H, r4, r2, kEthernet + 2),                // destination port
        store(BPF_H, r10, kKey + 4, r4),                   // key.port
        instruction(BPF_LD | BPF_DW | BPF_IMM, r1, BPF_PSEUDO_MAP_FD, 0, groups),  // r1 = groups
        instruction(0, 0, 0, 0, 0),        // (takes two places)
        copy(r2, r10),                     //
        change(BPF_ADD, r2, kKey),         // r2 = &key
        call(BPF_FUNC_map_lookup_elem),    // r0 = value
        jump_if(BPF_JEQ, r0, 0, kToPass),  // no group of ours
        load(BPF_W, r4, r0, offsetof(GroupValue, counts_fragments)),
        jump_if(BPF_JNE, r4, 0, 6),  // a fragment of a group
        instruction(BPF_LD | BPF_DW | BPF_IMM, r1, BPF_PSEUDO_MAP_FD, 0, sockets),
        instruction(0, 0, 0, 0, 0),                             // r1 = sockets
        load(BPF_W, r2, r6, offsetof(xdp_md, rx_queue_index)),  // r2 = queue
        set(r3, XDP_PASS),                                      // where the queue has no socket
        call(BPF_FUNC_redirect_map),                            // r0 = XDP_REDIRECT
        instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),            //
        set(r1, 1),                                             // fragments: the kernel may have
        instruction(BPF_STX | BPF_ATOMIC | BPF_DW, r0, r1, offsetof(GroupValue, fragments),
                    BPF_ADD),  // them; counted
        set(r0, XDP_PASS),     // pass:
        instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
    };
    const std::size_t pass = code.size() - 2;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i].off == kToPass) code[i].off = static_cast<std::int16_t>(pass - i - 1);
    }
    return code;
}

}  // namespace rxlab::xdp_rx
