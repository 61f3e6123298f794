// SPDX-License-Identifier: MIT
#pragma once

#include <rxlab/recovery/feed_recovery.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/rx/policy.hpp>

#include <algorithm>
#include <optional>
#include <span>

namespace rxlab::simulation {

using recovery::FeedOptions;
using recovery::FeedRecovery;
using rx::LineId;
using rx::Packet;
using rx::Place;

// The policy of one feed, without servers: what is asked for is written down.
class Alone final : public rx::Policy {
  public:
    explicit Alone(const FeedOptions& options) : options_{options} {}
    void attach(rx::Pipeline& pipeline) override { feed.emplace(options_, pipeline, 0); }
    void begin(std::span<const unsigned>) override {}
    void take(const Packet& packet, Place place) noexcept override { feed->take(packet, place); }
    void cut_short(const Packet& packet) noexcept override { feed->cut_short(packet); }
    void note_next(const rx::PacketView& view, std::uint64_t now_ns) noexcept override {
        feed->note_next(view, now_ns);
    }
    [[nodiscard]] bool compares_lines() const noexcept override { return options_.two_lines; }
    [[nodiscard]] std::uint64_t line_next(LineId id) const noexcept override {
        return feed->line_next(id.line);
    }
    void close(std::size_t, std::uint64_t now_ns) noexcept override { feed->close(now_ns); }
    [[nodiscard]] std::uint64_t first_of(std::uint64_t sequence) const noexcept override {
        return std::min(sequence, options_.first_sequence.value_or(sequence));
    }
    void opened(std::size_t, std::uint64_t now_ns) noexcept override { feed->opened(now_ns); }
    bool turn() noexcept override { return false; }
    void finish(std::uint64_t now_ns) noexcept override { feed->finish(now_ns); }
    [[nodiscard]] bool is_behind(std::size_t) const noexcept override { return feed->is_behind(); }
    void report(nlohmann::ordered_json&, std::size_t) const override {}
    void report(nlohmann::ordered_json&) const override {}

    std::optional<FeedRecovery> feed;

  private:
    FeedOptions options_;
};

}  // namespace rxlab::simulation
