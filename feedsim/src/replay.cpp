// SPDX-License-Identifier: MIT
#include <rxlab/feedsim/replay.hpp>

#include <exception>

namespace rxlab::feedsim {

std::span<const std::byte> Replay::next() noexcept {
    if (!failure_.empty()) return {};
    try {
        if (!position_) {
            position_ = file_.begin();
        } else if (*position_ != file_.end()) {
            ++*position_;
        }
    } catch (const std::exception& error) {  // a message cut short: the run is over anyway
        failure_ = error.what();
        return {};
    }
    return *position_ == file_.end() ? std::span<const std::byte>{} : **position_;
}

}  // namespace rxlab::feedsim
