// SPDX-License-Identifier: MIT

#include "bench/run/runner.hpp"

#include "bench/run/core_counters.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

// In the scratch directory of a run.
constexpr const char* kSenderTrace = "sender.trace";
constexpr const char* kReceiverTrace = "receiver.trace";
constexpr const char* kSenderJson = "sender.json";
constexpr const char* kReceiverJson = "receiver.json";

std::string group(std::int64_t feed) {
    return fmt::format("239.1.1.{}:{}", feed + 1, 30001 + feed);
}

void add_groups(std::vector<std::string>& arguments, std::int64_t feeds) {
    for (std::int64_t feed = 0; feed < feeds; ++feed) {
        arguments.insert(arguments.end(), {"--group", group(feed)});
    }
}

// The limit applies to root in a user namespace as to everybody else.
std::uint64_t lockable_bytes(bool privileged) {
    rlimit limit{};
    if (privileged || ::getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return RLIM_INFINITY;
    return limit.rlim_cur;
}

// Room in each feed's book for every order that a run can add: each message adds at most one. More
// room would never be used, and would spread the used part over more cache lines and pages.
std::string book_room(const Traffic& traffic) {
    constexpr double kOrdersMax = 1'000'000;  // feedsim's market grows no further
    const double messages =
        traffic.rate_per_feed * traffic.seconds * static_cast<double>(traffic.messages_per_packet);
    return std::to_string(static_cast<std::int64_t>(std::min(messages * 1.25 + 1000, kOrdersMax)));
}

const char* sender_program(const Candidate& candidate) {
    return candidate.sender_arguments == nullptr ? "feedsim" : "feedsim_dpdk";
}

std::string indented(const std::string& text) {
    std::string result = "  ";
    for (char character : text) {
        result += character;
        if (character == '\n') result += "  ";
    }
    return result;
}

std::string last_words(Child& child) {
    const std::string words = child.errors().tail();
    if (words.empty()) return "; it wrote nothing to standard error";
    return fmt::format("; its last words:\n{}", indented(words));
}

// Ends the culprit, so that its last words are complete. The other program ends with its scope.
[[noreturn]] void fail(Child& culprit, const std::string& what, Milliseconds patience) {
    culprit.terminate(patience);
    throw RunFailure(fmt::format("{}: {}{}", culprit.name(), what, last_words(culprit)));
}

std::string seconds(Milliseconds duration) {
    return fmt::format("{:.3g} s", static_cast<double>(duration.count()) / 1000);
}

// Longer turns of both loops are noted: a receive of a packet takes less, a context switch more.
constexpr const char* kStalls_us = "8";
constexpr const char* kKernelTimestamps = "--kernel-timestamps";
constexpr const char* kHardwareTimestamps = "--hardware-timestamps";

void keep_traces(const fs::path& scratch, const fs::path& keep) {
    fs::create_directories(keep);
    for (const char* name : {kSenderTrace, kReceiverTrace, kSenderJson, kReceiverJson}) {
        fs::copy_file(scratch / name, keep / name, fs::copy_options::overwrite_existing);
    }
}

// Both cores' counters, from construction to report().
class CoreWatch {
  public:
    explicit CoreWatch(const CpuPair& cpus)
        : cpus_{cpus},
          sender_{read_core_counters(cpus.sender)},
          receiver_{read_core_counters(cpus.receiver)} {}

    [[nodiscard]] CoresReport report() const {
        const auto length = std::chrono::steady_clock::now() - start_;
        return {std::chrono::duration<double>(length).count(),
                between(sender_, read_core_counters(cpus_.sender)),
                between(receiver_, read_core_counters(cpus_.receiver))};
    }

  private:
    CpuPair cpus_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    CoreCounters sender_, receiver_;
};

}  // namespace

std::string one_line(std::string message) {
    std::ranges::replace(message, '\n', ' ');
    return message;
}

fs::path RunFiles::sender_trace() const {
    return directory.path() / kSenderTrace;
}
fs::path RunFiles::receiver_trace() const {
    return directory.path() / kReceiverTrace;
}
fs::path RunFiles::sender_json() const {
    return directory.path() / kSenderJson;
}
fs::path RunFiles::receiver_json() const {
    return directory.path() / kReceiverJson;
}

Runner::Runner(const TestBed& bed, fs::path programs, fs::path scratch, CpuPair cpus,
               Patience patience)
    : bed_{bed},
      programs_{std::move(programs)},
      scratch_{std::move(scratch)},
      cpus_{cpus},
      patience_{patience} {}

