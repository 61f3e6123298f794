// SPDX-License-Identifier: MIT
//
// The result of a run as data: what docs/result-format.md describes, field by field. `rxbench run`
// fills it and writes it to result.json; tables and plots are made from it and from nothing else.
// Plain values without invariants of their own; file.hpp reads and writes them, and fields.hpp
// names their fields.
#pragma once

#include "bench/result/figures.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rxlab::bench {

inline constexpr const char* kResultSchema = "rxlab.result/4";

// A field that older results lack: it is left out of the file if it is empty.
template <typename T>
struct Extra : std::optional<T> {
    using std::optional<T>::optional;
};

struct Build {
    std::string version, commit;
    bool dirty = false;
    std::string compiler, build_type, march, sanitize;
};

struct TestBedInfo {
    std::string name;
    bool privileged = false;
    std::int64_t huge_pages = 0;
};

struct CpuInfo {
    std::string model, architecture;
    std::int64_t online = 0;
    std::string isolated;
    std::int64_t numa_nodes = 0;
    std::string smt, governor, idle_driver;
};

struct KernelInfo {
    std::string release, version, command_line, clocksource;
    std::map<std::string, std::string> vulnerabilities;
};

struct MemoryInfo {
    std::int64_t total_bytes = 0;
    std::string transparent_huge_pages;
    std::int64_t huge_pages = 0;
};

struct Environment {
    CpuInfo cpu;
    std::string hypervisor;
    KernelInfo kernel;
    MemoryInfo memory;
    std::string distribution, interface_driver;
    std::optional<std::string> dpdk_version;
    bool root = false;
    // Name -> version, of what the measured programs loaded; none in older results.
    Extra<std::map<std::string, std::string>> libraries;
};

struct Settings {
    std::uint64_t seed = 1;
    bool quick = false;
    std::int64_t sender_cpu = 0, receiver_cpu = 0;
    std::uint64_t samples_beyond = kSamplesBeyond;
    double confidence = 0.95;
};

// What measuring itself costs, taken before the first run; none if it could not be measured.
struct Instrument {
    std::optional<double> two_clock_reads_ns;  // a receiver's t_rx and t_book
    std::optional<double> empty_pipeline_ns;   // a packet in the cache that changes no book
    std::optional<double> clock_offset_ns;     // of the receiver's core from the sender's
    std::optional<double> clock_offset_uncertainty_ns;
};

struct LeftOut {
    std::string name, reason;
};

// What every experiment's result says: when, by which build, where and on which machine, and which
// receivers could not run.
struct MeasuredFacts {
    std::string created;
    Build rxlab;
    TestBedInfo testbed;
    Environment environment;
    std::vector<LeftOut> left_out;
};

// Packets of one run, or of several runs together. The ledger closes if sent = received + lost.
struct Ledger {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;  // distinct
    std::uint64_t lost = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t late = 0;
    std::uint64_t unexpected = 0;  // received, but in no record of the sender

    Ledger& operator+=(const Ledger& other) noexcept {
        sent += other.sent;
        received += other.received;
        lost += other.lost;
        duplicates += other.duplicates;
        late += other.late;
        unexpected += other.unexpected;
        return *this;
    }
    bool operator==(const Ledger&) const = default;
};

struct StageFigures {
    std::optional<double> p50_ns, p99_ns, max_ns;
    std::uint64_t negative = 0;
};

// sender_lag: t_tx - t_intended; path: t_rx - t_tx; book: t_book - t_rx. If the NIC stamped packets
// and its clock could be converted, path has two parts: wire, t_nic - t_tx, and from_nic, t_rx -
// t_nic. If the kernel stamped them: arrival, t_kernel - t_tx, and delivery, t_rx - t_kernel.
struct StagesOfRun {
    StageFigures sender_lag, path, book;
    Extra<StageFigures> wire, from_nic, arrival, delivery;
};

struct Usage {
    double user_s = 0, system_s = 0;
    std::int64_t voluntary_switches = 0, involuntary_switches = 0;
    std::int64_t minor_faults = 0, major_faults = 0;
    Extra<double> wall_s{};  // that passed meanwhile; none in older results
};

// What became of the NIC's stamps of packets (docs/hardware-time.md), and how far off they may be.
struct NicStampReport {
    std::uint64_t converted = 0, not_converted = 0, impossible = 0, jumps = 0;
    double error_ns_max = 0;
};

// Digests are those of docs/contracts.md, "The digest of a book".
struct ReceiverReport {
    std::string digest;              // of all books
    std::vector<std::string> books;  // of each feed
    std::map<std::string, std::uint64_t> drops;
    Usage usage;
    Extra<NicStampReport> nic_stamps{};  // where they were converted
};

struct Pacing {
    double p50 = 0, p99 = 0, max = 0;
};

