// SPDX-License-Identifier: MIT
#include <rxlab/bench/files.hpp>
#include <rxlab/bench/plots.hpp>
#include <rxlab/bench/report.hpp>
#include <rxlab/bench/tables.hpp>

#include <fmt/format.h>

#include <system_error>

namespace rxlab::bench {

void make_directory(const std::filesystem::path& directory) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) {
        throw std::system_error(error, fmt::format("create directory {}", directory.string()));
    }
}

std::vector<std::filesystem::path> write_report(const Result& result,
                                                const std::filesystem::path& directory) {
    make_directory(directory);
    std::vector<std::filesystem::path> written{directory / "tables.md"};
    write_file_atomically(written.front(), to_markdown(document_of(result)));
    for (auto& plot : draw_plots(result, directory))
        written.push_back(std::move(plot));
    return written;
}

}  // namespace rxlab::bench
