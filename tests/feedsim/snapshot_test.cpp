// SPDX-License-Identifier: MIT
//
// Snapshots against the books of the receivers: snapshot and live feed from its end on must give
// the state of the whole feed.
#include "fakes.hpp"
#include "feedsim/market/market.hpp"
#include "feedsim/servers/feed_state.hpp"
#include "feedsim/servers/snapshot_server.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/wire/glimpse.hpp>
#include <rxlab/wire/soupbintcp.hpp>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace rxlab::feedsim::test {
namespace {

namespace mold = wire::mold;
namespace soup = wire::soup;

std::vector<Bytes> market_messages(std::size_t count) {
    Market market{{.symbols = 20, .messages_expected = count}};
    std::vector<Bytes> messages;
    for (std::size_t i = 0; i < count; ++i) {
        const auto message = market.next();
        messages.emplace_back(message.begin(), message.end());
    }
    return messages;
}

book::Book make_book() {
    return book::Book{{.orders = 50'000, .levels = 50'000}};
}

std::uint64_t digest_of(const std::vector<Bytes>& messages) {
    book::Book book = make_book();
    for (const Bytes& message : messages)
        book.apply(message);
    return book.digest();
}

TEST(FeedState, WithTheRestOfTheFeedMakesTheBookOfAllOfIt) {
    const auto messages = market_messages(30'000);
    const std::uint64_t expected = digest_of(messages);
    for (std::size_t at :
         {std::size_t{0}, std::size_t{1}, std::size_t{25}, std::size_t{5'000}, messages.size()}) {
        FeedState state;
        for (std::size_t i = 0; i < at; ++i)
            state.apply(messages[i]);
        book::Book book = make_book();
        std::size_t orders = 0;
        state.for_each_message([&](std::span<const std::byte> message) {
            orders += wire::itch::message_length(std::to_integer<char>(message[0])) >= 36 &&
                      std::to_integer<char>(message[0]) != 'R';
            book.apply(message);
        });
        EXPECT_EQ(orders, state.live_orders());
        for (std::size_t i = at; i < messages.size(); ++i)
            book.apply(messages[i]);
        EXPECT_EQ(book.digest(), expected) << "after " << at;
    }
}

TEST(FeedState, KeepsTimePriorityAttributionAndTheLatestFacts) {
    wire::itch::StockDirectory directory;
    directory.header.stock_locate = 7;
    wire::itch::TradingAction halted, trading;
    halted.header.stock_locate = trading.header.stock_locate = 7;
    halted.trading_state = 'H';
    trading.trading_state = 'T';
    wire::itch::AddOrderMpid first;
    first.order_reference = 50;
    first.shares = 100;
    first.attribution = "RXLB";
    wire::itch::AddOrder second;
    second.order_reference = 3;
    second.shares = 10;
    wire::itch::OrderExecuted executed;
    executed.order_reference = 3;
    executed.executed_shares = 4;
    wire::itch::OrderReplace replaced;
    replaced.order_reference = 50;
    replaced.new_order_reference = 1;
    replaced.shares = 70;
    replaced.price = 123;
    FeedState state;
    state.apply(wire::bytes_of(directory));
    state.apply(wire::bytes_of(halted));
    state.apply(wire::bytes_of(first));
    state.apply(wire::bytes_of(second));
    state.apply(wire::bytes_of(executed));
    state.apply(wire::bytes_of(replaced));
    state.apply(wire::bytes_of(trading));
    std::vector<Bytes> messages;
    state.for_each_message([&](std::span<const std::byte> message) {
        messages.emplace_back(message.begin(), message.end());
    });
    ASSERT_EQ(messages.size(), 4U);
    EXPECT_EQ(std::to_integer<char>(messages[0][0]), 'R');
    ASSERT_EQ(std::to_integer<char>(messages[1][0]), 'H');
    EXPECT_EQ(wire::overlay<wire::itch::TradingAction>(messages[1]).trading_state.front(), 'T');
    ASSERT_EQ(messages[2].size(), sizeof(wire::itch::AddOrder));
    const auto& older = wire::overlay<wire::itch::AddOrder>(messages[2]);
    EXPECT_EQ(older.header.type.front(), 'A');
    EXPECT_EQ(older.order_reference, 3U);
    EXPECT_EQ(older.shares, 6U);
    ASSERT_EQ(messages[3].size(), sizeof(wire::itch::AddOrderMpid));
    const auto& newer = wire::overlay<wire::itch::AddOrderMpid>(messages[3]);
    EXPECT_EQ(newer.header.type.front(), 'F');
    EXPECT_EQ(newer.order_reference, 1U) << "a replaced order goes behind";
    EXPECT_EQ(newer.shares, 70U);
    EXPECT_EQ(newer.price, 123U);
    EXPECT_EQ(newer.attribution.view(), "RXLB");
}

// Puts messages into a store as the sender does, some in each packet.
class Publisher {
  public:
    explicit Publisher(MessageStore& store) : store_{store}, next_{store.first_sequence()} {}

    void send(std::span<const Bytes> messages) {
        for (const Bytes& message : messages) {
            std::array<std::byte, mold::kPayloadBytesMax> memory;
            mold::PacketBuilder builder{memory, store_.session()};
            builder.start(next_);
            ASSERT_TRUE(builder.append(message));
            store_.append({builder.finish(), next_, 1});
            store_.publish(++next_);
        }
    }

  private:
    MessageStore& store_;
    std::uint64_t next_;
};

// A blocking client of the server.
class Client {
  public:
    explicit Client(const wire::Ipv4Endpoint& server) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
        const timeval patience{20, 0};
        setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(server.address);
        address.sin_port = htons(server.port);
        EXPECT_EQ(connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    void log_in(std::string_view session, std::string_view user = "rxlab",
                std::string_view password = "rxlab") {
        std::array<std::byte, 64> memory;
        put(soup::write(memory, soup::LoginRequest{wire::Text<6>{user}, wire::Text<10>{password},
                                                   soup::right_justified<10>(session),
                                                   soup::to_number_text<20>(1)}));
    }
    void put(std::span<const std::byte> bytes) {
        EXPECT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    // Type and payload of the next packet; empty at the end of the stream.
    std::optional<std::pair<soup::PacketType, Bytes>> next() {
        for (;;) {
            if (const auto packet = framer_.next()) {
                return {{packet->type, Bytes(packet->payload.begin(), packet->payload.end())}};
            }
            const auto space = framer_.space();
            const ssize_t bytes = recv(socket_.get(), space.data(), space.size(), 0);
            if (bytes <= 0) return std::nullopt;
            framer_.received(static_cast<std::size_t>(bytes));
        }
    }

  private:
    Descriptor socket_;
    soup::Framer framer_{1'000};
};

struct Joined {
    std::vector<Bytes> messages;
    std::uint64_t sequence = 0;
};

// Logs in and reads a whole snapshot.
Joined take_snapshot(const wire::Ipv4Endpoint& server, std::string_view session) {
    Client client{server};
    client.log_in(session);
    Joined joined;
    auto packet = client.next();
    EXPECT_TRUE(packet && packet->first == soup::PacketType::login_accepted);
    while ((packet = client.next()) && packet->first == soup::PacketType::sequenced) {
        if (wire::glimpse::is_end_of_snapshot(packet->second)) {
            joined.sequence = wire::glimpse::join_sequence(packet->second).value_or(0);
        } else {
            EXPECT_EQ(joined.sequence, 0U) << "nothing follows the end of the snapshot";
            joined.messages.push_back(packet->second);
        }
    }
    EXPECT_TRUE(packet && packet->first == soup::PacketType::end_of_session);
    EXPECT_FALSE(client.next());
    return joined;
}

constexpr wire::Ipv4Endpoint kAnyPort{INADDR_LOOPBACK, 0};

TEST(SnapshotServer, LetsLateJoinersMissNothingAndRepeatNothing) {
    const auto messages = market_messages(60'000);
    const std::uint64_t expected = digest_of(messages);
    MessageStore store{"LIVE", 1'000, 65'536};
    SnapshotServer server{kAnyPort, {&store}, ServerCpus::without({})};
    std::thread sender{[&] {
        Publisher publisher{store};
        for (std::size_t at = 0; at < messages.size(); at += 100) {
            publisher.send(std::span{messages}.subspan(at, 100));
            std::this_thread::sleep_for(std::chrono::microseconds{300});
        }
    }};
    std::vector<std::thread> joiners;
    std::atomic<int> matches{0};
    std::atomic<int> live{0};
    for (int i = 0; i < 4; ++i) {
        joiners.emplace_back([&, i] {
            std::this_thread::sleep_for(std::chrono::milliseconds{20 * i});
            const Joined joined = take_snapshot(server.address(), i % 2 == 0 ? "LIVE" : "");
            ASSERT_GE(joined.sequence, 1'000U);
            live += joined.sequence < 61'000;
            book::Book book = make_book();
            for (const Bytes& message : joined.messages)
                book.apply(message);
            for (std::size_t n = joined.sequence - 1'000; n < messages.size(); ++n)
                book.apply(messages[n]);
            matches += book.digest() == expected;
        });
    }
    for (std::thread& joiner : joiners)
        joiner.join();
    sender.join();
    EXPECT_EQ(matches, 4);
    EXPECT_GT(live, 0) << "nobody joined while the feed was live";
    server.stop();
    EXPECT_TRUE(server.is_complete());
    EXPECT_EQ(server.counters().completed, 4U);
    EXPECT_EQ(server.counters().logins, 4U);
    EXPECT_EQ(server.counters().abandoned, 0U);
}

TEST(SnapshotServer, GivesEachSessionItsOwnState) {
    const auto messages = market_messages(500);
    MessageStore one{"ONE", 1, 1'024}, two{"TWO", 1, 1'024};
    Publisher{one}.send(std::span{messages}.first(500));
    Publisher{two}.send(std::span{messages}.first(200));
    SnapshotServer server{kAnyPort, {&one, &two}, ServerCpus::without({})};
    EXPECT_EQ(take_snapshot(server.address(), "ONE").sequence, 501U);
    EXPECT_EQ(take_snapshot(server.address(), "TWO").sequence, 201U);
}

TEST(SnapshotServer, RejectsASessionThatIsNoneOfItsFeeds) {
    MessageStore store{"ONE", 1, 64};
    SnapshotServer server{kAnyPort, {&store}, ServerCpus::without({})};
    Client client{server.address()};
    client.log_in("OTHER");
    const auto packet = client.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->first, soup::PacketType::login_rejected);
    EXPECT_EQ(packet->second, Bytes{std::byte{'S'}});
    EXPECT_FALSE(client.next()) << "then it closes";
    server.stop();
    EXPECT_EQ(server.counters().rejected, 1U);
}

// + where a login is accepted, the reason where it is rejected.
char answer_to(const wire::Ipv4Endpoint& server, std::string_view session, std::string_view user,
               std::string_view password) {
    Client client{server};
    client.log_in(session, user, password);
    const auto packet = client.next();
    if (!packet) return '?';
    if (packet->first == soup::PacketType::login_accepted) return '+';
    return std::to_integer<char>(packet->second.at(0));
}

TEST(SnapshotServer, AdmitsWhoeverKnowsUserAndPassword) {
    MessageStore store{"ONE", 1, 64};
    SnapshotServer server{
        kAnyPort, {&store}, ServerCpus::without({}), {.user = "desk1", .password = "Secret"}};
    EXPECT_EQ(answer_to(server.address(), "ONE", "desk1", "Secret"), '+');
    EXPECT_EQ(answer_to(server.address(), "", "desk1", "Secret"), '+') << "the running session";
    EXPECT_EQ(answer_to(server.address(), "ONE", "DESK1", "sECRET"), '+') << "any case";
    EXPECT_EQ(answer_to(server.address(), "OTHER", "desk1", "Secret"), 'S');
    for (const auto& [user, password] :
         {std::pair{"desk1", ""}, std::pair{"desk1", "secre"}, std::pair{"desk1", "secrets"},
          std::pair{"desk2", "Secret"}, std::pair{"", "Secret"}, std::pair{"desk1", "Secre4"}}) {
        EXPECT_EQ(answer_to(server.address(), "ONE", user, password), 'A') << user << password;
    }
    EXPECT_EQ(answer_to(server.address(), "OTHER", "desk2", "Secret"), 'A')
        << "who may not come in does not learn which sessions there are";
    server.stop();
    EXPECT_EQ(server.counters().logins, 3U);
    EXPECT_EQ(server.counters().rejected, 8U);
    EXPECT_EQ(server.counters().unauthorized, 7U);
}

TEST(SnapshotServer, ChecksOnlyWhatItWasToldToCheck) {
    MessageStore store{"ONE", 1, 64};
    SnapshotServer open{kAnyPort, {&store}, ServerCpus::without({})};
    EXPECT_EQ(answer_to(open.address(), "ONE", "", ""), '+');
    SnapshotServer with_user{kAnyPort, {&store}, ServerCpus::without({}), {.user = "desk1"}};
    EXPECT_EQ(answer_to(with_user.address(), "ONE", "desk1", "any"), '+');
    EXPECT_EQ(answer_to(with_user.address(), "ONE", "desk2", "any"), 'A');
    SnapshotServer with_password{
        kAnyPort, {&store}, ServerCpus::without({}), {.password = "Secret"}};
    EXPECT_EQ(answer_to(with_password.address(), "ONE", "any", "Secret"), '+');
    EXPECT_EQ(answer_to(with_password.address(), "ONE", "any", "any"), 'A');
}

TEST(SnapshotServer, RejectsLoginsOnceItLostTheFeed) {
    const auto messages = market_messages(500);
    MessageStore store{"ONE", 1, 64};
    Publisher{store}.send(messages);  // far beyond the store, before anybody followed
    SnapshotServer server{kAnyPort, {&store}, ServerCpus::without({})};
    Client client{server.address()};
    client.log_in("ONE");
    const auto packet = client.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->first, soup::PacketType::login_rejected);
    server.stop();
    EXPECT_FALSE(server.is_complete());
}

TEST(SnapshotServer, ClosesConnectionsThatSpeakNonsenseAndGoesOn) {
    MessageStore store{"ONE", 1, 64};
    SnapshotServer server{kAnyPort, {&store}, ServerCpus::without({})};
    Client nonsense{server.address()};
    const Bytes zeros(10);
    nonsense.put(zeros);
    EXPECT_FALSE(nonsense.next());
    EXPECT_EQ(take_snapshot(server.address(), "ONE").sequence, 1U);
    server.stop();
    EXPECT_EQ(server.counters().abandoned, 1U);
    EXPECT_EQ(server.counters().completed, 1U);
}

TEST(SnapshotServer, RefusesMoreClientsThanItCanServe) {
    MessageStore store{"ONE", 1, 64};
    SnapshotServer server{kAnyPort, {&store}, ServerCpus::without({})};
    std::vector<std::unique_ptr<Client>> idle;
    for (std::size_t i = 0; i < SnapshotServer::kClientsMax; ++i)
        idle.push_back(std::make_unique<Client>(server.address()));
    Client late{server.address()};
    EXPECT_FALSE(late.next());
    idle.pop_back();
    // The server finds out that one has gone when it looks next.
    for (int tries = 0; tries < 100; ++tries) {
        Client again{server.address()};
        again.log_in("ONE");
        if (again.next()) return;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    ADD_FAILURE() << "the place of a client that has gone stays taken";
}

}  // namespace
}  // namespace rxlab::feedsim::test
