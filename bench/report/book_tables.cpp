// SPDX-License-Identifier: MIT
#include "bench/analysis/statistics.hpp"
#include "bench/report/table_parts.hpp"
#include "bench/report/tables.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rxlab::bench {
namespace {

// "31.2 (30.8 – 33.0)": median, least and most over the rounds.
std::string spread(const BookFigure& figure) {
    if (figure.rounds.empty()) return kNothing;
    const auto [least, most] = std::ranges::minmax(figure.rounds);
    return fmt::format("{:.1f} ({:.1f} – {:.1f})", median(figure.rounds), least, most);
}

std::string mebibytes(std::uint64_t bytes) {
    return bytes == 0 ? kNothing : fmt::format("{:.0f}", static_cast<double>(bytes) / (1 << 20));
}

Table cost_table(const BookDayCost& day) {
    Table table{"ns a message: median (least – most) over the rounds",
                {"layout", "windows", "message by message", "with depth", "cold", "MiB",
                 "of which counted", "digest"},
                {}};
    if (!day.decode.rounds.empty()) {
        table.rows.push_back({"decode only", spread(day.decode), kNothing, kNothing, kNothing,
                              kNothing, kNothing, kNothing});
    }
    for (const BookLayoutCost& layout : day.layouts) {
        table.rows.push_back({layout.layout, spread(layout.packet), spread(layout.single),
                              spread(layout.depth), spread(layout.cold),
                              mebibytes(layout.resident_bytes), mebibytes(layout.counted_bytes),
                              layout.digest});
    }
    return table;
}

Table percentile_table(const BookDayCost& day) {
    Table table{"One message timed by itself, ns, two clock reads included",
                {"layout", "clock reads alone", "p50", "p90", "p99", "p99.9", "maximum"},
                {}};
    for (const BookLayoutCost& layout : day.layouts) {
        const BookPercentiles& of = layout.message;
        std::vector<std::string> row{layout.layout};
        for (const double value : {of.clock_ns, of.p50, of.p90, of.p99, of.p999, of.max}) {
            row.push_back(fmt::format("{:.0f}", value));
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

}  // namespace

Document document_of(const BookCost& cost) {
    Document document;
    document.title = "What the book costs";
    document.header = {
        fmt::format("Machine: {}, {}, kernel {}, transparent huge pages {}", cost.cpu,
                    cost.hypervisor, cost.kernel, cost.huge_pages),
        fmt::format("Build: {}, {}", cost.commit, cost.compiler),
        fmt::format("Measured {}: `{}`", cost.written, cost.command),
    };
    for (const BookDayCost& day : cost.days) {
        const std::string refused =
            day.refused == 0 ? "" : fmt::format("; {} messages REFUSED, over a limit", day.refused);
        document.sections.push_back(
            {fmt::format("What the book costs: {}, {} messages, {} orders and {} levels at the "
                         "end{}",
                         day.day, day.messages, day.orders, day.levels, refused),
             {cost_table(day), percentile_table(day)}});
    }
    document.footnotes = {
        fmt::format("Books: {} rounds, the layouts interleaved, a new book each time. Every figure "
                    "includes the framing and decoding of its messages, and reading the symbol's "
                    "best bid and ask after every message; \"with depth\" also includes reading "
                    "the best five levels of both sides.",
                    cost.rounds),
        fmt::format("Windows: {} messages are known before the first is applied, like those of a "
                    "packet or burst. Cold: the first window after the caches were emptied.",
                    cost.window),
    };
    return document;
}

}  // namespace rxlab::bench
