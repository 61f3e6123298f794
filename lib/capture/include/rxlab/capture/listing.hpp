// SPDX-License-Identifier: MIT
//
// The contents of a capture, for machines (schema rxlab.capture/2, docs/contracts.md) and for
// people, whose text ends with the options that receive its feeds. Functions without state.
#pragma once

#include <rxlab/capture/contents.hpp>
#include <rxlab/capture/reader.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace rxlab::capture {

// `contents` are those of `reader`, which has read to the end.
[[nodiscard]] nlohmann::ordered_json to_json(const Reader& reader, const Contents& contents);
[[nodiscard]] std::string to_text(const Reader& reader, const Contents& contents);

}  // namespace rxlab::capture
