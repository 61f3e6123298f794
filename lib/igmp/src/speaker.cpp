// SPDX-License-Identifier: MIT
#include <rxlab/igmp/speaker.hpp>
#include <rxlab/program/command_line.hpp>
#include <rxlab/program/monotonic.hpp>
#include <rxlab/wire/address.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace rxlab::igmp {
namespace {

void set_version(Options& options, const std::string& text) {
    options.on = text != "off";
    if (text == "2") options.version = IgmpVersion::v2;
    if (text == "3") options.version = IgmpVersion::v3;
}

// 0.0.0.0 is what a host without an address says (RFC 3376, 4.2.13).
std::uint32_t parse_source(const std::string& text) {
    if (text == "0.0.0.0") return 0;
    return program::parsed("--igmp-source", text, wire::parse_host_address);
}

// Several feeds may share an address: they differ by port. If one of them takes any sender, the
// address is wanted from everybody.
std::vector<IgmpGroup> groups_of(std::span<const rx::Line> lines) {
    std::map<std::uint32_t, std::set<std::uint32_t>> sources;
    for (const rx::Line& line : lines)
        sources[line.group.address].insert(line.source);
    std::vector<IgmpGroup> groups;
    for (const auto& [address, wanted] : sources) {
        groups.push_back({address, {}});
        if (!wanted.contains(0)) groups.back().sources.assign(wanted.begin(), wanted.end());
    }
    return groups;
}

}  // namespace

void add_options(CLI::App& app, Options& options) {
    app.add_option_function<std::string>(
           "--igmp", [&options](const std::string& text) { set_version(options, text); },
           "membership reports: auto (version 3, older ones where an older querier is heard), 2, 3 "
           "or off")
        ->check(CLI::IsMember({"auto", "2", "3", "off"}))
        ->default_str("auto");
    app.add_flag_callback(
        "--no-igmp", [&options] { options.on = false; }, "the same as --igmp off");
    app.add_option_function<std::string>(
           "--igmp-source",
           [&options](const std::string& text) { options.source = parse_source(text); },
           "IPv4 address of the reports; default: that of the kernel interface under the port, "
           "else 0.0.0.0")
        ->type_name("ADDRESS");
}

Speaker::Speaker(const Options& options, std::span<const rx::Line> lines, wire::IgmpSender sender,
                 Send send)
    : sender_{sender}, send_{std::move(send)} {
    if (!options.on) return;
    sender_.address = options.source.value_or(sender.address);
    host_.emplace(groups_of(lines), sender_, options.version, std::random_device{}());
}

void Speaker::join(std::int64_t now_ns) noexcept {
    if (host_) host_->join(now_ns);
}

void Speaker::receive(std::span<const std::byte> frame, std::int64_t now_ns) noexcept {
    if (host_) host_->receive(frame, now_ns);
}

void Speaker::send_due(std::int64_t now_ns) noexcept {
    while (host_ && now_ns >= host_->due_ns()) {
        const auto frame = host_->next(now_ns);
        if (frame.empty()) return;
        if (!send_(frame)) ++not_sent_;
    }
}

bool Speaker::leave() noexcept {
    if (!host_ || left_) return false;
    left_ = true;
    host_->leave(program::monotonic_ns());
    while (host_->due_ns() != IgmpHost::kNever) {
        std::this_thread::sleep_for(
            std::chrono::nanoseconds{host_->due_ns() - program::monotonic_ns()});
        send_due(program::monotonic_ns());
    }
    return true;
}

nlohmann::ordered_json Speaker::report() const {
    nlohmann::ordered_json report;
    if (!host_) {
        report["version"] = "off";
        return report;
    }
    const IgmpCounters& counters = host_->counters();
    report["version"] = host_->version(program::monotonic_ns());
    report["source"] = wire::ipv4_to_string(sender_.address);
    report["reports"] = counters.reports;
    report["leaves"] = counters.leaves;
    report["not_sent"] = not_sent_;
    report["queries_v1"] = counters.queries_v1;
    report["queries_v2"] = counters.queries_v2;
    report["queries_v3"] = counters.queries_v3;
    report["ignored"] = counters.ignored;
    report["suppressed"] = counters.suppressed;
    for (std::size_t i = 0; i < wire::kIgmpStatuses; ++i) {
        const auto status = static_cast<wire::IgmpStatus>(i);
        if (status == wire::IgmpStatus::not_igmp) continue;
        report["frames_" + std::string{wire::to_string(status)}] = counters.frames[i];
    }
    return report;
}

}  // namespace rxlab::igmp
