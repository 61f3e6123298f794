// SPDX-License-Identifier: MIT
#include <rxlab/rx/wakeup.hpp>

#include <cerrno>
#include <cmath>
#include <csignal>
#include <system_error>

namespace rxlab::rx {

std::atomic<bool> Wakeup::pending_{false};
std::atomic<bool> Wakeup::stop_{false};
std::atomic<bool> Wakeup::operator_decided_{false};
timer_t Wakeup::timer_{};

static_assert(std::atomic<bool>::is_always_lock_free, "the flags are set by signal handlers");

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGALRM};
constexpr itimerspec kEveryTenMilliseconds{{0, 10'000'000}, {0, 10'000'000}};

// Of all, but for a SIGHUP that is ignored, as nohup(1) has it: who asked for that wants the
// program to outlive its terminal.
void set_handlers(void (*handler)(int)) noexcept {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    for (int number : kSignals) {
        struct sigaction before {};
        sigaction(number, nullptr, &before);
        if (number != SIGHUP || before.sa_handler != SIG_IGN) sigaction(number, &action, nullptr);
    }
}

}  // namespace

// timer_settime is async-signal-safe (POSIX.1-2017, 2.4.3).
void Wakeup::on_signal(int number) noexcept {
    if (number == SIGUSR1) {
        operator_decided_.store(true, std::memory_order_relaxed);
    } else if (number != SIGALRM) {
        stop_.store(true, std::memory_order_relaxed);
        timer_settime(timer_, 0, &kEveryTenMilliseconds, nullptr);
    }
    pending_.store(true, std::memory_order_relaxed);
}

Wakeup::Wakeup(double statistics_seconds) {
    pending_ = stop_ = operator_decided_ = false;
    // SIGEV_SIGNAL with SIGALRM is what a null sigevent means.
    if (timer_create(CLOCK_MONOTONIC, nullptr, &timer_) != 0)
        throw std::system_error(errno, std::generic_category(), "create a timer");
    set_handlers([](int number) { on_signal(number); });
    std::signal(SIGPIPE, SIG_IGN);
    if (statistics_seconds > 0) {
        const double whole = std::floor(statistics_seconds);
        const timespec period{static_cast<time_t>(whole),
                              static_cast<long>((statistics_seconds - whole) * 1e9)};
        const itimerspec every{period, period};
        timer_settime(timer_, 0, &every, nullptr);
    }
}

Wakeup::~Wakeup() {
    timer_delete(timer_);
    set_handlers(SIG_DFL);
}

}  // namespace rxlab::rx