Place Runner::place(int cpu) const {
    return {bed_.rx_interface(), bed_.rx_port(), cpu, bed_.huge_pages(),
            lockable_bytes(bed_.privileged())};
}

// The program, and its arguments before the options that all receivers share.
std::vector<std::string> Runner::receiver_start(const Seat& seat) const {
    std::vector<std::string> arguments{(programs_ / seat.candidate->program).string()};
    const std::vector<std::string> own = own_arguments(*seat.candidate, place(seat.cpu));
    arguments.insert(arguments.end(), own.begin(), own.end());
    return arguments;
}

Command Runner::receiver_command(const Seat& seat, const Traffic& traffic,
                                 const fs::path& scratch) const {
    const Candidate& candidate = *seat.candidate;
    const double packets =
        traffic.rate_per_feed * traffic.seconds * static_cast<double>(traffic.feeds);
    // With room for duplicates, and for a Poisson schedule that sends a little more than its mean.
    const bool with_stamps = traffic.kernel_timestamps && candidate.kind == "kernel";
    // Each kind of stamp takes a record of its own.
    const auto has = [&](const char* option) {
        return std::ranges::count(candidate.changes, option) > 0;
    };
    const int kinds = (with_stamps || has(kKernelTimestamps)) + has(kHardwareTimestamps);
    const auto records =
        (1 + kinds) * (static_cast<std::int64_t>(std::ceil(packets * 1.25)) + 1000);
    const std::string room = book_room(traffic);
    std::vector<std::string> arguments = receiver_start(seat);
    add_groups(arguments, traffic.feeds);
    arguments.insert(
        arguments.end(),
        {"--cpu", std::to_string(seat.cpu), "--orders", room, "--levels", room,
         "--exit-at-end-of-session", "--trace", (scratch / kReceiverTrace).string(),
         "--trace-records", std::to_string(records), "--json", (scratch / kReceiverJson).string()});
    if (!candidate.sleeps) arguments.insert(arguments.end(), {"--stalls", kStalls_us});
    if (with_stamps) arguments.emplace_back(kKernelTimestamps);
    apply_changes(candidate, arguments);
    return bed_.exec(candidate.end, arguments);
}

// Likewise of senders.
std::vector<std::string> Runner::sender_start(const Candidate& candidate) const {
    std::vector<std::string> arguments{(programs_ / sender_program(candidate)).string()};
    if (candidate.sender_arguments == nullptr) {
        arguments.insert(arguments.end(),
                         {"--interface", bed_.tx_interface(), "--transmit", "packet"});
        return arguments;
    }
    const std::vector<std::string> own = candidate.sender_arguments(place(cpus_.receiver));
    arguments.insert(arguments.end(), own.begin(), own.end());
    return arguments;
}

Command Runner::sender_command(const Candidate& candidate, const Traffic& traffic,
                               std::uint64_t seed, const fs::path& scratch) const {
    std::vector<std::string> arguments = sender_start(candidate);
    add_groups(arguments, traffic.feeds);
    arguments.insert(
        arguments.end(),
        {"--rate", fmt::format("{:g}", traffic.rate_per_feed), "--profile", traffic.profile,
         "--duration", fmt::format("{:g}", traffic.seconds), "--seed", std::to_string(seed),
         "--cpu", std::to_string(cpus_.sender), "--stalls", kStalls_us, "--trace",
         (scratch / kSenderTrace).string(), "--json", (scratch / kSenderJson).string()});
    if (traffic.profile != "market-open") {  // which draws them
        arguments.insert(arguments.end(),
                         {"--messages-per-packet", std::to_string(traffic.messages_per_packet)});
    }
    if (traffic.profile == "microburst") {
        arguments.insert(arguments.end(), {"--burst", std::to_string(traffic.burst)});
    }
    return bed_.exec("tx", arguments);
}

void Runner::wait_until_ready(Child& receiver) const {
    const Deadline deadline = in(patience_.ready);
    Child* const children[] = {&receiver};
    while (!receiver.output().has_seen_prefix("ready: ")) {
        if (receiver.status()) {
            fail(receiver,
                 fmt::format("ended with {} before it was ready", receiver.status()->describe()),
                 patience_.terminate);
        }
        if (!wait_for_event(children, deadline)) {
            fail(receiver, fmt::format("not ready after {}", seconds(patience_.ready)),
                 patience_.terminate);
        }
    }
}

