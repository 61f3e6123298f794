// SPDX-License-Identifier: MIT
#pragma once

#include <time.h>

#include <cstdint>

namespace rxlab::program {

// CLOCK_MONOTONIC, for what is done beside sending and receiving; packets are stamped by
// latency::Clock.
[[nodiscard]] inline std::int64_t monotonic_ns() noexcept {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

}  // namespace rxlab::program
