// SPDX-License-Identifier: MIT
//
// What both ways of running (one queue, several) do around starting a port.
#pragma once

#include "dpdk_rx/eal/numa.hpp"
#include "dpdk_rx/eal/output_capture.hpp"
#include "dpdk_rx/port/port_select.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/wire/address.hpp>

#include <fmt/format.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include <cstdio>
#include <span>
#include <string>

namespace rxlab::dpdk_rx {

// Drivers report what went wrong on standard error and return a number; libbpf and libxdp print
// notes when all is well. The notes are dropped, complaints go into the one error message.
template <typename Start>
auto with_driver_output(Start&& start) {
    OutputCapture capture;
    try {
        return start();
    } catch (const program::RunError& error) {
        const std::string complaint = complaint_in(capture.finish());
        if (complaint.empty()) throw;
        throw program::RunError(fmt::format("{} ({})", error.what(), complaint));
    }
}

// Routers forward these groups (232.0.0.0/8: RFC 4607) only to those who name the sender.
inline void warn_about_sources(std::span<const rx::Line> lines) {
    for (const rx::Line& line : lines) {
        if (line.group.address >> 24 != 232 || line.source != 0) continue;
        fmt::print(stderr,
                   "dpdk_rx: warning: {}: groups of 232.0.0.0/8 are source-specific, and routers "
                   "forward them only to who names the sender: {} ADDRESS\n",
                   wire::to_string(line.group), line.id.line == 0 ? "--source" : "--line-b-source");
    }
}

// `wanted`: the port as PortOptions::name says it. Throws program::UsageError where there is none.
inline void warn_about_numa(const std::string& wanted, unsigned lcore) {
    const std::uint16_t port = find_port(wanted);
    const std::string warning = numa_warning(port_name(port), rte_eth_dev_socket_id(port), lcore,
                                             static_cast<int>(rte_lcore_to_socket_id(lcore)));
    if (!warning.empty()) fmt::print(stderr, "{}\n", warning);
}

}  // namespace rxlab::dpdk_rx