struct SenderReport {
    Pacing pacing_ns;
    std::uint64_t send_errors = 0;
    // Of the books that the messages make, whatever happened to the packets; none if the sender did
    // not say.
    std::optional<std::string> digest;
    std::vector<std::string> books;
    Usage usage;
};

struct ClockReport {
    std::string source;
    double ticks_per_ns = 0;
    double sender_drift_ppm = 0, receiver_drift_ppm = 0;
};

struct TraceReport {
    std::uint64_t sender_overflow = 0, receiver_overflow = 0;
    bool complete = false;
};

// What the kernel counted on one core during a run; none where it does not say.
struct CoreReport {
    std::optional<double> steal_s;  // taken by the hypervisor, in steps of 10 ms
    std::optional<std::uint64_t> interrupts, receive_softirqs;
    std::optional<double> frequency_change_percent;  // from its beginning to its end
};

struct CoresReport {
    double seconds = 0;  // from the first reading to the second
    CoreReport sender, receiver;
};

// Turns of a program's loop that took too long for a reason other than its own work.
struct StallSummary {
    std::uint64_t count = 0, with_switch = 0;  // the latter: those with a context switch
    double total_ns = 0, longest_ns = 0;
    // Parts of total_ns: stalls with a switch, and stalls without one longer than kLongStall_ns.
    Extra<double> switched_ns, long_ns;
};

// None if the program does not spin, or kept no log.
struct StallReport {
    std::optional<StallSummary> sender, receiver;
};

// The packets that nothing on the machine disturbed: bench/analysis/disturbances.hpp. There are no
// figures if they are too few, or if nobody saw what happened to the cores: see `why_not`.
struct UndisturbedRun {
    std::uint64_t samples = 0;           // packets of this kind
    std::optional<double> kept_percent;  // of all packets; none: not known
    std::string why_not;
    Figures latency;
    // Of the time, what a hypervisor took from the loop that lost more by it; none: not known.
    Extra<double> unseen_percent{};
};

struct RunFigures {
    Figures latency;
    std::uint64_t samples = 0;   // packets in them
    std::uint64_t negative = 0;  // samples below zero: counted here, in no figure
};

struct Run {
    std::int64_t round = 0, position = 0;
    Ledger ledger;
    RunFigures figures;
    Extra<UndisturbedRun> undisturbed;
    StagesOfRun stages;
    ReceiverReport receiver;
    SenderReport sender;
    ClockReport clock;
    TraceReport trace;
    CoresReport cores;
    StallReport stalls;
};

// One figure over all rounds: of the packets of all of them together (stages: the median over
// rounds), and the range of the rounds' own; no range where a round alone has too few packets.
struct Summary {
    std::optional<double> value, min, max;
    Extra<double> low{}, high{};  // the confidence interval, where there is one
    Extra<bool> at_least{};       // true: the figure is this or more
};

struct Undisturbed {
    std::optional<double> kept_percent;
    std::string why_not;
    std::map<Figure, Summary> figures;
    Extra<std::string> why_at_least{};  // of the figures that are lower bounds, if there are any
};

struct StageSummary {
    Summary p50_ns, p99_ns, max_ns;
};

struct StagesOverRounds {
    StageSummary sender_lag, path, book;
    Extra<StageSummary> wire, from_nic, arrival, delivery;
};

struct CpuCost {
    double user_s = 0, system_s = 0;
    double voluntary_switches = 0;
};

struct HistogramBuckets {
    std::string unit = "ns";
    std::int64_t significant_digits = 3;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> buckets;  // (value, count)
};

// Buckets of a heat map, logarithmic: bucket i has latencies from 10^(i / kHeatPerDecade) ns on.
inline constexpr double kHeatPerDecade = 8;

struct TimelineBin {
    double t_s = 0;
    std::uint64_t count = 0;
    std::optional<double> p50_ns, p90_ns, p99_ns, max_ns;
    Extra<std::vector<std::pair<std::uint64_t, std::uint64_t>>> heat{};  // (bucket, packets)
};

struct Timeline {
    std::int64_t round = 0;
    double bin_s = 0;
    std::vector<TimelineBin> bins;
};

// Why a packet was slow; outliers.hpp explains how that is decided.
enum class Cause : std::uint8_t { sender_late, core_stolen, context_switch, queued, unexplained };
template <>
inline constexpr std::array<std::string_view, 5> kNames<Cause>{
    "sender_late", "core_stolen", "context_switch", "queued", "unexplained"};

struct Outlier {
    std::int64_t round = 0;
    double t_s = 0;  // intended, from the run's first packet
    std::uint64_t feed = 0, sequence = 0;
    double latency_ns = 0, explained_ns = 0;
    Cause cause = Cause::unexplained;
};

struct CauseCounts {
    std::uint64_t sender_late = 0, core_stolen = 0, context_switch = 0, queued = 0;
    std::uint64_t unexplained = 0;
};

