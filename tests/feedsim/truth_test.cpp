// SPDX-License-Identifier: MIT
//
// The sender knows what book its feeds make, whatever happened to the packets; lib/book says what
// the right answer is.
#include "feedsim/market/truth.hpp"

#include "../lib/book/messages.hpp"
#include "../lib/capture/handmade.hpp"
#include "fakes.hpp"
#include "feedsim/load_recording.hpp"
#include "feedsim/market/market.hpp"
#include "feedsim/market/recording.hpp"
#include "feedsim/options.hpp"
#include "feedsim/simulation.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/wire/itch_file.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <fstream>
#include <string>
#include <vector>

namespace rxlab::feedsim::test {
namespace {

using book::test::add;
using capture::test::Blob;
using capture::test::TemporaryFile;
using Json = nlohmann::json;
namespace mold = wire::mold;

const GiveUp kNever = [] { return false; };
constexpr wire::Ipv4Endpoint kGroup{0xef010101, 26'477};

// --- messages of a source ------------------------------------------------------------------------

MarketOptions market_options(std::uint64_t seed, std::uint32_t feed = 0) {
    return {.seed = seed, .feed = feed, .symbols = 20};
}

std::uint64_t digest_of_market(std::uint64_t seed, std::uint32_t feed, std::uint64_t messages) {
    Market market{market_options(seed, feed)};
    book::Book book;
    for (std::uint64_t i = 0; i < messages; ++i)
        book.apply(market.next());
    return book.digest();
}

TEST(Truth, IsTheBookOfTheMessagesMadeAgain) {
    for (const std::uint64_t messages : {0, 1, 300, 50'000}) {
        Market market{market_options(7)};
        const auto state = book_of(market, messages, kNever);
        ASSERT_TRUE(state);
        EXPECT_EQ(state->digest, digest_of_market(7, 0, messages)) << messages << " messages";
    }
}

TEST(Truth, IsUnknownWhereTheSourceHasBecomeShorter) {
    CountingSource source{5};
    try {
        (void)book_of(source, 6, kNever);
        FAIL() << "no error";
    } catch (const program::RunError& error) {
        EXPECT_STREQ(error.what(), "6 messages were sent, but their source now has only 5");
    }
}

TEST(Truth, IsUnknownWhereNobodyWantsToWait) {
    Market market{market_options(7)};
    int asked = 0;
    EXPECT_FALSE(book_of(market, 1'000'000'000, [&] { return ++asked > 2; }));
    EXPECT_EQ(asked, 3);
}

// --- packets of a recording ----------------------------------------------------------------------

// Message number n of a recorded session: the odd ones add an order, the even ones take shares off
// it, and more each time they are applied.
Bytes message_of(std::uint64_t n) {
    return n % 2 == 1 ? add(1, n, 'B', 100, 1'000) : book::test::cancel(1, n - 1, 10);
}

Blob packet(const char* session, std::uint64_t sequence, std::uint16_t count) {
    std::array<std::byte, mold::kPayloadBytesMax> memory;
    mold::PacketBuilder builder{memory, mold::Session{session}};
    builder.start(sequence);
    for (std::uint64_t n = sequence; n < sequence + count; ++n)
        EXPECT_TRUE(builder.append(message_of(n)));
    const auto bytes = builder.finish();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class RecordedTruth : public testing::Test {
  protected:
    void record(const Blob& payload) {
        namespace made = capture::test;
        const Blob frame = made::ethernet(made::ipv4_udp(kGroup.address, kGroup.port, payload));
        capture_ += made::pcap_record(made::Order::little, 1'577'716'200, ++packets_, frame);
    }
    [[nodiscard]] std::optional<BookState> truth(std::uint64_t packets = ~std::uint64_t{0},
                                                 const GiveUp& give_up = kNever) const {
        const TemporaryFile file{capture_};
        RecordingChoice choice;
        choice.groups = {kGroup};
        choice.packets_max = kUnbounded;
        const Recording recording{file.path(), choice};
        return book_of(recording, 0, packets, give_up);
    }
    // Of the messages with these numbers.
    static BookState of(std::uint64_t first, std::uint64_t last) {
        ReferenceBook book;
        for (std::uint64_t n = first; n <= last; ++n)
            book.apply(message_of(n));
        return book.state();
    }

  private:
    Blob capture_ = capture::test::pcap_header(capture::test::Order::little, 0xa1b23c4d, 1);
    std::uint32_t packets_ = 0;
};

TEST_F(RecordedTruth, TakesEachNumberOnceAndInOrder) {
    record(packet("SESSION001", 5, 2));
    record(packet("SESSION001", 8, 2));  // early
    record(packet("SESSION001", 7, 1));  // late
    record(packet("SESSION001", 7, 1));  // twice
    record(packet("SESSION001", 5, 7));  // what was there, and two more
    EXPECT_EQ(truth(), of(5, 11));
}

TEST_F(RecordedTruth, IsOfThePacketsThatWereSent) {
    record(packet("SESSION001", 1, 3));
    record(packet("SESSION001", 4, 3));
    EXPECT_EQ(truth(0), BookState{});
    EXPECT_EQ(truth(1), of(1, 3));
    EXPECT_EQ(truth(2), of(1, 6));
}

TEST_F(RecordedTruth, IsOfTheLastSession) {
    record(packet("SESSION001", 1, 3));
    record(packet("SESSION002", 1, 2));
    EXPECT_EQ(truth(1), of(1, 3));
    EXPECT_EQ(truth(2), of(1, 2));
}

TEST_F(RecordedTruth, IsUnknownWhereASessionComesBack) {
    record(packet("SESSION001", 1, 3));
    record(packet("SESSION002", 1, 2));
    record(packet("SESSION001", 4, 3));
    EXPECT_EQ(truth(2), of(1, 2));
    EXPECT_THROW((void)truth(3), program::RunError);
}

TEST_F(RecordedTruth, ReadsAPacketThatIsCutShortAsFarAsItGoes) {
    const Blob whole = packet("SESSION001", 1, 3);
    record(whole.substr(0, whole.size() - 1));
    EXPECT_EQ(truth(), of(1, 2));
}

TEST_F(RecordedTruth, IsUnknownWhereNobodyWantsToWait) {
    record(packet("SESSION001", 1, 3));
    EXPECT_FALSE(truth(1, [] { return true; }));
}

// --- the summary ---------------------------------------------------------------------------------

class Summary : public testing::Test {
  protected:
    Summary() {
        options_.groups = {kGroup};
        options_.messages_max = 2'000;
        options_.symbols = 20;
        options_.seed = 7;
    }
    // What feedsim says of what it wrote.
    [[nodiscard]] Json summary() const {
        const TemporaryFile capture{""}, json{""};
        Options options = options_;
        if (options.write_itch.empty()) options.write_pcap = capture.path();
        options.json = json.path();
        load_recording(options);
        const std::atomic<bool> stop{false};
        testing::internal::CaptureStdout();
        write_feeds(options, stop);
        text_ = testing::internal::GetCapturedStdout();
        std::ifstream in{json.path()};
        return Json::parse(in);
    }
    [[nodiscard]] std::string digest() const { return summary()["feeds"][0]["book"]["digest"]; }
    static std::string hex(std::uint64_t digest) { return fmt::format("{:016x}", digest); }

    Options options_;
    mutable std::string text_;
};

TEST_F(Summary, HasEachFeedsBookAndAllTogether) {
    options_.groups.push_back({kGroup.address + 1, kGroup.port});
    const Json json = summary();
    const std::uint64_t digests[] = {digest_of_market(7, 0, 2'000), digest_of_market(7, 1, 2'000)};
    EXPECT_NE(digests[0], digests[1]);
    for (const std::size_t feed : {0, 1})
        EXPECT_EQ(json["feeds"][feed]["book"]["digest"], hex(digests[feed]));
    EXPECT_GT(json["feeds"][0]["book"]["orders"], json["feeds"][0]["book"]["levels"]);
    EXPECT_GT(json["feeds"][0]["book"]["levels"], 0);
    const std::string all = hex(book::combine_digests(digests));
    EXPECT_EQ(json["totals"]["digest"], all);
    EXPECT_NE(text_.find("\ndigest: " + all + "\n"), std::string::npos) << text_;
}

TEST_F(Summary, HasTheSameBookHoweverItIsPackedNumberedStampedOrSpoilt) {
    const std::string expected = hex(digest_of_market(7, 0, 2'000));
    EXPECT_EQ(digest(), expected);
    options_.messages_per_packet = 7;
    EXPECT_EQ(digest(), expected);
    options_.sequence = 1'000'000;
    EXPECT_EQ(digest(), expected);
    options_.stamp = true;
    EXPECT_EQ(digest(), expected);
    options_.sessions = {"TODAY00001"};
    EXPECT_EQ(digest(), expected);
    options_.profile = Profile::market_open;
    EXPECT_EQ(digest(), expected);
    options_.impairments = {parse_impairments("drop=30%,reorder=10%x50,corrupt=5%,truncate=5%"),
                            {}};
    const Json json = summary();
    EXPECT_GT(json["feeds"][0]["lost_messages"], 100);
    EXPECT_EQ(json["feeds"][0]["book"]["digest"], expected);
}

TEST_F(Summary, HasTheBookOfAsMuchAsWasMade) {
    options_.messages_max = 1'234;
    EXPECT_EQ(digest(), hex(digest_of_market(7, 0, 1'234)));
}

TEST_F(Summary, HasTheBookOfAFile) {
    const TemporaryFile file{""};
    options_.write_itch = file.path();
    const std::string expected = digest();
    options_.write_itch.clear();
    options_.messages_max = kUnbounded;
    options_.file = file.path();
    EXPECT_EQ(digest(), expected);
    options_.messages_max = 500;
    EXPECT_EQ(digest(), hex(digest_of_market(7, 0, 500)));
}

TEST_F(Summary, HasTheBookOfACapture) {
    const TemporaryFile capture{""}, again{""};
    options_.write_pcap = capture.path();
    options_.json = again.path();
    const std::atomic<bool> stop{false};
    testing::internal::CaptureStdout();
    write_feeds(options_, stop);
    (void)testing::internal::GetCapturedStdout();
    options_ = {};
    options_.read_pcap = capture.path();
    EXPECT_EQ(digest(), hex(digest_of_market(7, 0, 2'000)));
    options_.packets_max = 1'000;
    EXPECT_EQ(digest(), hex(digest_of_market(7, 0, 1'000)));
}

TEST_F(Summary, LeavesTheBookOutWhereItIsToldTo) {
    options_.digest = false;
    const Json json = summary();
    EXPECT_FALSE(json["feeds"][0].contains("book"));
    EXPECT_FALSE(json["totals"].contains("digest"));
    EXPECT_EQ(text_.find("digest"), std::string::npos);
}

}  // namespace
}  // namespace rxlab::feedsim::test
