// SPDX-License-Identifier: MIT
//
// Servers that do what no server should: the agent comes to an end with each of them, and says why.
#include "lib/recovery/src/agent.hpp"

#include "../rx/packets.hpp"
#include "servers.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

namespace rxlab::recovery {
namespace {

using test::BoundSocket;
using test::Bytes;

const wire::mold::Session kSession{"TEST"};
constexpr AgentTimes kSoon{.snapshot_pause_ns = 1'000'000, .snapshot_load_ns_max = 20'000'000};

Bytes soup_packet(wire::soup::PacketType type, std::span<const std::byte> payload) {
    std::byte memory[256];
    return test::copy(wire::soup::write(memory, type, payload));
}

// Sends `first` to each client, then `rest` over and over (nothing where it is empty), until the
// client has gone.
class StubbornServer {
  public:
    StubbornServer(Bytes first, Bytes rest)
        : first_{std::move(first)}, rest_{std::move(rest)}, thread_{[this] { run(); }} {}
    ~StubbornServer() {
        stop_ = true;
        thread_.join();
    }
    [[nodiscard]] const wire::Ipv4Endpoint& endpoint() const { return socket_.endpoint(); }

  private:
    void run() {
        while (!stop_) {
            if (!test::is_readable(socket_.get())) continue;
            const int client = accept(socket_.get(), nullptr, nullptr);
            static_cast<void>(!send(client, first_.data(), first_.size(), MSG_NOSIGNAL));
            if (rest_.empty()) wait_for_close(client);
            while (!rest_.empty() && !stop_ &&
                   send(client, rest_.data(), rest_.size(), MSG_NOSIGNAL) > 0) {
            }
            close(client);
        }
    }
    void wait_for_close(int client) const {
        std::byte memory[256];
        while (!stop_) {
            if (test::is_readable(client) && recv(client, memory, sizeof memory, 0) <= 0) return;
        }
    }

    BoundSocket socket_{SOCK_STREAM};
    Bytes first_;
    Bytes rest_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

class AgentTest : public ::testing::Test {
  protected:
    AgentTest() {
        options_.groups = {{0xef010101, 30001}};
        options_.orders = 1'000;
        options_.levels = 1'000;
    }
    // Until `done`, for at most ten seconds.
    static bool wait_until(const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        while (!done() && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        return done();
    }
    // Why there is no snapshot.
    std::string failure_with(const StubbornServer& server) {
        options_.snapshot_servers = {server.endpoint()};
        Agent agent{options_, kSoon};
        agent.start({});
        EXPECT_TRUE(agent.want_snapshot(0, kSession));
        EXPECT_TRUE(wait_until([&] { return agent.answer() != nullptr; }));
        if (agent.answer() != nullptr) {
            EXPECT_EQ(agent.answer()->kind, Answer::Kind::no_snapshot);
        }
        agent.stop();
        EXPECT_EQ(agent.counters().snapshot_attempts, Agent::kSnapshotAttempts);
        EXPECT_EQ(agent.counters().snapshot_failures, Agent::kSnapshotAttempts);
        return agent.snapshot_failure(0);
    }

    rx::Options options_;
};

Bytes accepted(const wire::soup::SessionText& session) {
    const wire::soup::LoginAccepted login{session, wire::soup::to_number_text<20>(1)};
    return soup_packet(wire::soup::PacketType::login_accepted, wire::bytes_of(login));
}

TEST_F(AgentTest, GivesUpASnapshotThatNeverEnds) {
    const auto add = test::add_order(1, 'B', 100, 10);
    const StubbornServer server{
        accepted("      TEST"),
        soup_packet(wire::soup::PacketType::sequenced, wire::bytes_of(add))};
    EXPECT_EQ(failure_with(server), "not complete after 20 ms");
}

TEST_F(AgentTest, GivesUpAServerThatOnlySaysThatItIsAlive) {
    const StubbornServer server{soup_packet(wire::soup::PacketType::server_heartbeat, {}), {}};
    EXPECT_EQ(failure_with(server), "not complete after 20 ms");
}

TEST_F(AgentTest, GivesUpAServerOfAnotherSession) {
    const StubbornServer server{accepted("   YESTRDY"), {}};
    EXPECT_EQ(failure_with(server), "the server speaks for another session");
}

TEST_F(AgentTest, NamesTheRemedyWhereTheLoginIsRejected) {
    const auto failure_of = [this](char reason) {
        const wire::soup::LoginRejected rejected{reason};
        const StubbornServer server{
            soup_packet(wire::soup::PacketType::login_rejected, wire::bytes_of(rejected)), {}};
        return failure_with(server);
    };
    const std::string login = failure_of(wire::soup::LoginRejected::kNotAuthorized);
    EXPECT_NE(login.find("--snapshot-user and --snapshot-password-file"), std::string::npos)
        << login;
    const std::string session = failure_of(wire::soup::LoginRejected::kNoSuchSession);
    EXPECT_NE(session.find("--snapshot-session"), std::string::npos) << session;
}

TEST_F(AgentTest, GivesUpAServerThatTalksNonsense) {
    const StubbornServer server{Bytes(64, std::byte{0}), {}};
    EXPECT_EQ(failure_with(server), "broken");
}

TEST_F(AgentTest, SaysWhereItHasNoRoomForAWish) {
    const BoundSocket server{SOCK_STREAM};
    options_.snapshot_servers = {server.endpoint()};
    Agent agent{options_};  // not started: nobody takes them
    std::size_t wishes = 0;
    while (agent.want_snapshot(0, kSession) && wishes < 10'000)
        ++wishes;
    EXPECT_EQ(wishes, 64U);
    EXPECT_EQ(agent.counters().tasks_dropped, 1U);
}

TEST_F(AgentTest, DropsAndCountsAnswersForWhichThereIsNoRoom) {
    const BoundSocket server{SOCK_DGRAM};
    options_.recover_servers = {server.endpoint()};
    Agent agent{options_};
    agent.start({});
    agent.request(0, kSession, {1, 1});
    ASSERT_TRUE(wait_until([&] { return test::is_readable(server.get()); }));
    std::byte memory[64];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    auto* const generic = reinterpret_cast<sockaddr*>(&from);
    ASSERT_EQ(recvfrom(server.get(), memory, sizeof memory, 0, generic, &size), 20);
    const Bytes long_one(10'000);
    ASSERT_EQ(sendto(server.get(), long_one.data(), long_one.size(), 0, generic, size), 10'000);
    ASSERT_TRUE(wait_until([&] { return agent.counters().too_long == 1; }));
    const Bytes answer(100);
    EXPECT_TRUE(wait_until([&] {
        for (int i = 0; i < 64; ++i)
            static_cast<void>(
                !sendto(server.get(), answer.data(), answer.size(), 0, generic, size));
        return agent.counters().answers_dropped > 0;
    }));
    std::size_t answers = 0;  // the ring's are still there
    for (; agent.answer() != nullptr && answers < 1'024; ++answers) {
        EXPECT_EQ(agent.answer()->payload().size(), 100U);
        agent.release();
    }
    EXPECT_EQ(answers, 1'024U);
}

}  // namespace
}  // namespace rxlab::recovery
