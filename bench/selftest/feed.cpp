// SPDX-License-Identifier: MIT
#include "feed.hpp"

#include <rxlab/book/digest.hpp>
#include <rxlab/feedsim/market.hpp>

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace rxlab::bench::selftest {

feedsim::Feed make_feed(const SimulationOptions& options,
                        std::unique_ptr<feedsim::Transmitter> transmitter) {
    auto market = std::make_unique<feedsim::Market>(
        feedsim::MarketOptions{.seed = options.seed, .messages_expected = options.packets});
    const feedsim::StreamOptions stream{.session = wire::mold::Session{"SELFTEST01"},
                                        .packets_max = options.packets};
    return {std::make_unique<feedsim::FeedStream>(std::move(market), stream),
            feedsim::Schedule{{.rate_pps = options.rate_pps}}, std::move(transmitter)};
}

rx::Options pipeline_options(std::uint64_t packets) {
    rx::Options options;
    options.groups.resize(1);
    options.orders = options.levels = packets + 1'000;
    options.exit_at_end_of_session = true;
    return options;
}

std::string digest_of(const rx::Pipeline& pipeline) {
    std::vector<std::uint64_t> digests;
    for (const rx::FeedState& feed : pipeline.feeds())
        digests.push_back(feed.book.digest());
    return fmt::format("{:016x}", book::combine_digests(digests));
}

}  // namespace rxlab::bench::selftest
