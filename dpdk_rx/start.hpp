// SPDX-License-Identifier: MIT
//
// What both ways of running (one queue, several) do around starting a port.
#pragma once

#include "numa.hpp"
#include "output_capture.hpp"
#include "port_select.hpp"

#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include <cstdio>
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

// `wanted`: the port as PortOptions::name says it. Throws program::UsageError where there is none.
inline void warn_about_numa(const std::string& wanted, unsigned lcore) {
    const std::uint16_t port = find_port(wanted);
    const std::string warning = numa_warning(port_name(port), rte_eth_dev_socket_id(port), lcore,
                                             static_cast<int>(rte_lcore_to_socket_id(lcore)));
    if (!warning.empty()) fmt::print(stderr, "{}\n", warning);
}

}  // namespace rxlab::dpdk_rx
