// SPDX-License-Identifier: MIT
#include "bench/report/slides.hpp"
#include "bench/result/file.hpp"
#include "bench/result/json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace rxlab::bench {
namespace {

using Fields = std::map<std::string, std::string>;

// Title and path; two of them make a row.
constexpr std::array<std::pair<const char*, const char*>, 18> kShown{{
    {"CPU", "environment.cpu.model"},
    {"kernel", "environment.kernel.release"},
    {"logical CPUs", "environment.cpu.online"},
    {"clock source", "environment.kernel.clocksource"},
    {"isolated CPUs", "environment.cpu.isolated"},
    {"distribution", "environment.distribution"},
    {"SMT", "environment.cpu.smt"},
    {"hypervisor", "environment.hypervisor"},
    {"governor", "environment.cpu.governor"},
    {"idle driver", "environment.cpu.idle_driver"},
    {"NUMA nodes", "environment.cpu.numa_nodes"},
    {"huge pages", "environment.memory.huge_pages"},
    {"transparent huge pages", "environment.memory.transparent_huge_pages"},
    {"interface driver", "environment.interface_driver"},
    {"DPDK", "environment.dpdk_version"},
    {"compiler", "rxlab.compiler"},
    {"sender on CPU", "settings.sender_cpu"},
    {"receiver on CPU", "settings.receiver_cpu"},
}};

std::string text_of(const Json& json) {
    if (json.is_number()) return number(json.get<double>());
    if (json.is_boolean()) return json.get<bool>() ? "yes" : "no";
    if (json.is_string()) return json.get<std::string>();
    std::string list;
    for (const Json& entry : json)
        list += (list.empty() ? "" : ", ") + text_of(entry);
    return list;
}

void add_fields(const Json& json, const std::string& path, Fields& fields) {
    for (const auto& [name, value] : json.items()) {
        if (value.is_object()) {
            add_fields(value, path + name + '.', fields);
        } else if (!value.is_null()) {
            fields[path + name] = text_of(value);
        }
    }
}

std::string vulnerable(const Result& result) {
    std::string names;
    for (const auto& [name, state] : result.environment.kernel.vulnerabilities) {
        if (state.starts_with("Vulnerable")) names += (names.empty() ? "" : ", ") + name;
    }
    return names.empty() ? "none reported as vulnerable" : "vulnerable: " + names;
}

// "DPDK 22.11.11-1~deb12u2, glibc 2.36-9+deb12u13"; nothing where the file does not say.
std::string libraries_of(const Result& result) {
    std::string list;
    if (!result.environment.libraries) return list;
    for (const auto& [name, version] : *result.environment.libraries)
        list += fmt::format("{}{} {}", list.empty() ? "" : ", ", name, version);
    return list;
}

std::string scenario_command(const Result& result, const ScenarioResult& scenario) {
    return fmt::format(
        "./rxlab bench --scenario {} --rounds {} --seed {} \\\n    {}--rate {:.15g} --profile {} "
        "--seconds {:.15g} --warmup {:.15g}\n",
        scenario.name, scenario.rounds, result.settings.seed,
        scenario.name == "multi" ? fmt::format("--feeds {} ", scenario.feeds) : "",
        scenario.rate_per_feed, scenario.profile, scenario.seconds, scenario.warmup_s);
}

}  // namespace

Fields fields_of(const Result& result) {
    Json json = to_json(result);
    json.erase("scenarios");
    Fields fields;
    add_fields(json, "", fields);
    std::erase_if(fields, [](const auto& field) { return field.second.empty(); });
    return fields;
}

std::string environment_slide(const Result& result) {
    Fields fields = fields_of(result);
    fields.emplace("environment.cpu.isolated", "none");
    SlideTable table{
        ".small .environment",
        {{"what", "", true}, {"value", "", true}, {"what", "", true}, {"value", "", true}}};
    for (std::size_t i = 0; i < kShown.size(); ++i) {
        if (i % 2 == 0) table.rows.emplace_back();
        const auto& [title, path] = kShown[i];
        const auto found = fields.find(path);
        table.rows.back().insert(
            table.rows.back().end(),
            {title, found == fields.end() ? missing("not recorded") : as_markdown(found->second)});
    }
    if (const std::string libraries = libraries_of(result); !libraries.empty())
        table.rows.push_back({"libraries", as_markdown(libraries)});
    table.rows.push_back({"mitigations", as_markdown(vulnerable(result))});
    return to_markdown(table) +
           remark("The kernel’s command line and every package’s version are in the result file.");
}

std::string provenance_slide(const Result& result) {
    const Environment& environment = result.environment;
    const auto recorded = [](const std::string& text) {
        return text.empty() ? "not recorded" : text;
    };
    std::string line =
        fmt::format("{}, {} CPUs", recorded(environment.cpu.model), environment.cpu.online);
    if (environment.hypervisor != "none" && !environment.hypervisor.empty()) {
        line += ", " + environment.hypervisor;
    }
    line += fmt::format(" · kernel {} · rung {} · {} · commit {}{}",
                        recorded(environment.kernel.release), recorded(result.testbed.name),
                        result.created, recorded(result.rxlab.commit),
                        result.rxlab.dirty ? " (changed)" : "");
    if (result.settings.quick) line += " · quick run, not for figures";
    const std::string verdict{to_string(result.verdict.verdict)};
    std::string colour = "verdict-" + verdict;
    std::ranges::transform(colour, colour.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return box(".provenance", as_markdown(line + " · ") + classed(colour, "verdict " + verdict));
}

std::string reproduce_slide(const Result& result) {
    std::string commands = fmt::format("git checkout {}\n", result.rxlab.commit);
    for (const ScenarioResult& scenario : result.scenarios)
        commands += scenario_command(result, scenario);
    return fmt::format("```bash\n{}```\n\n", commands) +
           (result.rxlab.dirty ? remark("The tree had uncommitted changes: that commit alone is "
                                        "not what was measured.")
                               : "");
}

}  // namespace rxlab::bench
