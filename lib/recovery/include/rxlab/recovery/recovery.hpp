// SPDX-License-Identifier: MIT
//
// The policy of receivers that arbitrate lines, wait for what is out of order, ask for what is
// missing, or start with a snapshot. A receiver's main() passes it to the loop of lib/rx.
#pragma once

#include <rxlab/rx/options.hpp>
#include <rxlab/rx/policy.hpp>

#include <memory>

namespace rxlab::recovery {

// Null where the options ask for nothing of it. `options` must outlive the policy. Opens the
// sockets to servers; throws program::RunError where that fails.
[[nodiscard]] std::unique_ptr<rx::Policy> make_policy(const rx::Options& options);

}  // namespace rxlab::recovery
