// SPDX-License-Identifier: MIT
//
// One of several queues: a worker with its lcore and its DPDK source.
#pragma once

#include "dpdk_rx/source/dpdk_source.hpp"

#include <rxlab/rx/options.hpp>
#include <rxlab/rx/worker.hpp>

#include <cstdint>
#include <functional>
#include <optional>

namespace rxlab::dpdk_rx {

struct QueueWorker : rx::Worker {
    QueueWorker(const rx::Options& all, std::uint16_t queue, std::uint16_t queues,
                unsigned own_lcore)
        : Worker{all, queue, queues}, lcore{own_lcore}, share{queue, {}, {}} {
        for (rx::Line line : rx::lines_of(all)) {
            const auto owner = static_cast<std::uint16_t>(line.id.feed % queues);
            const bool is_own = owner == queue;
            line.id.feed = is_own ? static_cast<std::uint16_t>(line.id.feed / queues) : owner;
            (is_own ? share.lines : share.foreign).push_back(line);
        }
    }

    const unsigned lcore;
    QueueShare share;
    std::optional<DpdkSource> source;
    QueueCounters counters;                  // as of the last snapshot
    std::function<void(QueueWorker&)> work;  // what is run on its lcore; does not throw
};

}  // namespace rxlab::dpdk_rx
