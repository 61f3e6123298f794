// SPDX-License-Identifier: MIT
//
// What a pipeline does with packets that are not simply next. Without a policy it steps over what
// is missing: the gap is counted, the book is stale. lib/recovery has the other one, which holds
// what is ahead, compares lines, asks servers. A policy is off the short way: a packet that is next
// does not reach it, unless two lines are compared.
// Threading: the thread that receives.
#pragma once

#include <rxlab/rx/packet.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/sequencer.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace rxlab::rx {

class Pipeline;
struct Options;

// What a feed's book is worth. Any message may be about any symbol, so this holds for all of them.
enum class Freshness : std::uint8_t {
    current,      // it equals what was sent, as of the feed's last packet or heartbeat
    behind,       // messages are missing, or a snapshot is awaited; what came later is held
    stale,        // messages are in no book, and will not be
    unconfirmed,  // nothing is known to be missing, but there is a Doubt
};
[[nodiscard]] std::string_view to_string(Freshness freshness) noexcept;

// What is done about one feed.
class FeedPolicy {
  public:
    FeedPolicy() = default;
    FeedPolicy(const FeedPolicy&) = delete;
    FeedPolicy& operator=(const FeedPolicy&) = delete;
    virtual ~FeedPolicy() = default;

    // A packet of the feed's place that did not take the short way. Of heartbeats and ends the
    // sequencer has taken note.
    virtual void take(const Packet& packet) noexcept = 0;
    // One that did, and ended before its promised end: what is between is missing.
    virtual void cut_short(std::uint64_t now_ns) noexcept = 0;
    // One that did, where lines are compared.
    virtual void note_next(const PacketView& packet, std::uint64_t now_ns) noexcept = 0;
    // The next message of a line by itself; 0 where nothing came on it yet. Where lines are not
    // compared, that of the feed.
    [[nodiscard]] virtual std::uint64_t line_next(std::uint8_t line) const noexcept = 0;
    // The feed's session is over: what is missing of it is lost.
    virtual void close(std::uint64_t now_ns) noexcept = 0;
    virtual void opened(std::uint64_t now_ns) noexcept = 0;
    // Messages are missing, or a snapshot is awaited.
    [[nodiscard]] virtual bool is_behind() const noexcept = 0;
};

class Policy {
  public:
    Policy() = default;
    Policy(const Policy&) = delete;
    Policy& operator=(const Policy&) = delete;
    virtual ~Policy() = default;

    // Called once, by the pipeline's constructor: gives each feed its own. The pipeline outlives
    // the policy.
    virtual void attach(Pipeline& pipeline) = 0;
    // Time counts from here. `receiver_cpus`: where threads of its own should not run.
    virtual void begin(std::span<const unsigned> receiver_cpus) = 0;
    // What is due beside packets: requests, answers, timers. False where there was nothing to do.
    virtual bool turn() noexcept = 0;
    // The run is over: declares lost what is missing, delivers what is held.
    virtual void finish(std::uint64_t now_ns) noexcept = 0;
    // Adds to a feed's part of the summary, and to the summary's end.
    virtual void report(nlohmann::ordered_json& json, std::size_t feed) const = 0;
    virtual void report(nlohmann::ordered_json& json) const = 0;
};

// Makes the policy that the options ask for; null: what is missing is stepped over.
using MakePolicy = std::function<std::unique_ptr<Policy>(const Options&)>;

}  // namespace rxlab::rx
