// SPDX-License-Identifier: MIT
#include "bench/experiments/recovery.hpp"

#include "bench/result/json.hpp"
#include "bench/run/library_versions.hpp"
#include "bench/run/program_summary.hpp"
#include "bench/run/session.hpp"

#include <rxlab/program/files.hpp>
#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/itch_file.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <functional>
#include <stdexcept>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;
namespace itch = wire::itch;
using Arguments = std::vector<std::string>;

// The sending end of the veth bed (`veth info`), and ports of its servers.
constexpr const char* kReRequestServer = "192.0.2.1:31001";
constexpr const char* kSnapshotServer = "192.0.2.1:31002";
constexpr const char* kGroup = "239.1.1.1:30001";

// The gap: a busy feed, long enough for everything to settle before and after the gap.
constexpr std::int64_t kGapRate_pps = 20'000;
constexpr std::int64_t kGapPackets = 20'000;
constexpr std::int64_t kGapAt = 10'000;
constexpr std::int64_t kGapMessages = 3;  // per packet

// The late start: the orders exist after two seconds, and the receiver starts half a second later.
constexpr double kFill_s = 2;
constexpr Milliseconds kLead{2'500};
constexpr double kSending_s = 5;
constexpr std::int64_t kLateMessages = 10;  // per packet

// Writes `orders` adds, then in turn deletes the oldest order and adds one, so that the number of
// live orders stays the same.
void write_orders(const fs::path& path, std::int64_t orders, std::int64_t messages) {
    wire::ItchFileWriter writer{path};
    std::uint64_t oldest = 1, next = 1;
    for (std::int64_t i = 0; i < messages; ++i) {
        const auto locate = static_cast<std::uint16_t>(1 + next % 100);
        if (i < orders || i % 2 == 1) {
            itch::AddOrder add;
            add.header.stock_locate = locate;
            add.order_reference = next;
            add.side = next % 2 == 0 ? itch::kBuy : itch::kSell;
            add.shares = 100;
            add.stock = "RXLB";
            const auto step = static_cast<std::uint32_t>(next / 100 % 50);
            add.price = next % 2 == 0 ? 1'000'000 - step * 100 : 1'000'100 + step * 100;
            writer.append(wire::bytes_of(add));
            ++next;
        } else {
            itch::OrderDelete remove;
            remove.header.stock_locate = static_cast<std::uint16_t>(1 + oldest % 100);
            remove.order_reference = oldest++;
            writer.append(wire::bytes_of(remove));
        }
    }
    writer.close();
}

PairOptions gap_pair(const RecoveryOptions& options, std::uint64_t seed) {
    PairOptions pair;
    pair.receiver = {"--group",   kGroup,           "--exit-at-end-of-session",
                     "--recover", kReRequestServer, "--orders",
                     "200000",    "--levels",       "200000"};
    pair.sender = {"--group",
                   kGroup,
                   "--rate",
                   std::to_string(kGapRate_pps),
                   "--packets",
                   std::to_string(kGapPackets),
                   "--messages-per-packet",
                   std::to_string(kGapMessages),
                   "--seed",
                   std::to_string(seed),
                   "--impair",
                   fmt::format("gap={}x{}", kGapAt, options.gap_packets),
                   "--rerequest",
                   kReRequestServer};
    return pair;
}

PairOptions late_pair(const RecoveryOptions& options, const fs::path& file) {
    const double rate =
        static_cast<double>(options.orders) / kFill_s / static_cast<double>(kLateMessages);
    PairOptions pair;
    pair.sender_lead = kLead;
    pair.receiver = {"--group",        kGroup,          "--exit-at-end-of-session",
                     "--snapshot",     kSnapshotServer, "--recover",
                     kReRequestServer, "--orders",      std::to_string(options.orders * 2),
                     "--levels",       "200000"};
    pair.sender = {"--group",
                   kGroup,
                   "--file",
                   file.string(),
                   "--rate",
                   fmt::format("{:g}", rate),
                   "--messages-per-packet",
                   std::to_string(kLateMessages),
                   "--snapshot",
                   kSnapshotServer,
                   "--rerequest",
                   kReRequestServer};
    return pair;
}

// Runs `round`, and keeps the reason if it fails.
void attempt(RecoverySeries& series, const std::string& what, const std::function<void()>& round) {
    fmt::print(stderr, "recovery  {}  {}\n", series.name, what);
    try {
        round();
    } catch (const Interrupted&) {
        throw;
    } catch (const std::runtime_error& error) {
        series.failures.push_back(what + ": " + one_line(error.what()));
    }
}

// Here requests to the servers use the same wire, so the kernel must see the answers.
constexpr const char* kNoWayToServers =
    "its port takes every frame from the kernel, and this bed has no second wire to the servers";
bool takes_every_frame(const Candidate& candidate) {
    return candidate.name == "dpdk-af_xdp" || candidate.name == "dpdk-port";
}

const Json& only_feed(const Json& summary) {
    return summary.at("feeds").at(0);
}

// If messages were lost, there is no time to a complete book.
void require_complete(const Json& feed) {
    const Json& ledger = feed.at("ledger");
    if (!ledger.at("closes").get<bool>()) throw std::runtime_error("the ledger does not close");
    if (ledger.at("lost") != 0) {
        throw std::runtime_error(fmt::format("{} messages were lost", ledger.at("lost").dump()));
    }
}

}  // namespace

