// SPDX-License-Identifier: MIT
#include <rxlab/feedsim/errors.hpp>

#include <system_error>

namespace rxlab::feedsim {

namespace {

std::string compose(int error, std::string_view operation, std::string_view remedy) {
    std::string text{operation};
    text += ": " + std::generic_category().message(error);
    if (!remedy.empty()) text.append("; ").append(remedy);
    return text;
}

}  // namespace

RunError::RunError(int error, std::string_view operation, std::string_view remedy)
    : std::runtime_error{compose(error, operation, remedy)} {}

}  // namespace rxlab::feedsim
