// SPDX-License-Identifier: MIT
#include "../capture/handmade.hpp"

#include <rxlab/capture/reader.hpp>
#include <rxlab/latency/clock.hpp>
#include <rxlab/rx/capture_source.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace rxlab::rx {
namespace {

using namespace capture::test;

constexpr std::uint32_t kFeed = 0xef010101;
constexpr std::uint32_t kNow_s = 1'700'000'000;
const wire::Ipv4Endpoint kEndpoint{kFeed, 30'001};

Blob record(std::uint32_t ns, const Blob& frame, std::size_t wire_bytes = 0) {
    return pcap_record(Order::little, kNow_s, ns, frame, wire_bytes);
}
Blob packet(std::uint64_t sequence) {
    return moldudp64("SESSION001", sequence, {"message"});
}
Blob frame(const Blob& payload, std::initializer_list<std::uint32_t> tags = {}) {
    return ethernet(ipv4_udp(kFeed, 30'001, payload), tags);
}
Blob stamped(const Blob& frame, std::uint32_t ns) {  // a MetaWatch trailer
    return frame + big(0, 4) + big(kNow_s, 4) + big(ns, 4) + big(1, 1) + big(1, 2) + big(7, 1);
}

struct Received {
    std::vector<Blob> payloads;
    std::vector<std::uint64_t> times_ns;
    std::string failure;
    nlohmann::ordered_json counters;
};

Received receive(const Blob& records, const CaptureOptions& options = {},
                 std::uint32_t source = 0) {
    const TemporaryFile file{pcap_header(Order::little, 0xa1b23c4d, 1) + records};
    const std::array lines{Line{kEndpoint, {}, source}};
    CaptureSource capture{file.path(), lines, options};
    Received received;
    std::array<PacketView, kBatchPackets> batch;
    while (!capture.failed()) {
        if (capture.poll(batch) == 0) continue;
        received.payloads.emplace_back(reinterpret_cast<const char*>(batch[0].payload.data()),
                                       batch[0].payload.size());
        received.times_ns.push_back(latency::VirtualTime::peek());
    }
    received.failure = capture.failure();
    received.counters = capture.report().counters;
    return received;
}

TEST(CaptureSource, GivesEachDatagramOfASuperpacket) {
    const Received received =
        receive(record(1, frame(packet(1) + packet(2))) + record(2, frame(packet(3))));
    EXPECT_EQ(received.payloads, (std::vector{packet(1), packet(2), packet(3)}));
    EXPECT_EQ(received.times_ns[0], received.times_ns[1]);
    EXPECT_EQ(received.counters["superpackets"], 1);
}

TEST(CaptureSource, GivesAlsoAnEmptyDatagram) {
    EXPECT_EQ(receive(record(1, frame(""))).payloads, std::vector<Blob>{""});
}

TEST(CaptureSource, TellsWhichGroupsDatagramsWereCut) {
    const Blob whole = frame(packet(1));
    const Received received = receive(record(1, whole.substr(0, whole.size() - 1), whole.size()));
    EXPECT_TRUE(received.payloads.empty());
    EXPECT_EQ(received.counters["cut_datagrams"], 1);
    EXPECT_EQ(received.counters["cut_datagrams_239.1.1.1:30001"], 1);
    EXPECT_EQ(received.counters["cut_messages"], 1);
    EXPECT_NE(received.counters["remarks"].get<std::string>().find("tcpdump -s 0"),
              std::string::npos);
}

TEST(CaptureSource, RefusesAGroupOfSeveralVlansUnlessOneIsChosen) {
    const Blob records = record(1, frame(packet(1), {0x8100'008d})) +
                         record(2, frame(packet(2), {0x8100'008e})) + record(3, frame(packet(3)));
    const Received none = receive(records);
    EXPECT_EQ(none.payloads.size(), 1U);
    EXPECT_NE(none.failure.find("239.1.1.1:30001 comes in VLAN 141 and in VLAN 142"),
              std::string::npos)
        << none.failure;
    EXPECT_NE(none.failure.find("--vlan"), std::string::npos);
    EXPECT_EQ(receive(records, {.vlan = 142, .tap_time = false}).payloads, std::vector{packet(2)});
    EXPECT_EQ(receive(records, {.vlan = 0, .tap_time = false}).payloads, std::vector{packet(3)});
    EXPECT_EQ(receive(records, {.vlan = 0, .tap_time = false}).counters["other_vlan"], 2);
}

TEST(CaptureSource, TakesOnlyWhatTheChosenHostSent) {
    EXPECT_EQ(receive(record(1, frame(packet(1))), {}, 0x0a000001).payloads.size(), 1U);
    const Received other = receive(record(1, frame(packet(1))), {}, 0x0a000002);
    EXPECT_TRUE(other.payloads.empty());
    EXPECT_EQ(other.counters["other_sources"], 1);
}

TEST(CaptureSource, GoesByTheTapsTimeWhereAskedTo) {
    const Blob records = record(1'000, stamped(frame(packet(1)), 100)) +
                         record(2'000, frame(packet(2))) +  // which the tap did not see
                         record(3'000, stamped(frame(packet(3)), 300));
    constexpr std::uint64_t kBase = kNow_s * capture::kSecond_ns;
    EXPECT_EQ(receive(records).times_ns,
              (std::vector<std::uint64_t>{kBase + 1'000, kBase + 2'000, kBase + 3'000}));
    const Received tap = receive(records, {.vlan = {}, .tap_time = true});
    EXPECT_EQ(tap.times_ns, (std::vector<std::uint64_t>{kBase + 100, kBase + 100, kBase + 300}));
    EXPECT_EQ(tap.counters["frames_without_tap_stamp"], 1);
    EXPECT_EQ(tap.counters["tap_stamps_metawatch"], 2);
    EXPECT_EQ(tap.counters["tap_behind_ns_max"], 2'700);
    EXPECT_EQ(tap.failure, "");
}

TEST(CaptureSource, FailsWhereTheTapsTimeIsAskedForAndThereIsNone) {
    const Received received = receive(record(1, frame(packet(1))), {.vlan = {}, .tap_time = true});
    EXPECT_NE(received.failure.find("--time tap"), std::string::npos) << received.failure;
}

}  // namespace
}  // namespace rxlab::rx
