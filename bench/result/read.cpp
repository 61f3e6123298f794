// SPDX-License-Identifier: MIT
#include "bench/result/fields.hpp"
#include "bench/result/file.hpp"
#include "bench/result/upgrade.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <stdexcept>

namespace rxlab::bench {
namespace {

using Json = nlohmann::ordered_json;

// The reader's place in the document, for messages.
using Path = std::string;

// Path of a member; the path of the document ends with ": ".
Path within(const Path& path, std::string_view name) {
    return path.ends_with(": ") ? fmt::format("{}{}", path, name)
                                : fmt::format("{}.{}", path, name);
}

[[noreturn]] void fail(const Path& path, std::string_view what) {
    throw std::runtime_error(fmt::format("{}: {}", path, what));
}

const Json& member(const Json& json, const char* name, const Path& path) {
    if (!json.is_object()) fail(path, "not an object");
    const auto found = json.find(name);
    if (found == json.end()) fail(within(path, name), "missing");
    return *found;
}

void read(const Json& json, bool& value, const Path& path) {
    if (!json.is_boolean()) fail(path, "not true or false");
    value = json.get<bool>();
}

void read(const Json& json, std::int64_t& value, const Path& path) {
    if (!json.is_number_integer()) fail(path, "not a whole number");
    value = json.get<std::int64_t>();
}

void read(const Json& json, std::uint64_t& value, const Path& path) {
    if (!json.is_number_unsigned()) fail(path, "not a whole number of at least 0");
    value = json.get<std::uint64_t>();
}

void read(const Json& json, double& value, const Path& path) {
    if (!json.is_number()) fail(path, "not a number");
    value = json.get<double>();
}

void read(const Json& json, std::string& value, const Path& path) {
    if (!json.is_string()) fail(path, "not a string");
    value = json.get<std::string>();
}

void read(const Json& json, Figure& value, const Path& path) {
    std::string name;
    read(json, name, path);
    try {
        value = figure_from_field_name(name);
    } catch (const std::runtime_error& error) {
        fail(path, error.what());
    }
}

// `count`: how many enumerators there are, numbered from 0.
template <typename Enum>
void read_enum(const Json& json, Enum& value, int count, const Path& path) {
    std::string name, names;
    read(json, name, path);
    for (int candidate = 0; candidate < count; ++candidate) {
        value = static_cast<Enum>(candidate);
        if (to_string(value) == name) return;
        names += (names.empty() ? "" : ", ") + to_string(value);
    }
    fail(path, fmt::format("'{}' is not one of {}", name, names));
}

void read(const Json& json, GateStatus& value, const Path& path) {
    read_enum(json, value, 3, path);
}
void read(const Json& json, VerdictKind& value, const Path& path) {
    read_enum(json, value, 3, path);
}
void read(const Json& json, Cause& value, const Path& path) {
    read_enum(json, value, 5, path);
}

void read(const Json& json, RunFigures& figures, const Path& path);
template <HasFields Struct>
void read(const Json& json, Struct& value, const Path& path);

template <typename T>
void read(const Json& json, std::optional<T>& value, const Path& path) {
    if (json.is_null()) {
        value.reset();
    } else {
        read(json, value.emplace(), path);
    }
}

void read(const Json& json, std::pair<std::uint64_t, std::uint64_t>& value, const Path& path) {
    if (!json.is_array() || json.size() != 2) fail(path, "not a pair");
    read(json[0], value.first, path);
    read(json[1], value.second, path);
}

template <typename T>
void read(const Json& json, std::vector<T>& values, const Path& path) {
    if (!json.is_array()) fail(path, "not a list");
    values.clear();
    values.reserve(json.size());
    for (const Json& entry : json) {
        const Path entry_path = fmt::format("{}[{}]", path, values.size());
        read(entry, values.emplace_back(), entry_path);
    }
}

template <typename T>
void read(const Json& json, std::map<std::string, T>& values, const Path& path) {
    if (!json.is_object()) fail(path, "not an object");
    for (const auto& [key, entry] : json.items())
        read(entry, values[key], within(path, key));
}

void read(const Json& json, std::map<Figure, Summary>& values, const Path& path) {
    for (Figure figure : kAllFigures) {
        const std::string name{field_name(figure)};
        read(member(json, name.c_str(), path), values[figure], within(path, name));
    }
}

template <typename Struct, typename Member>
void read_field(const Json& json, Struct& value, const Field<Struct, Member>& field,
                const Path& path) {
    read(member(json, field.name, path), value.*field.member, within(path, field.name));
}

template <typename Struct, typename Member>
void read_field(const Json& json, Struct& value, const ExtraField<Struct, Member>& field,
                const Path& path) {
    if (!json.contains(field.name)) return;
    read(json[field.name], (value.*field.member).emplace(), within(path, field.name));
}

template <HasFields Struct>
void read(const Json& json, Struct& value, const Path& path) {
    std::apply([&](const auto&... field) { (read_field(json, value, field, path), ...); },
               kFields<Struct>);
}

void read(const Json& json, RunFigures& figures, const Path& path) {
    for (Figure figure : kAllFigures) {
        const std::string name{field_name(figure)};
        read(member(json, name.c_str(), path), figures.latency[figure], within(path, name));
    }
    read(member(json, "samples", path), figures.samples, within(path, "samples"));
    read(member(json, "negative", path), figures.negative, within(path, "negative"));
}

std::string checked_schema(const Json& json, const std::string& name) {
    const bool has_schema =
        json.is_object() && json.contains("schema") && json["schema"].is_string();
    if (!has_schema) fail(name, "not a result file: it has no \"schema\"");
    const auto schema = json["schema"].get<std::string>();
    if (schema != kResultSchema && schema != kResultSchema1 && schema != kResultSchema2) {
        fail(name,
             fmt::format("schema {}, this rxbench reads {}, {} and {}; make a new result with "
                         "`rxbench run`",
                         schema, kResultSchema1, kResultSchema2, kResultSchema));
    }
    return schema;
}

}  // namespace

Result result_from_json(const Json& json, std::string_view name) {
    Result result;
    const std::string schema = checked_schema(json, std::string(name));
    if (schema == kResultSchema) {
        read(json, result, std::string(name) + ": ");
        return result;
    }
    Json upgraded = json;
    if (schema == kResultSchema1) upgrade_from_1(upgraded);
    upgrade_from_2(upgraded);
    read(upgraded, result, std::string(name) + ": ");
    return result;
}

Result read_result(const std::filesystem::path& path) {
    const std::string text = program::read_file(path);
    Json json;
    try {
        json = Json::parse(text);
    } catch (const Json::parse_error& error) {
        throw std::runtime_error(fmt::format(
            "{}: not JSON at byte {}: truncated or not a result file", path.string(), error.byte));
    }
    return result_from_json(json, path.string());
}

}  // namespace rxlab::bench
