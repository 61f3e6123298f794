// SPDX-License-Identifier: MIT

#include "bench/report/report.hpp"
#include "bench/report/slides.hpp"
#include "bench/run/candidates.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace rxlab::bench {
namespace {

constexpr std::pair<const char*, std::string (*)(const Result&, const ScenarioResult&)>
    kOfScenarios[]{{"latency", latency_slide}, {"jitter", jitter_slide},     {"ways", ways_slide},
                   {"stages", stages_slide},   {"outliers", outliers_slide}, {"cost", cost_slide}};
constexpr std::pair<const char*, std::string (*)(const ScenarioResult&)> kCharts[]{
    {"bars", bars_chart},
    {"percentiles", percentiles_chart},
    {"timeline", timeline_chart},
    {"cost-chart", cost_chart}};
constexpr std::pair<const char*, std::string (*)(const Result&)> kOfResults[]{
    {"gates", gates_slide},
    {"steps", steps_slide},
    {"audit", audit_slide},
    {"result", result_chart},
    {"environment", environment_slide},
    {"reproduce", reproduce_slide},
    {"provenance", provenance_slide}};
constexpr std::pair<const char*, std::string (*)(const Result&, const std::filesystem::path&)>
    kOfOthers[]{{"sins", sins_slide}, {"rates", rates_slide}, {"decision", decision_slide}};

// A slide may ask for these, whether they were measured or not.
std::set<std::string> scenario_names(const Result& result) {
    std::set<std::string> names{"single", "multi"};
    for (const ScenarioResult& scenario : result.scenarios)
        names.insert(scenario.name);
    return names;
}

std::set<std::string> receiver_names(const Result& result) {
    std::set<std::string> names;
    for (const Candidate& candidate : all_candidates())
        names.insert(candidate.name);
    for (const LeftOut& candidate : result.candidates_left_out)
        names.insert(candidate.name);
    for (const ScenarioResult& scenario : result.scenarios) {
        for (const ReceiverResult& receiver : scenario.receivers)
            names.insert(receiver.name);
    }
    return names;
}

// "12.3 µs", in a sentence.
std::string sentence_figure(const Result& result, const ScenarioResult& scenario,
                            const std::string& receiver, Figure figure) {
    const ReceiverResult* const found = find_receiver(scenario, receiver);
    if (found == nullptr) return missing(left_out(result, receiver));
    const Summary& summary = summary_of(*found, figure);
    if (!summary.value) return missing(too_few(result));
    const std::string text = microseconds(*summary.value) + "\u00a0µs";
    return is_void(scenario, receiver)
               ? fmt::format("~~{}~~ {}", text, classed("void-reason", "VOID"))
               : text;
}

// "single.kernel-block.p50" and so on.
void add_figures(const Result& result, Fragments& fragments) {
    for (const std::string& scenario_name : scenario_names(result)) {
        const ScenarioResult* scenario = find_scenario(result, scenario_name);
        for (const std::string& receiver : receiver_names(result)) {
            for (const Figure figure : kAllFigures) {
                const std::string_view field = to_string(figure);
                const auto name = fmt::format("{}.{}.{}", scenario_name, receiver,
                                              field.substr(0, field.find('_')));
                fragments.inlines[name] =
                    scenario == nullptr ? missing(no_scenario(scenario_name))
                                        : sentence_figure(result, *scenario, receiver, figure);
            }
        }
    }
}

Result for_tables(Result result) {
    for (ScenarioResult& scenario : result.scenarios) {
        std::erase_if(scenario.receivers, [](const ReceiverResult& receiver) {
            return explains_blocking(receiver.name);
        });
    }
    return result;
}

}  // namespace

Fragments fragments_of(const Result& whole, const std::filesystem::path& beside) {
    const Result result = for_tables(whole);
    Fragments fragments;
    for (const std::string& name : scenario_names(result)) {
        const ScenarioResult* scenario = find_scenario(result, name);
        const auto add = [&](const std::string& what, auto make) {
            fragments.blocks[what + '-' + name] =
                scenario == nullptr ? missing_box(no_scenario(name)) : make(*scenario);
        };
        for (const auto& [what, make] : kOfScenarios)
            add(what, [&, make = make](const ScenarioResult& of) { return make(result, of); });
        for (const auto& [what, make] : kCharts)
            add(what, [make = make](const ScenarioResult& of) { return make(of); });
    }
    for (const auto& [name, make] : kOfResults)
        fragments.blocks[name] = make(whole);
    for (const auto& [name, make] : kOfOthers)
        fragments.blocks[name] = make(result, beside);
    for (const auto& [path, text] : fields_of(result))
        fragments.inlines[path] = as_markdown(text);
    add_figures(whole, fragments);
    fragments.inlines.merge(titles_of(result));
    return fragments;
}

void write_fragments(const Fragments& fragments, const std::filesystem::path& directory) {
    make_directory(directory);
    for (const auto& [name, markdown] : fragments.blocks)
        program::write_file_atomically(directory / (name + ".md"), markdown);
    std::string lines;
    for (const auto& [name, markdown] : fragments.inlines)
        lines += fmt::format("{} {}\n", name, markdown);
    program::write_file_atomically(directory / "inlines.txt", lines);
}

}  // namespace rxlab::bench
