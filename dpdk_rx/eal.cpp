// SPDX-License-Identifier: MIT
#include "eal.hpp"

#include <rxlab/rx/errors.hpp>

#include <fmt/format.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace rxlab::dpdk_rx {
namespace {

// Sends file descriptors 1 and 2 to memory for as long as it lives: EAL prints its usage to one and
// its log to the other.
class OutputCapture {
  public:
    OutputCapture() : memory_{memfd_create("eal-output", MFD_CLOEXEC)} {
        flush();
        for (int fd : {STDOUT_FILENO, STDERR_FILENO}) {
            saved_[static_cast<std::size_t>(fd)] = dup(fd);
            if (memory_ >= 0) dup2(memory_, fd);
        }
    }
    ~OutputCapture() { restore(); }

    // Ends the capture and returns what was printed.
    std::string finish() {
        restore();
        std::string text;
        if (memory_ < 0) return text;
        std::array<char, 4096> chunk;
        lseek(memory_, 0, SEEK_SET);
        for (ssize_t bytes; (bytes = read(memory_, chunk.data(), chunk.size())) > 0;) {
            text.append(chunk.data(), static_cast<std::size_t>(bytes));
        }
        close(memory_);
        memory_ = -1;
        return text;
    }

  private:
    static void flush() {
        std::fflush(stdout);
        std::fflush(stderr);
    }
    void restore() {
        flush();
        for (int fd : {STDOUT_FILENO, STDERR_FILENO}) {
            int& saved = saved_[static_cast<std::size_t>(fd)];
            if (saved < 0) continue;
            dup2(saved, fd);
            close(saved);
            saved = -1;
        }
    }

    int memory_;
    std::array<int, 3> saved_{-1, -1, -1};
};

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// What EAL complained about: its lines without the informational ones, joined.
std::string complaint(const std::string& output) {
    constexpr std::array<std::string_view, 7> kChatter{
        "Detected ", "Multi-process socket",  "Selected IOVA", "VFIO support", "TELEMETRY",
        "Probe PCI", "Some devices want iova"};
    std::istringstream lines{output};
    std::string joined;
    int kept = 0;
    for (std::string line; kept < 3 && std::getline(lines, line);) {
        bool chatter = line.empty() || line.starts_with("Usage:");
        for (std::string_view word : kChatter)
            chatter = chatter || contains(line, word);
        if (line.starts_with("Usage:") || line.starts_with("EAL common options")) break;
        if (chatter) continue;
        if (!joined.empty()) joined += " / ";
        joined += line;
        ++kept;
    }
    return joined;
}

std::string_view remedy(std::string_view output, std::span<char*> arguments) {
    bool no_huge = false;
    for (const char* argument : arguments)
        no_huge = no_huge || std::string_view{argument} == "--no-huge";
    if (!no_huge && (contains(output, "hugepage") || contains(output, "Cannot init memory") ||
                     contains(output, "Cannot get hugepage"))) {
        return "reserve huge pages (`sysctl -w vm.nr_hugepages=64` as root) and mount hugetlbfs, "
               "or "
               "add --no-huge -m 512 before the --";
    }
    if (contains(output, "Permission denied") || contains(output, "Operation not permitted")) {
        return "run as root, or inside the test bed (`testbed/veth/veth exec rx …`)";
    }
    if (contains(output, "runtime directory")) {
        return "EAL needs a writable /var/run (root) or XDG_RUNTIME_DIR; the test bed has one";
    }
    return "EAL says more with --log-level=8 before the --";
}

bool wrong_option(std::string_view output) {
    return contains(output, "unrecognized option") || contains(output, "invalid option") ||
           contains(output, "requires an argument") || contains(output, "Invalid EAL") ||
           contains(output, "invalid core list") || contains(output, "invalid coremask") ||
           contains(output, "is unavailable");
}

}  // namespace

Eal::Eal(std::span<char*> arguments) {
    bool log_wanted = false;
    for (const char* argument : arguments) {
        log_wanted = log_wanted || std::string_view{argument}.starts_with("--log-level");
    }
    // EAL reorders its arguments: give it a copy of the pointers.
    std::vector<char*> copy{arguments.begin(), arguments.end()};
    copy.push_back(nullptr);
    const int count = static_cast<int>(arguments.size());
    if (log_wanted) {
        if (rte_eal_init(count, copy.data()) < 0) {
            throw rx::RunError(rte_errno, "start EAL (rte_eal_init)", "its log above says why");
        }
        return;
    }
    OutputCapture capture;
    const int result = rte_eal_init(count, copy.data());
    const int error = rte_errno;
    const std::string output = capture.finish();
    if (result >= 0) return;
    std::string reason = complaint(output);
    if (reason.empty()) reason = rte_strerror(error);
    if (wrong_option(output)) {
        throw rx::UsageError(
            fmt::format("EAL options: {}; they are listed by `dpdk_rx --eal-help`", reason));
    }
    throw rx::RunError(fmt::format("start EAL: {}; {}", reason, remedy(output, arguments)));
}

Eal::~Eal() {
    rte_eal_cleanup();
}

}  // namespace rxlab::dpdk_rx
