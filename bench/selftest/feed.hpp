// SPDX-License-Identifier: MIT
//
// What both kinds of self-test run, in virtual and in real time, have in common. Pure functions.
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

// What a receiver that missed nothing ends with, as feedsim's summary has it.
[[nodiscard]] std::string truth_of(const SimulationOptions& options);

// One feed, ended by its end of session.
[[nodiscard]] rx::Options pipeline_options(std::uint64_t packets);

// Of all books of a pipeline, as a receiver's summary has it.
[[nodiscard]] std::string digest_of(const rx::Pipeline& pipeline);

}  // namespace rxlab::bench::selftest
