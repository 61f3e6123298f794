// SPDX-License-Identifier: MIT
#include "bench/report/drawing.hpp"
#include "bench/report/plots.hpp"
#include "bench/report/slides.hpp"
#include "bench/report/table_parts.hpp"
#include "bench/result/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace rxlab::bench {
namespace {

constexpr double kWidth_px = 1240;
constexpr double kLabels_px = 300;  // right of a plot, for the curves' names
constexpr double kLeft_px = 110;    // left of a plot, for the ticks of y
constexpr double kTick_px = 8;

bool is_bypass(std::string_view kind) {
    return kind != "kernel";
}

// Kernel sockets have one colour, bypass has the other, everywhere; within a colour, the first way
// is drawn solid, and the others are dashed more and more finely.
std::string way_class(const std::vector<std::string>& kinds, std::size_t index) {
    constexpr std::size_t kDashes = 4;
    const bool bypass = is_bypass(kinds[index]);
    const auto before = static_cast<std::size_t>(
        std::count_if(kinds.begin(), kinds.begin() + static_cast<std::ptrdiff_t>(index),
                      [&](const std::string& kind) { return is_bypass(kind) == bypass; }));
    return fmt::format("{} dash-{}", bypass ? "bypass" : "kernel", std::min(before, kDashes - 1));
}

std::vector<std::string> kinds_of(const std::vector<const ReceiverResult*>& receivers) {
    std::vector<std::string> kinds;
    for (const ReceiverResult* receiver : receivers)
        kinds.push_back(receiver->kind);
    return kinds;
}

// Those that have a median, and that no gate voids: only these are drawn.
std::vector<const ReceiverResult*> drawable(const ScenarioResult& scenario) {
    std::vector<const ReceiverResult*> receivers;
    for (const ReceiverResult& receiver : scenario.receivers) {
        if (!is_void(scenario, receiver.name) && summary_of(receiver, Figure::p50).value)
            receivers.push_back(&receiver);
    }
    return receivers;
}

double p50_us(const ReceiverResult& receiver) {
    return std::max(summary_of(receiver, Figure::p50).value.value_or(0) / 1000, 0.001);
}

std::string nothing_to_draw(const ScenarioResult& scenario) {
    return scenario.receivers.empty()
               ? missing_box("not measured: this scenario has no receivers")
               : missing_box("not drawn: no receiver of this scenario has figures to be used") +
                     void_box(scenario);
}

// A row for each: its name, a bar as long as its median, and the median.
std::string bars(const std::string& description,
                 const std::vector<const ReceiverResult*>& receivers, double row_px,
                 const std::vector<std::string>& titles) {
    constexpr double kValue_px = 150;
    constexpr double kShare = 0.62;  // of a row
    const double names_px = 330, room_px = kWidth_px - names_px - kValue_px;
    double longest_us = 0;
    for (const ReceiverResult* receiver : receivers)
        longest_us = std::max(longest_us, p50_us(*receiver));
    Drawing drawing(kWidth_px, row_px * static_cast<double>(receivers.size()), description);
    for (std::size_t i = 0; i < receivers.size(); ++i) {
        const double top = row_px * static_cast<double>(i);
        const double middle = top + row_px / 2;
        const double length = std::max(p50_us(*receivers[i]) / longest_us * room_px, 2.0);
        const char* colour = is_bypass(receivers[i]->kind) ? "bypass" : "kernel";
        drawing.text({names_px - 14, middle + 8}, "end", titles[i]);
        drawing.rectangle({names_px, top + row_px * (1 - kShare) / 2}, {length, row_px * kShare},
                          fmt::format("area {}", colour));
        drawing.text({names_px + length + 12, middle + 8}, "strong",
                     microseconds(p50_us(*receivers[i]) * 1000) + " µs");
    }
    return drawing.to_markdown();
}

// The frame of a plot: axes with ticks, and the names of both axes.
struct Plot {
    Scale x, y;
    double bottom_px = 0;

