// SPDX-License-Identifier: MIT
#include "bench/result/file.hpp"

#include "bench/result/fields.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <stdexcept>

namespace rxlab::bench {
namespace {

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

template <typename T>
Json document_of(const char* schema, const T& value) {
    Json json = Json::object();
    json["schema"] = schema;
    json.update(write_json(value));
    return json;
}

// No clock here resolves a picosecond, and 17 digits help no reader.
Json rounded(Json json) {
    round_numbers(json, 6);
    return json;
}

}  // namespace

Json to_json(const Result& result) {
    return rounded(document_of(kResultSchema, result));
}

Json facts_to_json(const MeasuredFacts& facts) {
    return {{"created", facts.created},
            {"rxlab", write_json(facts.rxlab)},
            {"testbed", write_json(facts.testbed)},
            {"environment", write_json(facts.environment)},
            {"candidates_left_out", write_json(facts.left_out)}};
}

std::string to_text(const Json& json) {
    std::string text;
    append_text(text, json, 0);
    return text + '\n';
}

void write_result(const std::filesystem::path& path, const Result& result) {
    program::write_file_atomically(path, to_text(to_json(result)));
}

namespace {

// Throws unless the document says that it is of this schema. `how`: what to do about an older one.
void require_schema(const Json& json, std::string_view name, const char* wanted, const char* how) {
    const JsonReader document(json, std::string(name));
    const bool has_schema =
        json.is_object() && json.contains("schema") && json["schema"].is_string();
    if (!has_schema) document.fail("not a result file: it has no \"schema\"");
    const auto schema = json["schema"].get<std::string>();
    if (schema == wanted) return;
    document.fail(fmt::format("schema {}, this rxbench reads {}; {}", schema, wanted, how));
}

Json parse(const std::filesystem::path& path) {
    const std::string text = program::read_file(path);
    try {
        return Json::parse(text);
    } catch (const Json::parse_error& error) {
        throw std::runtime_error(fmt::format(
            "{}: not JSON at byte {}: truncated or not a result file", path.string(), error.byte));
    }
}

template <typename T>
T value_of(const Json& json, std::string_view name, const char* schema, const char* how) {
    require_schema(json, name, schema, how);
    T value;
    JsonReader(json, fmt::format("{}: ", name)).read(value);
    return value;
}

}  // namespace

Result result_from_json(const Json& json, std::string_view name) {
    return value_of<Result>(json, name, kResultSchema, "measure again with `rxbench run`");
}

Result read_result(const std::filesystem::path& path) {
    return result_from_json(parse(path), path.string());
}

Json to_json(const Decision& decision) {
    return rounded(document_of(kDecisionSchema, decision));
}

void write_decision(const std::filesystem::path& path, const Decision& decision) {
    program::write_file_atomically(path, to_text(to_json(decision)));
}

Decision read_decision(const std::filesystem::path& path) {
    return value_of<Decision>(parse(path), path.string(), kDecisionSchema,
                              "measure again with `rxbench decide`");
}

void write_sins(const std::filesystem::path& path, const Sins& sins) {
    program::write_file_atomically(path, to_text(document_of(kSinsSchema, sins)));
}

Sins read_sins(const std::filesystem::path& path) {
    return value_of<Sins>(parse(path), path.string(), kSinsSchema,
                          "make it again with `rxbench sins`");
}

}  // namespace rxlab::bench
