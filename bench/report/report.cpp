// SPDX-License-Identifier: MIT
#include "bench/report/report.hpp"

#include "bench/report/plots.hpp"
#include "bench/report/tables.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>

#include <iterator>
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
                                                const std::filesystem::path& directory,
                                                const std::optional<BookCost>& book) {
    make_directory(directory);
    std::vector<std::filesystem::path> written{directory / "tables.md"};
    Document document = document_of(result);
    if (book) append(document, document_of(*book));
    program::write_file_atomically(written.front(), to_markdown(document));
    for (auto& plot : draw_plots(result, directory))
        written.push_back(std::move(plot));
    return written;
}

void append(Document& document, Document more) {
    const auto move_all = [](auto& from, auto& to) {
        to.insert(to.end(), std::make_move_iterator(from.begin()),
                  std::make_move_iterator(from.end()));
    };
    for (std::string& line : more.header)
        line = fmt::format("{}: {}", more.title, line);
    move_all(more.header, document.header);
    move_all(more.sections, document.sections);
    move_all(more.footnotes, document.footnotes);
}

}  // namespace rxlab::bench