    void draw_y(Drawing& drawing, const std::vector<double>& ticks, std::string_view name) const {
        for (const double tick : ticks) {
            const double at = y.at(tick);
            drawing.line(std::array{Point{x.from_px, at}, Point{x.to_px, at}}, "grid");
            drawing.text({x.from_px - 12, at + 8}, "end", number(tick));
        }
        drawing.text({0, y.to_px - 22}, "start", name);
    }
    void draw_x(Drawing& drawing, const std::vector<std::pair<double, std::string>>& ticks,
                std::string_view name) const {
        drawing.line(std::array{Point{x.from_px, bottom_px}, Point{x.to_px, bottom_px}}, "axis");
        for (const auto& [value, text] : ticks) {
            const double at = x.at(value);
            drawing.line(std::array{Point{at, bottom_px}, Point{at, bottom_px + kTick_px}}, "axis");
            drawing.text({at, bottom_px + 32}, "middle", text);
        }
        if (!name.empty()) drawing.text({x.to_px, bottom_px + 62}, "end", name);
    }
};

// Logarithmic, of whole decades around all values.
Scale decades_around(double low, double high, double from_px, double to_px) {
    const double floor = std::pow(10, std::floor(std::log10(std::max(low, 0.001))));
    double ceiling = std::pow(10, std::ceil(std::log10(std::max(high, 0.001))));
    if (ceiling <= floor) ceiling = floor * 10;
    return {floor, ceiling, from_px, to_px, true};
}

std::vector<Point> points_of(const Plot& plot, const std::vector<CurvePoint>& curve) {
    std::vector<Point> points;
    for (const CurvePoint& point : curve)
        points.push_back({plot.x.at(point.x), plot.y.at(std::max(point.latency_us, 0.001))});
    return points;
}

// Of a result without heat: a bin's percentiles, and how dark it is up to there from the one before
// that the bin has.
struct BinStep {
    std::optional<double> TimelineBin::*figure;
    double opacity;
};

}  // namespace

std::string result_chart(const Result& result) {
    const ScenarioResult* const scenario = find_scenario(result, "single");
    if (scenario == nullptr) return missing_box(no_scenario("single"));
    std::vector<const ReceiverResult*> receivers;
    for (const ReceiverResult* receiver : drawable(*scenario)) {
        if (receiver->name == kBlocking || receiver->name == kSpinning)
            receivers.push_back(receiver);
    }
    if (receivers.size() < 2) {
        const bool is_measured = find_receiver(*scenario, kBlocking) != nullptr &&
                                 find_receiver(*scenario, kSpinning) != nullptr;
        return missing_box(
            is_measured
                ? "not drawn: these figures are VOID; “Can these numbers be trusted?” says why"
                : "not measured: a socket that sleeps beside one that spins");
    }
    return bars(
        "Median latency to an updated book, to scale: a socket whose reader sleeps, and "
        "one whose reader spins",
        receivers, 76, {"the reader sleeps", "the reader spins"});
}

std::string bars_chart(const ScenarioResult& scenario) {
    const auto receivers = drawable(scenario);
    if (receivers.empty()) return nothing_to_draw(scenario);
    std::vector<std::string> titles;
    for (const ReceiverResult* receiver : receivers)
        titles.push_back(receiver->title);
    // Below it is a table with a row for each, and remarks on undisturbed figures where there are
    // some.
    constexpr double kRoom_px = 240, kRowMin_px = 40, kRowMax_px = 60;
    const double row_px =
        has_undisturbed(scenario)
            ? kRowMin_px
            : std::clamp(kRoom_px / static_cast<double>(receivers.size()), kRowMin_px, kRowMax_px);
    return bars("Median latency to an updated book, to scale, for each way", receivers, row_px,
                titles);
}

std::string percentiles_chart(const ScenarioResult& scenario) {
    const auto receivers = drawable(scenario);
    if (receivers.empty()) return nothing_to_draw(scenario);
    // The table below it takes 31 pixels for each, and more where it has undisturbed figures.
    constexpr double kHeightMin_px = 280, kHeightMax_px = 330, kRoom_px = 450, kRow_px = 31;
    const double height_px =
        has_undisturbed(scenario)
            ? kHeightMin_px
            : std::clamp(kRoom_px - kRow_px * static_cast<double>(receivers.size()), kHeightMin_px,
                         kHeightMax_px);
    constexpr double kRight = 1e5;
    std::vector<Curve> curves;
    double low = std::numeric_limits<double>::max(), high = 0;
    for (const ReceiverResult* receiver : receivers) {
        curves.push_back(percentile_curve(receiver->histogram));
        for (const auto* part : {&curves.back().supported, &curves.back().beyond}) {
            for (const CurvePoint& point : *part) {
                low = std::min(low, point.latency_us);
                high = std::max(high, point.latency_us);
            }
        }
    }
    const double bottom = height_px - 70, top = 44;
    const Plot plot{{1, kRight, kLeft_px, kWidth_px - kLabels_px, true},
                    decades_around(low, high, bottom, top),
                    bottom};
    Drawing drawing(kWidth_px, height_px, "Latency by percentile, one curve for each receiver");
    plot.draw_y(drawing, decades(plot.y.low, plot.y.high), "latency, µs");
    plot.draw_x(
        drawing, {{2, "50 %"}, {10, "90 %"}, {100, "99 %"}, {1e3, "99.9 %"}, {1e4, "99.99 %"}},
        "share of the packets that were at least as fast (thin: fewer than 100 packets beyond)");
    const std::vector<std::string> kinds = kinds_of(receivers);
    std::vector<Label> labels;
    for (std::size_t i = 0; i < receivers.size(); ++i) {
        const std::string way = way_class(kinds, i);
        const auto solid = points_of(plot, curves[i].supported);
        const auto thin = points_of(plot, curves[i].beyond);
        drawing.line(solid, "curve " + way);
        if (!thin.empty()) drawing.line(thin, "curve thin " + way);
        labels.push_back({(thin.empty() ? solid : thin).back(), receivers[i]->title, way});
    }
    write_labels(drawing, labels, plot.x.to_px + 40, top - 20, bottom + 20);
    return drawing.to_markdown();
}

