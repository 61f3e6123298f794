// SPDX-License-Identifier: MIT
//
// EAL may end the process from within rte_eal_init: with 0 after --help, and with 234 at an option
// that it refuses [DPDK 25.11; earlier releases return an error]. This says in one line why, and
// ends the process with the exit status of wrong usage. Threading: one at a time, in the thread
// that starts EAL.
#pragma once

#include "dpdk_rx/eal/output_capture.hpp"

#include <string>

namespace rxlab::dpdk_rx {

class ExitWatch {
  public:
    // Until its end, exit() prints what is in `capture` (after success) or "PROGRAM: EAL options:
    // COMPLAINT", and then ends with 2. Null: EAL's output was shown as it came.
    explicit ExitWatch(OutputCapture* capture);
    ExitWatch(const ExitWatch&) = delete;
    ExitWatch& operator=(const ExitWatch&) = delete;
    ~ExitWatch();
};

// The one line for options that EAL refuses: what it says of them, and where they are listed.
[[nodiscard]] std::string refused_options(const std::string& complaint);

}  // namespace rxlab::dpdk_rx
