// SPDX-License-Identifier: MIT
//
// memory_floor: what a load costs on this machine that has to wait for the one before, by the size
// of the memory that the loads are spread over, with ordinary and with huge pages; and what it
// costs if up to sixteen of them are under way at once. It is the floor under every table of
// book_bench: a book cannot take less time per message than the lines that it must wait for.
#include "measure.hpp"

#include <rxlab/program/command_line.hpp>
#include <rxlab/program/cpu.hpp>
#include <rxlab/program/errors.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace rxlab::book_bench {
namespace {

constexpr std::size_t kLine_bytes = 64;
constexpr std::size_t kHugePage_bytes = std::size_t{2} << 20;
constexpr std::size_t kChainsMax = 16;

// Memory whose pages are ordinary or, if the system gives them, huge.
class Pages {
  public:
    Pages(std::size_t bytes, bool huge) : bytes_{bytes + kHugePage_bytes} {
        void* const at =
            ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) {
            throw program::RunError(errno, fmt::format("map {} bytes", bytes_));
        }
        map_ = at;
        ::madvise(map_, bytes_, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
        const auto address = reinterpret_cast<std::uintptr_t>(map_);
        const auto aligned = (address + kHugePage_bytes - 1) / kHugePage_bytes * kHugePage_bytes;
        lines_ = reinterpret_cast<Line*>(aligned);
    }
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    ~Pages() { ::munmap(map_, bytes_); }

    struct alignas(kLine_bytes) Line {
        const Line* next;
    };
    [[nodiscard]] Line* lines() const noexcept { return lines_; }

  private:
    std::size_t bytes_;
    void* map_;
    Line* lines_;
};

// Huge pages of this process at the moment, in bytes.
std::size_t huge_bytes() {
    std::ifstream rollup{"/proc/self/smaps_rollup"};
    for (std::string word; rollup >> word;) {
        if (word != "AnonHugePages:") continue;
        std::size_t kib = 0;
        rollup >> kib;
        return kib * 1'024;
    }
    return 0;
}

// Links all lines in one random cycle, so that no prefetcher knows the next.
void link(Pages::Line* lines, std::size_t count) {
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), std::mt19937_64{1});
    for (std::size_t i = 0; i < count; ++i) {
        lines[order[i]].next = &lines[order[(i + 1) % count]];
    }
}

// ns a load of `chains` independent walks through the cycle.
double load_ns(const Pages::Line* lines, std::size_t count, std::size_t chains,
               std::uint64_t loads) {
    std::array<const Pages::Line*, kChainsMax> at{};
    std::mt19937_64 random{2};
    for (std::size_t i = 0; i < chains; ++i)
        at[i] = &lines[random() % count];
    double best = 1e9;
    for (int round = 0; round < 3; ++round) {
        const Stopwatch watch;
        for (std::uint64_t i = 0; i < loads; ++i) {
            for (std::size_t chain = 0; chain < chains; ++chain)
                at[chain] = at[chain]->next;
        }
        best = std::min(best, watch.elapsed_ns() / static_cast<double>(loads * chains));
    }
    for (std::size_t i = 0; i < chains; ++i)
        use(reinterpret_cast<std::uintptr_t>(at[i]));
    return best;
}

std::string size_text(std::size_t bytes) {
    constexpr std::size_t kMiB = std::size_t{1} << 20;
    return bytes < kMiB ? fmt::format("{} KiB", bytes >> 10) : fmt::format("{} MiB", bytes / kMiB);
}

int run(int argc, char** argv) {
    std::uint64_t loads = 1'000'000;
    std::size_t largest_mib = 256;
    std::optional<unsigned> cpu;
    CLI::App app{"Measures what a cache line costs on this machine, by how far away it is.",
                 "memory_floor"};
    app.add_option("--loads", loads, "loads a figure")->check(CLI::Range(1'000, 1'000'000'000));
    app.add_option("--largest", largest_mib, "largest memory, MiB")->check(CLI::Range(1, 65'536));
    app.add_option("--cpu", cpu, "run on this CPU");
    if (!program::parse_command_line(app, argc, argv)) return 0;
    if (cpu) program::pin_to_cpu(*cpu);
    fmt::print(
        "ns a load: waiting for the one before, ordinary and huge pages; {} at once, huge\n\n"
        "| memory | ordinary | huge | at once | of it in huge pages |\n"
        "|--:|--:|--:|--:|--:|\n",
        kChainsMax);
    for (std::size_t bytes = std::size_t{32} << 10; bytes <= largest_mib << 20; bytes *= 2) {
        const std::size_t count = bytes / kLine_bytes;
        std::array<double, 2> one{};
        double many = 0;
        std::size_t in_huge = 0;
        for (const bool huge : {false, true}) {
            const Pages pages{bytes, huge};
            link(pages.lines(), count);
            in_huge = std::min(huge_bytes(), bytes);
            one[huge ? 1 : 0] = load_ns(pages.lines(), count, 1, loads);
            if (huge) many = load_ns(pages.lines(), count, kChainsMax, loads / kChainsMax + 1);
        }
        fmt::print("| {} | {:.1f} | {:.1f} | {:.1f} | {:.0f}% |\n", size_text(bytes), one[0],
                   one[1], many, 100.0 * static_cast<double>(in_huge) / static_cast<double>(bytes));
    }
    return 0;
}

}  // namespace
}  // namespace rxlab::book_bench

int main(int argc, char** argv) {
    return rxlab::program::guard_main("memory_floor", "a smaller --largest needs less",
                                      [&] { return rxlab::book_bench::run(argc, argv); });
}