std::string timeline_chart(const ScenarioResult& scenario) {
    const auto receivers = drawable(scenario);
    double low = std::numeric_limits<double>::max(), high = 0;
    for (const ReceiverResult* receiver : receivers) {
        for (const TimelineBin& bin : receiver->timeline.bins) {
            if (bin.p50_ns) low = std::min(low, *bin.p50_ns / 1000);
            if (bin.max_ns) high = std::max(high, *bin.max_ns / 1000);
        }
    }
    if (receivers.empty() || high == 0) return nothing_to_draw(scenario);
    constexpr double kHeight_px = 330, kGap_px = 28;
    constexpr std::array kSteps{
        BinStep{&TimelineBin::p50_ns, 1}, BinStep{&TimelineBin::p90_ns, 0.9},
        BinStep{&TimelineBin::p99_ns, 0.5}, BinStep{&TimelineBin::max_ns, 0.25}};
    const double bottom = kHeight_px - 70, top = 72;
    const auto count = static_cast<double>(receivers.size());
    const double panel_px = (kWidth_px - kLeft_px - kGap_px * (count - 1)) / count;
    const Scale y = decades_around(low, high, bottom, top);
    Drawing drawing(kWidth_px, kHeight_px,
                    "Heat map of latency over the time of each receiver's median run: the darker, "
                    "the more packets");
    for (std::size_t i = 0; i < receivers.size(); ++i) {
        const Timeline& timeline = receivers[i]->timeline;
        const double left = kLeft_px + (panel_px + kGap_px) * static_cast<double>(i);
        const Plot plot{{0, scenario.seconds, left, left + panel_px, false}, y, bottom};
        for (const double tick : decades(y.low, y.high)) {
            drawing.line(std::array{Point{left, y.at(tick)}, Point{left + panel_px, y.at(tick)}},
                         "grid");
            if (i == 0) drawing.text({left - 12, y.at(tick) + 8}, "end", number(tick));
        }
        const std::string colour = is_bypass(receivers[i]->kind) ? "bypass" : "kernel";
        for (const TimelineBin& bin : timeline.bins) {
            const double from = plot.x.at(bin.t_s), to = plot.x.at(bin.t_s + timeline.bin_s);
            const auto cell = [&](double low_us, double high_us, double opacity) {
                const double y_low = y.at(std::max(low_us, 0.001));
                const double y_high = y.at(std::max(high_us, 0.001));
                drawing.rectangle({from, y_high}, {to - from - 1, std::max(y_low - y_high, 2.0)},
                                  "area " + colour, opacity);
            };
            if (bin.heat) {
                for (const auto& [bucket, packets] : *bin.heat) {
                    const auto edge_us = [](double index) {
                        return std::pow(10, index / kHeatPerDecade) / 1000;
                    };
                    const auto index = static_cast<double>(bucket);
                    // One packet in 10,000 is to be seen.
                    const double share =
                        static_cast<double>(packets) / static_cast<double>(bin.count);
                    cell(edge_us(index), edge_us(index + 1),
                         std::clamp(1 + 0.22 * std::log10(share), 0.15, 1.0));
                }
                continue;
            }
            const BinStep* lower = nullptr;
            for (const BinStep& upper : kSteps) {
                if (!(bin.*upper.figure)) continue;
                if (lower != nullptr)
                    cell(*(bin.*lower->figure) / 1000, *(bin.*upper.figure) / 1000, upper.opacity);
                lower = &upper;
            }
        }
        plot.draw_x(drawing, {}, "");
        drawing.text({left, bottom + 32}, "start", "0");
        drawing.text({left + panel_px, bottom + 32}, "end",
                     fmt::format("{:g} s", scenario.seconds));
        // Titles are long, and panels may be narrow: by turns on two lines.
        drawing.text({left, i % 2 == 0 ? top - 44 : top - 16}, colour + " strong",
                     receivers[i]->title);
    }
    drawing.text({0, bottom + 32}, "start", "µs");
    drawing.text({kWidth_px - 4, bottom + 62}, "end",
                 "time of the median run; the stronger, the more packets");
    return drawing.to_markdown();
}