// The slowest packets of all rounds.
struct Outliers {
    CauseCounts by_cause;
    std::optional<double> attributed_percent;
    std::vector<Outlier> packets;  // slowest first
};

struct ReceiverResult {
    std::string name, title, kind;
    std::vector<std::string> command, sender_command;
    std::vector<Run> runs;
    std::map<Figure, Summary> figures;
    Extra<Undisturbed> undisturbed;
    StagesOverRounds stages;
    Ledger ledger;
    CpuCost usage;
    HistogramBuckets histogram;
    Timeline timeline;
    Outliers outliers;
};

// What a run can say of two receivers.
enum class RatioVerdict : std::uint8_t { different, equal, cannot_tell };
template <>
inline constexpr std::array<std::string_view, 3> kNames<RatioVerdict>{"different", "equal",
                                                                      "cannot tell"};

struct Ratio {
    std::string numerator, denominator;
    Figure figure = Figure::p50;
    std::optional<double> value, low, high, confidence;  // the interval's; none: too few rounds
    std::optional<double> p;         // of no difference, adjusted for all ratios of the scenario
    std::optional<double> smallest;  // difference that the run can see, as a factor above 1
    RatioVerdict verdict = RatioVerdict::cannot_tell;
    std::optional<double> within_percent;  // of equal ones
    // True: the numerator's figure is a lower bound, and so are the value and its interval.
    Extra<bool> at_least{};
};

// A/A: a receiver that runs twice in each round, and its comparison with itself.
struct Control {
    std::string receiver;
    std::vector<Run> runs;      // the second ones; the first are the receiver's own
    std::vector<Ratio> ratios;  // first / second
    Extra<std::vector<Ratio>> undisturbed_ratios{};
};

// Stands for the programs that used the CPUs and have no name (bench/run/other_programs.hpp).
inline constexpr const char* kNameless = "(not seen)";

// Another program, and what it used while a scenario was measured.
struct OtherProgram {
    std::string name;        // comm of proc_pid_stat(5), printable; [kernel thread]
    double cpu_percent = 0;  // of one CPU
};

enum class GateStatus : std::uint8_t { pass, warn, fail };
template <>
inline constexpr std::array<std::string_view, 3> kNames<GateStatus>{"pass", "warn", "fail"};

struct Gate {
    std::string name, scope;
    GateStatus status = GateStatus::pass;
    std::optional<double> measured, limit;
    std::string unit, advice;
};

enum class VerdictKind : std::uint8_t { valid, suspect, void_ };
template <>
inline constexpr std::array<std::string_view, 3> kNames<VerdictKind>{"VALID", "SUSPECT", "VOID"};

struct Verdict {
    VerdictKind verdict = VerdictKind::valid;
    std::vector<Gate> gates;
};

struct OverallVerdict {
    VerdictKind verdict = VerdictKind::valid;
    std::vector<std::string> reasons;
};

struct ScenarioResult {
    std::string name, title;
    std::int64_t rounds = 1;            // complete ones
    std::int64_t planned_rounds = 1;    // more: the campaign was interrupted
    std::vector<std::string> repeated;  // runs that failed once, and why
    std::int64_t feeds = 1;
    double rate_per_feed = 0;
    std::string profile;
    double seconds = 0, warmup_s = 0;
    std::int64_t messages_per_packet = 1;
    std::vector<ReceiverResult> receivers;
    std::vector<Ratio> ratios;
    Extra<std::vector<Ratio>> undisturbed_ratios;  // of the figures of undisturbed packets
    std::optional<Control> control;
    Extra<std::vector<OtherProgram>> other_programs;  // most first
    // Of one cache line from the sender's core to the receiver's, before each round; only where the
    // wire is shared memory.
    Extra<std::vector<double>> handover_ns;
    // Only where all receivers of a round took the same feed at the same time: their CPUs, in the
    // order in which they were started. Fewer than receivers: they shared them.
    Extra<std::vector<std::int64_t>> receiver_cpus;
    Verdict verdict;
};

struct Result {
    std::string created;
    Build rxlab;
    TestBedInfo testbed;
    Environment environment;
    Settings settings;
    Instrument instrument;
    std::vector<LeftOut> candidates_left_out;
    std::vector<ScenarioResult> scenarios;
    OverallVerdict verdict;
};

// By name; null: there is none.
[[nodiscard]] inline const ScenarioResult* find_scenario(const Result& result,
                                                         std::string_view name) {
    const auto found = std::ranges::find(result.scenarios, name, &ScenarioResult::name);
    return found == result.scenarios.end() ? nullptr : &*found;
}
[[nodiscard]] inline const ReceiverResult* find_receiver(const ScenarioResult& scenario,
                                                         std::string_view name) {
    const auto found = std::ranges::find(scenario.receivers, name, &ReceiverResult::name);
    return found == scenario.receivers.end() ? nullptr : &*found;
}

}  // namespace rxlab::bench
