// SPDX-License-Identifier: MIT
//
// What a receiver tells while it runs: figures that are whole, text that Prometheus reads, a server
// on sockets that are there or not.
#include "receiver.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/rx/metrics.hpp>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace rxlab::rx {
namespace {

struct NoSource {
    bool is_lost = false;
    bool failed() const noexcept { return is_lost; }
};

// Until the reader has seen enough different writes, which shows that both were at work at once.
TEST(Seqlock, ShowsNothingOfTwoWritesAtOnce) {
    constexpr std::uint64_t kSeen = 2'000;
    constexpr std::uint64_t kReadsMax = 20'000'000;
    Seqlock lock{64};
    std::array<std::uint64_t, 64> words{};
    std::atomic<bool> stop{false};
    std::thread writer{[&] {
        std::array<std::uint64_t, 64> same{};
        for (std::uint64_t i = 1; !stop.load(std::memory_order_relaxed); ++i) {
            same.fill(i);
            lock.write(same);
        }
    }};
    std::uint64_t mixed = 0, seen = 0, last = 0;
    for (std::uint64_t reads = 0; seen < kSeen && reads < kReadsMax; ++reads) {
        if (!lock.try_read(words)) continue;
        for (const std::uint64_t word : words)
            mixed += word != words[0] ? 1 : 0;
        seen += words[0] != last ? 1 : 0;
        last = words[0];
    }
    stop = true;
    writer.join();
    EXPECT_EQ(mixed, 0U);
    EXPECT_GE(lock.writes(), seen);
}

TEST(MetricsBoard, PutsADurationIntoTheBucketThatHoldsIt) {
    MetricsBoard board{1, 1};
    board.begin(2.0);  // ticks per nanosecond
    board.record(0);
    board.record(2);      // 1 ns
    board.record(4);      // 2 ns
    board.record(6);      // 3 ns: up to 4
    board.record(2'048);  // 1,024 ns
    board.record(2'050);  // 1,025 ns
    const LatencyFigures figures = board.latency();
    EXPECT_EQ(figures.polls[0], 2U);
    EXPECT_EQ(figures.polls[1], 1U);
    EXPECT_EQ(figures.polls[2], 1U);
    EXPECT_EQ(figures.polls[10], 1U);
    EXPECT_EQ(figures.polls[11], 1U);
    EXPECT_EQ(figures.sum_ns, 1U + 2 + 3 + 1'024 + 1'025);
}

TEST(MetricsBoard, IsWantedFromTheQuestionToTheAnswer) {
    test::Receiver receiver{false};
    MetricsBoard board{1, 1};
    EXPECT_FALSE(board.is_wanted());
    EXPECT_FALSE(board.figures().has_value());
    board.ask();
    EXPECT_TRUE(board.is_wanted());
    receiver.give(test::orders("SESSION1", 1, 3));
    board.publish(receiver.pipeline(), NoSource{}, 4);
    EXPECT_FALSE(board.is_wanted());
    const auto figures = board.figures();
    ASSERT_TRUE(figures.has_value());
    EXPECT_EQ(figures->feeds[0].messages, 3U);
    EXPECT_EQ(figures->feeds[0].orders, 3U);
    EXPECT_EQ(figures->feeds[0].stale_symbols, 0U);
    EXPECT_EQ(figures->ports[0].packets, 1U);
    EXPECT_EQ(figures->drops, 4U);
}

// Several workers or queues receive from one port.
TEST(Metrics, OfThreadsThatShareAPortHaveThePacketsOfAll) {
    Options options;
    options.groups = {{0xef010101, 1}, {0xef010102, 1}};
    Metrics metrics{options, {{0}, {1}}};
    std::array<test::Receiver, 2> receivers{test::Receiver{false}, test::Receiver{false}};
    receivers[0].give(test::orders("SESSION1", 1, 3));
    receivers[1].give(test::orders("SESSION1", 1, 3));
    receivers[1].give(test::orders("SESSION1", 4, 1));
    auto report = std::async(std::launch::async, [&] { return metrics.collect(); });
    while (report.wait_for(std::chrono::milliseconds{1}) != std::future_status::ready) {
        for (std::size_t thread = 0; thread < receivers.size(); ++thread) {
            if (metrics.board(thread).is_wanted())
                metrics.board(thread).publish(receivers[thread].pipeline(), NoSource{}, {});
        }
    }
    const auto figures = report.get();
    ASSERT_TRUE(figures.has_value());
    EXPECT_EQ(figures->feeds[0].packets, 1U);
    EXPECT_EQ(figures->feeds[1].packets, 2U);
    ASSERT_EQ(figures->ports.size(), 1U);
    EXPECT_EQ(figures->ports[0].packets, 3U);
}

// A part at a time: no packet waits for a walk over all symbols.
TEST(MetricsBoard, CountsTheSymbolsOfAStaleBookInSeveralTurns) {
    test::Receiver receiver{false};
    receiver.give(test::orders("SESSION1", 1, 3));
    receiver.give(test::orders("SESSION1", 10, 1));
    MetricsBoard board{1, 1};
    std::size_t turns = 0;
    do {
        board.publish(receiver.pipeline(), NoSource{}, std::nullopt);
        ++turns;
    } while (board.figures()->counts_symbols);
    EXPECT_EQ(turns, book::kLocates / kLocatesAtOnce);
    EXPECT_EQ(board.figures()->feeds[0].gaps, 1U);
    EXPECT_EQ(board.figures()->feeds[0].stale_symbols, 1U);
    EXPECT_FALSE(board.figures()->drops.has_value());
}

MetricsReport example() {
    MetricsReport report;
    report.feeds.resize(1);
    report.feeds[0].packets = 7;
    report.feeds[0].stale_symbols = 5;
    report.feeds[0].freshness = static_cast<std::uint64_t>(Freshness::stale);
    report.ports = {{7, 0}};
    report.latency.polls[9] = 2;
    report.latency.polls[LatencyFigures::kBuckets - 1] = 1;
    report.latency.sum_ns = 1'500;
    return report;
}
Options one_feed() {
    Options options = test::one_group(false);
    options.interface = "eth\"0";
    return options;
}
bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(PrometheusText, NamesFeedsPortsAndBuckets) {
    const Options options = one_feed();
    const std::string text = prometheus_text(options, example());
    EXPECT_TRUE(has_line(text, R"(rxlab_packets_total{feed="0",group="239.1.1.1:30001"} 7)"))
        << text;
    EXPECT_TRUE(has_line(text, R"(rxlab_stale_symbols{feed="0",group="239.1.1.1:30001"} 5)"));
    EXPECT_TRUE(has_line(text, R"(rxlab_book_current{feed="0",group="239.1.1.1:30001"} 0)"));
    EXPECT_TRUE(has_line(text, R"(rxlab_port_up{interface="eth\"0"} 1)"));
    EXPECT_TRUE(has_line(text, R"(rxlab_receive_to_book_seconds_bucket{le="2.56e-07"} 0)"));
    EXPECT_TRUE(has_line(text, R"(rxlab_receive_to_book_seconds_bucket{le="5.12e-07"} 2)"));
    EXPECT_TRUE(has_line(text, R"(rxlab_receive_to_book_seconds_bucket{le="+Inf"} 3)"));
    EXPECT_TRUE(has_line(text, "rxlab_receive_to_book_seconds_count 3"));
    EXPECT_TRUE(has_line(text, "rxlab_receive_to_book_seconds_sum 0.000001500"));
}

TEST(PrometheusText, HasNoDropsWhereNobodyCountsThem) {
    const Options options = one_feed();
    MetricsReport report = example();
    EXPECT_EQ(prometheus_text(options, report).find("rxlab_drops_total"), std::string::npos);
    report.drops = 3;
    EXPECT_TRUE(has_line(prometheus_text(options, report), "rxlab_drops_total 3"));
}

TEST(PrometheusText, SaysThatAThreadDoesNotAnswer) {
    const Options options = one_feed();
    EXPECT_NE(prometheus_text(options, std::nullopt).find("\"} 0\n"), std::string::npos);
    MetricsReport old = example();
    old.age_ns = 2'000'000'000;
    EXPECT_TRUE(has_line(prometheus_text(options, old), "rxlab_figures_age_seconds 2.000000"));
    EXPECT_NE(prometheus_text(options, old).find("rxlab_up{program="), std::string::npos);
}

// All lines are comments or "NAME{LABELS} NUMBER", each name after its TYPE.
TEST(PrometheusText, IsWhatItsFormatAllows) {
    const Options options = one_feed();
    std::istringstream lines{prometheus_text(options, example())};
    std::string type;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# TYPE ")) type = line.substr(7, line.find(' ', 7) - 7);
        if (line.starts_with("#")) continue;
        EXPECT_TRUE(line.starts_with(type)) << line;
        const std::string number = line.substr(line.rfind(' ') + 1);
        std::size_t read = 0;
        EXPECT_NO_THROW(static_cast<void>(std::stod(number, &read))) << line;
        EXPECT_EQ(read, number.size()) << line;
    }
}

std::string answer_of(int fd, const std::string& request) {
    std::string answer;
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) return answer;
    std::array<char, 1'024> part;
    for (ssize_t bytes = 0; (bytes = recv(fd, part.data(), part.size(), 0)) > 0;)
        answer.append(part.data(), static_cast<std::size_t>(bytes));
    return answer;
}
std::string ask_unix(const std::string& path, const std::string& request) {
    const program::Descriptor fd{socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return "refused";
    return answer_of(fd.get(), request);
}

class MetricsServerTest : public ::testing::Test {
  protected:
    ~MetricsServerTest() override { std::filesystem::remove(path_); }

    const std::string path_ =
        std::filesystem::temp_directory_path() / ("rxlab-metrics-" + std::to_string(getpid()));
};

TEST_F(MetricsServerTest, AnswersOneAfterTheOtherAndTakesItsSocketAway) {
    {
        MetricsServer server{{path_, {}}};
        int asked = 0;
        server.start({}, [&asked] { return "text " + std::to_string(++asked) + "\n"; });
        const std::string first = ask_unix(path_, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        EXPECT_TRUE(first.starts_with("HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4"))
            << first;
        EXPECT_NE(first.find("Content-Length: 7\r\n"), std::string::npos);
        EXPECT_TRUE(first.ends_with("\r\n\r\ntext 1\n"));
        EXPECT_TRUE(ask_unix(path_, "GET / HTTP/1.0\r\n\r\n").ends_with("text 2\n"));
        EXPECT_TRUE(ask_unix(path_, "GET /other HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 404"));
        EXPECT_TRUE(ask_unix(path_, "POST /metrics HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 404"));
    }
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(MetricsServerTest, ReplacesASocketThatNobodyListensOn) {
    {
        const program::Descriptor fd{socket(AF_UNIX, SOCK_STREAM, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        ASSERT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    ASSERT_TRUE(std::filesystem::exists(path_));
    MetricsServer server{{path_, {}}};
    EXPECT_THROW(MetricsServer({path_, {}}), program::RunError) << "somebody listens now";
}

TEST_F(MetricsServerTest, LeavesAFileAlone) {
    std::ofstream{path_} << "mine";
    EXPECT_THROW(MetricsServer({path_, {}}), program::RunError);
    EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(MetricsServerTest, IsNotHeldUpForEverByAClientThatSaysNothing) {
    MetricsServer server{{path_, {}}};
    server.start({}, [] { return std::string{"text\n"}; });
    const program::Descriptor silent{socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(connect(silent.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
    EXPECT_TRUE(ask_unix(path_, "GET / HTTP/1.0\r\n\r\n").ends_with("text\n"));
}

TEST_F(MetricsServerTest, AnswersWithATextThatTookLong) {
    MetricsServer server{{path_, {}}};
    server.start({}, [] {
        std::this_thread::sleep_for(std::chrono::milliseconds{1'100});
        return std::string{"text\n"};
    });
    EXPECT_TRUE(ask_unix(path_, "GET / HTTP/1.0\r\n\r\n").ends_with("text\n"));
}

TEST(MetricsEndpoint, IsAUnixSocketOrThisHosts) {
    EXPECT_EQ(parse_metrics_endpoint("unix:/run/rx.sock").path, "/run/rx.sock");
    EXPECT_EQ(parse_metrics_endpoint("127.0.0.1:9464").tcp.port, 9464);
    for (const char* text : {"unix:", "10.0.0.1:9464", "0.0.0.0:9464", "localhost:1", "9464"})
        EXPECT_THROW(static_cast<void>(parse_metrics_endpoint(text)), std::invalid_argument)
            << text;
}

}  // namespace
}  // namespace rxlab::rx
