// SPDX-License-Identifier: MIT
#include "bench/experiments/respond.hpp"

#include "bench/experiments/progress.hpp"
#include "bench/experiments/recovery.hpp"
#include "bench/result/json.hpp"
#include "bench/run/library_versions.hpp"
#include "bench/run/program_summary.hpp"
#include "bench/run/session.hpp"

#include <rxlab/latency/trace.hpp>
#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <map>
#include <stdexcept>
#include <utility>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTwice = "kernel-spin";
constexpr const char* kFeed = "239.1.1.1:30001";
// At the sending end of the beds (`veth info`, `shm info`).
constexpr const char* kOrdersPort = "192.0.2.1:31003";
constexpr std::uint64_t kDrawSeed = 1;

// Those that take part if none is named.
constexpr std::array kUsual{"kernel-block",   "kernel-spin", "packet",          "xdp",
                            "dpdk-af_packet", "dpdk-af_xdp", "tap-kernel-spin", "dpdk-memif",
                            "dpdk-vhost"};

PairOptions pair_of(const Candidate& candidate, const RespondOptions& options, std::uint64_t seed,
                    const fs::path& folder) {
    PairOptions pair;
    const auto room = std::to_string(std::min<std::int64_t>(options.ticks + 1'000, 1'000'000));
    pair.receiver = {"--group",   kFeed,       "--exit-at-end-of-session",
                     "--respond", kOrdersPort, "--orders",
                     room,        "--levels",  room};
    pair.sender = {"--group",        kFeed,
                   "--rate",         fmt::format("{:g}", options.rate),
                   "--packets",      std::to_string(options.ticks),
                   "--seed",         std::to_string(seed),
                   "--orders",       kOrdersPort,
                   "--trace",        (folder / "sender.trace").string(),
                   "--orders-trace", (folder / "orders.trace").string()};
    if (candidate.sender_arguments == nullptr)
        pair.sender.insert(pair.sender.end(), {"--transmit", "packet"});
    // A port of shared memory has no addresses that anybody could ask for.
    if (candidate.sender_arguments != nullptr && candidate.kind == "dpdk") {
        pair.receiver.insert(pair.receiver.end(),
                             {"--respond-mac", "02:00:00:00:00:01", "--respond-from", "192.0.2.2"});
    }
    for (const std::string& trigger : options.when) {
        pair.receiver.insert(pair.receiver.end(), {"--respond-when", trigger});
        pair.sender.insert(pair.sender.end(), {"--orders-when", trigger});
    }
    constexpr double kStart_ms = 30'000;
    pair.at_most = Milliseconds{static_cast<std::int64_t>(
        kStart_ms + 2e3 * static_cast<double>(options.ticks) / options.rate)};
    return pair;
}

class Responding {
  public:
    Responding(const RespondOptions& options, const CampaignOptions& campaign, const Runner& runner,
               RespondResult& result)
        : options_{options},
          campaign_{campaign},
          runner_{runner},
          result_{result},
          folder_{scratch_parent(campaign.scratch_fallback)} {}

    void measure(const std::vector<const Candidate*>& candidates) {
        std::vector<const Candidate*> all = candidates;
        for (const Candidate* each : candidates)
            result_.series.push_back(empty(*each));
        if (options_.control) {
            const auto base = std::ranges::find_if(candidates, [](const Candidate* each) {
                return each->name.ends_with(kTwice);  // also behind a TAP device
            });
            all.push_back(base == candidates.end() ? candidates.front() : *base);
            result_.base = all.back()->name;
            result_.again = empty(*all.back());
        }
        histograms_.resize(all.size());
        const double schedule_s = static_cast<double>(options_.ticks) / options_.rate;
        const auto runs = static_cast<std::size_t>(options_.rounds) * all.size();
        Progress progress(runs, schedule_s * static_cast<double>(runs),
                          ::isatty(STDERR_FILENO) == 1);
        for (std::int64_t round = 1; round <= options_.rounds; ++round) {
            for (const std::size_t i : order_of_round(round, all.size())) {
                progress.show("respond", static_cast<std::size_t>(round),
                              static_cast<std::size_t>(options_.rounds), all[i]->name);
                const auto start = std::chrono::steady_clock::now();
                add_round(series_of(i), histograms_[i], *all[i], round);
                const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
                progress.done(schedule_s, took.count());
            }
        }
        summarise();
    }

    [[nodiscard]] const LibraryFiles& libraries() const noexcept { return libraries_; }

  private:
    struct Histograms {
        std::vector<latency::Histogram> from_tx, from_schedule;  // of each round that counts
    };

    static RespondSeries empty(const Candidate& candidate) {
        RespondSeries series;
        series.name = candidate.name;
        series.title = candidate.title;
        return series;
    }

    [[nodiscard]] RespondSeries& series_of(std::size_t index) {
        return index < result_.series.size() ? result_.series[index] : *result_.again;
    }

    void add_round(RespondSeries& series, Histograms& histograms, const Candidate& candidate,
                   std::int64_t round) {
        std::string reason;
        for (std::int64_t attempt = 0; attempt <= options_.retries; ++attempt) {
            ++series.attempts;
            try {
                const RespondOutcome outcome = run(candidate, round);
                series.ledger += outcome.ledger;
                reason = bench::reason_against(outcome.ledger);
                if (!reason.empty()) continue;
                series.rounds.push_back({round, outcome.from_tx.count(),
                                         figures_of(outcome.from_tx),
                                         figures_of(outcome.from_schedule)});
                histograms.from_tx.push_back(outcome.from_tx);
                histograms.from_schedule.push_back(outcome.from_schedule);
                return;
            } catch (const Interrupted&) {
                throw;
            } catch (const std::runtime_error& failure) {
                reason = failure.what();
            }
        }
        series.failures.push_back(fmt::format("round {}: {}", round, one_line(reason)));
    }

    RespondOutcome run(const Candidate& candidate, std::int64_t round) {
        const auto seed = campaign_.seed + static_cast<std::uint64_t>(round - 1);
        const PairOutcome files =
            runner_.run_pair(candidate, pair_of(candidate, options_, seed, folder_.path()));
        result_.receiver_command = files.receiver_command;
        result_.sender_command = files.sender_command;
        add_libraries(files.receiver_json, libraries_);
        add_libraries(files.sender_json, libraries_);
        const latency::TraceReader sender(folder_.path() / "sender.trace");
        const latency::TraceReader orders(folder_.path() / "orders.trace");
        const auto skip =
            static_cast<std::int64_t>(kWarmupShare * static_cast<double>(options_.ticks));
        RespondOutcome outcome = respond_outcome_of(files.receiver_json, files.sender_json,
                                                    {sender.header(), sender.records()},
                                                    {orders.header(), orders.records()}, skip);
        if (bench::reason_against(outcome.ledger).empty())
            require_true_book(files.receiver_json, files.sender_json);
        return outcome;
    }

    void summarise() {
        std::vector<ReceiverRounds> complete;
        for (std::size_t i = 0; i < histograms_.size(); ++i) {
            RespondSeries& series = series_of(i);
            const auto merged = [](const std::vector<latency::Histogram>& rounds) {
                latency::Histogram all;
                for (const latency::Histogram& each : rounds)
                    all.merge(each);
                return all;
            };
            const latency::Histogram from_tx = merged(histograms_[i].from_tx);
            series.samples = from_tx.count();
            series.from_tx = figures_of(from_tx);
            series.from_schedule = figures_of(merged(histograms_[i].from_schedule));
            if (i < result_.series.size() && is_complete(series))
                complete.push_back({series.name, Rounds{histograms_[i].from_tx}});
        }
        if (complete.size() < 2) return;
        const bool has_base = std::ranges::count(complete, result_.base, &ReceiverRounds::name) > 0;
        const ReceiverRounds again{result_.base, Rounds{histograms_.back().from_tx}};
        const bool has_control = has_base && result_.again && is_complete(*result_.again);
        const Comparison comparison = compare_rounds(complete, has_control ? &again : nullptr,
                                                     Settings{}.confidence, kDrawSeed);
        result_.ratios = comparison.ratios;
        result_.control = comparison.control;
    }

    [[nodiscard]] bool is_complete(const RespondSeries& series) const noexcept {
        return series.rounds.size() == static_cast<std::size_t>(options_.rounds);
    }

    const RespondOptions& options_;
    const CampaignOptions& campaign_;
    const Runner& runner_;
    RespondResult& result_;
    program::ScratchDirectory folder_;
    std::vector<Histograms> histograms_;  // of each series, and of the second one of the base
    LibraryFiles libraries_;
};

// t_intended of each packet, by its first message.
std::map<std::pair<std::uint16_t, std::uint64_t>, latency::Ticks> schedule_of(
    const TraceView& sender) {
    std::map<std::pair<std::uint16_t, std::uint64_t>, latency::Ticks> due;
    for (const latency::TraceRecord& record : sender.records)
        due.emplace_hint(due.end(), std::pair{record.feed, record.sequence}, record.first);
    return due;
}

}  // namespace

OrderLedgerSum& OrderLedgerSum::operator+=(const OrderLedgerSum& other) noexcept {
    ticks += other.ticks;
    expected += other.expected;
    good += other.good;
    wrong += other.wrong;
    duplicate += other.duplicate;
    unknown += other.unknown;
    malformed += other.malformed;
    missed += other.missed;
    lost += other.lost;
    not_current += other.not_current;
    lost_messages += other.lost_messages;
    return *this;
}

bool OrderLedgerSum::is_clean() const noexcept {
    return good == expected && wrong + duplicate + unknown + malformed + missed + lost == 0;
}

std::string reason_against(const OrderLedgerSum& ledger) {
    if (ledger.lost_messages > 0) {
        return fmt::format("the receiver lost {} messages, and so {} of {} orders did not leave",
                           ledger.lost_messages, ledger.missed, ledger.expected);
    }
    if (!ledger.is_clean()) {
        return fmt::format(
            "decisions are not the oracle's: of {} orders {} were missed, {} false, {} duplicate, "
            "{} to unknown packets, {} malformed, {} lost on the way",
            ledger.expected, ledger.missed, ledger.wrong, ledger.duplicate, ledger.unknown,
            ledger.malformed, ledger.lost);
    }
    return ledger.expected == 0 ? "no order was due: choose other triggers (--when)" : "";
}

RespondOutcome respond_outcome_of(const std::string& receiver_json, const std::string& sender_json,
                                  const TraceView& sender, const TraceView& orders,
                                  std::int64_t skip) {
    const Json received = Json::parse(receiver_json), sent = Json::parse(sender_json);
    const Json& counts = sent.at("orders");
    RespondOutcome outcome;
    OrderLedgerSum& ledger = outcome.ledger;
    ledger = {
        .ticks = sent.at("totals").at("packets"),
        .expected = counts.at("expected"),
        .good = counts.at("good"),
        .wrong = counts.at("wrong"),
        .duplicate = counts.at("duplicate"),
        .unknown = counts.at("unknown"),
        .malformed = counts.at("malformed"),
        .missed = counts.at("missed"),
        .lost = counts.at("lost").get<std::uint64_t>() + counts.at("dropped").get<std::uint64_t>(),
        .not_current = received.at("respond").at("not_current"),
        .lost_messages = received.at("totals").at("missed_messages")};
    if (orders.header.kind != latency::TraceKind::orders)
        throw std::runtime_error("the simulator's trace of orders is another kind of trace");
    const auto due = schedule_of(sender);
    const double ns_per_tick = 1 / orders.header.run_ticks_per_ns;
    const auto first = due.size() > static_cast<std::size_t>(skip)
                           ? std::next(due.begin(), skip)->first
                           : std::pair<std::uint16_t, std::uint64_t>{};
    for (const latency::TraceRecord& record : orders.records) {
        const auto tick = std::pair{record.feed, record.sequence};
        if (record.flags != 0 || tick < first) continue;
        const auto found = due.find(tick);
        if (found == due.end()) throw std::runtime_error("an order's packet is in no trace");
        const auto since = [&](latency::Ticks from) {
            return static_cast<std::uint64_t>(static_cast<double>(record.second - from) *
                                              ns_per_tick);
        };
        outcome.from_tx.record(since(record.first));
        outcome.from_schedule.record(since(found->second));
    }
    return outcome;
}

bool can_respond(const Candidate& candidate) noexcept {
    constexpr std::array kPrograms{"kernel_rx", "packet_rx", "xdp_rx", "dpdk_rx"};
    return std::ranges::count(kPrograms, std::string_view{candidate.program}) > 0;
}

RespondResult run_respond(const CampaignOptions& campaign, const RespondOptions& options) {
    RespondResult result;
    result.options = options;
    if (result.options.when.empty()) result.options.when = {kEveryTick};
    Session session{campaign};
    session.use([&](const Runner& runner, const std::vector<const Candidate*>& all) {
        static_cast<MeasuredFacts&>(result) = session.facts();
        std::vector<const Candidate*> candidates;
        for (const Candidate* each : all) {
            const bool is_usual = std::ranges::count(kUsual, std::string_view{each->name}) > 0;
            if (campaign.receivers.empty() && campaign.variants.empty() && !is_usual) continue;
            if (!can_respond(*each)) {
                result.left_out.push_back({each->name, "it sends no orders"});
                continue;
            }
            candidates.push_back(each);
        }
        if (candidates.empty()) throw std::runtime_error("no receiver here sends orders");
        Responding responding(result.options, campaign, runner, result);
        responding.measure(candidates);
        result.environment.libraries = library_versions(responding.libraries());
    });
    return result;
}

}  // namespace rxlab::bench
