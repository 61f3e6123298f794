// SPDX-License-Identifier: MIT
#include "loops.hpp"

#include <rxlab/rx/pipeline.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <stdexcept>

namespace rxlab::bench::pipeline {
namespace {

constexpr std::size_t kOrders = 4'096;
constexpr double kPipelineGoal_ns = 15;

rx::Options small_book() {
    rx::Options options;
    options.groups = {{0xef010101, 30001}};
    options.orders = options.levels = kOrders;
    return options;
}

}  // namespace

Receiver::Receiver(latency::Clock clock, const std::filesystem::path& folder, std::uint64_t records,
                   bool with_trace)
    : clock_{clock}, path_{folder / fmt::format("rxlab-pipeline-bench.{}.trace", getpid())} {
    if (with_trace) trace_.emplace(path_, latency::TraceKind::receiver, records, clock);
    pipeline_.emplace(small_book(), clock, trace_ ? &*trace_ : nullptr);
}

Receiver::~Receiver() {
    trace_.reset();
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

std::vector<double> Receiver::steps(double ticks_per_ns, std::size_t packets) const {
    const latency::TraceReader reader{path_};
    const auto records = reader.records();
    std::vector<double> steps;
    for (std::size_t i = 1; i < records.size(); ++i) {
        if (i % packets == 0) continue;
        steps.push_back(static_cast<double>(records[i].second - records[i - 1].second) /
                        ticks_per_ns);
    }
    return steps;
}

void Receiver::check(std::uint64_t packets, std::uint64_t messages) const {
    const rx::Feed& feed = pipeline_->feeds()[0];
    const rx::SequenceCounters counters = feed.sequencer.counters();
    if (counters.packets != packets || counters.gaps != 0 || counters.duplicate_packets != 0 ||
        feed.malformed_packets != 0) {
        throw std::runtime_error(
            fmt::format("the timed loop did not do its work: {} of {} packets, {} gaps",
                        counters.packets, packets, counters.gaps));
    }
    check_book(feed.book, messages);
}

void check_book(const book::Book& book, std::uint64_t messages) {
    const book::BookCounters& counters = book.counters();
    const std::uint64_t applied = counters.adds + counters.executions + counters.cancels +
                                  counters.deletes + counters.replaces;
    if (counters.messages == messages && applied == messages && counters.over_execution == 0 &&
        counters.locate_mismatch == 0 && book.orders() == 0)
        return;
    throw std::runtime_error(fmt::format(
        "the timed loop did not do its work: {} of {} messages changed a book, {} orders left",
        applied, messages, book.orders()));
}

latency::Ticks decode_into_book(MemorySource& source, book::Book& book, latency::Clock clock) {
    std::array<rx::PacketView, rx::kBatchPackets> batch;
    const latency::Ticks start = clock.now();
    for (;;) {
        const std::size_t received = source.poll(batch);
        if (received == 0) break;
        for (std::size_t i = 0; i < received; ++i) {
            const std::span<const std::byte> payload = batch[i].payload;
            const auto& header = wire::overlay<wire::mold::Header>(payload);
            rx::apply_messages(book, payload.subspan(sizeof header), header.message_count);
        }
    }
    return clock.now() - start;
}

Row time_pipeline(const Plan& plan, latency::Clock clock, std::size_t per_poll,
                  std::size_t messages) {
    Row row;
    row.name = "pipeline";
    row.base_name = "decode and book";
    row.packets_per_poll = per_poll;
    row.messages_per_packet = messages;
    row.goal_ns = kPipelineGoal_ns;
    Stream stream{plan.packets, messages};
    MemorySource source{stream, per_poll};
    const std::uint64_t packets =
        plan.packets * plan.timing.passes * (plan.timing.rounds + 1);  // and the warm-up
    Receiver receiver{clock, plan.folder, packets};
    book::Book book{{kOrders, kOrders}};
    compare(
        plan.timing, plan.packets,
        [&] {
            source.rewind();
            return decode_into_book(source, book, clock);
        },
        [&] {
            stream.renumber();
            source.rewind();
            return receiver.drain(source);
        },
        row);
    receiver.check(packets, packets * messages);
    check_book(book, packets * messages);
    if (per_poll == 1)
        row.single = percentiles_of(receiver.steps(plan.timing.ticks_per_ns, plan.packets));
    return row;
}

}  // namespace rxlab::bench::pipeline
