// SPDX-License-Identifier: MIT
#pragma once

#include <time.h>

#include <cstdint>

namespace rxlab::dpdk_rx {

// CLOCK_MONOTONIC, for what is done beside receiving.
[[nodiscard]] inline std::int64_t monotonic_ns() noexcept {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

}  // namespace rxlab::dpdk_rx
