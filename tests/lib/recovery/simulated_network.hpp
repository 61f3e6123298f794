// SPDX-License-Identifier: MIT
//
// A feed, its two lines with their faults, and a re-request server, in memory and in virtual time:
// what happens is an event with a time, and the same seed makes the same events.
#pragma once

#include "feedsim/market/market.hpp"
#include "lib/recovery/src/missing_ranges.hpp"

#include <rxlab/wire/moldudp64.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace rxlab::simulation {

using recovery::kNever;
using recovery::Request;

using Bytes = std::vector<std::byte>;

// What a feed sends: its messages and the packets they travel in, numbered from 1.
struct Recording {
    std::vector<Bytes> messages;  // message n is messages[n - 1]
    std::vector<Bytes> packets;   // data
    wire::mold::Session session{"SIMULATED0"};

    [[nodiscard]] std::uint64_t end() const { return messages.size() + 1; }
};

inline Bytes to_bytes(std::span<const std::byte> bytes) {
    return {bytes.begin(), bytes.end()};
}

// As many messages from `sequence` on as were asked for and fit.
inline Bytes pack(const Recording& recording, std::uint64_t sequence, std::uint64_t count) {
    Bytes memory(wire::mold::kPayloadBytesMax);
    wire::mold::PacketBuilder builder{memory, recording.session};
    builder.start(sequence);
    for (std::uint64_t i = sequence; i < sequence + count && i < recording.end(); ++i) {
        if (!builder.append(recording.messages[i - 1])) break;
    }
    return to_bytes(builder.finish());
}

inline Bytes control(const Recording& recording, std::uint64_t sequence, bool end) {
    Bytes memory(wire::mold::kPayloadBytesMax);
    wire::mold::PacketBuilder builder{memory, recording.session};
    if (end) return to_bytes(builder.end_of_session(sequence));
    builder.start(sequence);
    return to_bytes(builder.finish());
}

inline Recording record_market(std::uint64_t seed, std::size_t packets,
                               const wire::mold::Session& session = "SIMULATED0") {
    Recording recording;
    recording.session = session;
    feedsim::Market market{{.seed = seed, .symbols = 8, .messages_expected = packets * 8}};
    std::mt19937_64 random{seed};
    for (std::size_t i = 0; i < packets; ++i) {
        const std::uint64_t first = recording.end();
        const std::uint64_t count = 1 + random() % 5;
        for (std::uint64_t n = 0; n < count; ++n)
            recording.messages.push_back(to_bytes(market.next()));
        recording.packets.push_back(pack(recording, first, count));
    }
    return recording;
}

// What goes wrong, for each line by itself. Probabilities of a packet.
struct Faults {
    double drop = 0;
    double duplicate = 0;
    double burst = 0;  // that a burst of loss begins
    std::uint32_t burst_packets = 0;
    double reorder = 0;
    std::uint32_t reorder_packets = 0;  // how far a packet falls back, at most
};

struct Scenario {
    std::uint64_t seed = 1;
    Faults faults;
    bool two_lines = false;
    double skew_ns = 0;  // standard deviation of line B's lag
    bool recover = false;
    std::uint64_t store_messages = ~std::uint64_t{0};  // that the server can go back
    double answer_loss = 0;
    std::uint64_t begin_ns = 0;
};

class SimulatedNetwork {
  public:
    static constexpr std::uint64_t kPacketGap_ns = 10'000;

    struct Event {
        std::uint64_t now_ns;
        std::uint8_t line;  // 2: an answer
        const Bytes* packet;
    };

    SimulatedNetwork(const Recording& recording, const Scenario& scenario)
        : recording_{recording},
          scenario_{scenario},
          random_{scenario.seed},
          now_ns_{scenario.begin_ns} {
        for (std::uint8_t line = 0; line < (scenario.two_lines ? 2 : 1); ++line)
            send_line(line);
    }

