// SPDX-License-Identifier: MIT
#include "bench/report/drawing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace rxlab::bench {
namespace {

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

}  // namespace

double Scale::at(double value) const noexcept {
    const double clamped = std::clamp(value, low, high);
    const double share = is_logarithmic ? std::log(clamped / low) / std::log(high / low)
                                        : (clamped - low) / (high - low);
    return from_px + share * (to_px - from_px);
}

Drawing::Drawing(double width, double height, std::string_view description)
    : width_(width), height_(height), description_(escaped(description)) {}

void Drawing::text(Point at, std::string_view classes, std::string_view text) {
    body_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", at.x, at.y,
                         classes, escaped(text));
}

void Drawing::line(std::span<const Point> points, std::string_view classes) {
    std::string d;
    for (const Point& point : points)
        d += fmt::format("{}{:.1f} {:.1f}", d.empty() ? "M" : "L", point.x, point.y);
    body_ += fmt::format("<path class=\"line {}\" d=\"{}\"/>\n", classes, d);
}

void Drawing::rectangle(Point corner, Point size, std::string_view classes, double opacity) {
    body_ += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"{}/>\n",
        classes, corner.x, corner.y, size.x, size.y,
        opacity < 1 ? fmt::format(" opacity=\"{:.2f}\"", opacity) : "");
}

void Drawing::dot(Point centre, double radius, std::string_view classes) {
    body_ += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>\n",
                         classes, centre.x, centre.y, radius);
}

std::string Drawing::to_markdown() const {
    return fmt::format(
        "::: {{.chart}}\n```{{=html}}\n<svg viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
        "height=\"{1:g}\" preserveAspectRatio=\"xMidYMin\" class=\"diagram\" role=\"img\" "
        "aria-label=\"{2}\">\n{3}</svg>\n```\n:::\n\n",
        width_, height_, description_, body_);
}

void write_labels(Drawing& drawing, std::vector<Label> labels, double x_px, double top_px,
                  double bottom_px) {
    constexpr double kLine_px = 30;
    constexpr double kToBaseline_px = 8;  // from the middle of a letter
    std::ranges::stable_sort(labels, {}, [](const Label& label) { return label.end.y; });
    std::vector<double> middles;
    double next = top_px + kLine_px / 2;
    for (const Label& label : labels) {
        middles.push_back(std::max(label.end.y, next));
        next = middles.back() + kLine_px;
    }
    double limit = bottom_px - kLine_px / 2;
    for (std::size_t i = middles.size(); i-- > 0; limit = middles[i] - kLine_px)
        middles[i] = std::min(middles[i], limit);
    constexpr double kGap_px = 10;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::array lead{labels[i].end, Point{x_px - kGap_px, middles[i]}};
        drawing.line(lead, "lead");
        drawing.text({x_px, middles[i] + kToBaseline_px}, labels[i].classes, labels[i].text);
    }
}

std::vector<double> decades(double low, double high) {
    std::vector<double> ticks;
    for (double tick = std::pow(10, std::ceil(std::log10(low) - 1e-9)); tick <= high * 1.0001;
         tick *= 10)
        ticks.push_back(tick);
    return ticks;
}

}  // namespace rxlab::bench
