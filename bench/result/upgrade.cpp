// SPDX-License-Identifier: MIT
#include "bench/result/upgrade.hpp"

#include "bench/result/result.hpp"

#include <nlohmann/json.hpp>

#include <initializer_list>

namespace rxlab::bench {
namespace {

using Json = nlohmann::ordered_json;

Json nulls(std::initializer_list<const char*> names) {
    Json json = Json::object();
    for (const char* name : names)
        json[name] = nullptr;
    return json;
}

Json& list_in(Json& json, const char* name) {
    static Json none;
    none = Json::array();
    const bool is_there = json.is_object() && json.contains(name) && json[name].is_array();
    return is_there ? json[name] : none;
}

void upgrade_run(Json& run) {
    if (!run.is_object()) return;
    const Json core =
        nulls({"steal_s", "interrupts", "receive_softirqs", "frequency_change_percent"});
    run["gaps"] = nulls({"sender", "receiver"});
    run["cores"] = {{"seconds", 0.0}, {"sender", core}, {"receiver", core}};
}

void upgrade_books(Json& runs) {
    for (Json& run : runs) {
        if (!run.is_object()) continue;
        if (run.contains("receiver") && run["receiver"].is_object())
            run["receiver"]["books"] = Json::array();
        if (run.contains("sender") && run["sender"].is_object()) {
            run["sender"]["digest"] = nullptr;
            run["sender"]["books"] = Json::array();
        }
    }
}

Json no_outliers() {
    Json counts = Json::object();
    for (const char* cause :
         {"sender_late", "core_stolen", "context_switch", "queued", "unexplained"}) {
        counts[cause] = 0U;
    }
    return {{"by_cause", counts}, {"attributed_percent", nullptr}, {"packets", Json::array()}};
}

}  // namespace

void upgrade_from_1(Json& result) {
    result["schema"] = kResultSchema2;
    result["instrument"] = nulls({"two_clock_reads_ns", "empty_pipeline_ns", "clock_offset_ns",
                                  "clock_offset_uncertainty_ns"});
    for (Json& scenario : list_in(result, "scenarios")) {
        if (!scenario.is_object()) continue;
        scenario["control"] = nullptr;
        for (Json& receiver : list_in(scenario, "receivers")) {
            if (receiver.is_object()) receiver["outliers"] = no_outliers();
            for (Json& run : list_in(receiver, "runs"))
                upgrade_run(run);
        }
    }
}

void upgrade_from_2(Json& result) {
    result["schema"] = kResultSchema;
    for (Json& scenario : list_in(result, "scenarios")) {
        for (Json& receiver : list_in(scenario, "receivers"))
            upgrade_books(list_in(receiver, "runs"));
        if (scenario.is_object() && scenario.contains("control"))
            upgrade_books(list_in(scenario["control"], "runs"));
    }
}

}  // namespace rxlab::bench
