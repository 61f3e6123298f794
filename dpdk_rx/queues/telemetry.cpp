// SPDX-License-Identifier: MIT
#include "dpdk_rx/queues/telemetry.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/wire/address.hpp>

#include <rte_telemetry.h>
#include <rte_version.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <exception>
#include <mutex>
#include <optional>
#include <vector>

namespace rxlab::dpdk_rx {
namespace {

std::mutex guard;
rx::Metrics* metrics_now = nullptr;

// Renamed in DPDK 23.03.
void add(rte_tel_data* answer, const char* name, std::uint64_t value) {
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
    rte_tel_data_add_dict_uint(answer, name, value);
#else
    rte_tel_data_add_dict_u64(answer, name, value);
#endif
}

void add_feed(rte_tel_data* answer, const rx::FeedFigures& feed) {
    add(answer, "packets", feed.packets);
    add(answer, "messages", feed.messages);
    add(answer, "gaps", feed.gaps);
    add(answer, "missed_messages", feed.missed_messages);
    add(answer, "duplicate_packets", feed.duplicate_packets);
    add(answer, "stray_packets", feed.stray_packets);
    add(answer, "malformed_packets", feed.malformed_packets);
    add(answer, "orders", feed.orders);
    add(answer, "stale_symbols", feed.stale_symbols);
}

bool is_current(const rx::FeedFigures& feed) noexcept {
    return feed.freshness == static_cast<std::uint64_t>(rx::Freshness::current);
}

// The number after the command's comma; nothing where it is none, or too large.
std::optional<std::size_t> number_in(const char* text, std::size_t count) {
    if (text == nullptr) return std::nullopt;
    std::size_t number = 0;
    const char* const end = text + std::strlen(text);
    const auto [rest, error] = std::from_chars(text, end, number);
    if (error != std::errc{} || rest != end || number >= count) return std::nullopt;
    return number;
}

// What a command does: `fill(answer, options, report)` with a dictionary. Returns 0 or a negative
// errno, as DPDK wants it.
template <typename Fill>
int answer_with(rte_tel_data* answer, Fill&& fill) noexcept {
    try {
        const std::lock_guard lock{guard};
        if (metrics_now == nullptr) return -EAGAIN;
        const std::optional<rx::MetricsReport> report = metrics_now->collect();
        if (!report) return -EAGAIN;
        rte_tel_data_start_dict(answer);
        return fill(metrics_now->options(), *report);
    } catch (const std::exception&) {  // no memory
        return -ENOMEM;
    }
}

int tell_total(const char*, const char*, rte_tel_data* answer) noexcept {
    return answer_with(answer, [answer](const rx::Options&, const rx::MetricsReport& report) {
        rx::FeedFigures sum;
        std::uint64_t not_current = 0;
        for (const rx::FeedFigures& feed : report.feeds) {
            sum.packets += feed.packets;
            sum.messages += feed.messages;
            sum.gaps += feed.gaps;
            sum.missed_messages += feed.missed_messages;
            sum.duplicate_packets += feed.duplicate_packets;
            sum.stray_packets += feed.stray_packets;
            sum.malformed_packets += feed.malformed_packets;
            sum.orders += feed.orders;
            sum.stale_symbols += feed.stale_symbols;
            not_current += is_current(feed) ? 0 : 1;
        }
        add(answer, "feeds", report.feeds.size());
        add(answer, "feeds_not_current", not_current);
        add_feed(answer, sum);
        if (report.drops) add(answer, "drops", *report.drops);
        add(answer, "age_us", report.age_ns / 1'000);
        return 0;
    });
}

int tell_feed(const char*, const char* parameters, rte_tel_data* answer) noexcept {
    return answer_with(answer, [=](const rx::Options& options, const rx::MetricsReport& report) {
        const auto feed = number_in(parameters, report.feeds.size());
        if (!feed) return -EINVAL;
        rte_tel_data_add_dict_string(answer, "group",
                                     wire::to_string(options.groups[*feed]).c_str());
        rte_tel_data_add_dict_string(answer, "book",
                                     is_current(report.feeds[*feed]) ? "current" : "not current");
        add_feed(answer, report.feeds[*feed]);
        return 0;
    });
}

int tell_port(const char*, const char* parameters, rte_tel_data* answer) noexcept {
    return answer_with(answer, [=](const rx::Options& options, const rx::MetricsReport& report) {
        const auto port = number_in(parameters, report.ports.size());
        if (!port) return -EINVAL;
        const std::vector<rx::Interface> interfaces = rx::interfaces_of(options);
        rte_tel_data_add_dict_string(answer, "interface", interfaces[*port].name.c_str());
        add(answer, "packets", report.ports[*port].packets);
        rte_tel_data_add_dict_string(answer, "link", report.ports[*port].lost == 0 ? "up" : "lost");
        return 0;
    });
}

}  // namespace

void register_telemetry() {
    const auto must_register = [](const char* command, telemetry_cb answer, const char* help) {
        const int result = rte_telemetry_register_cmd(command, answer, help);
        if (result < 0)
            throw program::RunError(-result, std::string{"register telemetry's "} + command);
    };
    must_register("/rxlab/total", &tell_total, "What dpdk_rx has received, over all feeds");
    must_register("/rxlab/feed", &tell_feed, "The same of one feed. Parameters: its number");
    must_register("/rxlab/port", &tell_port,
                  "Packets and link of one port. Parameters: its number, in the order of --group");
}

void set_metrics(rx::Metrics* metrics) {
    const std::lock_guard lock{guard};
    metrics_now = metrics;
}

}  // namespace rxlab::dpdk_rx