void Runner::throw_if_died(Child& child) const {
    if (child.status() && !child.status()->ok()) {
        fail(child, fmt::format("died in the run: {}", child.status()->describe()),
             patience_.terminate);
    }
}

void Runner::throw_not_sent(Child& sender) const {
    fail(sender,
         fmt::format("not done {} after the end of its schedule",
                     seconds(patience_.beyond_schedule)),
         patience_.terminate);
}

void Runner::wait_until_sent(std::span<Child* const> receivers, Child& sender,
                             const Traffic& traffic) const {
    const auto schedule = Milliseconds(static_cast<std::int64_t>(traffic.seconds * 1000));
    const Deadline deadline = in(schedule + patience_.beyond_schedule);
    std::vector<Child*> children(receivers.begin(), receivers.end());
    children.push_back(&sender);
    while (!sender.status()) {
        const bool in_time = wait_for_event(children, deadline);
        for (Child* child : children)
            throw_if_died(*child);
        if (!in_time && !sender.status()) throw_not_sent(sender);
    }
}

std::vector<std::string> Runner::wait_until_done(std::span<Child* const> receivers, Child& sender,
                                                 const Traffic& traffic) const {
    const auto schedule = Milliseconds(static_cast<std::int64_t>(traffic.seconds * 1000));
    const Deadline end_of_schedule = in(schedule);
    Deadline deadline = in(schedule + patience_.beyond_schedule);
    bool is_hurried = false;
    std::vector<std::string> complaints(receivers.size());
    std::vector<Child*> children(receivers.begin(), receivers.end());
    children.push_back(&sender);
    const auto runs = [](const Child* child) { return !child->status(); };
    while (std::ranges::any_of(children, runs)) {
        const bool was_sending = !sender.status();
        const bool in_time = wait_for_event(children, deadline);
        for (Child* child : children)
            throw_if_died(*child);
        if (was_sending && sender.status()) deadline = in(patience_.end_of_session);
        // All receivers have heard the end of the session, which the sender goes on repeating for
        // 0.1 s.
        if (std::ranges::none_of(receivers, runs) && !sender.status() && !is_hurried &&
            in({}) >= end_of_schedule) {
            sender.signal_group(SIGTERM);
            is_hurried = true;
        }
        if (in_time) continue;
        if (!sender.status()) throw_not_sent(sender);
        for (std::size_t i = 0; i < receivers.size(); ++i)
            if (runs(receivers[i])) complaints[i] = stopped(*receivers[i]);
    }
    return complaints;
}

// An overloaded receiver may lose the end of the session, too. When it is told to stop, it writes
// what it has, and the ledger shows the loss; a receiver that does not stop cleanly has failed.
std::string Runner::stopped(Child& receiver) const {
    const std::string what =
        fmt::format("still running {} after the sender's last packet: it saw no end of session",
                    seconds(patience_.end_of_session));
    receiver.terminate(patience_.terminate);
    if (!receiver.status()->ok()) fail(receiver, what, patience_.terminate);
    return fmt::format("{}: {}{}", receiver.name(), what, last_words(receiver));
}

RunFiles Runner::run(const Candidate& candidate, const Traffic& traffic, std::uint64_t seed,
                     const fs::path& keep) const {
    const Seat seat{&candidate, candidate.cpu.value_or(cpus_.receiver)};
    return std::move(run_together({&seat, 1}, traffic, seed, {&keep, 1}).front());
}

