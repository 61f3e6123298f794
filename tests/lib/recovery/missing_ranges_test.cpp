// SPDX-License-Identifier: MIT

#include "lib/recovery/src/missing_ranges.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

namespace rxlab::recovery {
namespace {

constexpr std::uint64_t kWait_ns = 1'000'000;
// Declared for certain: the wait, and what is added so that receivers do not ask at once.
constexpr std::uint64_t kDeclared_ns = kWait_ns * 5 / 4;
constexpr std::uint64_t kTimeout_ns = RequestOptions{}.timeout_ns;

std::vector<Request> all_requests(MissingRanges& missing, std::uint64_t now_ns) {
    std::vector<Request> requests;
    missing.poll(now_ns);
    while (const auto request = missing.next_request(now_ns))
        requests.push_back(*request);
    return requests;
}

TEST(MissingRanges, WaitsBeforeItAsks) {
    MissingRanges missing{{}, kWait_ns, true};
    missing.add(10, 20, 0);
    EXPECT_GE(missing.due_ns(), kWait_ns);
    EXPECT_LT(missing.due_ns(), kDeclared_ns);
    EXPECT_TRUE(all_requests(missing, kWait_ns - 1).empty());
    EXPECT_EQ(missing.counters().gaps_declared, 0U);
    EXPECT_EQ(all_requests(missing, kDeclared_ns), (std::vector<Request>{{10, 10}}));
    EXPECT_EQ(missing.counters().gaps_declared, 1U);
}

TEST(MissingRanges, AsksForNothingThatCameInTime) {
    MissingRanges missing{{}, kWait_ns, true};
    missing.add(10, 20, 0);
    EXPECT_EQ(missing.fill(10, 20, false, 5), 10U);
    EXPECT_TRUE(missing.empty());
    EXPECT_EQ(missing.due_ns(), kNever);
    EXPECT_TRUE(all_requests(missing, kDeclared_ns).empty());
}

TEST(MissingRanges, NeverAsksTwiceWhileARequestIsInFlight) {
    MissingRanges missing{{}, kWait_ns, true};
    missing.add(10, 20, 0);
    EXPECT_EQ(all_requests(missing, kDeclared_ns).size(), 1U);
    EXPECT_TRUE(all_requests(missing, kDeclared_ns + kTimeout_ns - 1).empty());
}

TEST(MissingRanges, HoldsWhatWasAskedForInFlightThoughItIsGivenUp) {
    MissingRanges missing{{.in_flight_max = 1}, kWait_ns, true};
    missing.add(1, 11, 0);
    missing.add(20, 30, 1'000);
    std::uint64_t now_ns = kDeclared_ns + 1'000;
    EXPECT_EQ(all_requests(missing, now_ns), (std::vector<Request>{{1, 10}}));
    missing.give_up_front();
    const std::uint64_t overdue_ns = now_ns + kTimeout_ns;
    EXPECT_EQ(missing.due_ns(), overdue_ns);
    EXPECT_TRUE(all_requests(missing, overdue_ns - 1).empty());
    EXPECT_EQ(all_requests(missing, overdue_ns), (std::vector<Request>{{20, 10}}));
}

TEST(MissingRanges, AsksForNoMoreThanOnePacketCanBring) {
    MissingRanges missing{{}, kWait_ns, true};
    missing.add(1, 101, 0);
    EXPECT_EQ(all_requests(missing, kDeclared_ns),
              (std::vector<Request>{{1, 27}, {28, 27}, {55, 27}, {82, 19}}));
}

TEST(MissingRanges, LimitsWhatIsInFlight) {
    MissingRanges missing{{.in_flight_max = 3}, kWait_ns, true};
    missing.add(1, 1'000, 0);
    EXPECT_EQ(all_requests(missing, kDeclared_ns).size(), 3U);
    missing.fill(28, 55, true, kDeclared_ns + 1);
    EXPECT_EQ(all_requests(missing, kDeclared_ns + 1), (std::vector<Request>{{82, 27}}));
}

TEST(MissingRanges, AsksForNeighboursTogether) {
    MissingRanges missing{{}, kWait_ns, true};
    missing.add(10, 11, 0);
    missing.add(12, 14, 0);
    missing.add(30, 37, 0);
    missing.add(37, 38, 0);
    EXPECT_EQ(all_requests(missing, kDeclared_ns), (std::vector<Request>{{10, 27}, {37, 1}}));
    EXPECT_EQ(missing.counters().merged_gaps, 2U);
}

TEST(MissingRanges, AsksAtOnceForWhatAnAnswerLeftOver) {
    MissingRanges missing{{}, kWait_ns, true};
    missing.add(1, 21, 0);
    all_requests(missing, kDeclared_ns);
    EXPECT_EQ(missing.fill(1, 6, true, kDeclared_ns + 10), 5U);
    EXPECT_EQ(all_requests(missing, kDeclared_ns + 10), (std::vector<Request>{{6, 15}}));
}

TEST(MissingRanges, CountsAttemptsAnewAfterAnAnswer) {
    MissingRanges missing{{.attempts_max = 2}, kWait_ns, true};
    missing.add(1, 21, 0);
    for (int attempt = 0; attempt < 2; ++attempt) {
        std::size_t asked = 0;
        while (asked == 0)
            asked = all_requests(missing, missing.due_ns()).size();
    }
    const std::uint64_t answered_ns = missing.due_ns() - 1;
    missing.fill(1, 2, true, answered_ns);
    EXPECT_EQ(all_requests(missing, answered_ns), (std::vector<Request>{{2, 19}}));
    missing.poll(answered_ns + kTimeout_ns);
    EXPECT_NE(missing.front().state, MissingRanges::Range::State::given_up);
    EXPECT_NE(missing.due_ns(), kNever);
}

TEST(MissingRanges, LetsTheOtherLineFillWhatIsAskedFor) {
    MissingRanges missing{{}, kWait_ns, true};
    missing.add(1, 21, 0);
    all_requests(missing, kDeclared_ns);
    EXPECT_EQ(missing.fill(1, 6, false, kDeclared_ns + 10), 5U);
    EXPECT_TRUE(all_requests(missing, kDeclared_ns + 10).empty());  // still in flight
    EXPECT_EQ(missing.fill(6, 21, false, kDeclared_ns + 11), 15U);
    EXPECT_TRUE(missing.empty());
}

// Returns the pauses between the requests for one message that nobody answers.
std::vector<std::uint64_t> pauses(std::uint64_t seed) {
    MissingRanges missing{{.seed = seed}, kWait_ns, true};
    missing.add(5, 6, 0);
    std::vector<std::uint64_t> pauses;
    std::uint64_t last = 0;
    while (missing.due_ns() != kNever) {
        const std::uint64_t now = missing.due_ns();
        if (all_requests(missing, now).empty()) continue;
        pauses.push_back(now - last);
        last = now;
    }
    EXPECT_EQ(missing.front().state, MissingRanges::Range::State::given_up);
    EXPECT_EQ(missing.counters().timeouts, RequestOptions{}.attempts_max);
    return pauses;
}

TEST(MissingRanges, AsksLessAndLessOftenAndGivesUp) {
    const std::vector<std::uint64_t> gaps = pauses(1);
    ASSERT_EQ(gaps.size(), RequestOptions{}.attempts_max);
    for (std::size_t i = 1; i < gaps.size(); ++i) {
        const std::uint64_t pause = kTimeout_ns << (i - 1);
        EXPECT_GE(gaps[i], kTimeout_ns + pause / 2) << i;
        EXPECT_LT(gaps[i], kTimeout_ns + pause * 3 / 2) << i;
    }
}

TEST(MissingRanges, SpreadsTheRequestsOfSeveralReceivers) {
    std::set<std::uint64_t> first;
    std::set<std::uint64_t> second;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto gaps = pauses(seed);
        first.insert(gaps[0]);
        second.insert(gaps[1]);
    }
    EXPECT_EQ(first.size(), 20U);
    EXPECT_EQ(second.size(), 20U);
    EXPECT_EQ(pauses(3), pauses(3));
}

TEST(MissingRanges, GivesEverythingUpWhereTheServerIsSilent) {
    MissingRanges missing{{}, kWait_ns, true};
    missing.add(1, 1'000'000, 0);
    std::uint64_t last = 0;
    for (int i = 0; i < 10'000 && missing.due_ns() != kNever; ++i) {
        last = missing.due_ns();
        all_requests(missing, last);
    }
    EXPECT_LT(last, 1'100'000'000U);  // twice: what is asked for when it is noticed has its turn
    for (; !missing.empty(); missing.forget_before(missing.front().end))
        EXPECT_EQ(missing.front().state, MissingRanges::Range::State::given_up);
}

// A server that has the messages from `oldest` on (as of a time) and answers after a while, unless
// the answer is lost or the request is for its `hole`. Runs until nothing is due; returns the
// messages that did not come.
struct Server {
    std::function<std::uint64_t(std::uint64_t)> oldest;
    double loss = 0;
    std::uint64_t seed = 1;
    std::uint64_t hole = 0;
    std::uint64_t pause_ns = 0;  // between two answers
    std::uint64_t last_ns = 0;
    std::uint64_t requests = 0;
    std::uint64_t end_ns = 0;

    std::set<std::uint64_t> serve(MissingRanges& missing, std::uint64_t begin, std::uint64_t end) {
        std::mt19937_64 random{seed};
        std::set<std::uint64_t> lost;
        for (std::uint64_t i = begin; i < end; ++i)
            lost.insert(i);
        std::multimap<std::uint64_t, Request> answers;
        for (;;) {
            const std::uint64_t answer_ns = answers.empty() ? kNever : answers.begin()->first;
            const std::uint64_t now_ns = std::min(answer_ns, missing.due_ns());
            if (now_ns == kNever) return lost;
            end_ns = now_ns;
            if (answer_ns == end_ns) {
                const Request answer = answers.begin()->second;
                answers.erase(answers.begin());
                missing.fill(answer.sequence, answer.sequence + answer.messages, true, end_ns);
                for (std::uint64_t i = 0; i < answer.messages; ++i)
                    lost.erase(answer.sequence + i);
            }
            for (const Request& request : all_requests(missing, end_ns)) {
                ++requests;
                const std::uint64_t from = std::max(request.sequence, oldest(end_ns));
                const std::uint64_t to = request.sequence + request.messages;
                if (from >= to || std::uniform_real_distribution<double>{}(random) < loss) continue;
                if (request.sequence <= hole && hole < to) continue;
                last_ns = std::max(last_ns + pause_ns, end_ns + 100'000 + random() % 100'000);
                answers.emplace(last_ns, Request{from, static_cast<std::uint16_t>(to - from)});
            }
        }
    }
};

std::set<std::uint64_t> numbers(std::uint64_t begin, std::uint64_t end) {
    std::set<std::uint64_t> all;
    for (std::uint64_t i = begin; i < end; ++i)
        all.insert(i);
    return all;
}

TEST(MissingRanges, RecoversAllThatTheServerStillHasOfALongGap) {
    for (const std::uint64_t oldest : {2U, 100U, 8'001U, 8'005U, 9'990U}) {
        SCOPED_TRACE(oldest);
        MissingRanges missing{{}, kWait_ns, true};
        missing.add(1, 10'001, 0);
        Server server{[=](std::uint64_t) { return oldest; }};
        EXPECT_EQ(server.serve(missing, 1, 10'001), numbers(1, oldest));
        EXPECT_LT(server.requests, 10'000U / 27 + 300);
        EXPECT_LT(server.end_ns, 1'500'000'000U);
    }
}

// The feed goes on, and the server forgets 10 messages a millisecond.
TEST(MissingRanges, RecoversWhatAServerHasThatForgetsMeanwhile) {
    MissingRanges missing{{}, kWait_ns, true};
    missing.add(1, 100'001, 0);
    const auto oldest = [](std::uint64_t now_ns) { return 80'001 + now_ns / 100'000; };
    Server server{oldest};
    const std::set<std::uint64_t> lost = server.serve(missing, 1, 100'001);
    ASSERT_FALSE(lost.empty());
    EXPECT_EQ(lost, numbers(1, lost.size() + 1));
    EXPECT_LT(*lost.rbegin(), oldest(100'000'000));  // asked for within a tenth of a second
}

// One request that nobody answers, while a slow server answers those for older messages.
TEST(MissingRanges, GivesUpNothingOlderThanAHoleOfTheServer) {
    MissingRanges missing{{}, kWait_ns, true};
    missing.add(1, 27 * 600 + 1, 0);
    Server server{[](std::uint64_t) { return 27 * 100 + 1; }};
    server.hole = 27 * 500 + 1;
    server.pause_ns = 1'000'000;
    std::set<std::uint64_t> lost = numbers(1, 27 * 100 + 1);
    lost.merge(numbers(27 * 500 + 1, 27 * 501 + 1));
    EXPECT_EQ(server.serve(missing, 1, 27 * 600 + 1), lost);
}

// Every 10 ms something new is missing, and had.
TEST(MissingRanges, GivesUpAtOnceWhatIsTooOldForAServerThatAnswersOtherRequests) {
    MissingRanges missing{{}, kWait_ns, true};
    missing.add(1, 100'001, 0);
    constexpr std::uint64_t kNew = 200'000;
    std::uint64_t next = kNew;
    std::uint64_t now_ns = 0;
    const auto is_pending = [&] { return !missing.empty() && missing.front().begin < kNew; };
    for (; is_pending() && now_ns < 10'000'000'000; now_ns += 1'000'000) {
        if (now_ns % 10'000'000 == 0) missing.add(next, next + 1, now_ns), ++next;
        for (const Request& request : all_requests(missing, now_ns)) {
            if (request.sequence >= kNew)
                missing.fill(request.sequence, request.sequence + request.messages, true, now_ns);
        }
        while (is_pending() && missing.front().state == MissingRanges::Range::State::given_up)
            missing.forget_before(missing.front().end);
    }
    EXPECT_LT(now_ns, 1'500'000'000U);
    EXPECT_GT(missing.counters().gaps_too_old, 0U);
    EXPECT_EQ(missing.counters().gaps_given_up, missing.counters().gaps_too_old);
}

TEST(MissingRanges, AsksForANewGapThoughAnOldOneIsBeyondTheServer) {
    MissingRanges missing{{}, kWait_ns, true};
    missing.add(1, 11, 0);
    while (missing.counters().timeouts + 1 < RequestOptions{}.attempts_max)
        all_requests(missing, missing.due_ns());
    while (missing.front().state != MissingRanges::Range::State::asked)
        all_requests(missing, missing.due_ns());
    const std::uint64_t last_ns = missing.due_ns();  // then the old gap is given up
    missing.add(20, 30, last_ns - 2 * kWait_ns);
    EXPECT_EQ(all_requests(missing, last_ns - kWait_ns / 2), (std::vector<Request>{{20, 10}}));
    missing.poll(last_ns);
    EXPECT_EQ(missing.front().state, MissingRanges::Range::State::given_up);
    EXPECT_EQ(missing.counters().gaps_given_up, 1U);
    EXPECT_EQ(missing.fill(20, 30, true, last_ns + 1), 10U);
}

// More gaps than the server can answer for, all newer than one whose first request was lost:
// whether that one is closed before `until_ns`.
bool closes_the_oldest(double loss, std::uint64_t seed, std::uint64_t until_ns) {
    MissingRanges missing{{.seed = seed}, kWait_ns, true};
    missing.add(1, 28, 0);
    std::mt19937_64 random{seed};
    std::multimap<std::uint64_t, Request> answers;
    std::uint64_t next = 1'000;
    std::uint64_t now_ns = missing.due_ns();
    EXPECT_EQ(all_requests(missing, now_ns).size(), 1U);  // in vain
    now_ns += kTimeout_ns;
    for (; !missing.empty() && missing.front().begin < 1'000 && now_ns < until_ns;
         now_ns += 1'000'000) {
        for (int i = 0; i < 2; ++i, next += 100)
            missing.add(next, next + 1, now_ns);
        for (; !answers.empty() && answers.begin()->first <= now_ns;
             answers.erase(answers.begin())) {
            const Request& answer = answers.begin()->second;
            missing.fill(answer.sequence, answer.sequence + answer.messages, true, now_ns);
        }
        for (const Request& request : all_requests(missing, now_ns)) {
            if (std::uniform_real_distribution<double>{}(random) >= loss)
                answers.emplace(now_ns + kTimeout_ns - 1'000'000, request);
        }
    }
    EXPECT_EQ(missing.counters().joined_gaps + missing.counters().gaps_given_up, 0U);
    return missing.empty() || missing.front().begin >= 1'000;
}

TEST(MissingRanges, ClosesAnOldGapThoughThereAreAlwaysNewerOnes) {
    EXPECT_TRUE(closes_the_oldest(0, 1, 6 * kTimeout_ns));
    for (std::uint64_t seed = 0; seed < 50; ++seed)
        EXPECT_TRUE(closes_the_oldest(0.2, seed, 25 * kTimeout_ns)) << seed;
}

// Newer requests are answered, too, so the server is not silent. Each of both gaps is given up for
// itself: the rest of one that was answered in part says nothing about the older one.
TEST(MissingRanges, BelievesWhatIsOlderThanAPartialAnswerToBeThere) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        MissingRanges missing{{.in_flight_max = 1, .seed = seed}, kWait_ns, true};
        missing.add(10, 20, 0);
        std::uint64_t now_ns = missing.due_ns() + kWait_ns;
        EXPECT_EQ(all_requests(missing, now_ns), (std::vector<Request>{{10, 10}}));
        missing.add(100, 120, now_ns);
        now_ns += kTimeout_ns;  // overdue: the newest first
        EXPECT_EQ(all_requests(missing, now_ns), (std::vector<Request>{{100, 20}}));
        missing.fill(100, 110, true, now_ns);
        for (std::uint64_t next = 200; missing.counters().gaps_given_up < 2; ++next) {
            if (next % 10 == 0) missing.add(next, next + 1, now_ns);  // and there are pauses
            const std::uint64_t before = missing.counters().gaps_given_up;
            for (const Request& request : all_requests(missing, now_ns)) {
                if (request.sequence < 200) continue;
                missing.fill(request.sequence, request.sequence + request.messages, true, now_ns);
            }
            EXPECT_LE(missing.counters().gaps_given_up, before + 1);
            now_ns += 1'000'000;
        }
    }
}

TEST(MissingRanges, LosesNothingOfALongGapWhereAnswersGetLost) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        SCOPED_TRACE(seed);
        MissingRanges missing{{.seed = seed}, kWait_ns, true};
        missing.add(1, 2'701, 0);
        Server server{[](std::uint64_t) { return 1; }, 0.1, seed};
        EXPECT_TRUE(server.serve(missing, 1, 2'701).empty());
    }
}

TEST(MissingRanges, EndsWhereAServerAlwaysAnswersTheSame) {
    MissingRanges missing{{}, kWait_ns, true};
    missing.add(1, 101, 0);
    std::size_t requests = 0;
    while (missing.due_ns() != kNever) {
        const std::uint64_t now = missing.due_ns();
        for (std::size_t n = all_requests(missing, now).size(); n > 0; --n, ++requests)
            missing.fill(50, 60, true, now + 1);
        ASSERT_LT(requests, 200U);
    }
    EXPECT_GE(requests, RequestOptions{}.attempts_max);
}

TEST(MissingRanges, GivesUpAtOnceWhereNobodyCanBeAsked) {
    MissingRanges missing{{}, kWait_ns, false};
    missing.add(1, 5, 0);
    EXPECT_EQ(missing.due_ns(), kWait_ns);
    EXPECT_TRUE(all_requests(missing, kWait_ns).empty());
    EXPECT_EQ(missing.front().state, MissingRanges::Range::State::given_up);
}

// Against a set of numbers.
TEST(MissingRanges, KnowsWhatIsMissing) {
    std::mt19937_64 random{7};
    for (int round = 0; round < 300; ++round) {
        MissingRanges missing{{}, kWait_ns, true};
        std::set<std::uint64_t> expected;
        std::uint64_t highest = 1;
        for (int step = 0; step < 100; ++step) {
            if (random() % 2 == 0) {
                const std::uint64_t begin = highest + random() % 4;
                const std::uint64_t end = begin + 1 + random() % 6;
                missing.add(begin, end, 0);
                for (std::uint64_t i = begin; i < end; ++i)
                    expected.insert(i);
                highest = end;
            } else {
                const std::uint64_t begin = random() % highest;
                const std::uint64_t end = begin + 1 + random() % 9;
                std::uint64_t filled = 0;
                for (std::uint64_t i = begin; i < end; ++i)
                    filled += expected.erase(i);
                ASSERT_EQ(missing.fill(begin, end, random() % 2 == 0, 0), filled);
            }
            if (random() % 16 == 0) {
                const std::uint64_t before = random() % highest;
                missing.forget_before(before);
                expected.erase(expected.begin(), expected.lower_bound(before));
            }
            ASSERT_EQ(missing.empty(), expected.empty());
            if (!expected.empty()) {
                ASSERT_EQ(missing.front().begin, *expected.begin());
            }
        }
    }
}

TEST(MissingRanges, JoinsRangesForWhichThereIsNoRoom) {
    MissingRanges missing{{}, kWait_ns, true};
    constexpr std::uint64_t kMore = MissingRanges::kRangesMax + 10;
    for (std::uint64_t i = 0; i < kMore; ++i)
        missing.add(10 * i, 10 * i + 1, 0);
    EXPECT_EQ(missing.size(), MissingRanges::kRangesMax);
    EXPECT_EQ(missing.counters().joined_gaps, 10U);
    // The last one goes on to the last message, and what is not missing in it does no harm.
    EXPECT_EQ(missing.fill(10 * kMore - 10, 10 * kMore - 9, false, 0), 1U);
    missing.forget_before(10 * (MissingRanges::kRangesMax - 1));
    EXPECT_EQ(missing.size(), 1U);
}

TEST(MissingRanges, WorksAtTheEndOfTheSequenceRange) {
    MissingRanges missing{{}, kWait_ns, true};
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    missing.add(kMax - 5, kMax, 0);
    EXPECT_EQ(all_requests(missing, kDeclared_ns), (std::vector<Request>{{kMax - 5, 5}}));
}

}  // namespace
}  // namespace rxlab::recovery
