// SPDX-License-Identifier: MIT
//
// What a receiver says of its book is so. A thousand seeded scenarios (truth_wire.hpp) of all that
// happens on real wires go through the pipeline with either policy, and after every packet an
// oracle (truth_oracle.hpp) judges what is called current. RXLAB_SCENARIOS=10000 runs more of them,
// RXLAB_SCENARIO=17 only that one and tells what happens in it.
#include "lib/recovery/src/recovery_policy.hpp"
#include "truth_oracle.hpp"
#include "truth_wire.hpp"

#include <rxlab/latency/clock.hpp>
#include <rxlab/rx/pipeline.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

namespace rxlab::truth {
namespace {

rx::Options options_of(const Wire& wire, bool ordered) {
    rx::Options options;
    options.groups = {{0xef010101, 30001}};
    options.orders = 8'192;
    options.levels = 64;
    if (!ordered) return options;
    options.gap_wait_us = static_cast<double>(Oracle::kWait_ns) / 1'000;
    options.hold_packets = wire.hold_packets();
    if (wire.from_1()) options.first_sequence = 1;
    if (wire.has(two_lines)) options.line_b = {{0xef010102, 30002}};
    return options;
}

// A pipeline in virtual time.
class Receiver {
  public:
    Receiver(const Wire& wire, bool ordered) : options_{options_of(wire, ordered)} {
        latency::VirtualTime::set(1'000, 0);
        auto policy = ordered ? std::make_unique<recovery::Recovery>(options_) : nullptr;
        recovery_ = policy.get();
        pipeline_ = std::make_unique<rx::Pipeline>(
            options_, latency::Clock{latency::ClockSource::virtual_time}, nullptr,
            std::move(policy));
        pipeline_->begin(1.0);
        pipeline_->look_every(1);
    }
    void give(const Event& event) {
        latency::VirtualTime::set(event.now_ns, 0);
        pipeline_->process(rx::PacketView{event.datagram->payload, {0, event.line}, event.source},
                           event.now_ns);
        pipeline_->turn();
    }
    void wait_until(std::uint64_t now_ns) {
        latency::VirtualTime::set(now_ns, 0);
        pipeline_->turn();
    }
    void finish() { pipeline_->finish(); }

    [[nodiscard]] rx::Freshness freshness() const { return pipeline_->freshness(0); }
    [[nodiscard]] const rx::Feed& feed() const { return pipeline_->feeds()[0]; }
    [[nodiscard]] std::string words() const {
        return std::string{to_string(freshness())} + ", " +
               std::string{to_string(pipeline_->doubt(0))} + ", next " +
               std::to_string(feed().sequencer.next()) + ", orders " +
               std::to_string(feed().book.orders());
    }
    // The book's content; asked for after every packet, so nothing is done where nothing changed.
    [[nodiscard]] Said says() {
        Said said{freshness() == rx::Freshness::current, orders_};
        if (!said.is_current || feed().book.counters().messages == messages_) return said;
        messages_ = feed().book.counters().messages;
        orders_ = 0;
        feed().book.store().for_each_order(
            [this](const book::Order& order) { orders_ += mark_of(order.reference); });
        said.orders = orders_;
        return said;
    }
    // It had room for all that it should have held.
    [[nodiscard]] bool had_room() {
        return feed().newcomers.counters().without_room == 0 &&
               (recovery_ == nullptr || recovery_->feed(0).counters().hold_full == 0);
    }
    [[nodiscard]] bool ledger_closes() {
        return recovery_ == nullptr || recovery_->feed(0).ledger().closes();
    }

  private:
    rx::Options options_;
    std::unique_ptr<rx::Pipeline> pipeline_;
    recovery::Recovery* recovery_ = nullptr;
    std::uint64_t messages_ = 0;
    std::uint64_t emptied_ = 0;
    std::uint64_t orders_ = 0;
};

struct Sum {
    std::uint64_t scenarios = 0;
    std::uint64_t judged = 0;   // moments at which a book was called current
    std::uint64_t current = 0;  // scenarios that had to end so
    std::uint64_t wrong = 0;
    std::uint64_t false_alarms = 0;
    std::uint64_t destroyed = 0;
    std::map<Undecidable, std::uint64_t> undecidable;
    std::array<std::uint64_t, kKinds> kinds{};
};

class Trial {
  public:
    Trial(std::uint64_t seed, const Wire& wire, bool ordered, Sum& sum, bool tells)
        : seed_{seed},
          wire_{wire},
          ordered_{ordered},
          receiver_{wire, ordered},
          oracle_{wire, ordered},
          sum_{sum},
          tells_{tells} {}

    void run() {
        for (const Event& event : wire_.events()) {
            if (!ordered_ && event.line != 0) continue;
            wait_until(event.now_ns);
            receiver_.give(event);
            oracle_.hear(event);
            now_ns_ = event.now_ns;
            if (tells_) tell(event);
            if (!judge()) return;
        }
        receiver_.finish();
        if (!judge()) return;
        check_end();
    }