    // Calls `on_packet(event)` for each in order of time, and `on_time(now_ns)` whenever
    // `due()` says that something is due before it.
    template <typename OnPacket, typename OnTime, typename Due>
    void run(OnPacket&& on_packet, OnTime&& on_time, Due&& due) {
        for (;;) {
            const std::uint64_t next = events_.empty() ? kNever : events_.begin()->first;
            const std::uint64_t wanted = due();
            if (next == kNever && wanted == kNever) return;
            if (wanted <= next) {
                now_ns_ = std::max(now_ns_, wanted);
                on_time(now_ns_);
                continue;
            }
            const Event event = events_.begin()->second;
            events_.erase(events_.begin());
            now_ns_ = event.now_ns;
            on_packet(event);
        }
    }

    // The server, which has all that was sent so far and goes back only so far: then the answer
    // begins with the oldest that it has.
    void request(const Request& request, std::uint64_t now_ns) {
        ++requests_;
        if (chance(scenario_.answer_loss)) return;
        const std::uint64_t sent = std::min<std::uint64_t>(
            (now_ns - scenario_.begin_ns) / kPacketGap_ns, recording_.packets.size());
        std::uint64_t newest = 0;
        if (sent > 0) {
            const auto& header = wire::overlay<wire::mold::Header>(recording_.packets[sent - 1]);
            newest = header.sequence + header.message_count - 1;
        }
        const std::uint64_t oldest =
            newest > scenario_.store_messages ? newest - scenario_.store_messages + 1 : 1;
        const std::uint64_t begin = std::max(request.sequence, oldest);
        const std::uint64_t end = std::min(request.sequence + request.messages, newest + 1);
        if (begin >= end || chance(scenario_.answer_loss)) return;
        answers_.push_back(std::make_unique<Bytes>(pack(recording_, begin, end - begin)));
        add(now_ns + 50'000 + random_() % 100'000, 2, *answers_.back());
    }
    [[nodiscard]] std::uint64_t requests() const { return requests_; }
    // Whether some line brought the packet.
    [[nodiscard]] bool arrived(std::size_t packet) const { return arrived_[packet]; }

  private:
    bool chance(double probability) {
        return std::uniform_real_distribution<double>{}(random_) < probability;
    }
    void add(std::uint64_t now_ns, std::uint8_t line, const Bytes& packet) {
        events_.emplace(now_ns, Event{now_ns, line, &packet});
    }
    void send_line(std::uint8_t line) {
        arrived_.resize(recording_.packets.size());
        std::uint64_t now_ns = scenario_.begin_ns;
        for (std::size_t i = 0; i < recording_.packets.size(); ++i, now_ns += kPacketGap_ns) {
            if (deliver(line, now_ns + kPacketGap_ns, recording_.packets[i])) arrived_[i] = true;
        }
        end_ = control(recording_, recording_.end(), true);
        for (int i = 0; i < 100; ++i)
            deliver(line, now_ns + 10'000'000U * static_cast<unsigned>(i), end_);
    }
    bool deliver(std::uint8_t line, std::uint64_t now_ns, const Bytes& packet) {
        const Faults& faults = scenario_.faults;
        if (burst_left_ == 0 && chance(faults.burst)) {
            burst_left_ = 1 + random_() % faults.burst_packets;
        }
        if (burst_left_ > 0) {
            --burst_left_;
            return false;
        }
        if (chance(faults.drop)) return false;
        if (line == 1) {
            std::normal_distribution<double> lag{500, scenario_.skew_ns};
            now_ns += static_cast<std::uint64_t>(std::max(0.0, lag(random_)));
        }
        if (chance(faults.reorder)) {
            now_ns += (1 + random_() % faults.reorder_packets) * kPacketGap_ns + 1;
        }
        add(now_ns, line, packet);
        while (chance(faults.duplicate))
            add(now_ns + random_() % 200'000, line, packet);
        return true;
    }

    const Recording& recording_;
    Scenario scenario_;
    std::mt19937_64 random_;
    std::multimap<std::uint64_t, Event> events_;
    std::vector<std::unique_ptr<Bytes>> answers_;
    std::vector<bool> arrived_;
    Bytes end_;
    std::uint64_t burst_left_ = 0;
    std::uint64_t now_ns_;
    std::uint64_t requests_ = 0;
};

}  // namespace rxlab::simulation
