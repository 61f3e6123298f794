// SPDX-License-Identifier: MIT

#include "lib/recovery/src/snapshot_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace rxlab::recovery {
namespace {

namespace soup = wire::soup;
using soup::PacketType;
using Bytes = std::vector<std::byte>;

// A server's side of the stream, written down.
class Stream {
  public:
    Stream& add(PacketType type, std::span<const std::byte> payload = {}) {
        std::vector<std::byte> memory(4'096);
        const auto packet = soup::write(memory, type, payload);
        bytes_.insert(bytes_.end(), packet.begin(), packet.end());
        return *this;
    }
    Stream& accept() {
        const soup::LoginAccepted accepted{"   SESSION", soup::to_number_text<20>(1)};
        return add(PacketType::login_accepted, wire::bytes_of(accepted));
    }
    Stream& message(char content) {
        const Bytes payload(36, static_cast<std::byte>(content));
        return add(PacketType::sequenced, payload);
    }
    Stream& end(std::uint64_t sequence) {
        const auto end = wire::glimpse::end_of_snapshot(sequence);
        return add(PacketType::sequenced, wire::bytes_of(end));
    }
    [[nodiscard]] const Bytes& bytes() const { return bytes_; }

  private:
    Bytes bytes_;
};

class SnapshotClientTest : public ::testing::Test {
  protected:
    // In pieces of up to `piece` bytes, as TCP likes.
    SnapshotState give(const Bytes& bytes, std::size_t piece = 10'000) {
        for (std::size_t at = 0; at < bytes.size() && client_.loading();) {
            const auto space = client_.space();
            const std::size_t n = std::min({piece, space.size(), bytes.size() - at});
            std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), n, space.begin());
            at += n;
            client_.received(n, 0, [this](std::span<const std::byte> message) {
                seen_ += std::to_integer<char>(message.front());
            });
        }
        return client_.state();
    }
    void log_in() { static_cast<void>(client_.login({}, "SESSION", 0)); }

    SnapshotClient client_;
    std::string seen_;
};

TEST_F(SnapshotClientTest, LogsInToTheSession) {
    const auto bytes = client_.login({}, "SESSION", 0);
    ASSERT_EQ(bytes.size(), sizeof(soup::PacketHeader) + sizeof(soup::LoginRequest));
    const auto& request =
        wire::overlay<soup::LoginRequest>(bytes.subspan(sizeof(soup::PacketHeader)));
    EXPECT_EQ(request.session.padded(), "   SESSION");
    EXPECT_EQ(client_.state(), SnapshotState::logging_in);
}

TEST_F(SnapshotClientTest, LogsInAsItIsTold) {
    const auto bytes = client_.login({"trader", "secret", "GLIMPSE"}, "SESSION", 0);
    const auto& request =
        wire::overlay<soup::LoginRequest>(bytes.subspan(sizeof(soup::PacketHeader)));
    EXPECT_EQ(request.user.padded(), "trader");
    EXPECT_EQ(request.password.padded(), "secret    ");
    EXPECT_EQ(request.session.padded(), "   GLIMPSE");
}

TEST_F(SnapshotClientTest, LearnsWhichSessionRuns) {
    static_cast<void>(client_.login({}, {}, 0));
    EXPECT_EQ(give(Stream{}.accept().end(9).bytes()), SnapshotState::complete);
    EXPECT_EQ(client_.session(), "SESSION");
}

