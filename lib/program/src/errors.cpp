// SPDX-License-Identifier: MIT
#include <rxlab/program/errors.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>

namespace rxlab::program {
namespace {

std::string compose(int error, std::string_view operation, std::string_view remedy) {
    std::string text = fmt::format("{}: {}", operation, std::generic_category().message(error));
    if (!remedy.empty()) text += fmt::format("; {}", remedy);
    return text;
}

}  // namespace

RunError::RunError(int error, std::string_view operation, std::string_view remedy)
    : std::runtime_error{compose(error, operation, remedy)} {}

int guard_main(std::string_view program, std::string_view memory_remedy,
               const std::function<int()>& body) noexcept {
    const auto complain = [program](std::string_view text) {
        std::fflush(stdout);
        std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(program.size()), program.data(),
                     static_cast<int>(text.size()), text.data());
    };
    try {
        return body();
    } catch (const UsageError& error) {
        complain(error.what());
        return 2;
    } catch (const std::bad_alloc&) {
        complain(fmt::format("out of memory; {}", memory_remedy));
        return 1;
    } catch (const std::exception& error) {
        complain(error.what());
        return 1;
    }
}

}  // namespace rxlab::program
