// SPDX-License-Identifier: MIT
//
// EAL, drivers and their libraries print usage texts, notes and errors to standard output and
// standard error as they like. This holds such output back, so that a program can say in one line
// what went wrong. Threading: one at a time, while no other thread prints.
#pragma once

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

    int memory_;
    std::array<int, 3> saved_{-1, -1, -1};
};

// The first lines of `output` that complain, joined; empty where all of it is chatter.
[[nodiscard]] std::string complaint_in(const std::string& output);

}  // namespace rxlab::dpdk_rx
