// SPDX-License-Identifier: MIT
#include "bench/selftest/feed.hpp"

#include "feedsim/market/market.hpp"
#include "feedsim/market/truth.hpp"

#include <rxlab/book/digest.hpp>

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace rxlab::bench::selftest {

namespace {

std::unique_ptr<feedsim::Market> make_market(const SimulationOptions& options) {
    return std::make_unique<feedsim::Market>(
        feedsim::MarketOptions{.seed = options.seed, .messages_expected = options.packets});
}

}  // namespace

feedsim::Feed make_feed(const SimulationOptions& options,
                        std::unique_ptr<feedsim::Transmitter> transmitter) {
    auto market = make_market(options);
    const feedsim::StreamOptions stream{.session = wire::mold::Session{"SELFTEST01"},
                                        .packets_max = options.packets};
    return {std::make_unique<feedsim::FeedStream>(std::move(market), stream),
            feedsim::Schedule{{.profile = options.faults.burst > 1 ? feedsim::Profile::microburst
                                                                   : feedsim::Profile::constant,
                               .rate_pps = options.rate_pps,
                               .burst = options.faults.burst}},
            std::move(transmitter)};
}

// A packet holds one message.
std::string truth_of(const SimulationOptions& options) {
    const auto book =
        feedsim::book_of(*make_market(options), options.packets, [] { return false; });
    const std::uint64_t digests[] = {book.value().digest};
    return fmt::format("{:016x}", feedsim::digest_of_feeds(digests));
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
    for (const rx::Feed& feed : pipeline.feeds())
        digests.push_back(feed.book.digest());
    return fmt::format("{:016x}", book::combine_digests(digests));
}

}  // namespace rxlab::bench::selftest
