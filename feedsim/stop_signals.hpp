// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

namespace rxlab::feedsim {

// Becomes true at SIGINT or SIGTERM. The first call installs the handlers.
[[nodiscard]] const std::atomic<bool>& stop_requested() noexcept;
// How many such signals came since then.
[[nodiscard]] unsigned stops_requested() noexcept;

}  // namespace rxlab::feedsim
