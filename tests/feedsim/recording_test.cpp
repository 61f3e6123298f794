// SPDX-License-Identifier: MIT
//
// A capture's feeds are sent again as they were recorded.
#include "feedsim/market/recording.hpp"

#include "../lib/capture/handmade.hpp"
#include "fakes.hpp"
#include "feedsim/load_recording.hpp"
#include "feedsim/options.hpp"
#include "feedsim/simulation.hpp"

#include <rxlab/capture/reader.hpp>
#include <rxlab/latency/trace.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/wire/frame.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::feedsim::test {
namespace {

using namespace capture::test;

constexpr std::uint32_t kGroup = 0xef010101;
constexpr std::uint64_t kStart_ns = 1'577'716'200'000'000'123;

struct Packet {
    std::uint64_t time_ns;  // after the first frame
    wire::Ipv4Endpoint group;
    std::uint16_t vlan;
    Blob payload;

    [[nodiscard]] std::uint16_t count() const {
        return wire::overlay<wire::mold::Header>(std::as_bytes(std::span{payload})).message_count;
    }
};

std::vector<Packet> packets_of(const std::string& path) {
    capture::Reader reader{path};
    capture::Frame frame;
    std::vector<Packet> packets;
    std::uint64_t first_ns = 0;
    while (reader.next(frame)) {
        if (reader.frames() == 1) first_ns = frame.time_ns;
        wire::UdpDatagram datagram{};
        EXPECT_EQ(wire::parse_udp_frame(frame.bytes, datagram), wire::FrameStatus::ok);
        packets.push_back(
            {frame.time_ns - first_ns,
             {datagram.destination, datagram.destination_port},
             datagram.vlan,
             {reinterpret_cast<const char*>(datagram.payload.data()), datagram.payload.size()}});
    }
    EXPECT_EQ(reader.failure(), "");
    return packets;
}

std::vector<Packet> data_of(const std::vector<Packet>& packets) {
    std::vector<Packet> data;
    for (const Packet& packet : packets) {
        if (packet.count() != 0 && packet.count() != 0xffff) data.push_back(packet);
    }
    return data;
}

// What feedsim writes with --read-pcap, and with what else `change` sets.
template <typename Change>
std::vector<Packet> replayed(const TemporaryFile& recording, Change&& change) {
    const TemporaryFile out{""};
    Options options;
    options.read_pcap = recording.path();
    options.write_pcap = out.path();
    change(options);
    load_recording(options);
    const std::atomic<bool> stop{false};
    write_feeds(options, stop);
    return packets_of(out.path());
}
std::vector<Packet> replayed(const TemporaryFile& recording) {
    return replayed(recording, [](Options&) {});
}

std::string failure(const TemporaryFile& recording, std::vector<wire::Ipv4Endpoint> groups) {
    Options options;
    options.read_pcap = recording.path();
    options.groups = std::move(groups);
    try {
        load_recording(options);
        return "";
    } catch (const program::RunError& error) {
        return error.what();
    }
}

Blob frame_of(std::uint32_t group, std::string_view session, std::uint64_t sequence,
              std::initializer_list<std::string_view> messages) {
    return ethernet(ipv4_udp(group, 26'477, moldudp64(session, sequence, messages)), {0x8100'002a});
}

// A slice of a day: two tagged feeds in progress, with a duplicate, a packet that comes late, a
// heartbeat, and one feed's change of session.
Blob slice() {
    Blob capture = pcap_header(Order::little, 0xa1b23c4d, 1);
    const auto add = [&](std::uint64_t after_ns, const Blob& frame) {
        const std::uint64_t time_ns = kStart_ns + after_ns;
        capture += pcap_record(Order::little, static_cast<std::uint32_t>(time_ns / 1'000'000'000),
                               static_cast<std::uint32_t>(time_ns % 1'000'000'000), frame);
    };
    add(0, frame_of(kGroup, "SESSION001", 5'000, {"one", "two"}));
    add(4'000, frame_of(kGroup + 1, "SESSION00B", 1, {"other"}));
    add(7'000, frame_of(kGroup, "SESSION001", 5'003, {"four"}));
    add(7'100, frame_of(kGroup, "SESSION001", 5'002, {"three"}));
    add(7'200, frame_of(kGroup, "SESSION001", 5'002, {"three"}));
    add(9'000, frame_of(kGroup, "SESSION001", 5'004, {}));
    add(20'000, frame_of(kGroup + 1, "SESSION00C", 1, {"new day"}));
    add(30'000, ethernet(ipv4_udp(kGroup + 2, 53, "no feed")));
    return capture;
}

TEST(Recording, IsSentAgainAsItWasRecorded) {
    const TemporaryFile recording{slice()};
    const auto recorded = data_of([&] {
        auto all = packets_of(recording.path());
        all.pop_back();  // what is no feed
        return all;
    }());
    const auto sent = data_of(replayed(recording));
    ASSERT_EQ(sent.size(), recorded.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
        EXPECT_EQ(sent[i].payload, recorded[i].payload);
        EXPECT_EQ(sent[i].group, recorded[i].group);
        EXPECT_EQ(sent[i].time_ns, recorded[i].time_ns);
        EXPECT_EQ(sent[i].vlan, 0U);
    }
}

TEST(Recording, KeepsAnyPace) {
    const TemporaryFile recording{slice()};
    const auto slow = data_of(replayed(recording, [](Options& options) { options.pace = 0.5; }));
    ASSERT_EQ(slow.size(), 6U);
    EXPECT_EQ(slow[2].time_ns, 14'000U);
    const auto fast = data_of(replayed(recording, [](Options& options) { options.pace = 10; }));
    EXPECT_EQ(fast[2].time_ns, 700U);
    const auto by_rate = data_of(replayed(recording, [](Options& options) {
        options.pace = 0;
        options.rate_pps = 1'000;
        options.groups = {{kGroup, 26'477}};
    }));
    ASSERT_EQ(by_rate.size(), 4U);
    EXPECT_EQ(by_rate[3].time_ns, 3'000'000U);
}

TEST(Recording, IsTaggedAsAskedAndBoundedPerGroup) {
    const TemporaryFile recording{slice()};
    const auto sent = data_of(replayed(recording, [](Options& options) {
        options.vlan = 7;
        options.packets_max = 1;
    }));
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].vlan, 7U);
}

TEST(Recording, EndsEachSessionWhereItReallyEnded) {
    const TemporaryFile recording{slice()};
    std::vector<Blob> ends;
    for (const Packet& packet : replayed(recording)) {
        if (packet.count() == 0xffff) ends.push_back(packet.payload.substr(0, 18));
    }
    ASSERT_EQ(ends.size(), 20U);
    // The late packet and its duplicate do not move the end back; the new session has its own.
    EXPECT_EQ(ends[0], "SESSION001" + big(5'004, 8));
    EXPECT_EQ(ends[1], "SESSION00C" + big(2, 8));
}

TEST(Recording, IntendedTimesOfTheTraceAreTheRecordedOnes) {
    const TemporaryFile recording{slice()};
    const TemporaryFile trace_file{""};
    Options options;
    options.read_pcap = recording.path();
    load_recording(options);
    std::vector<Sent> log;
    {
        latency::TraceWriter trace{trace_file.path(), latency::TraceKind::sender, 100,
                                   latency::Clock{latency::ClockSource::virtual_time}};
        VirtualTimeline timeline;
        Sender sender{make_feeds(options, timeline.ticks_per_ns(),
                                 [&](const wire::Ipv4Endpoint&) {
                                     return std::make_unique<RecordingTransmitter>(log);
                                 }),
                      SenderOptions{}, timeline, &trace};
        const std::atomic<bool> stop{false};
        EXPECT_EQ(sender.run(1'000, stop), EndedBy::done);
        EXPECT_EQ(sender.counters()[0].messages, 5U);
        EXPECT_EQ(sender.counters()[0].next_sequence, 5'004U);
    }
    const latency::TraceReader trace{trace_file.path()};
    std::vector<std::uint64_t> intended;
    for (const latency::TraceRecord& record : trace.records())
        intended.push_back(record.first - 1'000);
    EXPECT_EQ(intended, (std::vector<std::uint64_t>{0, 4'000, 7'000, 7'100, 7'200, 20'000}));
}

TEST(Recording, StampsThatRunBackwardsWaitForTheLatest) {
    const Blob header = pcap_header(Order::little, 0xa1b23c4d, 1);
    const auto record = [](std::uint32_t seconds, std::uint64_t sequence) {
        return pcap_record(Order::little, seconds, 0,
                           frame_of(kGroup, "SESSION001", sequence, {"m"}));
    };
    const TemporaryFile recording{header + record(100, 1) + record(102, 2) + record(101, 3) +
                                  record(103, 4)};
    const auto sent = data_of(replayed(recording));
    ASSERT_EQ(sent.size(), 4U);
    EXPECT_EQ(sent[2].time_ns, 2'000'000'000U);
    EXPECT_EQ(sent[3].time_ns, 3'000'000'000U);
}

TEST(Recording, SaysWhatIsWrongWithACapture) {
    const TemporaryFile recording{slice()};
    EXPECT_NE(failure(recording, {{kGroup + 9, 26'477}}).find("no MoldUDP64 data to 239.1.1.10"),
              std::string::npos);
    const TemporaryFile empty{pcap_header(Order::little, 0xa1b23c4d, 1)};
    EXPECT_NE(failure(empty, {}).find("no multicast group"), std::string::npos);
    const TemporaryFile cut{slice().substr(0, 300)};
    EXPECT_NE(failure(cut, {}).find("truncated"), std::string::npos);
    const TemporaryFile damaged{
        pcap_header(Order::little, 0xa1b23c4d, 1) +
        pcap_record(Order::little, 1, 0, frame_of(kGroup, "SESSION001", 1, {"m"})) +
        pcap_record(Order::little, 4'000'000'000, 0, frame_of(kGroup, "SESSION001", 2, {"m"}))};
    EXPECT_NE(failure(damaged, {}).find("its stamp is damaged"), std::string::npos);
}

// One feed of its own each; every record a packet of one message.
Blob capture_of(std::initializer_list<Blob> frames) {
    Blob capture = pcap_header(Order::little, 0xa1b23c4d, 1);
    std::uint32_t after_ns = 0;
    for (const Blob& frame : frames)
        capture += pcap_record(Order::little, 1'700'000'000, after_ns += 1'000, frame);
    return capture;
}
Blob packet_of(std::uint64_t sequence) {
    return moldudp64("SESSION001", sequence, {"message"});
}
Blob framed(const Blob& payload, std::uint32_t group = kGroup,
            std::initializer_list<std::uint32_t> tags = {}) {
    return ethernet(ipv4_udp(group, 26'477, payload), tags);
}

TEST(Recording, LeavesOutAndTellsWhatIsNoMoldUdp64) {
    const TemporaryFile recording{
        capture_of({framed(packet_of(1)), framed("some words of another protocol, long enough"),
                    framed(packet_of(2))})};
    EXPECT_EQ(data_of(replayed(recording)).size(), 2U);
    const Recording read{recording.path(), {{{kGroup, 26'477}}, {}, false, 10}};
    ASSERT_EQ(read.remarks().size(), 1U);
    EXPECT_NE(read.remarks()[0].find("239.1.1.1:26477: datagrams that are not MoldUDP64: 1"),
              std::string::npos)
        << read.remarks()[0];
}

TEST(Recording, SendsTheDatagramsOfASuperpacketOneByOne) {
    const TemporaryFile recording{capture_of({framed(packet_of(1) + packet_of(2))})};
    const auto sent = data_of(replayed(recording));
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[1].payload, packet_of(2));
}

TEST(Recording, RefusesAGroupOfTwoVlansUnlessOneIsChosen) {
    const TemporaryFile recording{
        capture_of({framed(packet_of(1), kGroup, {0x8100'0007}), framed(packet_of(2))})};
    const std::string text = failure(recording, {});
    EXPECT_NE(text.find("comes in VLAN 7 and untagged"), std::string::npos) << text;
    EXPECT_NE(text.find("--read-vlan"), std::string::npos) << text;
    for (const std::uint16_t vlan : {std::uint16_t{0}, std::uint16_t{7}}) {
        const auto sent =
            data_of(replayed(recording, [&](Options& options) { options.read_vlan = vlan; }));
        ASSERT_EQ(sent.size(), 1U);
        EXPECT_EQ(sent[0].payload, packet_of(vlan == 7 ? 1 : 2));
    }
}

TEST(Recording, IsSentToAnotherGroupWhereAskedTo) {
    constexpr std::uint32_t kUnicast = 0x0a141e28;
    const TemporaryFile recording{
        capture_of({framed(packet_of(1)), framed(packet_of(1), kUnicast)})};
    const wire::Ipv4Endpoint elsewhere{0xef090909, 5};
    const auto sent = data_of(replayed(recording, [&](Options& options) {
        options.send_to = {{{kUnicast, 26'477}, elsewhere}};
    }));
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].group, (wire::Ipv4Endpoint{kGroup, 26'477}));
    EXPECT_EQ(sent[1].group, elsewhere);
    const auto clash = [](Options& options) {
        options.send_to = {{{kUnicast, 26'477}, {kGroup, 26'477}}};
    };
    EXPECT_THROW(replayed(recording, clash), program::UsageError);
    const TemporaryFile unicast{capture_of({framed(packet_of(1), kUnicast)})};
    EXPECT_NE(failure(unicast, {}).find("--send-to 10.20.30.40:26477="), std::string::npos);
}

TEST(Recording, GoesByTheTapsTimeWhereAskedTo) {
    const auto stamped = [](std::uint64_t sequence, std::uint32_t ns) {
        return framed(packet_of(sequence)) + big(0, 4) + big(1'700'000'000, 4) + big(ns, 4) +
               big(1, 1) + big(1, 2) + big(7, 1);
    };
    const TemporaryFile recording{
        capture_of({stamped(1, 100), framed(packet_of(2)), stamped(3, 350)})};
    const auto by_tap =
        data_of(replayed(recording, [](Options& options) { options.tap_time = true; }));
    ASSERT_EQ(by_tap.size(), 3U);
    EXPECT_EQ(by_tap[1].time_ns, 0U);
    EXPECT_EQ(by_tap[2].time_ns, 250U);
    EXPECT_EQ(data_of(replayed(recording))[2].time_ns, 2'000U);
    const TemporaryFile plain{capture_of({framed(packet_of(1))})};
    EXPECT_THROW(replayed(plain, [](Options& options) { options.tap_time = true; }),
                 program::RunError);
}

}  // namespace
}  // namespace rxlab::feedsim::test
