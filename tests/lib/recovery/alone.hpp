// SPDX-License-Identifier: MIT
#pragma once

#include "lib/recovery/src/feed_recovery.hpp"

#include <rxlab/rx/pipeline.hpp>
#include <rxlab/rx/policy.hpp>

#include <optional>
#include <span>
#include <utility>

namespace rxlab::simulation {

using recovery::FeedRecovery;

// The policy of one feed, without servers: what is asked for is written down.
class Alone final : public rx::Policy {
  public:
    explicit Alone(rx::Options options,
                   const std::optional<recovery::RequestOptions>& requests = {})
        : options_{std::move(options)}, requests_{requests} {}
    void attach(rx::Pipeline& pipeline) override {
        feed.emplace(options_, pipeline, 0, earliest_ns_, requests_);
    }
    void begin(std::span<const unsigned>) override {}
    bool turn() noexcept override { return false; }
    void finish(std::uint64_t now_ns) noexcept override { feed->finish(now_ns); }
    void report(nlohmann::ordered_json&, std::size_t) const override {}
    void report(nlohmann::ordered_json&) const override {}

    std::optional<FeedRecovery> feed;

  private:
    rx::Options options_;
    std::optional<recovery::RequestOptions> requests_;
    std::uint64_t earliest_ns_ = 0;
};

}  // namespace rxlab::simulation
