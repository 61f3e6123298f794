// SPDX-License-Identifier: MIT
#include "bench/run/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

namespace rxlab::bench {
namespace {

[[noreturn]] void fail(int error, std::string_view operation, std::string_view operand) {
    throw std::system_error(error, std::generic_category(),
                            fmt::format("{} {}", operation, operand));
}

sigset_t watched_signals() noexcept {
    sigset_t set;
    sigemptyset(&set);
    for (int number : {SIGINT, SIGTERM, SIGHUP})
        sigaddset(&set, number);
    return set;
}

struct Pipe {
    int read = -1, write = -1;

    Pipe() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) fail(errno, "create", "a pipe");
        read = ends[0];
        write = ends[1];
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        if (read >= 0) ::close(read);
        if (write >= 0) ::close(write);
    }
    int take_read() { return std::exchange(read, -1); }
    void close_write() { ::close(std::exchange(write, -1)); }
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (const std::string& string : strings)
        result.push_back(const_cast<char*>(string.c_str()));
    result.push_back(nullptr);
    return result;
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        if (!added.contains(std::string(text.substr(0, text.find('='))))) result.emplace_back(text);
    }
    for (const auto& [key, value] : added)
        result.push_back(key + '=' + value);
    return result;
}

// In the child, between fork and exec: only async-signal-safe calls. Reports a failure's errno.
[[noreturn]] void become(char* const* arguments, char* const* environment, int null_descriptor,
                         const Pipe& output, const Pipe& errors, const Pipe& failure,
                         const cpu_set_t& cpus, pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);  // it died before prctl
    if (CPU_COUNT(&cpus) > 0) ::sched_setaffinity(0, sizeof cpus, &cpus);
    ::dup2(null_descriptor, STDIN_FILENO);
    ::dup2(output.write, STDOUT_FILENO);
    ::dup2(errors.write, STDERR_FILENO);
    ::execvpe(arguments[0], arguments, environment);
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(failure.write, &error, sizeof error);
    ::_exit(127);
}

cpu_set_t set_of(const std::vector<int>& cpus) noexcept {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int cpu : cpus)
        CPU_SET(static_cast<std::size_t>(cpu), &set);
    return set;
}

int milliseconds_until(Deadline deadline) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000));
}

}  // namespace

Deadline in(Milliseconds duration) {
    return std::chrono::steady_clock::now() + duration;
}

Interrupted::Interrupted(int number)
    : std::runtime_error(fmt::format("interrupted by SIG{}", ::sigabbrev_np(number))),
      signal_{number} {}

int SignalWatch::descriptor_ = -1;

SignalWatch::SignalWatch() {
    const sigset_t set = watched_signals();
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) fail(errno, "block", "signals");
    descriptor_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor_ < 0) fail(errno, "create", "a signalfd");
}

