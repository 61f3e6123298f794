// SPDX-License-Identifier: MIT
#include "bench/selftest/wire.hpp"

#include "feedsim/market/random.hpp"

#include <rxlab/latency/clock.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <algorithm>
#include <utility>

namespace rxlab::bench::selftest {
namespace {

namespace mold = wire::mold;

constexpr latency::Ticks kPath_ns = 2'000, kJitterMax_ns = 500;

bool is_data(std::span<const std::byte> payload) {
    const auto& header = wire::overlay<mold::Header>(payload);
    return header.message_count != mold::kHeartbeat && header.message_count != mold::kEndOfSession;
}

// Chooses `count` of `packets` data packets, evenly, from every fourth one. It takes none from the
// first and the last hundredth, where nothing precedes or follows them. Each fault has a remainder
// of its own, so that no packet and no pair of neighbours gets two faults.
bool is_chosen(std::uint64_t packet, std::uint64_t packets, std::size_t count,
               std::uint64_t remainder) {
    if (count == 0 || packet % 4 != remainder) return false;
    const std::uint64_t place = packet / 4, places = packets / 4, margin = places / 100 + 1;
    if (place < margin || place >= places - margin) return false;
    const auto ordinal = [&](std::uint64_t of) { return of * count / (places - 2 * margin); };
    return ordinal(place - margin) != ordinal(place - margin + 1);
}

// Gives the messages a type that no book knows; lengths and counts stay.
void blank_messages(std::vector<std::byte>& payload) {
    std::size_t at = sizeof(mold::Header);
    while (at + 2 < payload.size()) {
        const auto& length =
            wire::overlay<wire::be16>(std::span<const std::byte>(payload).subspan(at));
        payload[at + 2] = std::byte{'S'};
        at += 2 + length.get();
    }
}

}  // namespace

feedsim::SendResult Recorder::send(std::span<const std::byte> payload,
                                   latency::Ticks now) noexcept {
    log_.push_back({{payload.begin(), payload.end()}, now, is_data(payload)});
    return feedsim::SendResult::sent;
}

std::vector<Datagram> carry(std::vector<Datagram> sent, const SimulationOptions& options) {
    const Faults& faults = options.faults;
    feedsim::Random random{options.jitter_seed, 0};
    std::vector<Datagram> arrivals;
    arrivals.reserve(sent.size() + faults.twice);
    latency::Ticks last = 0;
    std::uint64_t packet = 0;
    bool swap_with_last = false;
    for (Datagram& each : sent) {
        latency::Ticks at = each.at + kPath_ns + faults.delay_ns + random.below(kJitterMax_ns);
        if (each.is_data && faults.every != 0 && packet % faults.every == faults.every / 2) {
            at += faults.rare_delay_ns;
        }
        each.at = last = std::max(at, last + 1);  // a wire is a queue
        const std::uint64_t number = each.is_data ? packet++ : options.packets;
        if (is_chosen(number, options.packets, faults.lost, 0)) continue;
        if (faults.skips_decoding && each.is_data) blank_messages(each.payload);
        const bool is_twice = is_chosen(number, options.packets, faults.twice, 1);
        arrivals.push_back(std::move(each));
        if (is_twice) {
            arrivals.push_back(arrivals.back());
            arrivals.back().at = ++last;
        }
        if (swap_with_last) {
            Datagram& before = arrivals[arrivals.size() - 2];
            std::swap(before.payload, arrivals.back().payload);
        }
        swap_with_last = is_chosen(number, options.packets, faults.swapped, 2);
    }
    return arrivals;
}

std::vector<Theft> thefts_of(const Machine& machine, std::uint64_t seed, latency::Ticks from,
                             latency::Ticks to) {
    feedsim::Random random{seed, 1};
    std::vector<Theft> thefts;
    const auto add = [&](std::uint64_t every_ns, std::uint64_t length_ns, bool is_known) {
        if (every_ns == 0) return;
        for (latency::Ticks at = from + random.below(static_cast<std::uint32_t>(every_ns)); at < to;
             at += every_ns)
            thefts.push_back({at, at + length_ns, is_known});
    };
    add(machine.tick_every_ns, machine.tick_ns, true);
    add(machine.away_every_ns, machine.away_ns, false);
    std::ranges::sort(thefts, {}, &Theft::from);
    return thefts;
}

// True if the theft takes the time in which the poll would have received the packet.
bool WireSource::is_robbed_of_its_turn() noexcept {
    const latency::Ticks now = latency::VirtualTime::peek();
    if (theft_ == thefts_.size() || thefts_[theft_].from > std::max(now, arrivals_[next_].at))
        return false;
    latency::VirtualTime::advance_to(thefts_[theft_].to);
    return theft_++ % 2 == 0;
}

std::size_t WireSource::poll(std::span<rx::PacketView> batch) noexcept {
    using latency::VirtualTime;
    if (failed() || is_robbed_of_its_turn()) return 0;
    const latency::Ticks before = VirtualTime::peek();
    VirtualTime::advance_to(arrivals_[next_].at);
    if (VirtualTime::peek() > before)
        VirtualTime::advance_to(VirtualTime::peek() + faults_.wake_ns);
    VirtualTime::advance_to(VirtualTime::peek() + faults_.work_ns);
    if (faults_.slow_every != 0 && next_ % faults_.slow_every == faults_.slow_every / 2)
        VirtualTime::advance_to(VirtualTime::peek() + faults_.slow_ns);
    const std::size_t most = faults_.work_ns != 0 ? 1 : batch.size();
    std::size_t count = 0;
    while (count < most && !failed() && arrivals_[next_].at <= VirtualTime::peek())
        batch[count++] = {arrivals_[next_++].payload, 0};
    return count;
}

}  // namespace rxlab::bench::selftest
