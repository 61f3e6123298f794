// SPDX-License-Identifier: MIT
#include <rxlab/rx/metrics.hpp>
#include <rxlab/wire/address.hpp>

#include <errno.h>  // program_invocation_short_name
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <limits>
#include <string_view>
#include <thread>
#include <utility>

namespace rxlab::rx {
namespace {

struct NamedFigure {
    const char* name;
    const char* type;
    const char* help;
    std::uint64_t FeedFigures::*value;
};
constexpr std::array<NamedFigure, 12> kFeedFigures{{
    {"rxlab_packets_total", "counter", "Data packets, duplicate and late ones included.",
     &FeedFigures::packets},
    {"rxlab_bytes_total", "counter", "UDP payload of data packets.", &FeedFigures::bytes},
    {"rxlab_messages_total", "counter", "Messages in those packets.", &FeedFigures::messages},
    {"rxlab_heartbeats_total", "counter", "Heartbeats.", &FeedFigures::heartbeats},
    {"rxlab_gaps_total", "counter", "Runs of missing messages, when noticed.", &FeedFigures::gaps},
    {"rxlab_missing_messages", "gauge", "Messages that have not come: a late one takes itself off.",
     &FeedFigures::missed_messages},
    {"rxlab_duplicate_packets_total", "counter", "Packets that had come before.",
     &FeedFigures::duplicate_packets},
    {"rxlab_late_packets_total", "counter", "Packets that filled a gap too late.",
     &FeedFigures::late_packets},
    {"rxlab_stray_packets_total", "counter", "Packets of sessions that were over or not believed.",
     &FeedFigures::stray_packets},
    {"rxlab_malformed_packets_total", "counter", "Packets that do not hold what they say.",
     &FeedFigures::malformed_packets},
    {"rxlab_orders", "gauge", "Orders alive in the book.", &FeedFigures::orders},
    {"rxlab_stale_symbols", "gauge",
     "Symbols whose book may be wrong: all of a feed that is not "
     "current.",
     &FeedFigures::stale_symbols},
}};

void head(std::string& text, const char* name, const char* type, const char* help) {
    fmt::format_to(std::back_inserter(text), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

// Backslashes, quotes and ends of lines are escaped in a label's value.
std::string label(std::string_view value) {
    std::string escaped;
    for (const char c : value) {
        if (c == '\\' || c == '"') escaped += '\\';
        escaped += c == '\n' ? ' ' : c;
    }
    return escaped;
}

void latency_text(std::string& text, const LatencyFigures& latency) {
    constexpr const char* kName = "rxlab_receive_to_book_seconds";
    head(text, kName, "histogram",
         "From the return of a poll that brought packets to the last of them in its book.");
    const auto to = std::back_inserter(text);
    std::uint64_t polls = 0;
    for (std::size_t i = 0; i + 1 < LatencyFigures::kBuckets; ++i) {
        polls += latency.polls[i];
        const double bound_s = static_cast<double>(std::uint64_t{1} << i) * 1e-9;
        fmt::format_to(to, "{}_bucket{{le=\"{:.10g}\"}} {}\n", kName, bound_s, polls);
    }
    polls += latency.polls.back();
    fmt::format_to(to, "{0}_bucket{{le=\"+Inf\"}} {1}\n{0}_sum {2:.9f}\n{0}_count {1}\n", kName,
                   polls, static_cast<double>(latency.sum_ns) * 1e-9);
}

void ports_text(std::string& text, const Options& options, std::span<const PortFigures> ports) {
    const auto to = std::back_inserter(text);
    const std::vector<Interface> interfaces = interfaces_of(options);
    head(text, "rxlab_port_packets_total", "counter", "Packets that came in on the interface.");
    for (std::size_t i = 0; i < ports.size(); ++i)
        fmt::format_to(to, "rxlab_port_packets_total{{interface=\"{}\"}} {}\n",
                       label(interfaces[i].name), ports[i].packets);
    head(text, "rxlab_port_up", "gauge", "0: its link or the interface itself is lost.");
    for (std::size_t i = 0; i < ports.size(); ++i)
        fmt::format_to(to, "rxlab_port_up{{interface=\"{}\"}} {}\n", label(interfaces[i].name),
                       ports[i].lost == 0 ? 1 : 0);
}

}  // namespace

Metrics::Metrics(const Options& options, std::vector<std::vector<std::size_t>> feeds)
    : options_{options}, feeds_{std::move(feeds)} {
    const std::size_t ports = interfaces_of(options).size();
    for (std::size_t thread = 0; thread < feeds_.size(); ++thread) {
        boards_.push_back(
            std::make_unique<MetricsBoard>(feeds_[thread].size(), thread == 0 ? ports : 0));
    }
}

void Metrics::ask_all() const {
    std::vector<std::uint64_t> before;
    for (const auto& board : boards_) {
        before.push_back(board->answers());
        board->ask();
    }
    // A thread that sleeps looks up ten times a second.
    for (int i = 0; i < 500; ++i) {
        const bool all = std::ranges::equal(boards_, before, [](const auto& board, auto count) {
            return board->answers() > count;
        });
        if (all) return;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

std::optional<MetricsReport> Metrics::collect() {
    const std::lock_guard lock{one_at_a_time_};
    std::optional<MetricsReport> report;
    bool is_counting = true;
    for (std::size_t i = 0; i <= book::kLocates / kLocatesAtOnce && is_counting; ++i) {
        ask_all();
        report = together(is_counting);
        if (!report || report->age_ns > 500'000'000) break;
    }
    return report;
}

std::optional<MetricsReport> Metrics::together(bool& is_counting) const {
    MetricsReport report;
    report.feeds.resize(options_.groups.size());
    std::uint64_t oldest_ns = std::numeric_limits<std::uint64_t>::max();
    is_counting = false;
    for (std::size_t thread = 0; thread < boards_.size(); ++thread) {
        const std::optional<Figures> figures = boards_[thread]->figures();
        if (!figures) return std::nullopt;
        for (std::size_t i = 0; i < figures->feeds.size(); ++i)
            report.feeds[feeds_[thread][i]] = figures->feeds[i];
        if (thread == 0) report.ports = figures->ports;
        if (figures->drops) report.drops = report.drops.value_or(0) + *figures->drops;
        oldest_ns = std::min(oldest_ns, figures->at_ns);
        is_counting = is_counting || figures->counts_symbols;
        const LatencyFigures latency = boards_[thread]->latency();
        for (std::size_t i = 0; i < latency.polls.size(); ++i)
            report.latency.polls[i] += latency.polls[i];
        report.latency.sum_ns += latency.sum_ns;
    }
    if (boards_.size() > 1 && !report.ports.empty()) {  // all of them receive from one port
        report.ports[0].packets = 0;
        for (const FeedFigures& feed : report.feeds)
            report.ports[0].packets += feed.packets;
    }
    report.age_ns = static_cast<std::uint64_t>(program::monotonic_ns()) - oldest_ns;
    return report;
}

std::string prometheus_text(const Options& options, const std::optional<MetricsReport>& report) {
    std::string text;
    const auto to = std::back_inserter(text);
    head(text, "rxlab_up", "gauge", "1: the receiving threads have answered.");
    const bool is_up = report && report->age_ns < 1'000'000'000;
    fmt::format_to(to, "rxlab_up{{program=\"{}\"}} {}\n", label(program_invocation_short_name),
                   is_up ? 1 : 0);
    if (!report) return text;
    head(text, "rxlab_figures_age_seconds", "gauge", "How old what follows is.");
    fmt::format_to(to, "rxlab_figures_age_seconds {:.6f}\n",
                   static_cast<double>(report->age_ns) * 1e-9);
    const auto for_each_feed = [&](const char* name, auto&& value) {
        for (std::size_t feed = 0; feed < report->feeds.size(); ++feed) {
            fmt::format_to(to, "{}{{feed=\"{}\",group=\"{}\"}} {}\n", name, feed,
                           wire::to_string(options.groups[feed]), value(report->feeds[feed]));
        }
    };
    for (const NamedFigure& figure : kFeedFigures) {
        head(text, figure.name, figure.type, figure.help);
        for_each_feed(figure.name,
                      [&](const FeedFigures& figures) { return figures.*figure.value; });
    }
    head(text, "rxlab_book_current", "gauge",
         "1: the book equals what was sent; 0: stale or not "
         "confirmed.");
    for_each_feed("rxlab_book_current", [](const FeedFigures& figures) {
        return figures.freshness == static_cast<std::uint64_t>(Freshness::current) ? 1 : 0;
    });
    if (report->drops) {
        head(text, "rxlab_drops_total", "counter",
             "Packets that were lost before the receiver could take them.");
        fmt::format_to(to, "rxlab_drops_total {}\n", *report->drops);
    }
    ports_text(text, options, report->ports);
    latency_text(text, report->latency);
    return text;
}

Publication::Publication(const Options& options, std::vector<std::vector<std::size_t>> feeds)
    : options_{options}, threads_{feeds.size()} {
    if (!options.metrics && !options.on_metrics) return;
    metrics_.emplace(options, std::move(feeds));
    if (options.metrics) server_.emplace(*options.metrics);
}

void Publication::begin(double ticks_per_ns, std::span<const unsigned> receiver_cpus) {
    if (!metrics_) return;
    for (std::size_t thread = 0; thread < threads_; ++thread)
        metrics_->board(thread).begin(ticks_per_ns);
    if (server_) {
        server_->start(receiver_cpus,
                       [this] { return prometheus_text(options_, metrics_->collect()); });
    }
    if (!options_.on_metrics) return;
    options_.on_metrics(&*metrics_);
    was_shown_ = true;
}

void Publication::end() {
    server_.reset();
    if (was_shown_) options_.on_metrics(nullptr);
    was_shown_ = false;
}

}  // namespace rxlab::rx
