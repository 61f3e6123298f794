// SPDX-License-Identifier: MIT
//
// What both parts of the target share: the same input goes to a pipeline that steps over what is
// missing and to one that waits for it, in virtual time. Message n of session s adds an order that
// no other message adds, so a book says which messages are in it.
#pragma once

#include "fuzz.hpp"
#include "lib/recovery/src/recovery_policy.hpp"

#include <rxlab/latency/clock.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/wire/itch.hpp>

#include <algorithm>
#include <array>
#include <bitset>
#include <memory>
#include <optional>
#include <vector>

namespace rxlab::fuzz {

namespace mold = wire::mold;

inline constexpr std::size_t kStepsMax = 300;
inline constexpr std::size_t kNumbers = 1'024;  // of a session's messages
inline constexpr std::size_t kSessions = 4;     // the last one's messages are nobody's
inline constexpr std::uint32_t kPublisher = 0x0a000001;
inline constexpr std::array<const char*, kSessions> kNames{"S0", "S1", "S2", "FOREIGN"};

using Numbers = std::bitset<kSessions * kNumbers>;  // index: session and message

inline std::vector<std::byte> data_packet(std::size_t session, std::uint64_t base,
                                          std::uint64_t sequence, std::uint64_t count,
                                          std::size_t content) {
    std::vector<std::byte> packet(sizeof(mold::Header));
    const mold::Header header{kNames[session], sequence, static_cast<std::uint16_t>(count)};
    std::memcpy(packet.data(), &header, sizeof header);
    for (std::uint64_t n = sequence; n < sequence + count; ++n) {
        wire::itch::AddOrder order;
        order.header.stock_locate = 1;
        order.order_reference = content * kNumbers + (n - base) % kNumbers;
        order.side = wire::itch::kBuy;
        order.shares = 100;
        order.price = 1'000;
        const wire::be16 length{static_cast<std::uint16_t>(sizeof order)};
        const Bytes length_bytes = wire::bytes_of(length);
        const Bytes order_bytes = wire::bytes_of(order);
        packet.insert(packet.end(), length_bytes.begin(), length_bytes.end());
        packet.insert(packet.end(), order_bytes.begin(), order_bytes.end());
    }
    return packet;
}

class Receiver {
  public:
    Receiver(const rx::Options& options, bool ordered) : options_{options} {
        auto policy = ordered ? std::make_unique<recovery::Recovery>(options_) : nullptr;
        recovery_ = policy.get();
        pipeline_ = std::make_unique<rx::Pipeline>(
            options_, latency::Clock{latency::ClockSource::virtual_time}, nullptr,
            std::move(policy));
        pipeline_->begin(1.0);
        pipeline_->look_every(1);
    }
    void give(Bytes payload, std::uint8_t line, std::uint32_t source, std::uint64_t now_ns) {
        const std::uint64_t next = sequencer().next();
        const std::uint64_t emptied = feed().emptied;
        pipeline_->process(rx::PacketView{payload, {0, line}, source}, now_ns);
        turn();
        REQUIRE(sequencer().next() >= next || feed().emptied != emptied || next == 0);
    }
    void answer(Bytes payload, std::uint64_t now_ns) {
        if (recovery_ != nullptr) recovery_->feed(0).take_answer(payload, now_ns, now_ns);
        turn();
    }
    void turn() {
        pipeline_->turn();
        note_book();
        if (recovery_ != nullptr && recovery_->feed(0).held() != 0)
            REQUIRE(recovery_->feed(0).due_ns() != rx::kNever);
    }
    void finish() {
        pipeline_->finish();
        note_book();
        REQUIRE(pipeline_->freshness(0) != rx::Freshness::behind);
        if (recovery_ == nullptr) return;
        REQUIRE(recovery_->feed(0).held() == 0);
        REQUIRE(recovery_->feed(0).ledger().closes());
        const recovery::Ledger ledger = recovery_->feed(0).ledger();
        REQUIRE(ledger.delivered + ledger.recovered == sequencer().delivered());
    }

    [[nodiscard]] bool is_current() const {
        return pipeline_->freshness(0) == rx::Freshness::current;
    }
    [[nodiscard]] const Numbers& book() const { return book_; }
    [[nodiscard]] const rx::Feed& feed() const { return pipeline_->feeds()[0]; }
    [[nodiscard]] const rx::Sequencer& sequencer() const { return feed().sequencer; }
    [[nodiscard]] bool has_begun_again() const { return feed().newcomers.began_again(); }

  private:
    // Each message is in the book once, and stays.
    void note_book() {
        const book::BookCounters& counters = feed().book.counters();
        if (counters.messages == messages_ && feed().emptied == emptied_) return;
        Numbers now;
        feed().book.store().for_each_order([&](const book::Order& order) {
            REQUIRE(order.reference < now.size());
            now.set(order.reference);
        });
        if (feed().emptied == emptied_) REQUIRE((book_ & ~now).none());
        messages_ = counters.messages;
        emptied_ = feed().emptied;
        book_ = now;
    }

    rx::Options options_;
    std::unique_ptr<rx::Pipeline> pipeline_;
    recovery::Recovery* recovery_ = nullptr;
    Numbers book_;
    std::uint64_t messages_ = 0;
    std::uint64_t emptied_ = 0;
};

// Both, with what an input chooses.
class Receivers {
  public:
    Receivers(Input& input, std::uint64_t base, bool restricted) {
        latency::VirtualTime::set(now_ns_, 0);
        rx::Options options;
        options.groups = {{0xef010101, 30001}};
        options.orders = 2 * kNumbers;
        options.levels = 16;
        options.first_sequence = base;
        if (restricted) options.sources = {kPublisher};
        Receiver& plain = plain_.emplace(options, false);
        const auto bits = input.take<std::uint8_t>();
        options.hold_packets = 1 + (bits & 31);
        options.gap_wait_us = std::array{0.0, 30.0, 1'000.0, 0.005}[bits >> 5 & 3];
        has_two_lines_ = (bits & 128) != 0;
        if (has_two_lines_) options.line_b = {{0xef010102, 30002}};
        if (has_two_lines_ && restricted) options.line_b_sources = {kPublisher};
        waiting_.emplace(options, true);
        static_cast<void>(plain);
    }
    void give(Bytes payload, std::uint8_t line, std::uint32_t source = kPublisher) {
        const std::vector<std::byte> copy{payload.begin(), payload.end()};  // so that ASan sees
        pass(10'000);
        plain_->give(copy, 0, source, now_ns_);
        waiting_->give(copy, has_two_lines_ ? line : 0, source, now_ns_);
    }
    void answer(Bytes payload) {
        pass(10'000);
        waiting_->answer(payload, now_ns_);
    }
    void pass(std::uint64_t ns) {
        now_ns_ += ns;
        latency::VirtualTime::set(now_ns_, 0);
        plain_->turn();
        waiting_->turn();
    }
    void finish() {
        plain_->finish();
        waiting_->finish();
    }
    [[nodiscard]] const Receiver& plain() const { return *plain_; }
    [[nodiscard]] const Receiver& waiting() const { return *waiting_; }

  private:
    std::uint64_t now_ns_ = 1'000;
    bool has_two_lines_ = false;
    std::optional<Receiver> plain_;
    std::optional<Receiver> waiting_;
};

}  // namespace rxlab::fuzz
