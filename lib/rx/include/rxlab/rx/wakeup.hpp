// SPDX-License-Identifier: MIT
//
// How a receive loop learns, without polling a clock, that it must stop, print statistics, or hear
// what the operator decided: signal handlers set flags, and because they are installed without
// SA_RESTART the signal also ends a blocking system call (EINTR). A signal that arrives just before
// the call would be missed, so after a signal that stops a timer repeats SIGALRM every 10 ms until
// the program ends; who sleeps must not do so for long (some 100 ms), or SIGUSR1 comes late.
//
//   SIGINT, SIGTERM, SIGHUP  stop: the run ends with its summary. A SIGHUP that was ignored when
//                            the program began stays so (nohup(1)).
//   SIGUSR1                  the operator has decided: see operator_decided()
//   SIGALRM                  statistics are due
//   SIGPIPE                  ignored: a closed pipe at the other end of standard output must not
//                            cost the summary's file; the write fails with EPIPE instead
//
// Threading: one object per process, used by the thread that receives.
#pragma once

#include <atomic>

namespace rxlab::rx {

class Wakeup {
  public:
    // Installs the handlers. With statistics_seconds > 0, a timer asks for statistics every so
    // often. Throws std::system_error.
    explicit Wakeup(double statistics_seconds = 0);
    Wakeup(const Wakeup&) = delete;
    Wakeup& operator=(const Wakeup&) = delete;
    // Restores the default handlers. SIGPIPE stays ignored, because what is printed afterwards (an
    // error's one line) may meet the closed pipe as well.
    ~Wakeup();

    // True once after each reason to look up from the packets; cheap enough for every poll.
    [[nodiscard]] bool pending() const noexcept { return pending_.load(std::memory_order_relaxed); }
    void acknowledge() noexcept { pending_.store(false, std::memory_order_relaxed); }

    // Of the process: also asked by what has no Wakeup at hand.
    [[nodiscard]] static bool stop_requested() noexcept {
        return stop_.load(std::memory_order_relaxed);
    }

    // True once after SIGUSR1, however often it came since: a reason for pending(), not to stop.
    // Of the process, too; for one thread, the one that acts on it.
    [[nodiscard]] static bool operator_decided() noexcept {
        return operator_decided_.exchange(false, std::memory_order_relaxed);
    }

  private:
    static void on_signal(int number) noexcept;

    static std::atomic<bool> pending_;
    static std::atomic<bool> stop_;
    static std::atomic<bool> operator_decided_;
    static timer_t timer_;
};

}  // namespace rxlab::rx
