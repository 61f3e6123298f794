// SPDX-License-Identifier: MIT
//
// Any bytes as a sender's and a receiver's trace: read, copied through a writer, and joined.
#include "bench/analysis/join.hpp"
#include "memory_file.hpp"

#include <rxlab/latency/trace.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace rxlab::fuzz {
namespace {

constexpr std::size_t kRecordsMax = 256;

std::optional<latency::TraceReader> read(const MemoryFile& file) {
    try {
        return std::optional<latency::TraceReader>{std::in_place, file.path()};
    } catch (const std::runtime_error& error) {
        REQUIRE(std::strstr(error.what(), file.path().c_str()) != nullptr);
        return std::nullopt;
    }
}

void check_copied(const latency::TraceReader& trace) {
    static const MemoryFile copy;
    {
        latency::TraceWriter writer{copy.path(), trace.header().kind, trace.records().size() + 1,
                                    latency::Clock{latency::ClockSource::virtual_time}};
        for (const latency::TraceRecord& record : trace.records())
            writer.append(record);
    }
    const latency::TraceReader again{copy.path()};
    REQUIRE(again.header().overflow == 0);
    REQUIRE(same(std::as_bytes(again.records()), std::as_bytes(trace.records())));
}

// Joining takes memory for every feed up to the highest number: most inputs get low ones, because
// making room for 65,536 would be most of what they do.
std::vector<std::byte> with_low_feeds(Bytes trace) {
    std::vector<std::byte> bytes{trace.begin(), trace.end()};
    constexpr std::size_t kFeed = offsetof(latency::TraceRecord, feed);
    for (std::size_t at = sizeof(latency::TraceHeader) + kFeed; at + 1 < bytes.size();
         at += sizeof(latency::TraceRecord)) {
        bytes[at + 1] = std::byte{0};  // the upper half; the format is little-endian
    }
    return bytes;
}

bench::TraceView view(const latency::TraceReader& trace) {
    return {trace.header(), trace.records()};
}

void check_joined(const latency::TraceReader& sender, const latency::TraceReader& receiver) {
    bench::Joined joined;
    try {
        joined = bench::join(view(sender), view(receiver),
                             {.warmup_s = 0.001, .timeline_bin_s = 0.05, .keep_packets = true});
    } catch (const std::runtime_error&) {
        return;
    }
    const bench::Ledger& total = joined.total;
    REQUIRE(total.sent == sender.records().size());
    REQUIRE(total.sent == total.received + total.lost);
    // Some records are not a packet, but more about the next one.
    const auto packets = std::ranges::count_if(receiver.records(), latency::is_packet);
    REQUIRE(std::cmp_equal(total.received + total.duplicates + total.unexpected + joined.recovered,
                           packets));
    REQUIRE(joined.held <= total.received);
    bench::Ledger sum;
    for (const bench::Ledger& ledger : joined.ledgers)
        sum += ledger;
    REQUIRE(sum == total);
    REQUIRE(joined.packets.size() == total.received);
    REQUIRE(joined.latency.histogram.count() + joined.latency.negative <= total.received);
}

}  // namespace
}  // namespace rxlab::fuzz

// The first two bytes: how many of the others are the sender's, and (the highest bit) whether feeds
// may have any number.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rxlab::fuzz;
    static const MemoryFile sender_file;
    static const MemoryFile receiver_file;
    Input input{bytes_of_input(data, size)};
    const auto choice = input.take<std::uint16_t>();
    const Bytes of_sender = input.take_bytes(choice & 0x7fff);
    const bool any_feed = choice >> 15 != 0;
    sender_file.set(any_feed ? of_sender : with_low_feeds(of_sender));
    receiver_file.set(any_feed ? input.rest() : with_low_feeds(input.rest()));
    const auto sender = read(sender_file);
    const auto receiver = read(receiver_file);
    for (const auto* trace : {&sender, &receiver}) {
        if (*trace && (*trace)->records().size() <= kRecordsMax) check_copied(**trace);
    }
    if (sender && receiver) check_joined(*sender, *receiver);
    return 0;
}
