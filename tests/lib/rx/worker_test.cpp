// SPDX-License-Identifier: MIT
#include <rxlab/rx/worker.hpp>

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace rxlab::rx