std::string cost_chart(const ScenarioResult& scenario) {
    const auto receivers = drawable(scenario);
    if (receivers.empty() || scenario.seconds <= 0) return nothing_to_draw(scenario);
    constexpr double kHeight_px = 290;
    const auto cores_of_run = [&](const ReceiverResult& receiver) {
        return (receiver.usage.user_s + receiver.usage.system_s) / scenario.seconds;
    };
    double low = std::numeric_limits<double>::max(), high = 0, most = 1;
    for (const ReceiverResult* receiver : receivers) {
        low = std::min(low, p50_us(*receiver));
        high = std::max(high, p50_us(*receiver));
        most = std::max(most, cores_of_run(*receiver));
    }
    const double bottom = kHeight_px - 70, top = 44;
    const double right = std::ceil(most * 5) / 5;
    const Plot plot{{0, right, kLeft_px, kWidth_px - kLabels_px - 60, false},
                    decades_around(low, high, bottom, top),
                    bottom};
    Drawing drawing(kWidth_px, kHeight_px, "What a way costs in cores, against its median latency");
    plot.draw_y(drawing, decades(plot.y.low, plot.y.high), "p50, µs");
    plot.draw_x(drawing, {{0, "0"}, {0.5, "0.5"}, {1, "1"}}, "cores that the receiver uses");
    const std::vector<std::string> kinds = kinds_of(receivers);
    std::vector<Label> labels;
    for (std::size_t i = 0; i < receivers.size(); ++i) {
        const Point at{plot.x.at(cores_of_run(*receivers[i])), plot.y.at(p50_us(*receivers[i]))};
        const std::string way = way_class(kinds, i);
        labels.push_back({at, receivers[i]->title, way});
        drawing.dot(at, 11, "dot " + way);
    }
    write_labels(drawing, labels, plot.x.to_px + 60, top - 20, bottom + 20);
    return drawing.to_markdown();
}

std::string load_chart(const std::vector<LoadSeries>& all) {
    constexpr double kBeside_px = 800, kHeight_px = 470;  // a table stands on the left
    struct Line {
        std::vector<CurvePoint> p50, p99;  // x: packets per second
        std::string title, kind;
    };
    std::vector<Line> lines;
    double low = std::numeric_limits<double>::max(), high = 0;
    double slowest = std::numeric_limits<double>::max(), fastest = 0;
    for (const LoadSeries& series : all) {
        Line line{{}, {}, series.title, series.name.starts_with("kernel") ? "kernel" : "bypass"};
        for (const LoadPoint& point : series.points) {
            if (!point.is_lossless() || !point.sender_kept_up || !point.p50_ns) continue;
            line.p50.push_back({point.rate, *point.p50_ns / 1000});
            if (point.p99_ns) line.p99.push_back({point.rate, *point.p99_ns / 1000});
            low = std::min(low, *point.p50_ns / 1000);
            high = std::max({high, *point.p50_ns / 1000, point.p99_ns.value_or(0) / 1000});
            slowest = std::min(slowest, point.rate);
            fastest = std::max(fastest, point.rate);
        }
        if (!line.p50.empty()) lines.push_back(std::move(line));
    }
    if (lines.empty()) return missing_box("not drawn: no trial without loss has figures");
    const double bottom = kHeight_px - 70, top = 44;
    const Plot plot{decades_around(slowest, fastest, kLeft_px, kBeside_px - kLabels_px),
                    decades_around(low, high, bottom, top), bottom};
    Drawing drawing(kBeside_px, kHeight_px,
                    "Latency against the rate: p50 strong, p99 faint, as far as nothing was lost");
    plot.draw_y(drawing, decades(plot.y.low, plot.y.high), "latency, µs");
    std::vector<std::pair<double, std::string>> ticks;
    for (const double tick : decades(plot.x.low, plot.x.high))
        ticks.emplace_back(tick, grouped(static_cast<std::uint64_t>(tick + 0.5)));
    plot.draw_x(drawing, ticks, "packets per second");
    std::vector<std::string> kinds;
    for (const Line& line : lines)
        kinds.push_back(line.kind);
    std::vector<Label> labels;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string way = way_class(kinds, i);
        if (lines[i].p99.size() > 1)
            drawing.line(points_of(plot, lines[i].p99), "curve faint " + way);
        const std::vector<Point> points = points_of(plot, lines[i].p50);
        drawing.line(points, "curve " + way);
        labels.push_back({points.back(), lines[i].title, way});
    }
    write_labels(drawing, labels, plot.x.to_px + 40, top - 20, bottom + 20);
    return drawing.to_markdown();
}

}  // namespace rxlab::bench
