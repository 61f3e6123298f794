// SPDX-License-Identifier: MIT
//
// The two ways the simulator fails before or after it sends. Every message names the operation, the
// operand, and the remedy where one is known; main() prints it and ends with the exit status.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace rxlab::feedsim {

// What was asked for makes no sense: exit status 2.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// What was asked for could not be done: exit status 1.
class RunError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
    // "OPERATION: REASON; REMEDY" from an errno.
    RunError(int error, std::string_view operation, std::string_view remedy = {});
};

}  // namespace rxlab::feedsim
