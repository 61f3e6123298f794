// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/eal_output.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <string_view>

namespace rxlab::dpdk_rx {
namespace {

// Parts of lines that EAL and libbpf print when all is well.
constexpr std::array<std::string_view, 12> kChatter{"Detected ",
                                                    "Multi-process socket",
                                                    "Selected IOVA",
                                                    "VFIO support",
                                                    "TELEMETRY",
                                                    "Probe PCI",
                                                    "Some devices want iova",
                                                    "skipping unrecognized data",
                                                    "xdp_pass'",
                                                    "Physical addresses are unavailable",
                                                    "but no mounted hugetlbfs",
                                                    "kB hugepages reported"};

bool is_chatter(std::string_view line) {
    return line.empty() || std::any_of(kChatter.begin(), kChatter.end(), [line](auto part) {
               return line.find(part) != std::string_view::npos;
           });
}

void flush() {
    std::fflush(stdout);
    std::fflush(stderr);
}

constexpr int kWrongUsage = 2;

// Handlers of exit() cannot be taken back: this one is registered once, and does nothing while no
// watch is there.
bool watched = false;
OutputCapture* captured = nullptr;

void explain(int status, void*) {
    if (!watched) return;
    watched = false;
    const std::string output = captured != nullptr ? captured->finish() : std::string{};
    if (status == 0) {
        std::fputs(output.c_str(), stdout);
        return;
    }
    const std::string complaint = complaint_in(output);
    std::fflush(stdout);
    fmt::print(stderr, "{}: {}\n", program_invocation_short_name,
               refused_options(complaint.empty() ? "see above" : complaint));
    // exit() must not be called again, and what EAL had begun would not survive destructors.
    _exit(kWrongUsage);
}

}  // namespace

OutputCapture::OutputCapture() : memory_{memfd_create("captured-output", MFD_CLOEXEC)} {
    flush();
    for (int fd : {STDOUT_FILENO, STDERR_FILENO}) {
        saved_[static_cast<std::size_t>(fd)] = dup(fd);
        if (memory_.get() >= 0) dup2(memory_.get(), fd);
    }
}

OutputCapture::~OutputCapture() {
    restore();
}

void OutputCapture::restore() {
    flush();
    for (int fd : {STDOUT_FILENO, STDERR_FILENO}) {
        int& saved = saved_[static_cast<std::size_t>(fd)];
        if (saved < 0) continue;
        dup2(saved, fd);
        close(saved);
        saved = -1;
    }
}

std::string OutputCapture::finish() {
    restore();
    std::string text;
    if (memory_.get() < 0) return text;
    std::array<char, 4096> chunk;
    lseek(memory_.get(), 0, SEEK_SET);
    for (ssize_t bytes; (bytes = read(memory_.get(), chunk.data(), chunk.size())) > 0;) {
        text.append(chunk.data(), static_cast<std::size_t>(bytes));
    }
    return text;
}

std::string complaint_in(const std::string& output) {
    constexpr int kLinesMax = 3;
    std::istringstream lines{output};
    std::string joined;
    int kept = 0;
    for (std::string line; kept < kLinesMax && std::getline(lines, line);) {
        if (line.starts_with("Usage:") || line.starts_with("EAL common options")) break;
        if (is_chatter(line) || joined.find(line) != std::string::npos) continue;
        if (!joined.empty()) joined += " / ";
        joined += line;
        ++kept;
    }
    return joined;
}

ExitWatch::ExitWatch(OutputCapture* capture) {
    // Unlike that of atexit(), its handler is told the status.
    [[maybe_unused]] static const int registered = on_exit(explain, nullptr);
    captured = capture;
    watched = true;
}

ExitWatch::~ExitWatch() {
    watched = false;
    captured = nullptr;
}

std::string refused_options(const std::string& complaint) {
    return fmt::format("EAL options: {}; they are listed by `{} --eal-help`", complaint,
                       program_invocation_short_name);
}

}  // namespace rxlab::dpdk_rx
