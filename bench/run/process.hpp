// SPDX-License-Identifier: MIT
//
// Child processes that cannot be left behind, and waiting for what they do. A Child leads
// its own process group; when its scope ends, so does the group: SIGTERM first, then SIGKILL for
// processes that ignore it. If rxbench itself is killed, the kernel kills the child
// (PR_SET_PDEATHSIG). Waiting blocks in poll(2) on pidfds, pipes and one signalfd, so rxbench takes
// no processor time from what it measures. Threading: everything belongs to the main thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rxlab::bench {

using Milliseconds = std::chrono::milliseconds;
using Deadline = std::chrono::steady_clock::time_point;
[[nodiscard]] Deadline in(Milliseconds duration);

// SIGINT, SIGTERM or SIGHUP arrived. The waiting functions throw it, so that destructors clean up.
class Interrupted : public std::runtime_error {
  public:
    explicit Interrupted(int number);
    [[nodiscard]] int signal() const noexcept { return signal_; }

  private:
    int signal_;
};

// Blocks SIGINT, SIGTERM and SIGHUP for the process and turns them into a descriptor; children get
// them unblocked. Make one object, before the first Child; without it, waiting ignores signals.
class SignalWatch {
  public:
    SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;
    ~SignalWatch();

    static int descriptor() noexcept { return descriptor_; }
    // Throws Interrupted if one of these signals has arrived.
    static void check();

  private:
    static int descriptor_;
};

// How a process ended.
struct ExitStatus {
    int code = 0;    // exit status, where signal is 0
    int signal = 0;  // the signal that ended it, or 0

    [[nodiscard]] bool ok() const noexcept { return code == 0 && signal == 0; }
    // "exit status 3", "signal 11 (Segmentation fault)"
    [[nodiscard]] std::string describe() const;
};

struct Command {
    std::vector<std::string> arguments;              // [0] is looked up in PATH
    std::map<std::string, std::string> environment;  // added to rxbench's own
    std::vector<int> cpus;                           // it may run on these; empty: as rxbench
};

// Reads a pipe's lines as they come and keeps the last few.
class LineReader {
  public:
    explicit LineReader(int descriptor) noexcept : descriptor_{descriptor} {}
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;
    ~LineReader();

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }  // -1 at end of file
    // Takes what is there, without blocking.
    void drain();
    // True if a line has come that starts with `prefix`.
    [[nodiscard]] bool has_seen_prefix(std::string_view prefix) const;
    // The last lines (at most 20, and 4 KiB).
    [[nodiscard]] std::string tail() const;
    // Everything so far, up to 1 MiB.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

  private:
    int descriptor_;
    std::string text_;
};

class Child {
  public:
    // Starts the command: standard input empty, output and errors on pipes, own process group, no
    // blocked signals. Throws std::system_error naming the command if it cannot be executed.
    Child(std::string name, const Command& command);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    // terminate()
    ~Child();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    [[nodiscard]] LineReader& output() noexcept { return *output_; }
    [[nodiscard]] LineReader& errors() noexcept { return *errors_; }
    [[nodiscard]] int pidfd() const noexcept { return pidfd_; }
    // None while it runs.
    [[nodiscard]] const std::optional<ExitStatus>& status() const noexcept { return status_; }
    // Looks, without blocking, whether it has ended; then also ends what is left of its group.
    void update();
    void signal_group(int number) const noexcept;
    // SIGSTOP to the group; returns when the leader stands still, all of its threads, or has ended.
    // SIGCONT lets it go on. Throws std::system_error, also if that takes 10 s.
    void hold() const;
    // SIGTERM to the group, SIGKILL after `patience`; returns when it has ended. Ignores signals.
    void terminate(Milliseconds patience = Milliseconds{2000}) noexcept;

  private:
    void reap() noexcept;

    std::string name_;
    pid_t pid_ = -1;
    int pidfd_ = -1;
    std::unique_ptr<LineReader> output_, errors_;
    std::optional<ExitStatus> status_;
};

// Clean-up ignores signals: a second Ctrl-C must not leave the machine changed.
enum class Signals : bool { heeded, ignored };

// Waits for something to happen to one of the children (output, end) or for the deadline; returns
// false at the deadline. Throws Interrupted where signals are heeded.
bool wait_for_event(std::span<Child* const> children, Deadline deadline,
                    Signals signals = Signals::heeded);

struct CommandOutcome {
    ExitStatus status;
    std::string output, errors;
};

// Runs a command to its end and returns its status and what it wrote. Throws Interrupted, and
// std::runtime_error naming it if it outlasts `timeout` (it is ended).
CommandOutcome run_command(const std::string& name, const Command& command, Milliseconds timeout,
                           Signals signals = Signals::heeded);

}  // namespace rxlab::bench
