// SPDX-License-Identifier: MIT
#include <rxlab/link/interface_counters.hpp>
#include <rxlab/link/link.hpp>
#include <rxlab/link/link_watch.hpp>
#include <rxlab/link/membership.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/socket_address.hpp>

#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

namespace rxlab::link {
namespace {

// The interface is there, set up, and its link is up.
bool is_ready(const std::string& interface, unsigned index) {
    const std::optional<LinkMessage> link = ask_for_link(index);
    if (link && link->removed) throw program::RunError(ENODEV, "receive on " + interface);
    if (link && !link->is_set_up()) {
        throw program::RunError(ENETDOWN, "receive on " + interface,
                                fmt::format("bring it up: ip link set {} up", interface));
    }
    return link && link->has_link();
}

// By the interface's index, which IP_ADD_SOURCE_MEMBERSHIP (ip(7)) does not take: it finds the
// interface by an address, and some have none. MCAST_JOIN_SOURCE_GROUP does the same (RFC 3678).
int change_membership(int socket, const rx::Line& line, unsigned index, bool joins) noexcept {
    const sockaddr_in group = wire::to_sockaddr(line.group);
    int result = 0;
    if (line.source == 0) {
        ip_mreqn request{};
        request.imr_multiaddr = group.sin_addr;
        request.imr_ifindex = static_cast<int>(index);
        result = setsockopt(socket, IPPROTO_IP, joins ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP,
                            &request, sizeof request);
    } else {
        const sockaddr_in source = wire::to_sockaddr({line.source, 0});
        group_source_req request{};
        request.gsr_interface = index;
        std::memcpy(&request.gsr_group, &group, sizeof group);
        std::memcpy(&request.gsr_source, &source, sizeof source);
        result = setsockopt(socket, IPPROTO_IP,
                            joins ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP, &request,
                            sizeof request);
    }
    return result == 0 ? 0 : errno;
}

}  // namespace

unsigned ready_interface_index(const std::string& interface, double wait_s) {
    const unsigned index = if_nametoindex(interface.c_str());
    if (index == 0) {
        throw program::UsageError(
            fmt::format("--interface {}: no such interface; see `ip link`", interface));
    }
    wait_for_link("receive on " + interface, wait_s, [&] { return is_ready(interface, index); });
    return index;
}

int join(int socket, const rx::Line& line, unsigned index) noexcept {
    return change_membership(socket, line, index, true);
}

int leave(int socket, const rx::Line& line, unsigned index) noexcept {
    return change_membership(socket, line, index, false);
}

int join_anew(int socket, const rx::Line& line, unsigned index) noexcept {
    static_cast<void>(leave(socket, line, index));
    const int error = join(socket, line, index);
    return error == ENODEV ? 0 : error;
}

void must_join(int socket, const rx::Line& line, const std::string& interface, unsigned index) {
    if (const int error = join(socket, line, index); error != 0) {
        throw program::RunError(error, fmt::format("join {} on {}", name_of(line), interface),
                                "see `ip maddr` and net.ipv4.igmp_max_memberships");
    }
}

std::string name_of(const rx::Line& line) {
    std::string name = wire::to_string(line.group);
    if (line.source != 0) name += " from " + wire::ipv4_to_string(line.source);
    return name;
}

// One socket for each group, because net.ipv4.igmp_max_memberships limits those of one socket.
Membership::Membership(std::span<const rx::Line> lines, const std::string& interface,
                       double link_wait_s)
    : interface_{interface},
      index_{ready_interface_index(interface, link_wait_s)},
      at_start_{count_on(index_)},
      link_{index_, interface, link_wait_s} {
    for (const rx::Line& line : lines) {
        program::Descriptor fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        if (fd.get() < 0)
            throw program::RunError(errno, "open a socket for " + name_of(line), "see `ulimit -n`");
        must_join(fd.get(), line, interface, index_);
        members_.push_back({std::move(fd), line});
    }
}

void Membership::look() noexcept {
    if (link_.look() != LinkWatch::Seen::link_is_back) return;
    for (const Member& member : members_) {
        const int error = join_anew(member.socket.get(), member.line, index_);
        if (error != 0) error_ = error;
    }
}

std::string Membership::failure() const {
    if (link_.lost()) return link_.loss_text();
    return fmt::format("join the groups on {} again after the link was down: {}", interface_,
                       std::generic_category().message(error_));
}

void Membership::add_to_report(rx::SourceReport& report) const {
    report.counters["link_losses"] = link_.losses();
    report.counters["link_down_ms"] = link_.down_ms();
    report_changes(at_start_, count_on(index_), report.counters);
}

}  // namespace rxlab::link