  private:
    // Time passes for receivers between packets, too.
    void wait_until(std::uint64_t now_ns) {
        if (now_ns_ == 0) return;
        for (; now_ns_ + kSecond < now_ns; judge())
            receiver_.wait_until(now_ns_ += kSecond);
        if (now_ns_ + 1 < now_ns) receiver_.wait_until(now_ns - 1);
    }
    bool judge() {
        const Said said = receiver_.says();
        sum_.judged += said.is_current ? 1 : 0;
        const std::string_view wrong = oracle_.judge(said, now_ns_);
        if (!wrong.empty()) {
            ++sum_.wrong;
            fail(std::string{wrong});
            return false;
        }
        if (!oracle_.is_undecidable() && receiver_.feed().emptied > oracle_.changes()) {
            ++sum_.destroyed;
            fail("a book was emptied without the feed's word");
            return false;
        }
        return true;
    }
    void check_end() {
        EXPECT_TRUE(receiver_.ledger_closes()) << name();
        if (oracle_.is_undecidable()) {
            ++sum_.undecidable[oracle_.undecidable()];
            return;
        }
        if (!oracle_.must_be_current(now_ns_) || !receiver_.had_room()) return;
        ++sum_.current;
        if (receiver_.says().is_current && receiver_.says().orders == oracle_.orders()) return;
        ++sum_.false_alarms;
        fail("all came, and it does not end current");
    }
    [[nodiscard]] std::string name() const {
        return "scenario " + std::to_string(seed_) + (ordered_ ? " with" : " without") +
               " recovery, at " + std::to_string(now_ns_ / 1'000) + " us";
    }
    void fail(const std::string& what) const {
        std::string kinds;
        for (std::size_t kind = 0; kind < kKinds; ++kind) {
            if (wire_.kinds()[kind]) kinds += std::string{kKindNames[kind]} + "; ";
        }
        ADD_FAILURE() << name() << ": " << what << ": " << receiver_.words() << "\n  " << kinds;
    }
    void tell(const Event& event) const {
        constexpr std::array kFrom{"feed", "replay", "stray", "foreign"};
        const Datagram& datagram = *event.datagram;
        std::printf(
            "%lu us %c %-7s %zu [%lu, %lu)%s%s -> %s%s\n", event.now_ns / 1'000, 'A' + event.line,
            kFrom[static_cast<std::size_t>(event.from)], datagram.incarnation, datagram.begin,
            datagram.promised,
            datagram.is_data ? (datagram.end < datagram.promised ? " cut" : "") : " heartbeat",
            datagram.is_end ? " end" : "", receiver_.words().c_str(),
            oracle_.is_undecidable() ? " (undecidable)" : "");
    }

    std::uint64_t seed_;
    const Wire& wire_;
    bool ordered_;
    Receiver receiver_;
    Oracle oracle_;
    Sum& sum_;
    bool tells_;
    std::uint64_t now_ns_ = 0;
};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void print(const Sum& sum) {
    std::printf(
        "%lu scenarios, %lu moments called current, %lu had to end so; wrong %lu, "
        "destroyed %lu, false alarms %lu; undecidable:",
        sum.scenarios, sum.judged, sum.current, sum.wrong, sum.destroyed, sum.false_alarms);
    for (const auto& [why, count] : sum.undecidable)
        std::printf(" %s %lu;", kUndecidableNames[static_cast<std::size_t>(why)].data(), count);
    std::printf("\n");
    for (std::size_t kind = 0; kind < kKinds; ++kind)
        std::printf("  %-22s %lu\n", kKindNames[kind].data(), sum.kinds[kind]);
}

class WhatIsCalledCurrent : public ::testing::TestWithParam<bool> {};

TEST_P(WhatIsCalledCurrent, IsWhatWasSentAndWhatCameIsCalledSo) {
    const std::uint64_t only = number_from("RXLAB_SCENARIO", 0);
    const std::uint64_t count = only != 0 ? only : number_from("RXLAB_SCENARIOS", 1'000);
    const std::uint64_t failures_max = number_from("RXLAB_FAILURES", 10);
    Sum sum;
    for (std::uint64_t seed = only != 0 ? only : 1; seed <= count; ++seed) {
        const Wire wire{seed};
        ++sum.scenarios;
        for (std::size_t kind = 0; kind < kKinds; ++kind)
            sum.kinds[kind] += wire.kinds()[kind] ? 1 : 0;
        Trial{seed, wire, GetParam(), sum, only != 0}.run();
        if (sum.wrong + sum.false_alarms + sum.destroyed >= failures_max) break;
    }
    print(sum);
    if (only != 0) return;
    std::uint64_t undecidable = 0;
    for (const auto& [why, number] : sum.undecidable)
        undecidable += number;
    EXPECT_LT(undecidable, sum.scenarios / 10);
    EXPECT_GT(sum.current, sum.scenarios / 10);
    EXPECT_GT(sum.judged, sum.scenarios * 50);
    for (std::size_t kind = 0; kind < kKinds; ++kind)
        EXPECT_GT(sum.kinds[kind], sum.scenarios / 50) << kKindNames[kind];
}
INSTANTIATE_TEST_SUITE_P(AsItComes, WhatIsCalledCurrent, ::testing::Values(false));
INSTANTIATE_TEST_SUITE_P(InOrder, WhatIsCalledCurrent, ::testing::Values(true));

}  // namespace
}  // namespace rxlab::truth
