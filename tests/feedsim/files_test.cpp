// SPDX-License-Identifier: MIT
//
// Feeds written to files say what the market said; replay gives it back.
#include "fakes.hpp"
#include "feedsim/market/feed_stream.hpp"
#include "feedsim/market/market.hpp"
#include "feedsim/market/replay.hpp"
#include "feedsim/send/file_transmitters.hpp"
#include "feedsim/simulation.hpp"

#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/itch_file.hpp>

#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace rxlab::feedsim::test {
namespace {

class WrittenFeed : public testing::Test {
  protected:
    WrittenFeed() {
        std::filesystem::create_directory(folder_);
        options_.symbols = 20;
        options_.seed = 11;
        options_.messages_per_packet = 4;
        options_.groups = {{0xef010101, 30'001}};
    }
    ~WrittenFeed() override { std::filesystem::remove_all(folder_); }

    void write() {
        const std::atomic<bool> stop{false};
        write_feeds(options_, stop);
    }

    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("feedsim_files." + std::to_string(getpid()));
    Options options_;
};

TEST_F(WrittenFeed, ItchFileHoldsTheStream) {
    options_.write_itch = folder_ / "day.itch";
    options_.messages_max = 30'001;
    write();
    Market market{{.seed = 11, .symbols = 20}};
    std::uint64_t messages = 0;
    for (const auto message : wire::ItchFile{options_.write_itch}) {
        const auto expected = market.next();
        ASSERT_EQ(Bytes(message.begin(), message.end()), Bytes(expected.begin(), expected.end()));
        ++messages;
    }
    EXPECT_EQ(messages, 30'001U);
}

TEST_F(WrittenFeed, ReplayOfAnItchFileGivesTheSameStream) {
    options_.write_itch = folder_ / "day.itch";
    options_.messages_max = 10'000;
    write();
    Replay replay{options_.write_itch};
    Market market{{.seed = 11, .symbols = 20}};
    for (int i = 0; i < 10'000; ++i) {
        const auto message = replay.next();
        const auto expected = market.next();
        ASSERT_EQ(Bytes(message.begin(), message.end()), Bytes(expected.begin(), expected.end()));
    }
    EXPECT_TRUE(replay.next().empty());
    EXPECT_TRUE(replay.next().empty());
    EXPECT_EQ(replay.failure(), "");
}

TEST_F(WrittenFeed, ReplaySaysWhereAFileIsCutShort) {
    options_.write_itch = folder_ / "day.itch";
    options_.messages_max = 100;
    write();
    const auto bytes = std::filesystem::file_size(options_.write_itch);
    std::filesystem::resize_file(options_.write_itch, bytes - 1);
    Replay replay{options_.write_itch};
    int messages = 0;
    while (!replay.next().empty())
        ++messages;
    EXPECT_EQ(messages, 99);
    EXPECT_NE(replay.failure().find("message 100"), std::string::npos) << replay.failure();
    EXPECT_TRUE(replay.next().empty());
}

// Reads a capture with libpcap: (time, datagram) of each frame.
struct Captured {
    std::uint64_t time_ns;
    Bytes frame;
};
std::vector<Captured> read_capture(const std::string& path) {
    char error[PCAP_ERRBUF_SIZE];
    pcap_t* const capture =
        pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error);
    if (capture == nullptr) throw std::runtime_error(error);
    std::vector<Captured> frames;
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    while (pcap_next_ex(capture, &header, &data) == 1) {
        const auto* const bytes = reinterpret_cast<const std::byte*>(data);
        frames.push_back({static_cast<std::uint64_t>(header->ts.tv_sec) * 1'000'000'000U +
                              static_cast<std::uint64_t>(header->ts.tv_usec),
                          Bytes(bytes, bytes + header->caplen)});
    }
    pcap_close(capture);
    return frames;
}

TEST_F(WrittenFeed, CaptureHoldsTheFramesOfAllFeedsAtTheirIntendedTimes) {
    options_.write_pcap = folder_ / "feeds.pcap";
    options_.groups.push_back({0xef010102, 30'002});
    options_.packets_max = 50;
    options_.rate_pps = 3'000;
    options_.vlan = 7;
    options_.sequence = 100;
    write();
    const auto frames = read_capture(options_.write_pcap);
    ASSERT_EQ(frames.size(), 2 * (50U + 10));
    std::vector<std::unique_ptr<FeedStream>> expected;
    for (std::uint32_t feed = 0; feed < 2; ++feed) {
        expected.push_back(std::make_unique<FeedStream>(
            std::make_unique<Market>(MarketOptions{.seed = 11, .feed = feed, .symbols = 20}),
            StreamOptions{.session = wire::mold::Session{feed == 0 ? "RXLAB00001" : "RXLAB00002"},
                          .first_sequence = 100,
                          .messages_per_packet = 4}));
    }
    std::uint64_t data_packets = 0;
    std::uint64_t ends = 0;
    std::uint64_t last_ns = 0;
    for (const Captured& captured : frames) {
        wire::UdpDatagram datagram{};
        ASSERT_EQ(wire::parse_udp_frame(captured.frame, datagram), wire::FrameStatus::ok);
        EXPECT_EQ(datagram.vlan, 7U);
        EXPECT_GE(captured.time_ns, last_ns);
        last_ns = captured.time_ns;
        const std::uint32_t feed = datagram.destination_port - 30'001U;
        ASSERT_LT(feed, 2U);
        EXPECT_EQ(datagram.destination, 0xef010101 + feed);
        const auto& header = wire::overlay<wire::mold::Header>(datagram.payload);
        if (header.message_count == wire::mold::kEndOfSession) {
            ++ends;
            EXPECT_EQ(header.sequence.get(), 300U);
            continue;
        }
        const std::uint64_t k = (header.sequence - 100) / 4;
        EXPECT_EQ(captured.time_ns - PcapTransmitter::kStartUnix_ns,
                  (2 * k + feed) * 1'000'000'000 / 6'000);
        const FeedPacket packet = expected[feed]->next({});
        ASSERT_EQ(Bytes(datagram.payload.begin(), datagram.payload.end()),
                  Bytes(packet.payload.begin(), packet.payload.end()));
        ++data_packets;
    }
    EXPECT_EQ(data_packets, 100U);
    EXPECT_EQ(ends, 20U);
}

TEST_F(WrittenFeed, SameOptionsWriteTheSameCapture) {
    options_.packets_max = 500;
    options_.profile = Profile::poisson;
    const auto bytes_of = [&](const char* name) {
        options_.write_pcap = folder_ / name;
        write();
        std::ifstream file{options_.write_pcap, std::ios::binary};
        return std::string{std::istreambuf_iterator<char>{file}, {}};
    };
    const std::string first = bytes_of("first.pcap");
    EXPECT_GT(first.size(), 500U * 60);
    EXPECT_EQ(first, bytes_of("second.pcap"));
    options_.seed = 12;
    EXPECT_NE(first, bytes_of("third.pcap"));
}

TEST_F(WrittenFeed, FullDiskIsAnError) {
    options_.messages_max = 10;
    options_.write_pcap = "/dev/full";
    EXPECT_THROW(write(), std::runtime_error);
    options_.write_pcap.clear();
    options_.write_itch = "/dev/full";
    EXPECT_THROW(write(), std::runtime_error);
}

}  // namespace
}  // namespace rxlab::feedsim::test
