// SPDX-License-Identifier: MIT
#include "feedsim/stop_signals.hpp"

#include <signal.h>

namespace rxlab::feedsim {

namespace {

std::atomic<bool> stop{false};
std::atomic<unsigned> stops{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<unsigned>::is_always_lock_free,
              "a signal handler writes them");

}  // namespace

const std::atomic<bool>& stop_requested() noexcept {
    struct sigaction action {};
    action.sa_handler = [](int) {
        stop.store(true, std::memory_order_relaxed);
        stops.fetch_add(1, std::memory_order_relaxed);
    };
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    return stop;
}

unsigned stops_requested() noexcept {
    return stops.load(std::memory_order_relaxed);
}

}  // namespace rxlab::feedsim
