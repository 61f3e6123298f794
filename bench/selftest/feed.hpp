// SPDX-License-Identifier: MIT
//
// What the self-tests in virtual and in real time have in common. Pure functions.
#pragma once

#include "bench/selftest/simulation.hpp"
#include "feedsim/send/sender.hpp"

#include <rxlab/rx/pipeline.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace rxlab::bench::selftest {

[[nodiscard]] feedsim::Feed make_feed(const SimulationOptions& options,
                                      std::unique_ptr<feedsim::Transmitter> transmitter);

// The digest of a receiver that missed nothing, as in feedsim's summary.
[[nodiscard]] std::string truth_of(const SimulationOptions& options);

// One feed, ended by its end of session.
[[nodiscard]] rx::Options pipeline_options(std::uint64_t packets);

// The digest of all books of a pipeline, as in a receiver's summary.
[[nodiscard]] std::string digest_of(const rx::Pipeline& pipeline);

}  // namespace rxlab::bench::selftest
