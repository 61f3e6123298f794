// SPDX-License-Identifier: MIT
#include "feedsim/simulation.hpp"

#include "feedsim/impair/lines.hpp"
#include "feedsim/market/market.hpp"
#include "feedsim/market/recording.hpp"
#include "feedsim/market/replay.hpp"
#include "feedsim/market/truth.hpp"
#include "feedsim/orders/expected.hpp"
#include "feedsim/orders/ledger.hpp"
#include "feedsim/orders/order_ring.hpp"
#include "feedsim/report.hpp"
#include "feedsim/send/device_transmitter.hpp"
#include "feedsim/send/file_transmitters.hpp"
#include "feedsim/send/socket_transmitters.hpp"
#include "feedsim/send/timeline.hpp"
#include "feedsim/servers/rerequest_server.hpp"
#include "feedsim/servers/snapshot_server.hpp"
#include "feedsim/stop_signals.hpp"

#include <rxlab/latency/clock.hpp>
#include <rxlab/latency/to_json.hpp>
#include <rxlab/latency/trace.hpp>
#include <rxlab/program/cpu.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/program/libraries.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rxlab::feedsim {

namespace {

// From "everything is ready" to the first packet.
constexpr double kLead_ns = 10e6;
// Keeps the random stream of a feed's packet sizes apart from those of its market and its
// intervals.
constexpr std::uint64_t kOpenStreams = std::uint64_t{4} << 32;
// Messages per packet of a market open: 2.7 on average.
constexpr std::uint32_t kOpenMessagesMean = 3;
constexpr std::uint64_t kTraceRecordsUnbounded = 1'000'000;

std::unique_ptr<MessageSource> make_source(const Options& options, std::uint32_t feed) {
    if (!options.file.empty()) {
        auto replay = std::make_unique<Replay>(options.file);
        if (const std::string complaint = replay->complaint(); !complaint.empty())
            fmt::print(stderr, "{}: replay {}: {}\n", options.program, options.file, complaint);
        return replay;
    }
    return std::make_unique<Market>(MarketOptions{.seed = options.seed,
                                                  .feed = feed,
                                                  .symbols = options.symbols,
                                                  .messages_expected = options.messages_bound()});
}

std::string session_of(const Options& options, std::uint32_t feed) {
    return options.sessions.empty() ? fmt::format("RXLAB{:05}", feed + 1) : options.sessions[feed];
}

std::unique_ptr<PacketStream> make_stream(const Options& options, std::uint32_t feed) {
    if (options.recording) return std::make_unique<RecordedStream>(options.recording, feed);
    StreamOptions stream{.session = wire::mold::Session{session_of(options, feed)},
                         .first_sequence = options.sequence,
                         .messages_per_packet = options.messages_per_packet,
                         .packets_max = options.packets_max,
                         .messages_max = options.messages_max};
    if (options.profile == Profile::market_open) {
        stream.market_open = Random{options.seed, kOpenStreams + feed};
    }
    return std::make_unique<FeedStream>(make_source(options, feed), stream);
}

Schedule make_schedule(const Options& options, std::uint32_t feed) {
    if (options.recording && options.pace > 0)
        return Schedule::recorded(options.recording->due_ns(feed, options.pace));
    return Schedule{ScheduleOptions{.profile = options.profile,
                                    .rate_pps = options.rate_pps,
                                    .feed = feed,
                                    .feeds = static_cast<std::uint32_t>(options.groups.size()),
                                    .seed = options.seed,
                                    .burst = options.burst}};
}

SenderOptions sender_options(const Options& options) {
    SenderOptions result;
    result.heartbeat_s = options.heartbeat_s;
    result.stamp = options.stamp;
    result.linger_s = options.linger_s;
    const std::uint32_t messages =
        options.profile == Profile::market_open ? kOpenMessagesMean : options.messages_per_packet;
    result.prepare_ns = 1'000 + 500 * std::uint64_t{messages};
    return result;
}

std::optional<latency::TraceWriter> make_trace(const Options& options, latency::Clock clock) {
    if (options.trace.empty()) return std::nullopt;
    std::uint64_t records = options.trace_records;
    if (records == 0 && options.recording) {
        for (std::size_t feed = 0; feed < options.groups.size(); ++feed)
            records += options.recording->packets(feed).size();
    } else if (records == 0) {
        records = options.packets_bound() == kUnbounded
                      ? kTraceRecordsUnbounded
                      : options.packets_bound() * options.groups.size();
    }
    return std::make_optional<latency::TraceWriter>(options.trace, latency::TraceKind::sender,
                                                    records, clock);
}

// Packets that the kernel refused are not fatal, but nobody should have to search for them.
void warn_of_send_errors(const std::string& program, const Sender& sender) {
    for (std::size_t i = 0; i < sender.feeds().size(); ++i) {
        const FeedCounters& counters = sender.counters()[i];
        if (counters.send_errors == 0) continue;
        fmt::print(stderr, "{}: {} ({} packets were refused)\n", program,
                   sender.feeds()[i].transmitter->failure(), counters.send_errors);
    }
}

// Stops at a second signal, and after kQuiet at the first. Until then, the first may have been
// meant for the sending: whoever has heard the end of the session need not wait for its
// repetitions.
class Impatience {
  public:
    explicit Impatience(std::string program) : program_{std::move(program)} {}

