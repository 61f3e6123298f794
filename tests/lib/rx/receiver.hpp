// SPDX-License-Identifier: MIT
//
// A receiver of one group with either policy, and packets of sessions whose orders are told apart.
#pragma once

#include "packets.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/recovery/recovery.hpp>
#include <rxlab/rx/pipeline.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace rxlab::test {

using wire::mold::Session;

// Message n of a session adds order n, at a price that is the session's own.
inline wire::itch::AddOrder order(const Session& session, std::uint64_t n) {
    const auto first = static_cast<unsigned char>(session.padded()[0]);
    return add_order(n, 'B', 100, static_cast<std::uint32_t>(first * 1'000 + n % 7));
}
// Any number of them: a jumbo frame's, where there are many.
inline Bytes orders(const Session& session, std::uint64_t first, std::uint64_t count) {
    const wire::mold::Header header{session, first, static_cast<std::uint16_t>(count)};
    Bytes packet = copy(wire::bytes_of(header));
    for (std::uint64_t n = first; n < first + count; ++n) {
        const auto message = order(session, n);
        packet.push_back(std::byte{0});
        packet.push_back(std::byte{sizeof message});
        const auto bytes = wire::bytes_of(message);
        packet.insert(packet.end(), bytes.begin(), bytes.end());
    }
    return packet;
}
inline Bytes control(const Session& session, std::uint64_t next, std::uint16_t count) {
    const wire::mold::Header header{session, next, count};
    return copy(wire::bytes_of(header));
}
inline Bytes heartbeat_of(const Session& session, std::uint64_t next) {
    return control(session, next, wire::mold::kHeartbeat);
}
inline Bytes end_of(const Session& session, std::uint64_t next) {
    return control(session, next, wire::mold::kEndOfSession);
}

inline rx::Options one_group(bool ordered) {
    rx::Options options;
    options.groups = {{0xef010101, 30001}};
    options.orders = 8'192;
    options.levels = 1'024;
    if (ordered) options.gap_wait_us = 1'000;
    return options;
}

// Time passes by itself: ten microseconds a packet.
class Receiver {
  public:
    explicit Receiver(const rx::Options& options)
        : options_{options},
          pipeline_{options_, latency::Clock{latency::ClockSource::virtual_time}, nullptr,
                    recovery::make_policy(options_)} {
        latency::VirtualTime::set(now_ns_, 0);
        pipeline_.begin(1.0);
    }
    explicit Receiver(bool ordered) : Receiver{one_group(ordered)} {}

    void give(const Bytes& packet, std::uint32_t source = 0, std::uint8_t line = 0) {
        wait_ns(10'000);
        pipeline_.process(rx::PacketView{packet, {0, line}, source}, now_ns_);
    }
    void wait_ns(std::uint64_t ns) {
        now_ns_ += ns;
        latency::VirtualTime::set(now_ns_, 0);
        pipeline_.look();
        pipeline_.turn();
    }
    void go_over() { pipeline_.go_over(now_ns_); }
    void finish() { pipeline_.finish(); }
    [[nodiscard]] const rx::Pipeline& pipeline() const { return pipeline_; }
    [[nodiscard]] rx::Pipeline& pipeline() { return pipeline_; }
    [[nodiscard]] const rx::Feed& feed() const { return pipeline_.feeds()[0]; }
    [[nodiscard]] const book::Book& book() const { return feed().book; }
    [[nodiscard]] rx::SequenceCounters counters() const { return feed().sequencer.counters(); }
    [[nodiscard]] std::string freshness() const {
        return std::string{to_string(pipeline_.freshness(0))};
    }
    [[nodiscard]] std::string doubt() const { return std::string{to_string(pipeline_.doubt(0))}; }
    [[nodiscard]] std::string session() const {
        return std::string{feed().sequencer.session().view()};
    }

  private:
    rx::Options options_;
    std::uint64_t now_ns_ = 1'000;
    rx::Pipeline pipeline_;
};

// What holds for both policies; the parameter is the Receiver's.
class WithEitherPolicy : public ::testing::TestWithParam<bool> {
  protected:
    Receiver receiver_{GetParam()};
    const rx::Feed& feed() { return receiver_.feed(); }
};

// Orders `first` to `last` of a session, and no others.
inline std::uint64_t digest_of(const Session& session, std::uint64_t first, std::uint64_t last) {
    book::Book book{{.orders = 8'192, .levels = 1'024}};
    for (std::uint64_t n = first; n <= last; ++n)
        book.apply(wire::bytes_of(order(session, n)));
    return book.digest();
}

inline std::uint64_t digest_of(const Session& session, std::uint64_t messages) {
    return digest_of(session, 1, messages);
}

}  // namespace rxlab::test
