// SPDX-License-Identifier: MIT
//
// Keeps the threads that do not receive (EAL's for interrupts, telemetry and other processes, and
// what drivers start) off the CPUs that do. EAL gives them the CPUs that are left of those the
// process may use when it starts: none where it was pinned to one, or where every CPU is an lcore.
#pragma once

#include <sched.h>

#include <span>

namespace rxlab::dpdk_rx {

// The CPUs that the calling thread may use: before anything pins it.
[[nodiscard]] cpu_set_t allowed_cpus() noexcept;

// Moves every thread but the lcores' own to `allowed` without `busy`. Where that is none, all stay.
// Threads that are started later by a thread of EAL follow that thread's CPUs.
void keep_control_threads_off(std::span<const unsigned> busy, const cpu_set_t& allowed);

}  // namespace rxlab::dpdk_rx
