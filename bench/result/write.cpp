// SPDX-License-Identifier: MIT
#include "bench/result/fields.hpp"
#include "bench/result/file.hpp"

#include <rxlab/program/files.hpp>

#include <nlohmann/json.hpp>

#include <cmath>

namespace rxlab::bench {
namespace {

using Json = nlohmann::ordered_json;

Json write(bool value) {
    return value;
}
Json write(std::int64_t value) {
    return value;
}
Json write(std::uint64_t value) {
    return value;
}
// Six decimals: no clock here resolves a picosecond, and 17 digits help no reader.
Json write(double value) {
    return std::round(value * 1e6) / 1e6;
}
Json write(const std::string& value) {
    return value;
}
Json write(Figure value) {
    return field_name(value);
}
Json write(GateStatus value) {
    return to_string(value);
}
Json write(VerdictKind value) {
    return to_string(value);
}
Json write(Cause value) {
    return to_string(value);
}
Json write(const RunFigures& figures);

template <HasFields Struct>
Json write(const Struct& value);

template <typename T>
Json write(const std::optional<T>& value) {
    return value ? write(*value) : Json(nullptr);
}

Json write(const std::pair<std::uint64_t, std::uint64_t>& value) {
    return Json::array({value.first, value.second});
}

template <typename T>
Json write(const std::vector<T>& values) {
    Json json = Json::array();
    for (const T& value : values)
        json.push_back(write(value));
    return json;
}

template <typename T>
Json write(const std::map<std::string, T>& values) {
    Json json = Json::object();
    for (const auto& [key, value] : values)
        json[key] = write(value);
    return json;
}

Json write(const std::map<Figure, Summary>& values) {
    Json json = Json::object();
    for (const auto& [figure, value] : values)
        json[std::string(field_name(figure))] = write(value);
    return json;
}

template <typename Struct, typename Member>
void write_field(Json& json, const Struct& value, const Field<Struct, Member>& field) {
    json[field.name] = write(value.*field.member);
}

template <typename Struct, typename Member>
void write_field(Json& json, const Struct& value, const ExtraField<Struct, Member>& field) {
    if (value.*field.member) json[field.name] = write(*(value.*field.member));
}

template <HasFields Struct>
Json write(const Struct& value) {
    Json json = Json::object();
    std::apply([&](const auto&... field) { (write_field(json, value, field), ...); },
               kFields<Struct>);
    return json;
}

Json write(const RunFigures& figures) {
    Json json = Json::object();
    for (Figure figure : kAllFigures) {
        json[std::string(field_name(figure))] = write(figures.latency[figure]);
    }
    json["samples"] = figures.samples;
    json["negative"] = figures.negative;
    return json;
}

constexpr std::size_t kLineCharacters = 100;

// Uses one line for what fits on it and contains no object, else one line per entry.
void append_text(std::string& text, const Json& json, std::size_t indent) {
    const std::string flat = json.dump();
    const bool is_leaf = !json.is_structured() || json.empty();
    if (is_leaf || indent + flat.size() <= kLineCharacters) {
        text += flat;
        return;
    }
    const std::string inner(indent + 1, ' ');
    const bool is_object = json.is_object();
    text += is_object ? "{\n" : "[\n";
    std::size_t column = 0;  // lists of numbers are filled like words
    bool first = true;
    for (const auto& [key, value] : json.items()) {
        const bool is_packed = !is_object && !value.is_object() && !value.is_string();
        const std::size_t width = is_packed ? value.dump().size() + 1 : kLineCharacters;
        if (!first) text += ',';
        if (first || column + width > kLineCharacters) {
            if (!first) text += '\n';
            text += inner;
            column = inner.size();
        }
        column += width;
        if (is_object) text += Json(key).dump() + ": ";
        append_text(text, value, indent + 1);
        first = false;
    }
    text += '\n' + std::string(indent, ' ') + (is_object ? '}' : ']');
}

}  // namespace

Json to_json(const Result& result) {
    Json json = Json::object();
    json["schema"] = kResultSchema;
    json.update(write(result));
    return json;
}

Json facts_to_json(const std::string& created, const Build& build, const TestBedInfo& testbed,
                   const Environment& environment) {
    return {{"created", created},
            {"rxlab", write(build)},
            {"testbed", write(testbed)},
            {"environment", write(environment)}};
}

std::string to_text(const Json& json) {
    std::string text;
    append_text(text, json, 0);
    return text + '\n';
}

void write_result(const std::filesystem::path& path, const Result& result) {
    program::write_file_atomically(path, to_text(to_json(result)));
}

}  // namespace rxlab::bench
