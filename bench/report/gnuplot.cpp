// SPDX-License-Identifier: MIT
#include "bench/report/gnuplot.hpp"

#include "bench/run/process.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>

#include <array>
#include <map>
#include <stdexcept>
#include <system_error>

namespace rxlab::bench {

namespace fs = std::filesystem;

std::string colour_of(const std::string& receiver, std::size_t index) {
    static const std::map<std::string, std::string> kKnown{{"kernel-block", "#d55e00"},
                                                           {"kernel-spin", "#e69f00"},
                                                           {"dpdk-af_packet", "#0072b2"},
                                                           {"dpdk-af_xdp", "#009e73"}};
    static const std::array<std::string, 3> kOthers{"#cc79a7", "#56b4e9", "#555555"};
    const auto found = kKnown.find(receiver);
    return found != kKnown.end() ? found->second : kOthers[index % kOthers.size()];
}

std::string quoted(const std::string& text) {
    std::string result = "'";
    for (char c : text) {
        result += c;
        if (c == '\'') result += c;
    }
    return result + '\'';
}

std::string preamble(const fs::path& output, int width, int height, int font_pixels) {
    return fmt::format(
        "set encoding utf8\n"
        "set terminal svg noenhanced size {},{} dynamic rounded background '#ffffff' "
        "font 'Helvetica,Arial,sans-serif,{}'\n"
        "set output {}\n"
        "set border 3 linecolor '#444444'\n"
        "set tics nomirror textcolor '#222222'\n"
        "set title textcolor '#222222'\n"
        "set grid xtics ytics linetype 1 linewidth 0.6 linecolor '#dddddd'\n"
        "set logscale y\n"
        "set format y '%g'\n",
        width, height, font_pixels, quoted(output.string()));
}

void run_gnuplot(const std::string& script) {
    const program::ScratchDirectory scratch(fs::temp_directory_path());
    const fs::path file = scratch.path() / "plot.gnuplot";
    program::write_file_atomically(file, script);
    CommandOutcome outcome;
    try {
        outcome =
            run_command("gnuplot", {{"gnuplot", file.string()}, {}, {}}, Milliseconds{60'000});
    } catch (const std::system_error&) {
        throw std::runtime_error(
            "draw the plots: gnuplot is not installed; apt-get install gnuplot-nox, then "
            "`rxbench report`");
    }
    if (!outcome.status.ok()) {
        throw std::runtime_error(fmt::format("draw the plots: gnuplot: {}: {}",
                                             outcome.status.describe(), outcome.errors));
    }
}

}  // namespace rxlab::bench