    bool operator()() {
        const unsigned signals = stops_requested();
        if (signals >= 2) return true;
        if (std::chrono::steady_clock::now() - start_ <= kQuiet) return false;
        if (signals != stops_before_) return true;
        if (!has_spoken_) {
            has_spoken_ = true;
            fmt::print(stderr,
                       "{}: making all messages again for the digest of their book; Ctrl-C, or "
                       "--no-digest, skips it\n",
                       program_);
        }
        return false;
    }

  private:
    static constexpr std::chrono::seconds kQuiet{3};

    std::string program_;
    unsigned stops_before_ = stops_requested();
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    bool has_spoken_ = false;
};

// The books of what was sent (or written) of each feed, before impairments. If a book cannot be
// made, the summary is written without it.
std::vector<std::optional<BookState>> books_of(const Options& options, const Sender& sender) {
    std::vector<std::optional<BookState>> books(sender.feeds().size());
    Impatience impatience{options.program};
    const GiveUp give_up = std::ref(impatience);
    for (std::uint32_t feed = 0; feed < books.size() && !impatience(); ++feed) {
        const FeedCounters& counters = sender.counters()[feed];
        try {
            books[feed] = options.recording
                              ? book_of(*options.recording, feed, counters.packets, give_up)
                              : book_of(*make_source(options, feed), counters.messages, give_up);
        } catch (const std::exception& error) {
            fmt::print(stderr, "{}: no digest of feed {}: {}\n", options.program, feed,
                       error.what());
        }
    }
    return books;
}

}  // namespace

// How many packets a line must be able to hold: few if only a short skew holds them.
std::size_t room_of(const ImpairmentOptions& impairment, const SkewOptions& skew) noexcept {
    constexpr std::size_t kShort = 256;
    const bool is_short = impairment.reorder <= 0 && impairment.delay <= 0 && skew.recorded <= 10 &&
                          skew.fixed_ns >= -100'000 && skew.fixed_ns <= 100'000;
    return is_short ? kShort : Impairment::kHeldMax;
}

std::unique_ptr<Transmitter> make_way(const Options& options, std::uint32_t feed,
                                      double ticks_per_ns, const MakeTransmitter& make) {
    if (!options.has_lines()) return make(options.groups[feed]);
    std::vector<Line> lines;
    const std::size_t count = options.line_b.empty() ? 1 : 2;
    for (std::size_t line = 0; line < count; ++line) {
        const std::size_t index = 2 * feed + line;
        const ImpairmentOptions impairment =
            options.impairments.empty() ? ImpairmentOptions{} : options.impairments[index];
        lines.push_back({make(line == 0 ? options.groups[feed] : options.line_b[feed]),
                         Impairment{impairment, options.impair_seed, index, ticks_per_ns,
                                    room_of(impairment, options.skew)}});
    }
    return std::make_unique<Lines>(std::move(lines), Skew{options.skew, options.impair_seed, feed},
                                   ticks_per_ns);
}

