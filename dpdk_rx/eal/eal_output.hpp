// SPDX-License-Identifier: MIT
//
// EAL, drivers and their libraries print usage texts, notes and errors to standard output and
// standard error as they like, and EAL may end the process from within rte_eal_init. This holds
// such output back, so that a program can say in one line what went wrong. Threading: one at a
// time, in the thread that starts EAL or the port, while no other thread prints.
#pragma once

#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/errors.hpp>

#include <fmt/format.h>

#include <array>
#include <string>

namespace rxlab::dpdk_rx {

// Sends file descriptors 1 and 2 to memory for as long as it lives.
class OutputCapture {
  public:
    OutputCapture();
    OutputCapture(const OutputCapture&) = delete;
    OutputCapture& operator=(const OutputCapture&) = delete;
    ~OutputCapture();

    // Ends the capture and returns what was printed.
    std::string finish();

  private:
    void restore();

    program::Descriptor memory_;
    std::array<int, 3> saved_{-1, -1, -1};
};

// The first lines of `output` that complain, joined; empty where all of it is chatter.
[[nodiscard]] std::string complaint_in(const std::string& output);

// Drivers report what went wrong on standard error and return a number; libbpf and libxdp print
// notes when all is well. The notes are dropped, complaints go into the one error message.
template <typename Start>
auto with_driver_output(Start&& start) {
    OutputCapture capture;
    try {
        return start();
    } catch (const program::RunError& error) {
        const std::string complaint = complaint_in(capture.finish());
        if (complaint.empty()) throw;
        throw program::RunError(fmt::format("{} ({})", error.what(), complaint));
    }
}

// EAL ends the process with 0 after --help, and with 234 at an option that it refuses [DPDK 25.11;
// earlier releases return an error]. This says in one line why, and ends the process with the exit
// status of wrong usage.
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
