// SPDX-License-Identifier: MIT
#include "bench/report/drawing.hpp"

#include "example.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rxlab::bench {
namespace {

using example::contains;

TEST(Scale, PutsADecadeWhereAThirdOfThreeIs) {
    const Scale scale{1, 1000, 0, 300, true};
    EXPECT_DOUBLE_EQ(scale.at(1), 0);
    EXPECT_NEAR(scale.at(10), 100, 1e-9);
    EXPECT_DOUBLE_EQ(scale.at(5000), 300) << "outside: the nearest end";
    const Scale upwards{0, 2, 100, 0, false};
    EXPECT_DOUBLE_EQ(upwards.at(0.5), 75);
}

TEST(Drawing, EscapesItsTexts) {
    Drawing drawing(100, 50, "a \"b\"");
    drawing.text({1, 2}, "start", "x < y & z");
    const std::string markdown = drawing.to_markdown();
    EXPECT_TRUE(contains(markdown, "aria-label=\"a &quot;b&quot;\""));
    EXPECT_TRUE(contains(markdown, ">x &lt; y &amp; z</text>"));
    EXPECT_TRUE(contains(markdown, "viewBox=\"0 0 100 50\""));
}

// The baselines of a drawing's texts, in the order in which they were written.
std::vector<double> baselines(const std::string& markdown) {
    std::vector<double> found;
    for (std::size_t at = 0; (at = markdown.find("<text ", at)) != std::string::npos; ++at) {
        const std::size_t y = markdown.find("y=\"", at) + 3;
        found.push_back(std::stod(markdown.substr(y)));
    }
    return found;
}

TEST(Labels, OfCurvesThatEndTogetherDoNotOverlapAndStayInside) {
    Drawing drawing(100, 200, "labels");
    write_labels(drawing, {{{0, 195}, "c", ""}, {{0, 190}, "a", ""}, {{0, 192}, "b", ""}}, 20, 0,
                 200);
    const std::vector<double> at = baselines(drawing.to_markdown());
    ASSERT_EQ(at.size(), 3U);
    EXPECT_GE(at[1] - at[0], 30);
    EXPECT_GE(at[2] - at[1], 30);
    EXPECT_LE(at[2], 200);
}

TEST(Decades, AreThoseWithinTheRange) {
    EXPECT_EQ(decades(0.5, 1000), (std::vector<double>{1, 10, 100, 1000}));
}

}  // namespace
}  // namespace rxlab::bench
