// SPDX-License-Identifier: MIT
#include "bench/result/book_cost.hpp"

#include "bench/result/file.hpp"
#include "bench/result/json.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rxlab::bench {

void for_each_field(Either<BookPercentiles> auto& value, auto visit) {
    visit("p50_ns", value.p50);
    visit("p90_ns", value.p90);
    visit("p99_ns", value.p99);
    visit("p99.9_ns", value.p999);
    visit("max_ns", value.max);
    RESULT_FIELDS(clock_ns)
}

void for_each_field(Either<BookLayoutCost> auto& value, auto visit) {
    RESULT_FIELDS(layout)
    visit("packet_ns", value.packet.rounds);
    visit("single_ns", value.single.rounds);
    visit("depth_ns", value.depth.rounds);
    visit("cold_ns", value.cold.rounds);
    visit("one_message", value.message);
    RESULT_FIELDS(resident_bytes, counted_bytes, digest)
}

void for_each_field(Either<BookDayCost> auto& value, auto visit) {
    RESULT_FIELDS(day, messages, bytes, orders, levels, refused)
    visit("decode_ns", value.decode.rounds);
    RESULT_FIELDS(layouts)
}

RESULT_JSON(BookCost, written, cpu, hypervisor, kernel, huge_pages, compiler, commit, command,
            window, rounds, days);

void write_book_cost(const std::filesystem::path& path, const BookCost& cost) {
    Json json = Json::object();
    json["book_bench_schema"] = kBookCostSchema;
    json.update(write_json(cost));
    round_numbers(json, 2);
    program::write_file_atomically(path, to_text(json));
}

BookCost read_book_cost(const std::filesystem::path& path) {
    const Json json = Json::parse(program::read_file(path), nullptr, /*allow_exceptions=*/false);
    const JsonReader document(json, fmt::format("read {}", path.string()));
    if (json.is_discarded()) document.fail("not JSON: truncated or not a result of book_bench");
    if (!json.is_object() || !json.contains("book_bench_schema")) {
        document.fail("not a result of book_bench: it has no \"book_bench_schema\"");
    }
    if (json["book_bench_schema"] != kBookCostSchema) {
        document.fail(fmt::format("its schema is {}, this program reads {}",
                                  json["book_bench_schema"].dump(), kBookCostSchema));
    }
    BookCost cost;
    JsonReader(json, fmt::format("read {}: ", path.string())).read(cost);
    return cost;
}

}  // namespace rxlab::bench