void require_true_book(const std::string& receiver_json, const std::string& sender_json) {
    const Json received = Json::parse(receiver_json), sent = Json::parse(sender_json);
    if (!sent.at("totals").contains("digest")) {
        throw std::runtime_error("the sender did not say what book its messages make");
    }
    const auto& truth = sent.at("totals").at("digest");
    const auto& found = received.at("totals").at("digest");
    if (found == truth) return;
    throw std::runtime_error(
        fmt::format("nothing is missing, but the book's digest is {} instead of the sender's {}",
                    found.get<std::string>(), truth.get<std::string>()));
}

double gap_ns_of(const std::string& receiver_json, std::int64_t gap_packets) {
    const Json summary = Json::parse(receiver_json);
    const Json& feed = only_feed(summary);
    require_complete(feed);
    const auto recovered = feed.at("ledger").at("recovered").get<std::int64_t>();
    if (recovered < gap_packets) {
        throw std::runtime_error(fmt::format("{} messages were recovered after a gap of {} packets",
                                             recovered, gap_packets));
    }
    return feed.at("order").at("gap_ns").at("max");
}

LateStart late_start_of(const std::string& receiver_json) {
    const Json summary = Json::parse(receiver_json);
    const Json& feed = only_feed(summary);
    require_complete(feed);
    const Json& snapshot = feed.at("snapshot");
    if (snapshot.at("taken") != 1 || feed.at("consistent_after_ns").is_null()) {
        throw std::runtime_error(
            fmt::format("{} snapshots were taken", snapshot.at("taken").dump()));
    }
    return {feed.at("consistent_after_ns"), snapshot.at("load_ns"), snapshot.at("orders")};
}

RecoveryResult run_recovery(const CampaignOptions& campaign, const RecoveryOptions& options) {
    RecoveryResult result;
    result.options = options;
    const program::ScratchDirectory scratch(scratch_parent(campaign.scratch_fallback));
    const fs::path file = scratch.path() / "orders.itch";
    const auto messages =
        static_cast<std::int64_t>(static_cast<double>(options.orders) * kSending_s / kFill_s);
    write_orders(file, options.orders, messages);
    Session session{campaign};
    LibraryFiles libraries;
    session.use([&](const Runner& runner, const std::vector<const Candidate*>& all) {
        static_cast<MeasuredFacts&>(result) = session.facts();
        std::vector<const Candidate*> candidates;
        for (const Candidate* candidate : all) {
            if (takes_every_frame(*candidate)) {
                result.left_out.push_back({candidate->name, kNoWayToServers});
                continue;
            }
            candidates.push_back(candidate);
            result.series.push_back({candidate->name, candidate->title, {}, {}, {}, {}, {}});
        }
        for (std::int64_t round = 1; round <= options.rounds; ++round) {
            for (std::size_t i : order_of_round(round, candidates.size())) {
                RecoverySeries& series = result.series[i];
                attempt(series, fmt::format("gap, round {}", round), [&] {
                    const auto seed = static_cast<std::uint64_t>(round);
                    const PairOutcome outcome =
                        runner.run_pair(*candidates[i], gap_pair(options, seed));
                    require_true_book(outcome.receiver_json, outcome.sender_json);
                    add_libraries(outcome.receiver_json, libraries);
                    add_libraries(outcome.sender_json, libraries);
                    series.gap_ns.push_back(gap_ns_of(outcome.receiver_json, options.gap_packets));
                    result.gap_command = outcome.sender_command;
                });
                attempt(series, fmt::format("late start, round {}", round), [&] {
                    const PairOutcome outcome =
                        runner.run_pair(*candidates[i], late_pair(options, file));
                    const LateStart late = late_start_of(outcome.receiver_json);
                    require_true_book(outcome.receiver_json, outcome.sender_json);
                    add_libraries(outcome.receiver_json, libraries);
                    add_libraries(outcome.sender_json, libraries);
                    series.late_ns.push_back(late.complete_ns);
                    series.load_ns.push_back(late.load_ns);
                    series.orders.push_back(late.orders);
                    result.late_command = outcome.sender_command;
                });
            }
        }
    });
    result.environment.libraries = library_versions(libraries);
    return result;
}

}  // namespace rxlab::bench
