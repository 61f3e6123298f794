// SPDX-License-Identifier: MIT
//
// Tells a waiting person which run is under way and how long the rest will take: on a terminal, one
// line that is rewritten in place, else one line per round. It is written to standard error, only
// between runs, so that it disturbs none of them.
#pragma once

#include <cstddef>
#include <string>

namespace rxlab::bench {

// "0:05", "1:30"
[[nodiscard]] std::string minutes_and_seconds(double seconds);

class Progress {
  public:
    // `schedule_s`: the sum of the runs' schedules.
    Progress(std::size_t runs, double schedule_s, bool in_place);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    // Before a run: "single  round 3/6  kernel-spin   (run 11 of 48, about 1:05 left)".
    void show(const std::string& scenario, std::size_t round, std::size_t rounds,
              const std::string& receiver);
    // After a run that took `elapsed_s` in all; its schedule took `schedule_s` of that.
    void done(double schedule_s, double elapsed_s);

    [[nodiscard]] double seconds_left() const;

  private:
    void end_line();

    std::size_t runs_, done_ = 0;
    double schedule_left_s_, overhead_s_ = 0;
    bool in_place_, line_is_open_ = false;
    std::string last_round_;
};

}  // namespace rxlab::bench
