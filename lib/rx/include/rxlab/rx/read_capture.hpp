// SPDX-License-Identifier: MIT
//
// What every receiver does with --read-pcap: nothing of its own, so that all give the same.
// Threading: everything happens in the calling thread.
#pragma once

#include <rxlab/rx/options.hpp>

#include <cstdint>
#include <string>

namespace rxlab::rx {

// Runs the capture through the pipeline as feeds of options.groups; without groups, lists what the
// capture holds instead (schema rxlab.capture/1, docs/contracts.md). Returns the exit status.
// Throws what run_receiver() throws.
int read_capture(const std::string& program, const Options& options, std::uint16_t vlan = 0);

}  // namespace rxlab::rx
