// SPDX-License-Identifier: MIT
#include "bench/experiments/compare.hpp"

#include "bench/analysis/judge.hpp"
#include "bench/report/table_parts.hpp"
#include "bench/result/file.hpp"
#include "bench/result/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace rxlab::bench {
namespace {

constexpr const char* kAbsent = "absent";

// Every leaf below `json` by its dotted path.
void collect(const Json& json, const std::string& path, std::map<std::string, std::string>& into) {
    if (json.is_structured() && !json.empty()) {
        for (const auto& [key, value] : json.items())
            collect(value, path + '.' + key, into);
    } else {
        into[path] = json.is_string() ? json.get<std::string>() : json.dump();
    }
}

// The fields of a result that must be the same for its figures to be comparable.
std::map<std::string, std::string> conditions(const Result& result) {
    const Json json = to_json(result);
    std::map<std::string, std::string> fields;
    for (const char* section : {"rxlab", "testbed", "environment", "settings"}) {
        collect(json[section], section, fields);
    }
    for (const Json& scenario : json["scenarios"]) {
        const std::string path = "scenario " + scenario["name"].get<std::string>();
        for (const char* field :
             {"feeds", "rate_per_feed", "profile", "seconds", "warmup_s", "messages_per_packet"}) {
            collect(scenario[field], path + '.' + field, fields);
        }
        for (const Json& receiver : scenario["receivers"]) {
            fields[path + ".receiver " + receiver["name"].get<std::string>()] = "measured";
        }
    }
    return fields;
}

std::string or_empty(const std::string& text) {
    return text.empty() ? "(empty)" : text;
}

const ScenarioResult* scenario_of(const Result& result, const std::string& name) {
    const auto found =
        std::find_if(result.scenarios.begin(), result.scenarios.end(),
                     [&](const ScenarioResult& scenario) { return scenario.name == name; });
    return found == result.scenarios.end() ? nullptr : &*found;
}

std::string cell(const ScenarioResult& scenario, const ReceiverResult& receiver, Figure figure) {
    const auto found = receiver.figures.find(figure);
    if (found == receiver.figures.end() || !found->second.value) return "–";
    const std::string text = microseconds(*found->second.value);
    return is_void(scenario, receiver.name) ? "~~" + text + "~~" : text;
}

Table figure_table(const ScenarioResult& a, const ScenarioResult& b) {
    Table table{"Latency, µs", {"receiver", "p50 A", "B", "p99 A", "B", "maximum A", "B"}, {}};
    for (const ReceiverResult& receiver : a.receivers) {
        const auto other =
            std::find_if(b.receivers.begin(), b.receivers.end(),
                         [&](const ReceiverResult& each) { return each.name == receiver.name; });
        if (other == b.receivers.end()) continue;
        std::vector<std::string> row{receiver.title};
        for (Figure figure : {Figure::p50, Figure::p99, Figure::max}) {
            row.push_back(cell(a, receiver, figure));
            row.push_back(cell(b, *other, figure));
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

// Whether two intervals have a value in common.
std::string agreement(const ScenarioResult& a, const Ratio& of_a, const ScenarioResult& b,
                      const Ratio& of_b) {
    if (is_void(a, of_a) || is_void(b, of_b)) return "VOID";
    if (!of_a.low || !of_b.low || !of_a.high || !of_b.high) return "no intervals";
    return *of_a.low <= *of_b.high && *of_b.low <= *of_a.high ? "yes" : "NO";
}

Table ratio_table(const ScenarioResult& a, const ScenarioResult& b) {
    Table table{"Ratios, which compare better than figures", {"ratio", "A", "B", "agree"}, {}};
    for (const Ratio& ratio : a.ratios) {
        if (ratio.figure != Figure::p50 && ratio.figure != Figure::p99) continue;
        const auto other = std::find_if(b.ratios.begin(), b.ratios.end(), [&](const Ratio& each) {
            return each.numerator == ratio.numerator && each.denominator == ratio.denominator &&
                   each.figure == ratio.figure;
        });
        if (other == b.ratios.end()) continue;
        const auto struck = [](const ScenarioResult& scenario, const Ratio& each) {
            const std::string text = describe(each);
            return is_void(scenario, each) ? "~~" + text + "~~" : text;
        };
        table.rows.push_back({fmt::format("{} / {}, {}", ratio.numerator, ratio.denominator,
                                          ratio.figure == Figure::p50 ? "p50" : "p99"),
                              struck(a, ratio), struck(b, *other), agreement(a, ratio, b, *other)});
    }
    return table;
}

Table difference_table(const std::vector<Difference>& all) {
    Table table{"Differences", {"field", "A", "B"}, {}};
    for (const Difference& each : all)
        table.rows.push_back({each.field, or_empty(each.a), or_empty(each.b)});
    return table;
}

void refuse_other_rungs(const Result& a, const Result& b) {
    if (a.testbed.name == b.testbed.name) return;
    throw std::runtime_error(
        fmt::format("compare: one result is from rung {}, the other from {}: another wire is "
                    "another experiment; measure both on one rung",
                    a.testbed.name, b.testbed.name));
}

}  // namespace

std::vector<Difference> differences(const Result& a, const Result& b) {
    const auto of_a = conditions(a), of_b = conditions(b);
    std::set<std::string> fields;
    for (const auto* each : {&of_a, &of_b}) {
        for (const auto& [field, value] : *each)
            fields.insert(field);
    }
    std::vector<Difference> all;
    for (const std::string& field : fields) {
        const auto in_a = of_a.find(field), in_b = of_b.find(field);
        const std::string value_a = in_a == of_a.end() ? kAbsent : in_a->second;
        const std::string value_b = in_b == of_b.end() ? kAbsent : in_b->second;
        if (value_a != value_b) all.push_back({field, value_a, value_b});
    }
    return all;
}

Document compare(const Result& a, const Result& b) {
    refuse_other_rungs(a, b);
    Document document;
    document.title = "Two results";
    for (const auto& [name, result] : {std::pair{"A", &a}, std::pair{"B", &b}}) {
        document.header.push_back(fmt::format("{}: {}, {}, commit {}", name, result->created,
                                              to_string(result->verdict.verdict),
                                              result->rxlab.commit));
    }
    const std::vector<Difference> all = differences(a, b);
    if (all.empty()) {
        document.header.emplace_back("Environment, build, settings and traffic are the same");
    } else {
        document.header.push_back(
            fmt::format("{} differences: until each is known to be harmless, the figures below "
                        "cannot be compared",
                        all.size()));
        document.sections.push_back({"Conditions", {difference_table(all)}});
    }
    for (const ScenarioResult& scenario : a.scenarios) {
        const ScenarioResult* other = scenario_of(b, scenario.name);
        if (other == nullptr) continue;
        Document::Section section{scenario.title, {figure_table(scenario, *other)}};
        if (!scenario.ratios.empty()) section.tables.push_back(ratio_table(scenario, *other));
        document.sections.push_back(std::move(section));
    }
    document.footnotes.emplace_back(
        "Agree: the two confidence intervals overlap. A figure struck through (~~) failed a gate.");
    add_caveat(document, a.testbed.name);
    return document;
}

}  // namespace rxlab::bench
