// SPDX-License-Identifier: MIT
#include <rxlab/feedsim/errors.hpp>
#include <rxlab/feedsim/options.hpp>
#include <rxlab/feedsim/process.hpp>
#include <rxlab/feedsim/simulation.hpp>

#include <cstdio>
#include <exception>
#include <new>

namespace feedsim = rxlab::feedsim;

int main(int argc, char** argv) {
    try {
        const auto options = feedsim::parse_options(argc, argv);
        if (!options) return 0;
        const std::atomic<bool>& stop = feedsim::stop_requested();
        if (options->writes_file()) {
            feedsim::write_feeds(*options, stop);
        } else {
            feedsim::send_feeds(*options, stop);
        }
        return 0;
    } catch (const feedsim::UsageError& error) {
        std::fprintf(stderr, "feedsim: %s\n", error.what());
        return 2;
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr,
                     "feedsim: out of memory; fewer groups or a bound (--packets) need less\n");
        return 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "feedsim: %s\n", error.what());
        return 1;
    }
}
