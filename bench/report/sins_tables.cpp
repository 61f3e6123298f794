// SPDX-License-Identifier: MIT
#include "bench/report/table_parts.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/sins.hpp"

#include <fmt/format.h>

#include <utility>

namespace rxlab::bench {
namespace {

Table table_of(const SinsSeries& series) {
    Table table{"Latency, µs, and how much better each error makes it look", {"error"}, {}};
    for (const SinColumn& column : kSinColumns)
        table.columns.push_back(column.gains ? fmt::format("{} gains", column.title)
                                             : column.title);
    for (const SinFigures& each : series.figures) {
        std::vector<std::string> row{each.sin};
        for (const SinColumn& column : kSinColumns)
            row.push_back(sin_cell(series, each, column));
        table.rows.push_back(std::move(row));
    }
    return table;
}

}  // namespace

std::string sin_cell(const SinsSeries& series, const SinFigures& sin, const SinColumn& column) {
    const std::optional<double>& figure = sin.*column.figure;
    if (!column.gains) return figure ? microseconds(*figure) : kNothing;
    const SinFigures& honest = series.figures.front();
    if (&sin == &honest) return "";
    const std::optional<double>& true_figure = honest.*column.figure;
    if (!true_figure || !figure || *figure <= 0) return kNothing;
    return times(*true_figure / *figure);
}

Document document_of(const Sins& sins) {
    Document document;
    document.title = "Six ways to look better";
    document.header.emplace_back("None of the figures below the first row of a table is true.");
    for (const SinsSeries& series : sins.series) {
        document.sections.push_back(
            {fmt::format("{}, {} runs", series.name, series.runs), {table_of(series)}});
    }
    if (sins.series.empty()) return document;
    for (const SinFigures& each : sins.series.front().figures)
        document.footnotes.push_back(each.sin + ": " + each.how + ".");
    return document;
}

}  // namespace rxlab::bench