SignalWatch::~SignalWatch() {
    ::close(std::exchange(descriptor_, -1));
    // The clean-up has served the signals that came during it.
    const sigset_t set = watched_signals();
    const timespec now{};
    while (::sigtimedwait(&set, nullptr, &now) > 0) {
    }
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

void SignalWatch::check() {
    signalfd_siginfo info{};
    if (descriptor_ >= 0 && ::read(descriptor_, &info, sizeof info) == sizeof info) {
        throw Interrupted(static_cast<int>(info.ssi_signo));
    }
}

std::string ExitStatus::describe() const {
    if (signal == 0) return fmt::format("exit status {}", code);
    return fmt::format("signal {} ({})", signal, ::sigdescr_np(signal));
}

LineReader::~LineReader() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void LineReader::drain() {
    constexpr std::size_t kKept = std::size_t{1} << 20;
    constexpr int kReadsAtOnce = 64;  // a child that never stops writing must not hold us here
    char buffer[4096];
    for (int reads = 0; descriptor_ >= 0 && reads < kReadsAtOnce; ++reads) {
        const ssize_t got = ::read(descriptor_, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            ::close(std::exchange(descriptor_, -1));
            return;
        }
        text_.append(buffer, static_cast<std::size_t>(got));
        if (text_.size() > kKept) text_.erase(0, text_.size() - kKept / 2);
    }
}

bool LineReader::has_seen_prefix(std::string_view prefix) const {
    if (text_.starts_with(prefix)) return true;
    return text_.find(fmt::format("\n{}", prefix)) != std::string::npos;
}

std::string LineReader::tail() const {
    constexpr std::size_t kLines = 20, kBytes = 4096;
    std::size_t start = text_.size();
    if (start > 0 && text_.back() == '\n') --start;
    std::size_t end = start;
    for (std::size_t lines = 0; lines < kLines && start > 0 && end - start < kBytes; ++lines) {
        const std::size_t newline = text_.rfind('\n', start - 1);
        start = newline == std::string::npos ? 0 : newline;
    }
    while (start < end && text_[start] == '\n')
        ++start;
    return text_.substr(start, end - start);
}

Child::Child(std::string name, const Command& command) : name_{std::move(name)} {
    const std::vector<std::string> environment = merged_environment(command.environment);
    const std::vector<char*> argument_pointers = pointers(command.arguments);
    const std::vector<char*> environment_pointers = pointers(environment);
    Pipe output, errors, failure;
    const int null_descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const cpu_set_t cpus = set_of(command.cpus);
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
        become(argument_pointers.data(), environment_pointers.data(), null_descriptor, output,
               errors, failure, cpus, parent);
    }
    const int fork_error = errno;
    if (null_descriptor >= 0) ::close(null_descriptor);
    if (pid_ < 0) fail(fork_error, "start", name_);
    ::setpgid(pid_, pid_);  // in both, so that neither can be too late
    output.close_write();
    errors.close_write();
    failure.close_write();
    int error = 0;
    if (::read(failure.read, &error, sizeof error) == sizeof error) {
        ::waitpid(pid_, nullptr, 0);
        fail(error, "execute", command.arguments.front());
    }
    // glibc 2.36 declares pidfd_open() without C linkage.
    pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    if (pidfd_ < 0) {
        const int pidfd_error = errno;
        signal_group(SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        fail(pidfd_error, "watch", name_);
    }
    ::fcntl(output.read, F_SETFL, O_NONBLOCK);
    ::fcntl(errors.read, F_SETFL, O_NONBLOCK);
    output_ = std::make_unique<LineReader>(output.take_read());
    errors_ = std::make_unique<LineReader>(errors.take_read());
}

Child::~Child() {
    terminate();
    ::close(pidfd_);
}

void Child::signal_group(int number) const noexcept {
    ::kill(-pid_, number);
}

void Child::update() {
    output_->drain();
    errors_->drain();
    if (status_) return;
    siginfo_t info{};
    const int result =
        ::waitid(P_PIDFD, static_cast<id_t>(pidfd_), &info, WEXITED | WNOHANG | WNOWAIT);
    if (result == 0 && info.si_pid == pid_) {
        reap();
        output_->drain();
        errors_->drain();
    }
}

// Ends the group before its leader is reaped: until then no other process can get its number.
void Child::reap() noexcept {
    signal_group(SIGKILL);
    int raw = 0;
    while (::waitpid(pid_, &raw, 0) < 0 && errno == EINTR) {
    }
    ExitStatus status;
    if (WIFSIGNALED(raw)) {
        status.signal = WTERMSIG(raw);
    } else {
        status.code = WEXITSTATUS(raw);
    }
    status_ = status;
}

// A process that waits for its child to exec, after vfork(2), does not stand still. If the child
// was stopped before it got there, it has to go on first.
void Child::hold() const {
    constexpr Milliseconds kPause{1};
    constexpr int kPausesBeforeGoingOn = 20;
    const Deadline deadline = in(Milliseconds{10'000});
    for (int pauses = 0;; ++pauses) {
        if (pauses % kPausesBeforeGoingOn == 0) {
            if (pauses != 0) {
                signal_group(SIGCONT);
                std::this_thread::sleep_for(kPause);
            }
            signal_group(SIGSTOP);
        }
        siginfo_t info{};
        const int result = ::waitid(P_PIDFD, static_cast<id_t>(pidfd_), &info,
                                    WSTOPPED | WEXITED | WNOWAIT | WNOHANG);
        if (result == 0 && info.si_pid != 0) return;
        if (result != 0 && errno != EINTR)
            throw std::system_error(errno, std::generic_category(),
                                    "wait until " + name_ + " stands still");
        if (std::chrono::steady_clock::now() >= deadline)
            throw std::system_error(ETIMEDOUT, std::generic_category(),
                                    "wait until " + name_ + " stands still");
        std::this_thread::sleep_for(kPause);
    }
}

void Child::terminate(Milliseconds patience) noexcept {
    if (status_) return;
    signal_group(SIGTERM);
    signal_group(SIGCONT);  // a stopped process would not see the SIGTERM
    const Deadline deadline = in(patience);
    pollfd event{pidfd_, POLLIN, 0};
    // The pipes must be drained meanwhile, as a child that blocks on a full pipe could not end.
    while (::poll(&event, 1, std::min(milliseconds_until(deadline), 20)) == 0) {
        try {
            output_->drain();
            errors_->drain();
        } catch (...) {  // no memory for its last words
        }
        if (std::chrono::steady_clock::now() >= deadline) break;  // reap() does not ask
    }
    reap();
    try {
        output_->drain();
        errors_->drain();
    } catch (...) {
    }
}

bool wait_for_event(std::span<Child* const> children, Deadline deadline, Signals signals) {
    std::vector<pollfd> events;
    if (signals == Signals::heeded) events.push_back({SignalWatch::descriptor(), POLLIN, 0});
    for (Child* child : children) {
        if (!child->status()) events.push_back({child->pidfd(), POLLIN, 0});
        for (LineReader* reader : {&child->output(), &child->errors()}) {
            if (reader->descriptor() >= 0) events.push_back({reader->descriptor(), POLLIN, 0});
        }
    }
    int ready = 0;
    do {
        ready = ::poll(events.data(), events.size(), milliseconds_until(deadline));
    } while (ready < 0 && errno == EINTR);
    for (Child* child : children)
        child->update();
    if (signals == Signals::heeded) SignalWatch::check();
    return ready > 0;
}

CommandOutcome run_command(const std::string& name, const Command& command, Milliseconds timeout,
                           Signals signals) {
    Child child(name, command);
    const Deadline deadline = in(timeout);
    Child* const children[] = {&child};
    while (!child.status()) {
        if (!wait_for_event(children, deadline, signals)) {
            child.terminate();
            throw std::runtime_error(fmt::format("{}: not done after {:.1f} s, so it was ended. {}",
                                                 name, static_cast<double>(timeout.count()) / 1000,
                                                 child.errors().tail()));
        }
    }
    return {*child.status(), child.output().text(), child.errors().text()};
}

}  // namespace rxlab::bench
