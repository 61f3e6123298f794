// SPDX-License-Identifier: MIT
//
// Either pipeline as a receiver of one group, and packets of sessions whose orders are told apart.
#pragma once

#include "packets.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/rx/ordered_pipeline.hpp>
#include <rxlab/rx/pipeline.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

namespace rxlab::test {

using wire::mold::Session;

// Message n of a session adds order n, at a price that is the session's own.
inline wire::itch::AddOrder order(const Session& session, std::uint64_t n) {
    const auto first = static_cast<unsigned char>(session.padded()[0]);
    return add_order(n, 'B', 100, static_cast<std::uint32_t>(first * 1'000 + n % 7));
}
inline Bytes orders(const Session& session, std::uint64_t first, std::uint64_t count) {
    Bytes memory(wire::mold::kPayloadBytesMax);
    wire::mold::PacketBuilder builder{memory, session};
    builder.start(first);
    for (std::uint64_t n = first; n < first + count; ++n)
        EXPECT_TRUE(builder.append(wire::bytes_of(order(session, n))));
    return copy(builder.finish());
}
inline Bytes control(const Session& session, std::uint64_t next, std::uint16_t count) {
    const wire::mold::Header header{session, next, count};
    return copy(wire::bytes_of(header));
}

inline rx::Options one_group(bool ordered) {
    rx::Options options;
    options.groups = {{0xef010101, 30001}};
    options.orders = 1'000;
    options.levels = 1'000;
    if (ordered) options.gap_wait_us = 1'000;
    return options;
}

// Either pipeline. Time passes by itself: ten microseconds a packet.
class Receiver {
  public:
    explicit Receiver(bool ordered) : options_{one_group(ordered)} {
        const latency::Clock clock{latency::ClockSource::virtual_time};
        latency::VirtualTime::set(1'000, 0);
        ordered ? ordered_.emplace(options_, clock, nullptr).begin(1.0)
                : plain_.emplace(options_, clock, nullptr).begin(1.0);
    }
    void give(const Bytes& packet) {
        wait_ns(10'000);
        if (ordered_) {
            ordered_->process(rx::PacketView{packet, 0}, now_ns_);
        } else {
            plain_->process(rx::PacketView{packet, 0}, now_ns_);
        }
    }
    void wait_ns(std::uint64_t ns) {
        now_ns_ += ns;
        latency::VirtualTime::set(now_ns_, 0);
        if (ordered_) ordered_->turn();
    }
    void finish() {
        if (ordered_) ordered_->finish();
    }
    [[nodiscard]] const rx::Pipeline& inner() const {
        return ordered_ ? ordered_->inner() : *plain_;
    }
    [[nodiscard]] const rx::FeedState& feed() const { return inner().feeds()[0]; }
    // Or not known, where packets are taken as they come.
    [[nodiscard]] bool is_current() const {
        return ordered_ && ordered_->ordered()[0]->channel.freshness() == feed::Freshness::current;
    }
    [[nodiscard]] std::string session() const {
        return std::string{feed().channel.session().view()};
    }

  private:
    rx::Options options_;
    std::uint64_t now_ns_ = 1'000;
    std::optional<rx::Pipeline> plain_;
    std::optional<rx::OrderedPipeline> ordered_;
};

// What holds for both pipelines; the parameter is the Receiver's.
class OnEitherPipeline : public ::testing::TestWithParam<bool> {
  protected:
    Receiver receiver_{GetParam()};
    const rx::FeedState& feed() { return receiver_.feed(); }
};

// Orders `first` to `last` of a session, and no others.
inline std::uint64_t digest_of(const Session& session, std::uint64_t first, std::uint64_t last) {
    book::Book book{{.orders = 1'000, .levels = 1'000}};
    for (std::uint64_t n = first; n <= last; ++n)
        book.apply(wire::bytes_of(order(session, n)));
    return book.digest();
}

inline std::uint64_t digest_of(const Session& session, std::uint64_t messages) {
    return digest_of(session, 1, messages);
}

}  // namespace rxlab::test
