// SPDX-License-Identifier: MIT
//
// Prints the made-up result that tests/bench/data/example-result.json is.
#include "bench/result/file.hpp"
#include "synthetic.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

int main() {
    using namespace rxlab::bench;
    std::fputs(to_text(to_json(synthetic::make_result())).c_str(), stdout);
    return 0;
}
