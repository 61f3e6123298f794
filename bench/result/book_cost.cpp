// SPDX-License-Identifier: MIT
#include "bench/result/book_cost.hpp"

#include "bench/result/file.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

namespace rxlab::bench {
namespace {

using Json = nlohmann::ordered_json;

// Reader and writer walk the same lists of names.
template <typename T>
auto fields(T& of) {
    using Type = std::remove_const_t<T>;
    if constexpr (std::is_same_v<Type, BookPercentiles>) {
        return std::tuple(std::pair("p50_ns", &of.p50), std::pair("p90_ns", &of.p90),
                          std::pair("p99_ns", &of.p99), std::pair("p99.9_ns", &of.p999),
                          std::pair("max_ns", &of.max), std::pair("clock_ns", &of.clock_ns));
    } else if constexpr (std::is_same_v<Type, BookLayoutCost>) {
        return std::tuple(std::pair("layout", &of.layout), std::pair("packet_ns", &of.packet),
                          std::pair("single_ns", &of.single), std::pair("depth_ns", &of.depth),
                          std::pair("cold_ns", &of.cold), std::pair("one_message", &of.message),
                          std::pair("resident_bytes", &of.resident_bytes),
                          std::pair("counted_bytes", &of.counted_bytes),
                          std::pair("digest", &of.digest));
    } else if constexpr (std::is_same_v<Type, BookDayCost>) {
        return std::tuple(std::pair("day", &of.day), std::pair("messages", &of.messages),
                          std::pair("bytes", &of.bytes), std::pair("orders", &of.orders),
                          std::pair("levels", &of.levels), std::pair("refused", &of.refused),
                          std::pair("decode_ns", &of.decode), std::pair("layouts", &of.layouts));
    } else {
        return std::tuple(std::pair("written", &of.written), std::pair("cpu", &of.cpu),
                          std::pair("hypervisor", &of.hypervisor), std::pair("kernel", &of.kernel),
                          std::pair("huge_pages", &of.huge_pages),
                          std::pair("compiler", &of.compiler), std::pair("commit", &of.commit),
                          std::pair("command", &of.command), std::pair("window", &of.window),
                          std::pair("rounds", &of.rounds), std::pair("days", &of.days));
    }
}

Json to_json(const std::string& value) {
    return value;
}
Json to_json(std::uint64_t value) {
    return value;
}
Json to_json(double value) {
    return std::round(value * 100) / 100;
}
Json to_json(const BookFigure& value);
template <typename T>
Json to_json(const std::vector<T>& values);
template <typename T>
Json to_json(const T& value);

template <typename T>
Json to_json(const std::vector<T>& values) {
    Json json = Json::array();
    for (const T& value : values)
        json.push_back(to_json(value));
    return json;
}
Json to_json(const BookFigure& value) {
    return to_json(value.rounds);
}
template <typename T>
Json to_json(const T& value) {
    Json json = Json::object();
    std::apply([&](auto... field) { ((json[field.first] = to_json(*field.second)), ...); },
               fields(value));
    return json;
}

void from_json(const Json& json, BookFigure& value);
void from_json(const Json& json, std::string& value) {
    json.get_to(value);
}
void from_json(const Json& json, std::uint64_t& value) {
    json.get_to(value);
}
void from_json(const Json& json, double& value) {
    json.get_to(value);
}
template <typename T>
void from_json(const Json& json, std::vector<T>& values);
template <typename T>
void from_json(const Json& json, T& value) {
    std::apply([&](auto... field) { (from_json(json.at(field.first), *field.second), ...); },
               fields(value));
}
void from_json(const Json& json, BookFigure& value) {
    from_json(json, value.rounds);
}
template <typename T>
void from_json(const Json& json, std::vector<T>& values) {
    if (!json.is_array())
        throw std::runtime_error("read a result of book_bench: something else in place of a list");
    for (const Json& entry : json)
        from_json(entry, values.emplace_back());
}

}  // namespace

void write_book_cost(const std::filesystem::path& path, const BookCost& cost) {
    Json json = Json::object();
    json["book_bench_schema"] = kBookCostSchema;
    json.update(to_json(cost));
    program::write_file_atomically(path, to_text(json));
}

BookCost read_book_cost(const std::filesystem::path& path) {
    const std::string text = program::read_file(path);
    const auto fail = [&](const std::string& why) {
        throw std::runtime_error(fmt::format("read {}: {}", path.string(), why));
    };
    BookCost cost;
    try {
        const Json json = Json::parse(text);
        if (!json.is_object() || !json.contains("book_bench_schema")) {
            fail("not a result of book_bench: it has no \"book_bench_schema\"");
        }
        if (json["book_bench_schema"] != kBookCostSchema) {
            fail(fmt::format("its schema is {}, this program reads {}",
                             json["book_bench_schema"].dump(), kBookCostSchema));
        }
        from_json(json, cost);
    } catch (const nlohmann::json::exception& error) {
        fail(error.what());
    }
    return cost;
}

}  // namespace rxlab::bench
