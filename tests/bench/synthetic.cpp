// SPDX-License-Identifier: MIT
#include "synthetic.hpp"

#include "bench/analysis/disturbances.hpp"
#include "bench/analysis/judge.hpp"
#include "bench/analysis/outliers.hpp"
#include "bench/analysis/ratios.hpp"
#include "bench/analysis/summarise.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace rxlab::bench::synthetic {
namespace {

using latency::TraceRecord;

struct Candidate {
    std::string name, title, kind;
    PathModel model;
    double user_s, system_s;
    std::int64_t switches;
};

const std::vector<Candidate>& candidates() {
    static const std::vector<Candidate> list{
        {"kernel-block",
         "Kernel socket, blocking",
         "kernel",
         {33'000, 0.04, 0.015, 40'000, 190},
         0.09,
         0.55,
         17'300},
        {"kernel-spin",
         "Kernel socket, spinning",
         "kernel",
         {1'900, 0.07, 0.015, 5'000, 170},
         0.42,
         1.61,
         6},
        {"dpdk-af_packet",
         "DPDK over AF_PACKET",
         "dpdk",
         {1'250, 0.06, 0.012, 1'100, 150},
         2.05,
         0.02,
         5},
        {"dpdk-af_xdp",
         "DPDK over AF_XDP",
         "dpdk",
         {1'500, 0.05, 0.012, 1'000, 150},
         2.03,
         0.05,
         5},
    };
    return list;
}

Environment environment() {
    Environment e;
    e.cpu = {"Example CPU 1.0 (made up)", "x86_64", 2, "", 1, "notsupported", "none", "none"};
    e.hypervisor = "KVM";
    e.kernel = {
        "6.1.0-example", "#1 SMP PREEMPT_DYNAMIC", "quiet", "tsc", {{"meltdown", "Not affected"}}};
    e.memory = {std::int64_t{8} << 30, "madvise", 128};
    e.distribution = "Debian GNU/Linux 12 (bookworm)";
    e.interface_driver = "veth";
    e.dpdk_version = "DPDK 22.11.9";
    e.root = true;
    e.libraries.emplace() = {
        {"DPDK", "22.11.9-0+deb12u1"}, {"fmt", "9.1.0+ds1-2"}, {"glibc", "2.36-9+deb12u13"}};
    return e;
}

void fill_reports(Run& run, const Candidate& candidate, std::int64_t feeds, std::uint64_t seed) {
    const Usage usage{candidate.user_s, candidate.system_s, candidate.switches, 12, 900, 0};
    const bool is_kernel = candidate.kind == "kernel";
    Random random(seed);
    run.receiver.digest = fmt::format("{:016x}", random.next());
    for (std::int64_t feed = 0; feed < feeds; ++feed)
        run.receiver.books.push_back(fmt::format("{:016x}", random.next()));
    run.receiver.usage = usage;
    run.sender.digest = run.receiver.digest;
    run.sender.books = run.receiver.books;
    if (is_kernel) {
        run.receiver.drops = {{"socket", 0}};
    } else {
        run.receiver.drops = {{"ierrors", 0}, {"imissed", 0}, {"rx_nombuf", 0}};
    }
    run.sender.pacing_ns = {run.stages.sender_lag.p50_ns.value_or(0),
                            run.stages.sender_lag.p99_ns.value_or(0),
                            run.stages.sender_lag.max_ns.value_or(0)};
    run.sender.usage = {1.2, 0.7, 4, 9, 700, 0};
    run.clock.source = "tsc";
    run.clock.sender_drift_ppm = 0.4;
    run.clock.receiver_drift_ppm = -0.3;
    run.trace.complete = true;
    run.cores.seconds = 2.1;
    run.stalls.sender = StallSummary{640, 41, 1.31e7, 8.2e5, 2.7e6, 1.2e6};
    if (candidate.name != "kernel-block")
        run.stalls.receiver = StallSummary{611, 17, 1.58e7, 3.1e6, 1.6e6, 4.4e6};
    run.cores.sender = {0.0, 2'130, 180, {}};
    run.cores.receiver = {0.01, 2'210, is_kernel ? 40U : 0U, {}};
}

std::vector<std::string> receiver_command(const Candidate& candidate, std::int64_t feeds) {
    std::vector<std::string> command{"testbed/veth/veth", "exec", "rx"};
    if (candidate.kind == "kernel") {
        command.insert(command.end(), {"bin/kernel_rx", "--mode", candidate.name.substr(7)});
    } else {
        command.insert(command.end(),
                       {"bin/dpdk_rx", "--no-pci", "-l", "1",
                        "--vdev=net_" + candidate.name.substr(5) + "0,iface=rx0", "--"});
    }
    for (std::int64_t feed = 1; feed <= feeds; ++feed) {
        command.insert(command.end(),
                       {"--group", fmt::format("239.1.1.{}:{}", feed, 30000 + feed)});
    }
    command.insert(command.end(), {"--cpu", "1", "--exit-at-end-of-session"});
    return command;
}

// Here a packet that takes long was stopped by a tick, and by nothing else.
std::vector<latency::Stall> ticks_of_core(const Traces& traces, const PathModel& model) {
    std::vector<latency::Stall> taken;
    const latency::Ticks slow = ticks(2 * model.path_p50_ns + 1'000), tick = ticks(12'000);
    for (std::size_t i = 0; i < traces.sender.size(); ++i) {
        const latency::Ticks due = traces.sender[i].first;
        if (traces.receiver[i].second - due > slow) taken.push_back({due, due + tick, 0, 0});
    }
    return taken;
}

struct Made {
    ReceiverResult result;
    ReceiverRounds rounds;
};

// `again`: another series of the same receiver.
Made make_receiver(const ScenarioResult& scenario, std::size_t index, bool again = false) {
    const Candidate& candidate = candidates()[index];
    ReceiverResult receiver;
    receiver.name = candidate.name;
    receiver.title = candidate.title;
    receiver.kind = candidate.kind;
    receiver.command = receiver_command(candidate, scenario.feeds);
    receiver.sender_command = {"testbed/veth/veth", "exec", "tx", "bin/feedsim", "--seed", "1"};
    latency::Histogram pooled, undisturbed;
    StageHistograms stages;
    std::vector<latency::Histogram> rounds, undisturbed_rounds;
    std::vector<Timeline> timelines;
    std::vector<Outlier> outliers;
    const auto packets = static_cast<std::size_t>(scenario.rate_per_feed * scenario.seconds);
    for (std::int64_t round = 1; round <= scenario.rounds; ++round) {
        const std::uint64_t seed = static_cast<std::uint64_t>(round * 100 + scenario.feeds);
        PathModel model = candidate.model;
        const std::uint64_t variant = index + (again ? 50 : 0);
        model.path_p50_ns *= 1 + 0.03 * Random(seed * 7 + variant).normal();
        model.tail_share *= scenario.feeds > 1 ? 2 : 1;
        const Traces traces =
            make_traces(seed * 10 + variant, static_cast<std::uint16_t>(scenario.feeds), packets,
                        scenario.rate_per_feed, model);
        const double bin_s =
            timeline_bin_s(scenario.rate_per_feed * static_cast<double>(scenario.feeds));
        const Disturbances disturbances{ticks_of_core(traces, model), kTicksPerNs};
        const Joined joined = join(traces.sender_view(), traces.receiver_view(),
                                   {scenario.warmup_s, bin_s, true, &disturbances});
        Run run = run_from(joined);
        // As an ordinary user saw it: if a receiver sleeps, nobody knows about its core.
        run.undisturbed = undisturbed_from(
            joined, index == 0 && scenario.feeds > 1 ? "the kernel lets only root look" : "");
        run.round = round;
        const auto last = static_cast<std::int64_t>(candidates().size());
        const auto place = again ? last : static_cast<std::int64_t>(index);
        run.position = 1 + (round % 2 == 1 ? place : last - place);
        fill_reports(run, candidate, scenario.feeds, seed);
        receiver.runs.push_back(run);
        pooled.merge(joined.latency.histogram);
        stages.merge(joined);
        rounds.push_back(joined.latency.histogram);
        undisturbed_rounds.push_back(joined.undisturbed.histogram);
        undisturbed.merge(joined.undisturbed.histogram);
        timelines.push_back({round, bin_s, joined.timeline});
        for (Outlier outlier : attribute(joined, {}, {.sleeps = index == 0})) {
            outlier.round = round;
            outliers.push_back(outlier);
        }
    }
    summarise(receiver, pooled, undisturbed, stages, timelines);
    receiver.outliers = outliers_of(std::move(outliers));
    const bool is_known = receiver.undisturbed->why_not.empty();
    return {receiver,
            {receiver.name, Rounds{rounds}, is_known ? Rounds{undisturbed_rounds} : Rounds{}}};
}

ScenarioResult make_scenario(const std::string& name, std::int64_t feeds, std::int64_t rounds,
                             double seconds, const Settings& settings,
                             const Instrument& instrument) {
    ScenarioResult scenario;
    scenario.name = name;
    scenario.title = feeds == 1 ? "One feed" : fmt::format("{} feeds at once", feeds);
    scenario.feeds = feeds;
    scenario.rate_per_feed = 10'000;
    scenario.profile = "constant";
    scenario.seconds = seconds;
    scenario.warmup_s = seconds / 10;
    scenario.rounds = scenario.planned_rounds = rounds;
    std::vector<ReceiverRounds> of_receivers;
    for (std::size_t index = 0; index < candidates().size(); ++index) {
        Made made = make_receiver(scenario, index);
        scenario.receivers.push_back(std::move(made.result));
        of_receivers.push_back(std::move(made.rounds));
    }
    constexpr std::size_t kSpin = 1;
    Made again = make_receiver(scenario, kSpin, true);
    Comparison comparison =
        compare_rounds(of_receivers, &again.rounds, settings.confidence, settings.seed);
    scenario.ratios = std::move(comparison.ratios);
    scenario.undisturbed_ratios = std::move(comparison.undisturbed);
    scenario.control = {again.result.name, std::move(again.result.runs),
                        std::move(comparison.control), std::move(comparison.undisturbed_control)};
    scenario.other_programs.emplace() = {{"indexer", 0.42}, {"kdamond.0", 0.31}};
    scenario.verdict = judge(scenario, instrument);
    return scenario;
}

}  // namespace

latency::Ticks ticks(double ns) noexcept {
    return static_cast<latency::Ticks>(std::llround(ns * kTicksPerNs));
}

std::uint64_t Random::next() noexcept {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

double Random::uniform() noexcept {
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

double Random::normal() noexcept {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
}

Traces empty_traces() {
    Traces traces;
    traces.sender_header.kind = latency::TraceKind::sender;
    traces.receiver_header.kind = latency::TraceKind::receiver;
    for (latency::TraceHeader* header : {&traces.sender_header, &traces.receiver_header}) {
        header->clock_source = latency::ClockSource::tsc;
        header->start_ticks_per_ns = kTicksPerNs;
        header->end_ticks_per_ns = kTicksPerNs;
        header->run_ticks_per_ns = kTicksPerNs;
    }
    return traces;
}

Traces make_traces(std::uint64_t seed, std::uint16_t feeds, std::size_t packets, double rate,
                   const PathModel& model) {
    Traces traces = empty_traces();
    Random random(seed);
    const double gap_ns = 1e9 / rate;
    double free_ns = 0;  // when the receiver is done with the packet before
    for (std::size_t packet = 0; packet < packets; ++packet) {
        for (std::uint16_t feed = 0; feed < feeds; ++feed) {
            const double intended_ns =
                1e6 + gap_ns * (static_cast<double>(packet) + static_cast<double>(feed) / feeds);
            const double lag_ns = 60 + 20 * std::abs(random.normal());
            double path_ns = model.path_p50_ns * std::exp(model.path_spread * random.normal());
            if (random.uniform() < model.tail_share) {
                path_ns += -model.tail_ns * std::log(1 - random.uniform());
            }
            if (random.uniform() < 2e-5) path_ns += 3e5 * (1 + random.uniform());  // a stall
            const double received_ns = std::max(intended_ns + lag_ns + path_ns, free_ns);
            const double booked_ns =
                received_ns + model.book_p50_ns * std::exp(0.2 * random.normal());
            free_ns = booked_ns;
            const std::uint64_t sequence = packet + 1;
            traces.sender.push_back(
                {sequence, ticks(intended_ns), ticks(intended_ns + lag_ns), feed, 0, 1});
            traces.receiver.push_back({sequence, ticks(received_ns), ticks(booked_ns), feed, 0, 1});
        }
    }
    return traces;
}

Result make_result() {
    Result result;
    result.created = "2026-01-31T12:00:00Z";
    result.rxlab = {"0.1.0", "000000000000", false, "GNU 12.2.0", "Release", "x86-64-v2", ""};
    result.testbed = {"veth", true, 128};
    result.environment = environment();
    result.settings.receiver_cpu = 1;
    result.instrument = {31, 58, -3.2, 91.5};
    result.scenarios.push_back(
        make_scenario("single", 1, 8, 1.5, result.settings, result.instrument));
    result.scenarios.push_back(
        make_scenario("multi", 4, 8, 0.4, result.settings, result.instrument));
    result.verdict = judge_all(result.scenarios);
    return result;
}

}  // namespace rxlab::bench::synthetic
