// SPDX-License-Identifier: MIT
#include "bench/report/plots.hpp"

#include "bench/report/report.hpp"
#include "bench/report/table_parts.hpp"
#include "bench/result/file.hpp"
#include "example.hpp"

#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

HistogramBuckets buckets_of_ramp(std::uint64_t samples) {
    HistogramBuckets histogram;
    for (std::uint64_t i = 1; i <= samples; ++i)
        histogram.buckets.emplace_back(i * 1000, 1);
    return histogram;
}

TEST(PercentileCurve, RisesInBothDirections) {
    const Curve curve = percentile_curve(buckets_of_ramp(5'000));
    for (std::size_t i = 1; i < curve.supported.size(); ++i) {
        EXPECT_GT(curve.supported[i].x, curve.supported[i - 1].x);
        EXPECT_GE(curve.supported[i].latency_us, curve.supported[i - 1].latency_us);
    }
}

TEST(PercentileCurve, IsSolidWhereAHundredSamplesLieBeyond) {
    const Curve curve = percentile_curve(buckets_of_ramp(5'000));
    EXPECT_LE(curve.supported.back().latency_us, 4'900);
    EXPECT_NEAR(curve.supported.back().latency_us, 4'900, 5);
    EXPECT_DOUBLE_EQ(curve.beyond.front().latency_us, curve.supported.back().latency_us);
}

TEST(PercentileCurve, EndsAtTheMaximum) {
    const Curve curve = percentile_curve(buckets_of_ramp(5'000));
    EXPECT_DOUBLE_EQ(curve.beyond.back().latency_us, 5'000);
    EXPECT_DOUBLE_EQ(curve.beyond.back().x, 5'000);
}

TEST(PercentileCurve, PutsTheMedianAtTwo) {
    const Curve curve = percentile_curve(buckets_of_ramp(5'000));
    double at_two = 0;
    for (const CurvePoint& point : curve.supported) {
        if (point.x <= 2) at_two = point.latency_us;
    }
    EXPECT_NEAR(at_two, 2'500, 30);
}

TEST(PercentileCurve, OfNothingIsEmpty) {
    EXPECT_TRUE(percentile_curve({}).supported.empty());
}

class Report : public testing::Test {
  protected:
    program::ScratchDirectory scratch_{fs::temp_directory_path()};

    std::string drawn(const std::string& name) {
        return program::read_file(scratch_.path() / name);
    }
};

TEST_F(Report, DrawsBothPicturesOfEachScenario) {
    EXPECT_EQ(draw_plots(example::result(), scratch_.path()).size(), 4U);
    for (const char* name : {"single-percentiles.svg", "single-timeline.svg",
                             "multi-percentiles.svg", "multi-timeline.svg"}) {
        const std::string svg = drawn(name);
        EXPECT_TRUE(svg.ends_with("</svg>\n\n") || svg.find("</svg>") != std::string::npos) << name;
        EXPECT_NE(svg.find("DPDK over AF_PACKET"), std::string::npos) << name;
        EXPECT_NE(svg.find("µs"), std::string::npos) << name;
        EXPECT_NE(svg.find("rgb(  0, 114, 178)"), std::string::npos)
            << "the receiver's own colour, " << name;
    }
    EXPECT_NE(drawn("single-percentiles.svg").find("99.9%"), std::string::npos);
}

// As tables and slides do.
TEST_F(Report, SaysUnderEachPictureWhereTheFramesOfDpdkComeFrom) {
    Result result = example::result();
    const std::string sentence = frames_come_from_kernel(result);
    ASSERT_FALSE(sentence.empty());
    for (const fs::path& path : draw_plots(result, scratch_.path()))
        EXPECT_NE(program::read_file(path).find(sentence), std::string::npos) << path;
    result.testbed.name = "nic";
    for (const fs::path& path : draw_plots(result, scratch_.path()))
        EXPECT_EQ(program::read_file(path).find(sentence), std::string::npos) << path;
}

TEST_F(Report, DrawsNothingOfAScenarioWithoutPackets) {
    Result result = example::result();
    for (ScenarioResult& scenario : result.scenarios) {
        for (ReceiverResult& receiver : scenario.receivers) {
            receiver.histogram.buckets.clear();
            receiver.timeline.bins.clear();
        }
    }
    EXPECT_TRUE(draw_plots(result, scratch_.path()).empty());
}

void make_void(ScenarioResult& scenario, std::size_t receiver) {
    scenario.verdict.gates.push_back({"no-loss", scenario.receivers[receiver].name,
                                      GateStatus::fail, 12, 0, "%", "lower --rate"});
}

TEST_F(Report, NamesAVoidReceiverAndDrawsNothingOfIt) {
    Result result = example::result();
    result.scenarios.resize(1);
    make_void(result.scenarios[0], 2);
    EXPECT_EQ(draw_plots(result, scratch_.path()).size(), 2U);
    const std::string curves = drawn("single-percentiles.svg");
    EXPECT_NE(curves.find("DPDK over AF_PACKET: VOID, no-loss"), std::string::npos);
    EXPECT_NE(drawn("single-timeline.svg").find("VOID: DPDK over AF_PACKET"), std::string::npos);
    for (const char* name : {"single-percentiles.svg", "single-timeline.svg"}) {
        EXPECT_EQ(drawn(name).find("rgb(  0, 114, 178)"), std::string::npos)
            << "a curve in the void receiver's colour, " << name;
        EXPECT_NE(drawn(name).find("rgb(213,  94,   0)"), std::string::npos) << name;
    }
}

TEST_F(Report, DrawsNoCurveAtAllWhereEverythingIsVoid) {
    Result result = example::result();
    result.scenarios.resize(1);
    for (std::size_t i = 0; i < result.scenarios[0].receivers.size(); ++i)
        make_void(result.scenarios[0], i);
    EXPECT_EQ(draw_plots(result, scratch_.path()).size(), 2U);
    EXPECT_NE(drawn("single-percentiles.svg").find("VOID, no-loss"), std::string::npos);
    EXPECT_EQ(drawn("single-percentiles.svg").find("rgb(213,  94,   0)"), std::string::npos);
}

TEST_F(Report, SurvivesQuotesInATitle) {
    Result result = example::result();
    result.scenarios.resize(1);
    result.scenarios[0].title = "the reader's \"own\" feed";
    EXPECT_EQ(draw_plots(result, scratch_.path()).size(), 2U);
}

TEST_F(Report, SaysWhichPackageBringsGnuplot) {
    const std::string path = ::getenv("PATH");
    ::setenv("PATH", "/nowhere", 1);
    std::string message;
    try {
        draw_plots(example::result(), scratch_.path());
    } catch (const std::runtime_error& error) {
        message = error.what();
    }
    ::setenv("PATH", path.c_str(), 1);
    EXPECT_NE(message.find("gnuplot-nox"), std::string::npos) << message;
}

TEST_F(Report, MakesItsDirectoryAndNamesWhatItWrote) {
    const fs::path directory = scratch_.path() / "a" / "b";
    const std::vector<fs::path> written = write_report(example::result(), directory);
    ASSERT_EQ(written.size(), 5U);
    EXPECT_EQ(written[0], directory / "tables.md");
    for (const fs::path& path : written)
        EXPECT_GT(fs::file_size(path), 1'000U) << path;
}

TEST_F(Report, NamesADirectoryThatCannotBeMade) {
    program::write_file_atomically(scratch_.path() / "file", "x");
    EXPECT_THROW(static_cast<void>(write_report(example::result(), scratch_.path() / "file" / "b")),
                 std::system_error);
}

}  // namespace
}  // namespace rxlab::bench
