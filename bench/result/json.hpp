// SPDX-License-Identifier: MIT
//
// From structures to JSON and back. RESULT_JSON(Type, field, …) names the fields that a file has,
// once for reading and writing; it belongs in the namespace of the type. Functions without state.
//
// Reading is strict: every field must be there and of its type; fields that nobody asks for are
// skipped. An empty std::optional is null. The first mistake is thrown with its place.
#pragma once

#include "bench/result/result.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace rxlab::bench {

using Json = nlohmann::ordered_json;

// Type or const Type: one list of fields serves reading and writing.
template <typename Value, typename Type>
concept Either = std::same_as<std::remove_const_t<Value>, Type>;

#define RESULT_FIELD(name) visit(#name, value.name);
// In a for_each_field() of one's own, for a type that has fields of other names as well.
#define RESULT_FIELDS(...) NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(RESULT_FIELD, __VA_ARGS__))
#define RESULT_JSON(Type, ...)                                  \
    void for_each_field(Either<Type> auto& value, auto visit) { \
        RESULT_FIELDS(__VA_ARGS__)                              \
    }                                                           \
    static_assert(true)

template <typename T>
concept HasFields = requires(T& value) {
    for_each_field(value, [](std::string_view, auto&) {});
};

template <typename T, template <typename...> typename Template>
inline constexpr bool kIs = false;
template <template <typename...> typename Template, typename... Arguments>
inline constexpr bool kIs<Template<Arguments...>, Template> = true;

template <typename T>
[[nodiscard]] Json write_json(const T& value) {
    Json json = Json::object();
    if constexpr (HasFields<const T>) {
        for_each_field(value, [&]<typename Member>(std::string_view name, const Member& member) {
            if constexpr (kIs<Member, Extra>) {
                if (!member) return;
            }
            json[std::string(name)] = write_json(member);
        });
    } else if constexpr (kIs<T, std::optional> || kIs<T, Extra>) {
        json = value ? write_json(*value) : nullptr;
    } else if constexpr (std::is_enum_v<T>) {
        json = to_string(value);
    } else if constexpr (kIs<T, std::vector>) {
        json = Json::array();
        for (const auto& entry : value)
            json.push_back(write_json(entry));
    } else {
        json = value;
    }
    return json;
}

inline void round_numbers(Json& json, int decimals) {
    if (json.is_number_float()) {
        const double steps = std::pow(10, decimals);
        json = std::round(json.get<double>() * steps) / steps;
    } else if (json.is_structured()) {
        for (auto& entry : json)
            round_numbers(entry, decimals);
    }
}

// One value of a document, and its place there, for messages.
class JsonReader {
  public:
    // The place of a document ends with ": ".
    JsonReader(const Json& json, std::string place) : json_(json), place_(std::move(place)) {}

    // Throws std::runtime_error: "result.json: settings.rounds: not a whole number".
    template <typename T>
    void read(T& value) const {
        if constexpr (HasFields<T>) {
            require(json_.is_object(), "not an object");
            for_each_field(value,
                           [&](std::string_view name, auto& member) { read_field(name, member); });
        } else if constexpr (kIs<T, std::optional>) {
            value = json_.is_null() ? T{} : T{read_new<typename T::value_type>()};
        } else if constexpr (kIs<T, Extra>) {
            value.emplace(read_new<typename T::value_type>());
        } else if constexpr (kIs<T, std::vector>) {
            require(json_.is_array(), "not a list");
            value.clear();
            for (const auto& entry : json_) {
                const JsonReader reader(entry, fmt::format("{}[{}]", place_, value.size()));
                reader.read(value.emplace_back());
            }
        } else if constexpr (kIs<T, std::map>) {
            require(json_.is_object(), "not an object");
            for (const auto& [key, entry] : json_.items())
                JsonReader(entry, place_of(key)).read(value[key]);
        } else if constexpr (kIs<T, std::pair>) {
            require(json_.is_array() && json_.size() == 2, "not a pair");
            JsonReader(json_[0], place_).read(value.first);
            JsonReader(json_[1], place_).read(value.second);
        } else if constexpr (std::is_enum_v<T>) {
            read_name(value);
        } else {
            read_plain(value);
        }
    }

    [[noreturn]] void fail(std::string_view what) const {
        throw std::runtime_error(fmt::format("{}: {}", place_, what));
    }

  private:
    void require(bool condition, std::string_view what) const {
        if (!condition) fail(what);
    }

    template <typename T>
    T read_new() const {
        T value{};
        read(value);
        return value;
    }

    std::string place_of(std::string_view name) const {
        return fmt::format("{}{}{}", place_, place_.ends_with(": ") ? "" : ".", name);
    }

    template <typename T>
    void read_field(std::string_view name, T& value) const {
        const auto found = json_.find(std::string(name));
        if (found != json_.end()) {
            JsonReader(*found, place_of(name)).read(value);
        } else if constexpr (!kIs<T, Extra>) {
            JsonReader(json_, place_of(name)).fail("missing");
        }
    }

    template <typename T>
    void read_plain(T& value) const {
        if constexpr (std::is_same_v<T, bool>) {
            require(json_.is_boolean(), "not true or false");
        } else if constexpr (std::is_unsigned_v<T>) {
            require(json_.is_number_unsigned(), "not a whole number of at least 0");
        } else if constexpr (std::is_integral_v<T>) {
            require(json_.is_number_integer(), "not a whole number");
        } else if constexpr (std::is_floating_point_v<T>) {
            require(json_.is_number(), "not a number");
        } else {
            require(json_.is_string(), "not a string");
        }
        json_.get_to(value);
    }

    template <typename Enum>
    void read_name(Enum& value) const {
        std::string name;
        read(name);
        const auto found = std::ranges::find(kNames<Enum>, name);
        if (found == kNames<Enum>.end()) {
            fail(fmt::format("'{}' is not one of {}", name, fmt::join(kNames<Enum>, ", ")));
        }
        value = static_cast<Enum>(found - kNames<Enum>.begin());
    }

    const Json& json_;
    std::string place_;
};

}  // namespace rxlab::bench
