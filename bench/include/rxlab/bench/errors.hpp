// SPDX-License-Identifier: MIT
//
// How rxbench fails: std::runtime_error and std::system_error (exit status 1), or a UsageError.
#pragma once

#include <stdexcept>

namespace rxlab::bench {

// What was asked for makes no sense: exit status 2.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace rxlab::bench
