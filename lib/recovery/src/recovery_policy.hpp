// SPDX-License-Identifier: MIT
//
// What make_policy() makes: a FeedRecovery for each feed, and the Agent where servers are given.
// Sockets of servers belong to the Agent's thread; here are only its rings. All memory is allocated
// by the constructor and attach(). Threading: the thread that receives.
#pragma once

#include "agent.hpp"
#include "feed_recovery.hpp"

#include <rxlab/rx/options.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/rx/policy.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <span>

namespace rxlab::recovery {

class Recovery final : public rx::Policy {
  public:
    // Snapshots that do not fit, one after the other, until the feed goes on without: five seconds
    // at least.
    static constexpr std::uint64_t kRefusalsMax = 25;

    explicit Recovery(const rx::Options& options, const AgentTimes& times = {});

    void attach(rx::Pipeline& pipeline) override;
    void begin(std::span<const unsigned> receiver_cpus) override {
        if (agent_) agent_->start(receiver_cpus);
    }
    bool turn() noexcept override;
    void finish(std::uint64_t now_ns) noexcept override;
    void report(nlohmann::ordered_json& json, std::size_t feed) const override;
    void report(nlohmann::ordered_json& json) const override;

    [[nodiscard]] FeedRecovery& feed(std::size_t index) noexcept { return feeds_[index]; }

  private:
    static constexpr std::uint32_t kTurnsBetweenDoubts = 1'024;

    bool do_what_is_due() noexcept;
    void take_answer(const Answer& answer, latency::Ticks now) noexcept;
    void take_snapshot(FeedRecovery& own, const Answer& answer, std::uint64_t now_ns) noexcept;
    // Whether the server's word is about a doubt, and what it said; where it decides for the
    // newcomer, the feed goes over to it.
    void settle(FeedRecovery& own, const Answer& answer, std::uint64_t now_ns) noexcept;
    void join(FeedRecovery& own, const Answer& answer, std::uint64_t now_ns) noexcept;
    void want_snapshot(FeedRecovery& own, std::uint64_t now_ns) noexcept;
    void ask_where_in_doubt(std::uint64_t now_ns) noexcept;
    static void go_on_without_snapshot(FeedRecovery& own, std::uint64_t now_ns) noexcept;

    const rx::Options& options_;
    rx::Pipeline* pipeline_ = nullptr;
    std::unique_ptr<Agent> agent_;  // null where no server is given
    std::deque<FeedRecovery> feeds_;
    std::uint64_t earliest_ns_ = kNever;  // when a feed has something to do
    std::uint32_t turns_ = kTurnsBetweenDoubts;
};

}  // namespace rxlab::recovery
