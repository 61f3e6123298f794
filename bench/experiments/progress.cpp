// SPDX-License-Identifier: MIT
#include "bench/experiments/progress.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

namespace rxlab::bench {

std::string minutes_and_seconds(double seconds) {
    const auto whole = static_cast<long>(std::ceil(seconds));
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

Progress::Progress(std::size_t runs, double schedule_s, bool in_place)
    : runs_{runs}, schedule_left_s_{schedule_s}, in_place_{in_place} {}

Progress::~Progress() {
    end_line();
}

void Progress::end_line() {
    if (line_is_open_) std::fputc('\n', stderr);
    line_is_open_ = false;
}

double Progress::seconds_left() const {
    constexpr double kOverheadGuess_s = 0.6;  // starting and ending both programs
    const double overhead_s =
        done_ == 0 ? kOverheadGuess_s : overhead_s_ / static_cast<double>(done_);
    return schedule_left_s_ + overhead_s * static_cast<double>(runs_ - done_);
}

void Progress::show(const std::string& scenario, std::size_t round, std::size_t rounds,
                    const std::string& receiver) {
    const std::string which = fmt::format("{}  round {}/{}", scenario, round, rounds);
    const std::string left = fmt::format("(run {} of {}, about {} left)", done_ + 1, runs_,
                                         minutes_and_seconds(seconds_left()));
    if (in_place_) {
        fmt::print(stderr, "\r\x1b[K{}  {}   {}", which, receiver, left);
        std::fflush(stderr);
        line_is_open_ = true;
    } else if (which != last_round_) {
        fmt::print(stderr, "{}   {}\n", which, left);
        last_round_ = which;
    }
}

void Progress::done(double schedule_s, double elapsed_s) {
    ++done_;
    schedule_left_s_ -= schedule_s;
    overhead_s_ += elapsed_s - schedule_s;
    if (done_ == runs_) end_line();
}

}  // namespace rxlab::bench
