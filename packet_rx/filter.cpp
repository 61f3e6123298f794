// SPDX-License-Identifier: MIT
#include "packet_rx/filter.hpp"

#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace rxlab::packet_rx {
namespace {

constexpr std::uint32_t kDrop = 0;
constexpr std::uint32_t kWholeFrame = 0xffff'ffff;
constexpr std::uint32_t kEthernetBytes = 14;
// Offsets in an IPv4 packet, and of the port after a header that is as long as X says.
constexpr std::uint32_t kFragment = 6, kProtocol = 9, kDestination = 16, kDestinationPort = 2;

constexpr std::uint16_t kLoad8 = BPF_LD | BPF_B | BPF_ABS;
constexpr std::uint16_t kLoad16 = BPF_LD | BPF_H | BPF_ABS;
constexpr std::uint16_t kLoad32 = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kLoad16AtX = BPF_LD | BPF_H | BPF_IND;
constexpr std::uint16_t kLoadHeaderBytesToX = BPF_LDX | BPF_B | BPF_MSH;
constexpr std::uint16_t kJumpEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint16_t kJumpBits = BPF_JMP | BPF_JSET | BPF_K;
constexpr std::uint16_t kJump = BPF_JMP | BPF_JA;
constexpr std::uint16_t kReturn = BPF_RET | BPF_K;

sock_filter load(std::uint16_t code, std::uint32_t offset) {
    return {code, 0, 0, offset};
}
// Steps over `if_true` or over `if_false` instructions.
sock_filter jump(std::uint16_t code, std::uint32_t value, std::uint8_t if_true,
                 std::uint8_t if_false) {
    return {code, if_true, if_false, value};
}
sock_filter returned(std::uint32_t value) {
    return {kReturn, 0, 0, value};
}

using Answer = std::function<std::uint32_t(const rx::Line&)>;

// Appends what answers for the lines' groups, and `kDrop` for all else. `ip`: where IPv4 begins.
void append_groups(Filter& filter, std::span<const rx::Line> lines, std::uint32_t ip,
                   const Answer& answer) {
    std::map<std::uint32_t, std::vector<rx::Line>> by_address;
    for (const rx::Line& line : lines)
        by_address[line.group.address].push_back(line);
    filter.push_back(load(kLoad32, ip + kDestination));
    for (const auto& [address, ports] : by_address) {
        Filter block{load(kLoad16, ip + kFragment), jump(kJumpBits, 0x1fff, 0, 1),
                     returned(answer(ports.front())), load(kLoadHeaderBytesToX, ip),
                     load(kLoad16AtX, ip + kDestinationPort)};
        for (const rx::Line& line : ports) {
            block.push_back(jump(kJumpEqual, line.group.port, 0, 1));
            block.push_back(returned(answer(line)));
        }
        block.push_back(returned(kDrop));
        filter.push_back(jump(kJumpEqual, address, 1, 0));
        filter.push_back({kJump, 0, 0, static_cast<std::uint32_t>(block.size())});
        filter.insert(filter.end(), block.begin(), block.end());
    }
    filter.push_back(returned(kDrop));
}

}  // namespace

Filter group_filter(std::span<const rx::Line> lines) {
    constexpr std::uint32_t kType = SKF_AD_OFF + SKF_AD_PKTTYPE;
    Filter filter{load(kLoad8, kType),
                  jump(kJumpEqual, PACKET_OUTGOING, 0, 1),
                  returned(kDrop),
                  load(kLoad16, 12),
                  jump(kJumpEqual, 0x0800, 1, 0),
                  returned(kDrop),
                  load(kLoad8, kEthernetBytes + kProtocol),
                  jump(kJumpEqual, 17, 1, 0),
                  returned(kDrop)};
    append_groups(filter, lines, kEthernetBytes, [](const rx::Line&) { return kWholeFrame; });
    return filter;
}

Filter no_frame() {
    return {returned(kDrop)};
}

Filter worker_choice(std::span<const rx::Line> lines, std::size_t workers) {
    Filter filter;
    append_groups(filter, lines, 0, [workers](const rx::Line& line) {
        return static_cast<std::uint32_t>(line.id.feed % workers);
    });
    return filter;
}

void give_filter(int socket, int level, int name, const Filter& filter) {
    if (filter.size() > BPF_MAXINSNS) {
        throw program::UsageError(fmt::format(
            "--group: the kernel's filters have {} instructions at most, and these groups need {}",
            BPF_MAXINSNS, filter.size()));
    }
    Filter copy = filter;  // the kernel's structure wants it without const
    const sock_fprog program{static_cast<unsigned short>(copy.size()), copy.data()};
    if (setsockopt(socket, level, name, &program, sizeof program) != 0) {
        throw program::RunError(
            errno, fmt::format("filter the groups ({} instructions)", filter.size()),
            errno == ENOMEM ? "raise the limit: sysctl -w net.core.optmem_max=131072" : "");
    }
}

void set_filter(int socket, const Filter& filter) {
    give_filter(socket, SOL_SOCKET, SO_ATTACH_FILTER, filter);
}

}  // namespace rxlab::packet_rx
