// SPDX-License-Identifier: MIT
//
// Commands of ours for DPDK's telemetry socket (dpdk-telemetry.py): what --metrics says, for
// whoever asks DPDK anyway. Threading: EAL's telemetry thread answers them; set_metrics() may be
// called by any other.
#pragma once

#include <rxlab/rx/metrics.hpp>

namespace rxlab::dpdk_rx {

// Registers /rxlab/total, /rxlab/feed and /rxlab/port. Throws
// program::RunError.
void register_telemetry();

// What they tell of; null: nothing, and waits until nobody looks at what was there.
void set_metrics(rx::Metrics* metrics);

}  // namespace rxlab::dpdk_rx
