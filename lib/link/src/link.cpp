// SPDX-License-Identifier: MIT
#include <rxlab/link/link.hpp>
#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/errors.hpp>

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <string>

namespace rxlab::link {
namespace {

// The first sizeof(T) bytes, of which fewer may be there (an older kernel's statistics are
// shorter).
template <typename T>
T read_as(std::span<const std::byte> bytes) noexcept {
    T value{};
    std::memcpy(&value, bytes.data(), std::min(sizeof value, bytes.size()));
    return value;
}

// Calls `visitor(type, value)` for each attribute, and stops where a length cannot be.
template <typename Visitor>
void for_each_attribute(std::span<const std::byte> bytes, Visitor&& visitor) noexcept {
    while (bytes.size() >= sizeof(rtattr)) {
        const auto attribute = read_as<rtattr>(bytes);
        if (attribute.rta_len < sizeof(rtattr) || attribute.rta_len > bytes.size()) return;
        visitor(attribute.rta_type & NLA_TYPE_MASK,
                bytes.subspan(RTA_LENGTH(0), attribute.rta_len - RTA_LENGTH(0)));
        bytes = bytes.subspan(std::min<std::size_t>(RTA_ALIGN(attribute.rta_len), bytes.size()));
    }
}

// The same program is told once by itself and once by its mode (in the driver, generic, in the
// NIC); where there are several, only by mode.
std::uint32_t program_in(std::span<const std::byte> bytes) noexcept {
    std::uint32_t program = 0;
    for_each_attribute(bytes, [&](int type, std::span<const std::byte> value) {
        if (type != IFLA_XDP_PROG_ID && type != IFLA_XDP_DRV_PROG_ID &&
            type != IFLA_XDP_SKB_PROG_ID && type != IFLA_XDP_HW_PROG_ID)
            return;
        if (program == 0) program = read_as<std::uint32_t>(value);
    });
    return program;
}

void read_attributes(std::span<const std::byte> bytes, LinkMessage& message) noexcept {
    for_each_attribute(bytes, [&](int type, std::span<const std::byte> value) {
        if (type == IFLA_STATS64) message.statistics = read_as<rtnl_link_stats64>(value);
        if (type == IFLA_CARRIER_DOWN_COUNT)
            message.carrier_down_count = read_as<std::uint32_t>(value);
        if (type == IFLA_XDP) message.xdp_program = program_in(value);
    });
}

std::optional<LinkMessage> read_message(const nlmsghdr& header,
                                        std::span<const std::byte> bytes) noexcept {
    if (header.nlmsg_type != RTM_NEWLINK && header.nlmsg_type != RTM_DELLINK) return {};
    if (bytes.size() < NLMSG_LENGTH(sizeof(ifinfomsg))) return {};
    const auto info = read_as<ifinfomsg>(bytes.subspan(NLMSG_HDRLEN));
    if (info.ifi_family != AF_UNSPEC) return {};
    LinkMessage message;
    message.index = static_cast<unsigned>(info.ifi_index);
    message.removed = header.nlmsg_type == RTM_DELLINK;
    message.flags = info.ifi_flags;
    constexpr std::size_t kBefore = NLMSG_SPACE(sizeof(ifinfomsg));
    if (bytes.size() > kBefore) read_attributes(bytes.subspan(kBefore), message);
    return message;
}

LinkMessage removed_link(unsigned index) noexcept {
    LinkMessage message;
    message.index = index;
    message.removed = true;
    return message;
}

bool says_no_device(std::span<const std::byte> answer) noexcept {
    return answer.size() >= NLMSG_LENGTH(sizeof(nlmsgerr)) &&
           read_as<nlmsghdr>(answer).nlmsg_type == NLMSG_ERROR &&
           read_as<nlmsgerr>(answer.subspan(NLMSG_HDRLEN)).error == -ENODEV;
}

// IFF_LOWER_UP does not fit into what SIOCGIFFLAGS returns.
std::optional<LinkMessage> ask_by_ioctl(unsigned index) noexcept {
    const program::Descriptor fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    ifreq request{};
    request.ifr_ifindex = static_cast<int>(index);
    if (ioctl(fd.get(), SIOCGIFNAME, &request) != 0) {
        if (errno == ENODEV) return removed_link(index);
        return {};
    }
    if (ioctl(fd.get(), SIOCGIFFLAGS, &request) != 0) return {};
    LinkMessage message;
    message.index = index;
    message.flags = static_cast<unsigned short>(request.ifr_flags);
    if ((message.flags & IFF_RUNNING) != 0) message.flags |= kLowerUp;
    return message;
}

}  // namespace

bool LinkMessage::is_set_up() const noexcept {
    return (flags & IFF_UP) != 0;
}

bool LinkMessage::has_link() const noexcept {
    return !removed && is_set_up() && (flags & kLowerUp) != 0;
}

bool read_softnet(std::istream& file, Softnet& softnet) {
    bool any = false;
    softnet = {};
    for (std::string line; std::getline(file, line); any = true) {
        std::istringstream columns{line};
        std::uint64_t processed = 0;
        std::uint64_t dropped = 0;
        std::uint64_t time_squeeze = 0;
        if (!(columns >> std::hex >> processed >> dropped >> time_squeeze)) return false;
        softnet.dropped += dropped;
        softnet.time_squeeze += time_squeeze;
    }
    return any;
}

std::optional<LinkMessage> take_link_message(std::span<const std::byte>& rest) noexcept {
    while (rest.size() >= sizeof(nlmsghdr)) {
        const auto header = read_as<nlmsghdr>(rest);
        if (header.nlmsg_len < sizeof(nlmsghdr) || header.nlmsg_len > rest.size()) break;
        const auto message = read_message(header, rest.first(header.nlmsg_len));
        rest = rest.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), rest.size()));
        if (message) return message;
    }
    rest = {};
    return {};
}

std::optional<LinkMessage> ask_for_link(unsigned index) noexcept {
    const program::Descriptor fd{socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
    const timeval patience{1, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    struct {
        nlmsghdr header;
        ifinfomsg info;
    } request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = RTM_GETLINK;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.info.ifi_index = static_cast<int>(index);
    if (send(fd.get(), &request, sizeof request, 0) < 0) return ask_by_ioctl(index);
    std::array<std::byte, kLinkMessageBytesMax> answer;
    const ssize_t bytes = recv(fd.get(), answer.data(), answer.size(), 0);
    if (bytes < 0) return {};
    std::span<const std::byte> rest{answer.data(), static_cast<std::size_t>(bytes)};
    if (says_no_device(rest)) return removed_link(index);
    return take_link_message(rest);
}

unsigned mtu_of(const std::string& interface) {
    const program::Descriptor fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    if (ioctl(fd.get(), SIOCGIFMTU, &request) != 0)
        throw program::RunError(errno, "ask for the MTU of " + interface);
    return static_cast<unsigned>(request.ifr_mtu);
}

}  // namespace rxlab::link
