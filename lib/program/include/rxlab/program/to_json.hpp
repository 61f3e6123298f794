// SPDX-License-Identifier: MIT
//
// RXLAB_TO_JSON(Type, field, …): the fields of a struct become the entries of a JSON object, under
// their names. To be used in the type's namespace. NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE does not know
// ordered_json before nlohmann/json 3.12, and demands that objects can be read, too.
#pragma once

#include <nlohmann/json.hpp>

#define RXLAB_TO_JSON(Type, ...)                                                                \
    inline void to_json(nlohmann::ordered_json& nlohmann_json_j, const Type& nlohmann_json_t) { \
        NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_TO, __VA_ARGS__))                \
    }                                                                                           \
    static_assert(true)