std::vector<Feed> make_feeds(const Options& options, double ticks_per_ns,
                             const MakeTransmitter& make) {
    std::vector<Feed> feeds;
    const auto count = static_cast<std::uint32_t>(options.groups.size());
    for (std::uint32_t i = 0; i < count; ++i) {
        feeds.push_back({make_stream(options, i), make_schedule(options, i),
                         make_way(options, i, ticks_per_ns, make)});
        if (options.has_servers()) {
            const PacketStream& stream = *feeds.back().stream;
            feeds.back().store = std::make_unique<MessageStore>(
                stream.session(), stream.first_sequence(), options.store_messages);
        }
    }
    return feeds;
}

std::unique_ptr<Transmitter> make_socket(const Options& options, const wire::Ipv4Endpoint& group) {
    if (options.packet_socket) {
        return std::make_unique<PacketSocket>(group, options.interface, options.ttl, options.vlan);
    }
    if (!options.device.empty())
        return std::make_unique<DeviceTransmitter>(group, options.device, options.ttl,
                                                   options.vlan);
    return std::make_unique<MulticastSocket>(group, options.interface, options.ttl, options.loop);
}

namespace {

// The recovery servers that the options ask for.
class Servers {
  public:
    Servers(const Options& options, const std::vector<Feed>& feeds, const ServerCpus& cpus) {
        if (!options.has_servers()) return;
        Stores stores;
        for (const Feed& feed : feeds)
            stores.push_back(feed.store.get());
        if (options.rerequest) {
            const RerequestLimits limits{options.rerequest_rate_pps, options.rerequest_quota};
            rerequest_.emplace(*options.rerequest, stores, limits, cpus);
        }
        if (options.snapshot) {
            const SnapshotLogin login{options.snapshot_user, options.snapshot_password};
            snapshot_.emplace(*options.snapshot, stores, cpus, login);
        }
    }

    void stop() {
        if (rerequest_) rerequest_->stop();
        if (snapshot_) snapshot_->stop();
    }
    void report(nlohmann::ordered_json& summary) const {
        if (rerequest_) add_rerequest(summary, *rerequest_);
        if (snapshot_) add_snapshot(summary, *snapshot_);
    }

