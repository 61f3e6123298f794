// SPDX-License-Identifier: MIT
#include "bench/experiments/recovery.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>

namespace rxlab::bench {
namespace {

using Json = nlohmann::json;

Json summary() {
    return Json::parse(R"({"feeds": [{
        "ledger": {"expected": 60000, "delivered": 59700, "recovered": 300, "lost": 0, "closes": true},
        "consistent_after_ns": 2500000,
        "order": {"gap_ns": {"max": 1234567.0}},
        "snapshot": {"taken": 1, "load_ns": 2000000, "orders": 100000}}]})");
}

std::string complaint(const Json& json) {
    try {
        static_cast<void>(gap_ns_of(json.dump(), 100));
        static_cast<void>(late_start_of(json.dump()));
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

TEST(Recovery, ReadsTheTimesOfAReceiver) {
    EXPECT_EQ(gap_ns_of(summary().dump(), 100), 1234567.0);
    const LateStart late = late_start_of(summary().dump());
    EXPECT_EQ(late.complete_ns, 2'500'000);
    EXPECT_EQ(late.load_ns, 2'000'000);
    EXPECT_EQ(late.orders, 100'000U);
    EXPECT_EQ(complaint(summary()), "");
}

TEST(Recovery, HasNoTimeWhereTheBookIsNotComplete) {
    Json lost = summary();
    lost["feeds"][0]["ledger"]["lost"] = 3;
    EXPECT_EQ(complaint(lost), "3 messages were lost");
    Json open = summary();
    open["feeds"][0]["ledger"]["closes"] = false;
    EXPECT_NE(complaint(open), "");
    Json nothing = summary();
    nothing["feeds"][0]["ledger"]["recovered"] = 0;
    EXPECT_NE(complaint(nothing), "");
    Json none = summary();
    none["feeds"][0]["snapshot"]["taken"] = 0;
    EXPECT_EQ(complaint(none), "0 snapshots were taken");
    Json never = summary();
    never["feeds"][0]["consistent_after_ns"] = nullptr;
    EXPECT_NE(complaint(never), "");
}

TEST(Recovery, HasNoTimeWhereTheBookIsAnother) {
    const std::string sent = R"({"totals": {"digest": "00ff"}})";
    EXPECT_NO_THROW(require_true_book(sent, sent));
    try {
        require_true_book(R"({"totals": {"digest": "0000"}})", sent);
        FAIL() << "no complaint";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(
            error.what(),
            "nothing is missing, but the book's digest is 0000 instead of the sender's 00ff");
    }
    EXPECT_THROW(require_true_book(sent, R"({"totals": {}})"), std::runtime_error);
}

TEST(Recovery, ShowsMedianAndRangeAndWhatFailed) {
    RecoveryResult result;
    result.options.rounds = 3;
    RecoverySeries series;
    series.name = "kernel-spin";
    series.title = "Kernel socket, spinning";
    series.gap_ns = {2'000'000, 1'000'000, 4'000'000};
    series.failures = {"late start, round 2: 3 messages were lost"};
    result.series.push_back(series);
    const std::string text = to_plain_text(recovery_document(result));
    EXPECT_NE(text.find("2000"), std::string::npos) << text;
    EXPECT_NE(text.find("4000"), std::string::npos) << text;
    EXPECT_NE(text.find("3 of 3"), std::string::npos) << text;
    EXPECT_NE(text.find("0 of 3"), std::string::npos) << text;
    EXPECT_NE(text.find("round 2: 3 messages were lost"), std::string::npos) << text;
    EXPECT_EQ(text.find("the kernel has made the frame"), std::string::npos) << text;
    result.testbed.name = "veth";
    result.series.front().title = "DPDK over AF_PACKET";
    EXPECT_NE(to_plain_text(recovery_document(result)).find("the kernel has made the frame"),
              std::string::npos);
}

}  // namespace
}  // namespace rxlab::bench
