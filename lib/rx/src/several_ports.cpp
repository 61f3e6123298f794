// SPDX-License-Identifier: MIT
#include <rxlab/rx/several_ports.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <exception>

namespace rxlab::rx {
using Json = nlohmann::ordered_json;

Json port_json(const Interface& interface, std::uint64_t packets, const std::string& lost) {
    Json lines = Json::array();
    for (const Line& line : interface.lines)
        lines.push_back({{"feed", line.id.feed}, {"line", line.id.line == 0 ? "A" : "B"}});
    return {{"interface", interface.name},
            {"lines", std::move(lines)},
            {"packets", packets},
            {"lost", lost.empty() ? Json(nullptr) : Json(lost)}};
}

SourceReport report_of_ports(std::span<PortFacts> ports) {
    SourceReport all;
    Json list = Json::array();
    for (PortFacts& port : ports) {
        add_up(all.drops, port.report.drops);
        if (const auto why = port.report.counters.find("drops_not_counted");
            why != port.report.counters.end())
            all.counters["drops_not_counted"] = *why;
        all.cut_packets += port.report.cut_packets;
        all.cut_messages += port.report.cut_messages;
        Json one = port_json(port.of, port.packets, port.lost);
        one["drops"] = std::move(port.report.drops);
        one.update(port.report.counters);
        list.push_back(std::move(one));
    }
    all.counters["ports"] = std::move(list);
    return all;
}

void tell_of_port(std::string_view program, const std::string& interface,
                  const std::string& loss) noexcept {
    try {
        fmt::print(stderr, "{}: {}\n", program,
                   loss.empty() ? fmt::format("{} is back", interface)
                                : fmt::format("warning: {}; going on without it", loss));
    } catch (const std::exception&) {  // nobody reads standard error
    }
}

}  // namespace rxlab::rx
