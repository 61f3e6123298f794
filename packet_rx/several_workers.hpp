// SPDX-License-Identifier: MIT
//
// Several workers, each a thread with a ring and the books of its share of the feeds (feed i
// belongs to worker i modulo their number). The kernel gives each frame to the socket of the worker
// whose feed it is (PACKET_FANOUT with a program of ours), so no worker sees another's packets.
#pragma once

#include "packet_rx/packet_socket.hpp"

#include <rxlab/rx/options.hpp>
#include <rxlab/rx/policy.hpp>

#include <cstddef>
#include <vector>

namespace rxlab::packet_rx {

struct WorkerOptions {
    std::size_t workers = 1;
    std::vector<unsigned> cpus;  // of each, or none
};

// Runs from parsed options to the exit status. The calling thread is worker 0. Throws
// program::UsageError or RunError.
int run_several_workers(const std::string& mode, const rx::Options& options,
                        const RingOptions& ring, const WorkerOptions& worker_options,
                        const rx::MakePolicy& make_policy);

}  // namespace rxlab::packet_rx
