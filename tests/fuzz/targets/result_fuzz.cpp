// SPDX-License-Identifier: MIT
//
// Any bytes as a result file. What is understood is written again, and reads as the same.
#include "bench/result/file.hpp"
#include "fuzz.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rxlab;
    using Json = nlohmann::ordered_json;
    const Json json = Json::parse(data, data + size, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) return 0;
    bench::Result result;
    try {
        result = bench::result_from_json(json, "result.json");
    } catch (const std::runtime_error& error) {
        REQUIRE(std::string{error.what()}.starts_with("result.json: "));
        return 0;
    }
    const Json written = bench::to_json(result);
    const std::string text = bench::to_text(written);
    const Json again = Json::parse(text);
    REQUIRE(again == written);
    REQUIRE(bench::to_json(bench::result_from_json(again, "again")) == written);
    return 0;
}
