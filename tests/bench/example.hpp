// SPDX-License-Identifier: MIT
//
// The made-up result that is kept in data/, and what tests ask of the text made of it.
#pragma once

#include "bench/result/file.hpp"

#include <string>

namespace rxlab::bench::example {

inline const std::string kData = RXLAB_SOURCE_DIR "/tests/bench/data/";
inline const std::string kResultFile = kData + "example-result.json";

inline Result result() {
    return read_result(kResultFile);
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace rxlab::bench::example
