// SPDX-License-Identifier: MIT
//
// What a receiver on an interface of the kernel needs before it receives: an interface that is
// there and has its link, and membership of its groups, which the kernel then reports (IGMP),
// answers for, and lets through the network card's filter. Threading: one thread.
#pragma once

#include <rxlab/link/interface_counters.hpp>
#include <rxlab/link/link_watch.hpp>
#include <rxlab/program/descriptor.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/summary.hpp>

#include <span>
#include <string>
#include <vector>

namespace rxlab::link {

// Index of an interface that exists, is up and has its link, for which it waits for up to `wait_s`
// seconds. Throws program::UsageError or program::RunError.
[[nodiscard]] unsigned ready_interface_index(const std::string& interface, double wait_s);

// Membership of the line's group, of its source alone where it has one. Membership by source asks
// routers for that source's packets (IGMPv3: RFC 3376, RFC 4607), and the socket gets no others.
// Return 0 or an errno.
[[nodiscard]] int join(int socket, const rx::Line& line, unsigned index) noexcept;
[[nodiscard]] int leave(int socket, const rx::Line& line, unsigned index) noexcept;
// Leaves and joins, where the link is back: the kernel keeps a membership meanwhile, and reports it
// again only where the interface was set down and up (seen on 6.18); a switch that has forgotten it
// would forward nothing until its next query. So it reports, where nobody else on this host is a
// member. Returns 0 or an errno; 0 where the interface is gone already, which the next look at the
// link will be told.
[[nodiscard]] int join_anew(int socket, const rx::Line& line, unsigned index) noexcept;
// Joins, or throws program::RunError.
void must_join(int socket, const rx::Line& line, const std::string& interface, unsigned index);

// "239.1.1.1:30001 from 192.0.2.1"
[[nodiscard]] std::string name_of(const rx::Line& line);

// Membership for a receiver whose packets come another way: the sockets have no port and receive
// nothing. Follows the link, too: where it was down and is back, the groups are joined anew. The
// memberships end with the object, or with the process.
class Membership {
  public:
    // Waits for the interface's link, and joins. Throws program::UsageError or program::RunError.
    Membership(std::span<const rx::Line> lines, const std::string& interface, double link_wait_s);

    // Asks for news of the link: at most a few system calls. To be called now and then, or when a
    // poll found nothing.
    void look() noexcept;
    [[nodiscard]] unsigned index() const noexcept { return index_; }
    [[nodiscard]] const std::string& interface() const noexcept { return interface_; }
    [[nodiscard]] const LinkWatch& link() const noexcept { return link_; }
    // The link is lost, or the groups could not be joined again.
    [[nodiscard]] bool failed() const noexcept { return link_.lost() || error_ != 0; }
    // The interface was removed, or the groups could not be joined again: nothing comes any more.
    [[nodiscard]] bool is_gone() const noexcept {
        return link_.state().was_removed() || error_ != 0;
    }
    [[nodiscard]] std::string failure() const;
    // Of the link, and what the kernel has counted since the start (InterfaceCounters).
    void add_to_report(rx::SourceReport& report) const;

  private:
    struct Member {
        program::Descriptor socket;
        rx::Line line;
    };

    std::string interface_;
    unsigned index_;
    InterfaceCounters at_start_;
    LinkWatch link_;
    std::vector<Member> members_;
    int error_ = 0;
};

}  // namespace rxlab::link
