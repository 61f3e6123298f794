// SPDX-License-Identifier: MIT
//
// The same sender and the same receive loop once more, on real clocks in two threads, with packets
// that the wire holds back. It checks only what must hold on any machine, however busy.
#pragma once

#include "bench/result/result.hpp"
#include "bench/selftest/harness.hpp"

#include <cstddef>
#include <cstdint>

namespace rxlab::bench::selftest {

struct HeldBack {
    static constexpr int kDelay_ms = 2, kEvery = 100;

    std::size_t packets = 0;  // packets that were held back
    std::size_t slow = 0;     // how many took at least that long from send to receive
    std::uint64_t negative = 0;
    Ledger ledger;
    bool same_book = false;  // as in virtual time with the same seed, and as was sent
};

[[nodiscard]] HeldBack hold_back_in_real_time(const Harness& harness);

}  // namespace rxlab::bench::selftest
