// SPDX-License-Identifier: MIT
#include <rxlab/feedsim/file_transmitters.hpp>
#include <rxlab/feedsim/market.hpp>
#include <rxlab/feedsim/multicast_socket.hpp>
#include <rxlab/feedsim/packet_socket.hpp>
#include <rxlab/feedsim/process.hpp>
#include <rxlab/feedsim/recording.hpp>
#include <rxlab/feedsim/replay.hpp>
#include <rxlab/feedsim/report.hpp>
#include <rxlab/feedsim/simulation.hpp>
#include <rxlab/latency/clock.hpp>
#include <rxlab/latency/trace.hpp>
#include <rxlab/program/cpu.hpp>
#include <rxlab/program/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

namespace rxlab::feedsim {

namespace {

// From "everything is ready" to the first packet.
constexpr double kLead_ns = 10e6;
constexpr std::uint64_t kTraceRecordsUnbounded = 1'000'000;

std::unique_ptr<MessageSource> make_source(const Options& options, std::uint32_t feed) {
    if (!options.file.empty()) return std::make_unique<Replay>(options.file);
    return std::make_unique<Market>(MarketOptions{.seed = options.seed,
                                                  .feed = feed,
                                                  .symbols = options.symbols,
                                                  .messages_expected = options.messages_bound()});
}

std::unique_ptr<PacketStream> make_stream(const Options& options, std::uint32_t feed) {
    if (options.recording) return std::make_unique<RecordedStream>(options.recording, feed);
    const StreamOptions stream{.session = wire::mold::Session{fmt::format("RXLAB{:05}", feed + 1)},
                               .first_sequence = options.sequence,
                               .messages_per_packet = options.messages_per_packet,
                               .packets_max = options.packets_max,
                               .messages_max = options.messages_max};
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
    result.prepare_ns = 1'000 + 500 * std::uint64_t{options.messages_per_packet};
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

// Packets that the kernel refused are not fatal, but nobody should have to look for them.
void warn_of_send_errors(const Sender& sender) {
    for (std::size_t i = 0; i < sender.feeds().size(); ++i) {
        const FeedCounters& counters = sender.counters()[i];
        if (counters.send_errors == 0) continue;
        fmt::print(stderr, "feedsim: {} ({} packets were refused)\n",
                   sender.feeds()[i].transmitter->failure(), counters.send_errors);
    }
}

}  // namespace

std::vector<Feed> make_feeds(const Options& options, const MakeTransmitter& make) {
    std::vector<Feed> feeds;
    const auto count = static_cast<std::uint32_t>(options.groups.size());
    for (std::uint32_t i = 0; i < count; ++i)
        feeds.push_back({make_stream(options, i), make_schedule(options, i), make(i)});
    return feeds;
}

std::unique_ptr<Transmitter> make_socket(const Options& options, const wire::Ipv4Endpoint& group) {
    if (options.packet_socket) {
        return std::make_unique<PacketSocket>(group, options.interface, options.ttl, options.vlan);
    }
    const SocketOptions socket{options.interface, options.ttl, options.loop};
    return std::make_unique<MulticastSocket>(group, socket);
}

void send_feeds(const Options& options, const std::atomic<bool>& stop) {
    if (options.cpu) program::pin_to_cpu(*options.cpu);
    std::vector<Feed> feeds = make_feeds(
        options, [&](std::size_t feed) { return make_socket(options, options.groups[feed]); });
    const latency::Clock clock = latency::Clock::detect();
    std::optional<latency::TraceWriter> trace = make_trace(options, clock);
    latency::Calibration calibration = latency::Calibration::start(clock);
    ClockTimeline timeline{clock, calibration.run_ticks_per_ns()};

    const double ticks_per_ns = timeline.ticks_per_ns();
    const auto lead = static_cast<latency::Ticks>(kLead_ns * ticks_per_ns);
    SenderOptions how = sender_options(options);
    const latency::Ticks start = clock.now() + lead;
    how.start_ns_of_day = ns_of_day_at(start, clock, ticks_per_ns);
    std::optional<latency::GapLog> gaps;
    if (options.gaps_us > 0) gaps.emplace(options.gaps_us);
    Sender sender{std::move(feeds), how, timeline, trace ? &*trace : nullptr,
                  gaps ? &*gaps : nullptr};
    const program::Usage before = program::Usage::now();
    const EndedBy ended_by = sender.run(start, stop);
    const program::Usage usage = program::Usage::now().since(before);
    calibration.finish();
    if (trace) trace->finish(calibration);

    nlohmann::ordered_json summary = make_summary(options, sender, ended_by);
    add_sending(summary, options, sender, clock, calibration, trace ? &*trace : nullptr);
    summary["usage"] = program::to_json(usage);
    if (gaps) add_gaps(summary, *gaps);
    publish(summary, options);
    if (const std::string why = sender.failure(); !why.empty()) throw program::RunError(why);
    warn_of_send_errors(sender);
}

void write_feeds(const Options& options, const std::atomic<bool>& stop) {
    std::optional<capture::Writer> capture;
    std::optional<wire::ItchFileWriter> messages;
    MakeTransmitter make;
    if (!options.write_pcap.empty()) {
        capture.emplace(options.write_pcap);
        make = [&](std::size_t feed) {
            return std::make_unique<PcapTransmitter>(*capture, options.groups[feed], options.vlan,
                                                     options.ttl);
        };
    } else {
        messages.emplace(options.write_itch);
        make = [&](std::size_t) { return std::make_unique<ItchTransmitter>(*messages); };
    }
    VirtualTimeline timeline;
    SenderOptions how = sender_options(options);
    how.start_ns_of_day = PcapTransmitter::kStartOfDay_ns;
    how.prepare_ns = 0;
    Sender sender{make_feeds(options, make), how, timeline, nullptr};
    const EndedBy ended_by = sender.run(0, stop);
    if (const std::string why = sender.failure(); !why.empty()) throw program::RunError(why);
    if (capture) capture->close();
    if (messages) messages->close();
    publish(make_summary(options, sender, ended_by), options);
}

}  // namespace rxlab::feedsim
