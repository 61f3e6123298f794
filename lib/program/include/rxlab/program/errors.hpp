// SPDX-License-Identifier: MIT
//
// The two ways a program fails before or after its work, and the one place that prints them.
// Every message names the operation, the operand, and the remedy where one is known.
#pragma once

#include <functional>
#include <stdexcept>
#include <string_view>

namespace rxlab::program {

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

// Runs a program's body and turns what it throws into one line on standard error and an exit
// status: as returned, 1 failed, 2 wrong usage. `memory_remedy` says which options need less
// memory.
int guard_main(std::string_view program, std::string_view memory_remedy,
               const std::function<int()>& body) noexcept;

}  // namespace rxlab::program
