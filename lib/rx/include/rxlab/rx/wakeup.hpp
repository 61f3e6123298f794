// SPDX-License-Identifier: MIT
//
// How a receive loop learns, without polling a clock, that it must stop or print statistics:
// signal handlers set flags, and because they are installed without SA_RESTART the signal also ends
// a blocking system call (EINTR). A signal that arrives just before the call would be missed, so
// after SIGINT or SIGTERM a timer repeats SIGALRM every 10 ms until the program ends.
// Threading: one object per process, used by the thread that receives.
#pragma once

#include <atomic>
#include <ctime>

namespace rxlab::rx {

class Wakeup {
  public:
    // Installs handlers for SIGINT, SIGTERM and SIGALRM. With statistics_seconds > 0, a timer asks
    // for statistics every so often. Throws std::system_error.
    explicit Wakeup(double statistics_seconds = 0);
    Wakeup(const Wakeup&) = delete;
    Wakeup& operator=(const Wakeup&) = delete;
    // Restores the default handlers.
    ~Wakeup();

    // True once after each reason to look up from the packets; cheap enough for every poll.
    [[nodiscard]] bool pending() const noexcept { return pending_.load(std::memory_order_relaxed); }
    void acknowledge() noexcept { pending_.store(false, std::memory_order_relaxed); }

    // Of the process: also asked by what has no Wakeup at hand.
    [[nodiscard]] static bool stop_requested() noexcept {
        return stop_.load(std::memory_order_relaxed);
    }

  private:
    static void on_signal(int number) noexcept;

    static std::atomic<bool> pending_;
    static std::atomic<bool> stop_;
    static timer_t timer_;
};

}  // namespace rxlab::rx
