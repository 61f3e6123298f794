// SPDX-License-Identifier: MIT
#include "feedsim/load_recording.hpp"
#include "feedsim/market/recording.hpp"
#include "feedsim/options.hpp"
#include "feedsim/simulation.hpp"
#include "feedsim/stop_signals.hpp"

#include <rxlab/program/errors.hpp>

#include <atomic>

namespace feedsim = rxlab::feedsim;

int main(int argc, char** argv) {
    return rxlab::program::guard_main(
        "feedsim", "fewer groups, or a bound (--packets), need less", [&] {
            auto options = feedsim::parse_options(argc, argv);
            if (!options) return 0;
            feedsim::load_recording(*options);
            const std::atomic<bool>& stop = feedsim::stop_requested();
            if (options->writes_file()) {
                feedsim::write_feeds(*options, stop);
            } else {
                feedsim::send_feeds(*options, stop, feedsim::way_through_sockets(*options),
                                    feedsim::ServerCpus::without(options->cpu));
            }
            return 0;
        });
}