  private:
    std::optional<RerequestServer> rerequest_;
    std::optional<SnapshotServer> snapshot_;
};

// The orders that come back, where they are asked for.
class Orders {
  public:
    Orders(const Options& options, latency::Clock clock, const MakeInbox& make)
        : options_{options} {
        if (!options.orders) return;
        const std::uint64_t packets = options.packets_bound() == kUnbounded
                                          ? kTraceRecordsUnbounded
                                          : options.packets_bound();
        // With some that nobody asked for.
        const std::size_t room = packets * options.groups.size() * options.orders_when.size();
        log_.emplace(options.groups.size(), packets, room + room / 4 + 1'000);
        inbox_ = make(clock, *log_);
    }

    [[nodiscard]] OrderInbox* inbox() noexcept { return inbox_.get(); }

    // The packets are made again, for the oracle.
    void report(nlohmann::ordered_json& summary, const Sender& sender, latency::Clock clock,
                const latency::Calibration& calibration) {
        if (!inbox_) return;
        ExpectedOrders expected{options_.orders_when};
        std::vector<std::vector<std::uint64_t>> sequences(sender.feeds().size());
        for (std::uint32_t feed = 0; feed < sequences.size(); ++feed) {
            const auto stream = make_stream(options_, feed);
            for (std::uint64_t i = 0; i < sender.counters()[feed].packets; ++i) {
                const FeedPacket packet = stream->next(std::nullopt);
                std::vector<std::span<const std::byte>> messages;
                static_cast<void>(wire::mold::for_each_message(
                    packet.payload, [&](auto message) { messages.push_back(message); }));
                expected.take(static_cast<std::uint16_t>(feed), packet.sequence, messages);
                sequences[feed].push_back(packet.sequence);
            }
        }
        const OrderLedger ledger =
            judge_orders(*log_, sequences, expected.orders(), options_.orders_max,
                         calibration.run_ticks_per_ns());
        add_orders(summary, options_, ledger, inbox_->drops() + log_->overflow());
        if (options_.orders_trace.empty()) return;
        latency::TraceWriter trace{options_.orders_trace, latency::TraceKind::orders,
                                   std::max<std::size_t>(ledger.records.size(), 1), clock};
        for (const latency::TraceRecord& record : ledger.records)
            trace.append(record);
        trace.finish(calibration);
    }

  private:
    const Options& options_;
    std::optional<OrderLog> log_;
    std::unique_ptr<OrderInbox> inbox_;
};

}  // namespace

WayOut way_through_sockets(const Options& options) {
    return {[&options](const wire::Ipv4Endpoint& group) { return make_socket(options, group); },
            [&options](latency::Clock clock, OrderLog& log) {
                return std::make_unique<OrderRing>(*options.orders, options.interface, clock, log);
            }};
}

void send_feeds(const Options& options, const std::atomic<bool>& stop, const WayOut& way,
                const ServerCpus& server_cpus) {
    if (options.cpu) program::pin_to_cpu(*options.cpu);
    const latency::Clock clock = latency::Clock::detect();
    std::optional<latency::TraceWriter> trace = make_trace(options, clock);
    latency::Calibration calibration = latency::Calibration::start(clock);
    ClockTimeline timeline{clock, calibration.run_ticks_per_ns()};
    std::vector<Feed> feeds = make_feeds(options, timeline.ticks_per_ns(), way.make);

    Orders orders{options, clock, way.make_inbox};
    const double ticks_per_ns = timeline.ticks_per_ns();
    const auto lead = static_cast<latency::Ticks>(kLead_ns * ticks_per_ns);
    SenderOptions how = sender_options(options);
    const latency::Ticks start = clock.now() + lead;
    how.start_ns_of_day = ns_of_day_at(start, clock, ticks_per_ns);
    std::optional<latency::StallLog> stalls;
    if (options.stalls_us > 0) stalls.emplace(options.stalls_us);
    Sender sender{
        std::move(feeds), how, timeline, trace ? &*trace : nullptr, stalls ? &*stalls : nullptr,
        orders.inbox()};
    Servers servers{options, sender.feeds(), server_cpus};
    const program::Usage before = program::Usage::now();
    const EndedBy ended_by = sender.run(start, stop);
    const program::Usage usage = program::Usage::now().since(before);
    servers.stop();
    calibration.finish();
    if (trace) trace->finish(calibration);

    nlohmann::ordered_json summary = make_summary(options, sender, ended_by);
    add_sending(summary, options, sender, clock, calibration, trace ? &*trace : nullptr);
    if (way.report) way.report(summary);
    summary["usage"] = usage;
    summary["libraries"] = program::loaded_libraries();
    if (stalls) summary["stalls"] = latency::stalls_json(*stalls);
    servers.report(summary);
    orders.report(summary, sender, clock, calibration);
    if (options.digest) add_books(summary, books_of(options, sender));
    publish(summary, options);
    if (const std::string why = sender.failure(); !why.empty()) throw program::RunError(why);
    warn_of_send_errors(options.program, sender);
}

void write_feeds(const Options& options, const std::atomic<bool>& stop) {
    std::optional<capture::Writer> capture;
    std::optional<wire::ItchFileWriter> messages;
    MakeTransmitter make;
    if (!options.write_pcap.empty()) {
        capture.emplace(options.write_pcap);
        make = [&](const wire::Ipv4Endpoint& group) {
            return std::make_unique<PcapTransmitter>(*capture, group, options.vlan, options.ttl);
        };
    } else {
        messages.emplace(options.write_itch);
        make = [&](const wire::Ipv4Endpoint&) {
            return std::make_unique<ItchTransmitter>(*messages);
        };
    }
    VirtualTimeline timeline;
    SenderOptions how = sender_options(options);
    how.start_ns_of_day = PcapTransmitter::kStartOfDay_ns;
    how.prepare_ns = 0;
    Sender sender{make_feeds(options, timeline.ticks_per_ns(), make), how, timeline, nullptr};
    const EndedBy ended_by = sender.run(0, stop);
    if (const std::string why = sender.failure(); !why.empty()) throw program::RunError(why);
    if (capture) capture->close();
    if (messages) messages->close();
    nlohmann::ordered_json summary = make_summary(options, sender, ended_by);
    if (options.digest) add_books(summary, books_of(options, sender));
    publish(summary, options);
}

}  // namespace rxlab::feedsim
