// SPDX-License-Identifier: MIT
//
// What the re-request server answers, in memory and over a loopback socket.
#include "fakes.hpp"
#include "feedsim/servers/message_store.hpp"
#include "feedsim/servers/rerequest_server.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

namespace rxlab::feedsim::test {
namespace {

namespace mold = wire::mold;

constexpr std::uint64_t kSecond_ns = 1'000'000'000;

// Message n holds n, `bytes` times its last byte behind it.
Bytes message(std::uint64_t n, std::size_t bytes = 19) {
    Bytes result(bytes, static_cast<std::byte>(n));
    std::memcpy(result.data(), &n, std::min(sizeof n, bytes));
    return result;
}

void send(MessageStore& store, std::uint64_t sequence, std::size_t bytes = 19) {
    std::array<std::byte, mold::kPayloadBytesMax> memory;
    mold::PacketBuilder builder{memory, store.session()};
    builder.start(sequence);
    ASSERT_TRUE(builder.append(message(sequence, bytes)));
    store.append({builder.finish(), sequence, 1});
    store.publish(sequence + 1);
}

Bytes read(const MessageStore& store, std::uint64_t sequence) {
    MessageStore::Memory memory;
    const auto bytes = store.read(sequence, memory);
    return {bytes.begin(), bytes.end()};
}

Bytes request(const char* session, std::uint64_t sequence, std::uint16_t count) {
    const mold::Header header = to_wire(mold::Request{session, sequence, count});
    const auto bytes = wire::bytes_of(header);
    return {bytes.begin(), bytes.end()};
}

TEST(MessageStore, GivesWhatWasPublished) {
    MessageStore store{"STORE", 100, 64};
    for (std::uint64_t n = 100; n < 150; ++n)
        send(store, n);
    EXPECT_EQ(store.next_sequence(), 150U);
    EXPECT_EQ(store.oldest_sequence(), 100U);
    for (std::uint64_t n = 100; n < 150; ++n)
        EXPECT_EQ(read(store, n), message(n));
    EXPECT_TRUE(read(store, 99).empty());
    EXPECT_TRUE(read(store, 150).empty());
}

TEST(MessageStore, GivesNothingThatWasNotSentYet) {
    MessageStore store{"STORE", 1, 64};
    std::array<std::byte, 100> memory;
    mold::PacketBuilder builder{memory, "STORE"};
    builder.start(1);
    ASSERT_TRUE(builder.append(message(1)));
    store.append({builder.finish(), 1, 1});
    EXPECT_TRUE(read(store, 1).empty());
    store.publish(2);
    EXPECT_EQ(read(store, 1), message(1));
}

TEST(MessageStore, KeepsTheNewestMessages) {
    MessageStore store{"STORE", 1, 60};  // 64, as a power of two
    for (std::uint64_t n = 1; n <= 1'000; ++n)
        send(store, n);
    EXPECT_EQ(store.oldest_sequence(), 937U);
    EXPECT_TRUE(read(store, 936).empty());
    for (std::uint64_t n = 937; n <= 1'000; ++n)
        EXPECT_EQ(read(store, n), message(n));
}

TEST(MessageStore, KeepsMessagesOfUpTo54Bytes) {
    MessageStore store{"STORE", 1, 64};
    send(store, 1, 54);
    send(store, 2, 55);
    send(store, 3, 1);
    EXPECT_EQ(read(store, 1), message(1, 54));
    EXPECT_TRUE(read(store, 2).empty());
    EXPECT_EQ(read(store, 3), message(3, 1));
}

TEST(MessageStore, NeverGivesAMessageThatIsBeingOverwritten) {
    MessageStore store{"STORE", 1, 8};
    std::atomic<bool> done{false};
    std::uint64_t seen = 0;
    std::thread reader{[&] {
        while (!done.load()) {
            for (std::uint64_t n = store.oldest_sequence(); n < store.next_sequence(); ++n) {
                const Bytes bytes = read(store, n);
                if (bytes.empty()) continue;
                ++seen;
                if (bytes != message(n)) ADD_FAILURE() << "message " << n << " is torn";
            }
        }
    }};
    for (std::uint64_t n = 1; n <= 200'000; ++n)
        send(store, n);
    done = true;
    reader.join();
    EXPECT_GT(seen, 0U);
}

class RerequestsTest : public testing::Test {
  protected:
    RerequestsTest() {
        for (std::uint64_t n = 1; n <= 200; ++n)
            send(first_, n);
        for (std::uint64_t n = 1'000; n < 1'010; ++n)
            send(second_, n);
    }
    std::vector<Bytes> ask(const Bytes& datagram, std::uint64_t now_ns = 1) {
        return ask(requests_, kClient, datagram, now_ns);
    }
    std::vector<Bytes> ask(Rerequests& requests, std::uint32_t client, const Bytes& datagram,
                           std::uint64_t now_ns = 1) {
        const auto answer = requests.answer(datagram, client, now_ns);
        if (answer.empty()) return {};
        sequence_ = wire::overlay<mold::Header>(answer).sequence;
        session_ = wire::overlay<mold::Header>(answer).session.view();
        return messages_of(answer);
    }

    static constexpr std::uint32_t kClient = 10;
    MessageStore first_{"FIRST", 1, 128};  // 73 .. 200
    MessageStore second_{"SECOND", 1'000, 128};
    Rerequests requests_{{&first_, &second_}, {.packets_per_second = 1'000}};
    std::uint64_t sequence_ = 0;
    std::string session_;
};

TEST_F(RerequestsTest, AnswersWithTheMessagesWanted) {
    EXPECT_EQ(ask(request("FIRST", 150, 3)),
              (std::vector<Bytes>{message(150), message(151), message(152)}));
    EXPECT_EQ(sequence_, 150U);
    EXPECT_EQ(session_, "FIRST");
    EXPECT_EQ(ask(request("SECOND", 1'009, 1)), (std::vector<Bytes>{message(1'009)}));
    EXPECT_EQ(session_, "SECOND");
    EXPECT_EQ(requests_.counters().answers, 2U);
    EXPECT_EQ(requests_.counters().messages, 4U);
}

TEST_F(RerequestsTest, AnswersWithAsManyAsFitIntoOnePacket) {
    const auto answer = ask(request("FIRST", 100, 0xfffe));
    EXPECT_EQ(answer.size(), (1'472U - 20) / 21);
    EXPECT_EQ(answer.front(), message(100));
}

TEST_F(RerequestsTest, BeginsWithTheFirstThatIsStillThere) {
    EXPECT_EQ(ask(request("FIRST", 70, 5)), (std::vector<Bytes>{message(73), message(74)}));
    EXPECT_EQ(sequence_, 73U);
}

TEST_F(RerequestsTest, AnswersNothingThatIsGoneOrNotSentYet) {
    EXPECT_TRUE(ask(request("FIRST", 1, 72)).empty());
    EXPECT_TRUE(ask(request("FIRST", 201, 1)).empty());
    EXPECT_TRUE(ask(request("SECOND", 1, 10)).empty());
    EXPECT_TRUE(ask(request("FIRST", ~std::uint64_t{0}, 10)).empty());
    EXPECT_EQ(requests_.counters().unavailable, 4U);
    EXPECT_EQ(ask(request("FIRST", 200, 5)).size(), 1U) << "what there is";
}

TEST_F(RerequestsTest, CountsWhatIsNoRequestOfItsFeeds) {
    EXPECT_TRUE(ask(request("THIRD", 1, 1)).empty());
    EXPECT_TRUE(ask(Bytes(19)).empty());
    EXPECT_TRUE(ask(request("FIRST", 150, 0)).empty());
    EXPECT_EQ(requests_.counters().unknown_session, 1U);
    EXPECT_EQ(requests_.counters().malformed, 2U);
    EXPECT_EQ(requests_.counters().requests, 1U);
}

TEST_F(RerequestsTest, AnswersNoFasterThanItsRate) {
    std::uint64_t answered = 0;
    for (std::uint64_t i = 0; i < 10'000; ++i)  // for a second, ten times the rate
        answered += !ask(request("FIRST", 150, 1), 1 + i * kSecond_ns / 10'000).empty();
    EXPECT_NEAR(static_cast<double>(answered), 1'000 + Rerequests::kBurstPackets, 2);
    EXPECT_EQ(requests_.counters().refused, 10'000 - answered);
    EXPECT_FALSE(ask(request("FIRST", 150, 1), 3 * kSecond_ns).empty());
}

TEST_F(RerequestsTest, GivesEachClientItsQuotaAndThenNothing) {
    Rerequests requests{{&first_, &second_}, {.quota_messages = 5}};
    EXPECT_EQ(ask(requests, 1, request("FIRST", 150, 3)).size(), 3U);
    EXPECT_EQ(ask(requests, 1, request("SECOND", 1'000, 3)).size(), 2U) << "what is left of it";
    EXPECT_TRUE(ask(requests, 1, request("FIRST", 150, 1)).empty());
    EXPECT_TRUE(ask(requests, 1, request("FIRST", 150, 1), 100 * kSecond_ns).empty());
    EXPECT_EQ(requests.counters().over_quota, 2U);
    EXPECT_EQ(ask(requests, 2, request("FIRST", 150, 9)).size(), 5U) << "another client";
    EXPECT_EQ(requests.counters().messages, 10U);
    EXPECT_EQ(requests.counters().refused, 0U);
}

TEST_F(RerequestsTest, TakesOffTheQuotaOnlyWhatItGives) {
    Rerequests requests{{&first_}, {.packets_per_second = 1, .quota_messages = 200}};
    EXPECT_TRUE(ask(requests, 1, request("FIRST", 1, 72)).empty());
    EXPECT_EQ(requests.counters().unavailable, 1U);
    EXPECT_EQ(ask(requests, 1, request("FIRST", 73, 0xfffe)).size(), (1'472U - 20) / 21);
    for (double i = 0; i < 2 * Rerequests::kBurstPackets; ++i)
        (void)ask(requests, 1, request("FIRST", 150, 1));
    EXPECT_EQ(requests.counters().messages, 69U + 63);
    EXPECT_EQ(requests.counters().over_quota, 0U);
    EXPECT_EQ(requests.counters().refused, 65U);
    const std::uint64_t later_ns = 1'000 * kSecond_ns;
    EXPECT_EQ(ask(requests, 1, request("FIRST", 100, 100), later_ns).size(), 200U - 69 - 63);
}

TEST_F(RerequestsTest, CountsNoMoreClientsThanItHasRoomFor) {
    Rerequests requests{{&first_}, {.packets_per_second = 1e9, .quota_messages = 1}};
    for (std::uint32_t client = 0; client < Rerequests::kClientsMax; ++client) {
        const std::uint64_t now_ns = 1 + client * kSecond_ns;
        ASSERT_EQ(ask(requests, client, request("FIRST", 150, 1), now_ns).size(), 1U) << client;
    }
    const std::uint64_t later_ns = 10'000 * kSecond_ns;
    EXPECT_TRUE(ask(requests, ~0U, request("FIRST", 150, 1), later_ns).empty());
    EXPECT_EQ(requests.counters().over_quota, 1U);
}

TEST(RerequestServer, AnswersTheAskerOverUdp) {
    MessageStore store{"STORE", 1, 64};
    for (std::uint64_t n = 1; n <= 10; ++n)
        send(store, n);
    RerequestServer server{{INADDR_LOOPBACK, 0}, {&store}, {}, ServerCpus::without({})};
    const Descriptor socket{::socket(AF_INET, SOCK_DGRAM, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(server.address().address);
    address.sin_port = htons(server.address().port);
    ASSERT_EQ(connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
    const Bytes nonsense(5);
    ASSERT_EQ(::send(socket.get(), nonsense.data(), nonsense.size(), 0), 5);
    const Bytes wanted = request("STORE", 4, 3);
    ASSERT_EQ(::send(socket.get(), wanted.data(), wanted.size(), 0), 20);
    pollfd waiting{socket.get(), POLLIN, 0};
    ASSERT_EQ(poll(&waiting, 1, 10'000), 1) << "no answer";
    Bytes answer(2'048);
    const ssize_t bytes = recv(socket.get(), answer.data(), answer.size(), 0);
    ASSERT_GT(bytes, 20);
    answer.resize(static_cast<std::size_t>(bytes));
    EXPECT_EQ(wire::overlay<mold::Header>(answer).sequence, 4U);
    EXPECT_EQ(messages_of(answer), (std::vector<Bytes>{message(4), message(5), message(6)}));
    server.stop();
    EXPECT_EQ(server.counters().answers, 1U);
    EXPECT_EQ(server.counters().malformed, 1U);
}

}  // namespace
}  // namespace rxlab::feedsim::test
