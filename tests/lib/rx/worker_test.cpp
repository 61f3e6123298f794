// SPDX-License-Identifier: MIT
#include "receiver.hpp"

#include <rxlab/rx/worker.hpp>

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace rxlab::rx {
namespace {

TEST(FeedsOfWorker, ShareAllFeedsOut) {
    EXPECT_EQ(feeds_of_worker(5, 2, 0), (std::vector<std::size_t>{0, 2, 4}));
    EXPECT_EQ(feeds_of_worker(5, 2, 1), (std::vector<std::size_t>{1, 3}));
}

TEST(Worker, HasItsShareOfEveryOptionThatIsGivenForEachFeed) {
    Options all;
    all.groups = {{0xef010101, 1}, {0xef010102, 2}, {0xef010103, 3}};
    all.line_b = {{0xef020101, 1}, {0xef020102, 2}, {0xef020103, 3}};
    all.sources = {7, 8, 9};
    all.recover_servers = {{10, 11}};
    const Worker worker{all, 1, 2};
    EXPECT_EQ(worker.options.groups, (std::vector<wire::Ipv4Endpoint>{{0xef010102, 2}}));
    EXPECT_EQ(worker.options.line_b, (std::vector<wire::Ipv4Endpoint>{{0xef020102, 2}}));
    EXPECT_EQ(worker.options.sources, (std::vector<std::uint32_t>{8}));
    EXPECT_EQ(worker.options.recover_servers, all.recover_servers) << "one server for all";
}

// Its packets one by one, then silence.
struct FakeSource {
    std::size_t poll(std::span<PacketView> batch) noexcept {
        if (next == packets.size()) return 0;
        batch[0] = {packets[next++], {0, 0}};
        return 1;
    }
    [[nodiscard]] bool failed() const noexcept { return false; }

    std::vector<test::Bytes> packets;
    std::size_t next = 0;
};

const wire::mold::Session kSession{"TEST"};

// Two workers in two threads, as a receiver has them: the first has five messages, the other seven.
class TwoWorkers : public ::testing::Test {
  protected:
    TwoWorkers() {
        all.groups = {{0xef010101, 1}, {0xef010102, 2}};
        all.orders = all.levels = 1'000;
        sources[0].packets = {test::orders(kSession, 1, 5)};
        sources[1].packets = {test::orders(kSession, 1, 7)};
    }
    // `goes_on(number)`: of each worker, after each poll; false ends all.
    template <typename GoesOn>
    void run(GoesOn&& goes_on) {
        workers[0].emplace(all, 0, 2);
        workers[1].emplace(all, 1, 2);
        together.emplace(all, std::vector<Worker*>{&*workers[0], &*workers[1]});
        for (auto& worker : workers)
            worker->prepare(clock, nullptr);
        together->begin(1.0, {});
        const auto work = [&](std::size_t number) {
            together->run(*workers[number], [&] {
                workers[number]->receive(
                    sources[number], [] {},
                    [&](bool worked) {
                        return goes_on(number) && (number != 0 || main_goes_on(worked));
                    });
                if (number == 0) together->tell_all(WorkerTasks::stop);
            });
        };
        std::jthread other{[&] { work(1); }};
        work(0);
    }
    bool main_goes_on(bool worked) {
        return together->goes_on(
            wakeup, worked, [] { return false; },
            [this] {
                ++prints;
                return std::optional<std::uint64_t>{};
            });
    }
    [[nodiscard]] std::uint64_t messages_of(std::size_t number) const {
        return workers[number]->pipeline->messages();
    }

    const latency::Clock clock = latency::Clock::detect();
    Wakeup wakeup;
    Options all;
    std::array<FakeSource, 2> sources;
    std::array<std::optional<Worker>, 2> workers;
    std::optional<Workers> together;
    int prints = 0;
};

TEST_F(TwoWorkers, EndWhenEveryFeedHasEndedItsSession) {
    all.exit_at_end_of_session = true;
    sources[0].packets.push_back(test::end_of(kSession, 6));
    sources[1].packets.push_back(test::end_of(kSession, 8));
    run([](std::size_t) { return true; });
    EXPECT_NO_THROW(together->rethrow());
    EXPECT_EQ(together->ended_by(), EndedBy::end_of_session);
    EXPECT_EQ(messages_of(0), 5U);
    EXPECT_EQ(messages_of(1), 7U);
    const Received received = together->received(latency::Calibration::start(clock));
    EXPECT_EQ(received.feeds, (std::vector<std::vector<std::size_t>>{{0}, {1}}));
}

TEST_F(TwoWorkers, EndWithTheMessagesOfBoth) {
    all.messages_max = 12;
    run([](std::size_t) { return true; });
    EXPECT_EQ(together->ended_by(), EndedBy::messages);
}

TEST_F(TwoWorkers, PrintWhatEachHasCountedWhenStatisticsAreDue) {
    ::testing::internal::CaptureStderr();
    bool asked = false;
    run([&](std::size_t number) {
        if (number != 0) return true;
        if (!asked && workers[1]->progress.messages.load() == 7) {
            asked = true;
            std::raise(SIGALRM);
        }
        return prints == 0;
    });
    const std::string text = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(text.find("packets 2, messages 12,"), std::string::npos) << text;
    EXPECT_NE(text.find("; worker 0: packets 1, messages 5,"), std::string::npos) << text;
    EXPECT_NE(text.find("; worker 1: packets 1, messages 7,"), std::string::npos) << text;
}

TEST_F(TwoWorkers, EndWhenASignalAsksForIt) {
    run([](std::size_t number) {
        if (number == 0) std::raise(SIGTERM);
        return true;
    });
    EXPECT_EQ(together->ended_by(), EndedBy::signal);
}

TEST_F(TwoWorkers, EndWhereOneOfThemFails) {
    for (const std::size_t failing : {0U, 1U}) {
        run([failing](std::size_t number) {
            if (number == failing) throw std::runtime_error("no room");
            return true;
        });
        EXPECT_THROW(together->rethrow(), std::runtime_error) << failing;
    }
}

}  // namespace
}  // namespace rxlab::rx