TEST_F(SnapshotClientTest, TakesTheSnapshotHoweverTheStreamIsCut) {
    const Bytes bytes = Stream{}
                            .accept()
                            .message('A')
                            .add(PacketType::server_heartbeat)
                            .add(PacketType::debug, {})
                            .message('B')
                            .end(12'345)
                            .bytes();
    for (std::size_t piece : {1, 2, 3, 7, 50, 10'000}) {
        log_in();
        seen_.clear();
        EXPECT_EQ(give(bytes, piece), SnapshotState::complete) << piece;
        EXPECT_EQ(seen_, "AB");
        EXPECT_EQ(client_.messages(), 2U);
        EXPECT_EQ(client_.sequence(), 12'345U);
    }
}

TEST_F(SnapshotClientTest, IsRejected) {
    log_in();
    const auto state_after = [this](char reason) {
        log_in();
        const soup::LoginRejected rejected{reason};
        return give(Stream{}.add(PacketType::login_rejected, wire::bytes_of(rejected)).bytes());
    };
    EXPECT_EQ(state_after(soup::LoginRejected::kNotAuthorized), SnapshotState::rejected);
    EXPECT_EQ(state_after(soup::LoginRejected::kNoSuchSession), SnapshotState::no_such_session);
    EXPECT_FALSE(client_.loading());
}

TEST_F(SnapshotClientTest, RefusesTheSnapshotOfAnotherSession) {
    log_in();
    const soup::LoginAccepted accepted{"   YESTRDY", soup::to_number_text<20>(1)};
    Stream stream;
    stream.add(PacketType::login_accepted, wire::bytes_of(accepted)).message('A').end(9);
    EXPECT_EQ(give(stream.bytes()), SnapshotState::other_session);
    EXPECT_EQ(seen_, "");
    log_in();
    const soup::LoginAccepted left{"SESSION   ", soup::to_number_text<20>(1)};  // either side
    EXPECT_EQ(give(Stream{}.add(PacketType::login_accepted, wire::bytes_of(left)).bytes()),
              SnapshotState::loading);
}

TEST_F(SnapshotClientTest, IsBrokenByAStreamThatMakesNoSense) {
    const std::vector<Bytes> streams{
        Stream{}.message('A').bytes(),  // before the login
        Stream{}.add(PacketType::login_accepted, Bytes(5)).bytes(),
        Stream{}.accept().add(PacketType::end_of_session).bytes(),
        Stream{}.accept().add(PacketType::sequenced, Bytes(5, std::byte{'G'})).bytes(),
        Bytes{std::byte{0}, std::byte{0}, std::byte{0}},           // an empty packet
        Bytes{std::byte{0xff}, std::byte{0xff}, std::byte{'S'}}};  // longer than any message
    for (const Bytes& stream : streams) {
        log_in();
        EXPECT_EQ(give(stream), SnapshotState::broken);
    }
    EXPECT_EQ(seen_, "");
}

TEST_F(SnapshotClientTest, IsBrokenByACloseBeforeTheEnd) {
    log_in();
    give(Stream{}.accept().message('A').bytes());
    EXPECT_EQ(client_.received(0, 0, [](auto) {}), SnapshotState::broken);
}

TEST_F(SnapshotClientTest, SendsHeartbeatsAndNoticesADeadServer) {
    log_in();
    EXPECT_TRUE(client_.poll(soup::Heartbeats::kInterval_ns - 1).empty());
    const auto heartbeat = client_.poll(soup::Heartbeats::kInterval_ns);
    ASSERT_EQ(heartbeat.size(), sizeof(soup::PacketHeader));
    EXPECT_EQ(std::to_integer<char>(heartbeat.back()), 'R');
    EXPECT_TRUE(client_.poll(soup::Heartbeats::kInterval_ns + 1).empty());
    EXPECT_TRUE(client_.poll(soup::Heartbeats::kSilenceMax_ns).empty());
    EXPECT_EQ(client_.state(), SnapshotState::broken);
}

TEST_F(SnapshotClientTest, SurvivesRandomBytes) {
    std::mt19937 random{3};
    for (int i = 0; i < 2'000; ++i) {
        log_in();
        Bytes bytes = Stream{}.accept().message('A').message('B').end(7).bytes();
        for (int flips = 1 + static_cast<int>(random() % 4); flips > 0; --flips)
            bytes[random() % bytes.size()] = static_cast<std::byte>(random());
        give(bytes, 1 + random() % 100);
    }
}

}  // namespace
}  // namespace rxlab::recovery