std::vector<RunFiles> Runner::run_together(std::span<const Seat> seats, const Traffic& traffic,
                                           std::uint64_t seed,
                                           std::span<const fs::path> keep) const {
    std::vector<RunFiles> all;
    std::vector<Command> starts;
    std::vector<std::unique_ptr<KeptAwake>> awake;
    for (const Seat& seat : seats) {
        program::ScratchDirectory scratch(scratch_);
        starts.push_back(receiver_command(seat, traffic, scratch.path()));
        all.push_back({std::move(scratch), {}, {}, starts.back().arguments, {}});
        awake.push_back(std::make_unique<KeptAwake>(seat.candidate->sleep, seat.cpu));
    }
    const Command sending =
        sender_command(*seats.front().candidate, traffic, seed, all.front().directory.path());
    const PollableQueue queue{bed_, std::ranges::any_of(seats, [](const Seat& seat) {
                                  return seat.candidate->pollable_queue;
                              })};
    std::vector<std::unique_ptr<Child>> children;
    std::vector<Child*> receivers;
    for (std::size_t i = 0; i < seats.size(); ++i) {
        children.push_back(std::make_unique<Child>(seats[i].candidate->name, starts[i]));
        receivers.push_back(children.back().get());
        wait_until_ready(*receivers.back());
    }
    if (traffic.as_backlog)
        for (Child* receiver : receivers)
            receiver->hold();
    std::vector<int> observed{cpus_.sender};
    for (const Seat& seat : seats)
        observed.push_back(seat.cpu);
    CoreObserver observer{observed};
    std::vector<CoreWatch> watches;
    for (const Seat& seat : seats)
        watches.emplace_back(CpuPair{cpus_.sender, seat.cpu});
    Child sender(sender_program(*seats.front().candidate), sending);
    if (traffic.as_backlog) {
        wait_until_sent(receivers, sender, traffic);
        for (const Child* receiver : receivers)
            receiver->signal_group(SIGCONT);
    }
    const std::vector<std::string> complaints = wait_until_done(receivers, sender, traffic);
    for (std::size_t i = 0; i < seats.size(); ++i) {
        all[i].cores = watches[i].report();
        all[i].observation = observer.end({cpus_.sender, seats[i].cpu},
                                          {receivers[i]->pid(), sender.pid(), awake[i]->thread()});
    }
    for (std::size_t i = 0; i < seats.size(); ++i) {
        RunFiles& files = all[i];
        files.sender_command = sending.arguments;
        if (!complaints[i].empty()) {
            if (!fs::exists(files.receiver_json())) throw RunFailure(complaints[i]);
            fmt::print(stderr, "rxbench: {}\n", complaints[i]);
        }
        if (i > 0) {
            fs::create_hard_link(all.front().sender_trace(), files.sender_trace());
            fs::create_hard_link(all.front().sender_json(), files.sender_json());
        }
        if (i < keep.size() && !keep[i].empty()) keep_traces(files.directory.path(), keep[i]);
    }
    return all;
}

void Runner::wait_for_both(Child& receiver, Child& sender, Milliseconds at_most) const {
    const Deadline deadline = in(at_most);
    Child* const children[] = {&receiver, &sender};
    while (!receiver.status() || !sender.status()) {
        const bool in_time = wait_for_event(children, deadline);
        for (Child* child : children)
            throw_if_died(*child);
        if (in_time) continue;
        Child& late = receiver.status() ? sender : receiver;
        fail(late, fmt::format("still running after {}", seconds(at_most)), patience_.terminate);
    }
}

PairOutcome Runner::run_pair(const Candidate& candidate, const PairOptions& options) const {
    const program::ScratchDirectory scratch(scratch_);
    const fs::path receiver_json = scratch.path() / kReceiverJson;
    const fs::path sender_json = scratch.path() / kSenderJson;
    std::vector<std::string> receiving = receiver_start({&candidate, cpus_.receiver});
    receiving.insert(receiving.end(), options.receiver.begin(), options.receiver.end());
    receiving.insert(receiving.end(),
                     {"--cpu", std::to_string(cpus_.receiver), "--json", receiver_json.string()});
    std::vector<std::string> sending{(programs_ / sender_program(candidate)).string(),
                                     "--interface", bed_.tx_interface()};
    if (candidate.sender_arguments != nullptr) sending = sender_start(candidate);
    sending.insert(sending.end(), options.sender.begin(), options.sender.end());
    sending.insert(sending.end(),
                   {"--cpu", std::to_string(cpus_.sender), "--json", sender_json.string()});
    const Command receiver_command = bed_.exec(candidate.end, receiving);
    const Command sender_command = bed_.exec("tx", sending);
    const PollableQueue queue{bed_, candidate.pollable_queue};
    if (options.sender_lead) {
        Child sender("feedsim", sender_command);
        Child* const children[] = {&sender};
        for (const Deadline start = in(*options.sender_lead); wait_for_event(children, start);) {
            if (sender.status()) fail(sender, "ended too early", patience_.terminate);
        }
        Child receiver(candidate.name, receiver_command);
        wait_for_both(receiver, sender, options.at_most);
    } else {
        Child receiver(candidate.name, receiver_command);
        wait_until_ready(receiver);
        Child sender("feedsim", sender_command);
        wait_for_both(receiver, sender, options.at_most);
    }
    return {program::read_file(receiver_json), program::read_file(sender_json),
            receiver_command.arguments, sender_command.arguments};
}

fs::path scratch_parent(const fs::path& fallback) {
    return ::access("/dev/shm", W_OK | X_OK) == 0 ? fs::path("/dev/shm") : fallback;
}

}  // namespace rxlab::bench
