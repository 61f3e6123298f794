// SPDX-License-Identifier: MIT
//
// The addresses in the headers of an order that leaves as a frame: those of the interface that it
// leaves from, and the MAC address of the host that takes it, which the kernel finds by ARP. Where
// there is no kernel interface, or the host is behind a router, the options say what cannot be
// found. For set-up: it waits.
#pragma once

#include <rxlab/rx/options.hpp>
#include <rxlab/wire/ethernet.hpp>
#include <rxlab/wire/frame.hpp>

#include <optional>
#include <string>

namespace rxlab::link {

// `interface`: the kernel's; empty: there is none. `mac`: of the port; none: the interface's.
// options.respond is there. Throws program::RunError, or program::UsageError where an option is
// needed.
[[nodiscard]] wire::UdpFrame order_route(const std::string& interface, const rx::Options& options,
                                         const std::optional<wire::MacAddress>& mac = {});

}  // namespace rxlab::link
