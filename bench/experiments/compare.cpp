// SPDX-License-Identifier: MIT
#include "bench/experiments/compare.hpp"

#include "bench/analysis/judge.hpp"
#include "bench/report/table_parts.hpp"
#include "bench/result/fields.hpp"
#include "bench/result/file.hpp"

#include <fmt/format.h>

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

std::string cell(const ScenarioResult& scenario, const ReceiverResult& receiver, Figure figure) {
    const auto found = receiver.figures.find(figure);
    if (found == receiver.figures.end() || !found->second.value) return "–";
    const std::string text = microseconds(*found->second.value);
    return is_void(scenario, receiver.name) ? "~~" + text + "~~" : text;
}

Table figure_table(const ScenarioResult& a, const ScenarioResult& b) {
    Table table{"Latency, µs", {"receiver", "p50 A", "B", "p99 A", "B", "maximum A", "B"}, {}};
    for (const ReceiverResult& receiver : a.receivers) {
        const ReceiverResult* const other = find_receiver(b, receiver.name);
        if (other == nullptr) continue;
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
        const Ratio* const other = find_ratio(b, ratio.numerator, ratio.denominator, ratio.figure);
        if (other == nullptr) continue;
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

Json about(const NamedResult& each) {
    return {{"file", each.name},
            {"created", each.result.created},
            {"verdict", to_string(each.result.verdict.verdict)},
            {"commit", each.result.rxlab.commit}};
}

// Null where there is no such figure, or a gate failed.
Json figure_ns(const ScenarioResult& scenario, const ReceiverResult& receiver, Figure figure) {
    const Summary& summary = summary_of(receiver, figure);
    return is_void(scenario, receiver.name) ? Json{} : write_json(summary.value);
}

Json scenario_json(const ScenarioResult& a, const ScenarioResult& b) {
    Json json{{"name", a.name}, {"receivers", Json::array()}, {"ratios", Json::array()}};
    for (const ReceiverResult& receiver : a.receivers) {
        const ReceiverResult* const other = find_receiver(b, receiver.name);
        if (other == nullptr) continue;
        Json row{{"name", receiver.name}};
        for (Figure figure : {Figure::p50, Figure::p99, Figure::max})
            row[std::string{to_string(figure)}] = {{"a", figure_ns(a, receiver, figure)},
                                                   {"b", figure_ns(b, *other, figure)}};
        json["receivers"].push_back(std::move(row));
    }
    for (const Ratio& ratio : a.ratios) {
        const Ratio* const other = find_ratio(b, ratio.numerator, ratio.denominator, ratio.figure);
        if (other == nullptr) continue;
        json["ratios"].push_back({{"a", write_json(ratio)},
                                  {"b", write_json(*other)},
                                  {"agree", agreement(a, ratio, b, *other)}});
    }
    return json;
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

Document compare(const NamedResult& a, const NamedResult& b) {
    refuse_other_rungs(a.result, b.result);
    Document document;
    document.title = "Two results";
    for (const auto& [letter, each] : {std::pair{"A", &a}, std::pair{"B", &b}}) {
        document.header.push_back(
            fmt::format("{}: {}: {}, {}, commit {}", letter, each->name, each->result.created,
                        to_string(each->result.verdict.verdict), each->result.rxlab.commit));
    }
    const std::vector<Difference> all = differences(a.result, b.result);
    if (all.empty()) {
        document.header.emplace_back("Environment, build, settings and traffic are the same");
    } else {
        document.header.push_back(
            fmt::format("{} differences: until each is known to be harmless, the figures below "
                        "cannot be compared",
                        all.size()));
        document.sections.push_back({"Conditions", {difference_table(all)}});
    }
    for (const ScenarioResult& scenario : a.result.scenarios) {
        const ScenarioResult* other = find_scenario(b.result, scenario.name);
        if (other == nullptr) continue;
        Document::Section section{scenario.title, {figure_table(scenario, *other)}};
        if (!scenario.ratios.empty()) section.tables.push_back(ratio_table(scenario, *other));
        document.sections.push_back(std::move(section));
    }
    document.footnotes.emplace_back(
        "Agree: the two confidence intervals overlap. A figure struck through (~~) failed a gate.");
    add_caveat(document, a.result.testbed.name);
    return document;
}

Json compare_json(const NamedResult& a, const NamedResult& b) {
    refuse_other_rungs(a.result, b.result);
    Json json{{"schema", "rxlab.compare/1"},
              {"a", about(a)},
              {"b", about(b)},
              {"differences", Json::array()},
              {"scenarios", Json::array()}};
    for (const Difference& each : differences(a.result, b.result))
        json["differences"].push_back({{"field", each.field}, {"a", each.a}, {"b", each.b}});
    for (const ScenarioResult& scenario : a.result.scenarios) {
        const ScenarioResult* const other = find_scenario(b.result, scenario.name);
        if (other != nullptr) json["scenarios"].push_back(scenario_json(scenario, *other));
    }
    return json;
}

}  // namespace rxlab::bench
