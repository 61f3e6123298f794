// SPDX-License-Identifier: MIT
//
// Prints the made-up result that tests/bench/data/example-result.json is; with an argument, its
// tables as the terminal shows them, example-tables.txt.
#include "bench/report/tables.hpp"
#include "bench/result/file.hpp"
#include "synthetic.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

int main(int argc, char**) {
    using namespace rxlab::bench;
    const Result result = synthetic::make_result();
    std::fputs((argc > 1 ? to_plain_text(document_of(result)) : to_text(to_json(result))).c_str(),
               stdout);
    return 0;
}
