// SPDX-License-Identifier: MIT
//
// Several receive queues, each polled by an lcore of its own with the books of its share of the
// feeds (feed i belongs to queue i modulo the number of queues). The summary, the digest and the
// trace are those of one receiver.
#pragma once

#include "dpdk_rx/port/port_options.hpp"

#include <rxlab/rx/options.hpp>
#include <rxlab/rx/policy.hpp>

namespace rxlab::dpdk_rx {

// Runs from parsed options to the exit status; EAL is up, with at least options.queues lcores. The
// calling thread is the main lcore and takes queue 0. Throws program::UsageError or RunError.
int run_several_queues(const rx::Options& options, const PortOptions& port_options,
                       const rx::MakePolicy& make_policy);

}  // namespace rxlab::dpdk_rx
