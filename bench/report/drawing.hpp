// SPDX-License-Identifier: MIT
//
// A chart as SVG that becomes a part of the deck's page, so that it has the deck's font and its
// light and dark colours (slides/theme/rxlab.css, `.chart`). Values; no threading.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rxlab::bench {

struct Point {
    double x = 0, y = 0;  // of a drawing: pixels, y grows downwards
};

// A range of values over a range of pixels.
struct Scale {
    double low = 0, high = 1;  // values; above 0 if logarithmic
    double from_px = 0, to_px = 0;
    bool is_logarithmic = false;

    // The pixel of a value; values outside the range get the nearest end.
    [[nodiscard]] double at(double value) const noexcept;
};

class Drawing {
  public:
    // In pixels of the 1280x720 slide; `description` is read out in place of the picture.
    Drawing(double width, double height, std::string_view description);

    // Text from its baseline; `classes` may contain middle or end.
    void text(Point at, std::string_view classes, std::string_view text);
    void line(std::span<const Point> points, std::string_view classes);
    void rectangle(Point corner, Point size, std::string_view classes, double opacity = 1);
    void dot(Point centre, double radius, std::string_view classes);

    // A raw block of pandoc's Markdown in a box `.chart`.
    [[nodiscard]] std::string to_markdown() const;

  private:
    double width_, height_;
    std::string description_, body_;
};

// A text beside the end of a curve or beside a point.
struct Label {
    Point end;
    std::string text, classes;
};

// Writes the labels below each other from x_px on, each as near to its end as the others let it be,
// within top_px .. bottom_px, and connects each with its end.
void write_labels(Drawing& drawing, std::vector<Label> labels, double x_px, double top_px,
                  double bottom_px);

// The decades within low .. high, as axis ticks: 1, 10, 100.
[[nodiscard]] std::vector<double> decades(double low, double high);

}  // namespace rxlab::bench
