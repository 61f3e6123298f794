// SPDX-License-Identifier: MIT
#include <rxlab/program/terminal.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace rxlab::program {

bool shows_colours(std::FILE* stream) {
    const char* const refused = std::getenv("NO_COLOR");
    const char* const terminal = std::getenv("TERM");
    return (refused == nullptr || *refused == '\0') && terminal != nullptr &&
           std::string_view{terminal} != "dumb" && isatty(fileno(stream)) == 1;
}

std::string coloured(std::string_view text, Colour colour, std::FILE* stream) {
    if (!shows_colours(stream)) return std::string{text};
    return fmt::format("\x1b[{}m{}\x1b[0m", static_cast<int>(colour), text);
}

}  // namespace rxlab::program
