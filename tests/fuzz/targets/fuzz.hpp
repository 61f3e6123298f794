// SPDX-License-Identifier: MIT
//
// What the fuzz targets share. A target is one function, LLVMFuzzerTestOneInput, which libFuzzer
// calls with one input after the other; a REQUIRE that does not hold ends the process, as a
// sanitizer's report does, and libFuzzer keeps the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <type_traits>

#define REQUIRE(condition)                                                                      \
    do {                                                                                        \
        if (!(condition)) {                                                                     \
            std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                       \
        }                                                                                       \
    } while (false)

namespace rxlab::fuzz {

using Bytes = std::span<const std::byte>;

inline Bytes bytes_of_input(const std::uint8_t* data, std::size_t size) {
    return std::as_bytes(std::span{data, size});
}

// Takes numbers and pieces off the front of an input; beyond its end all is 0 and empty.
class Input {
  public:
    explicit Input(Bytes bytes) : rest_{bytes} {}

    template <typename T>
    T take() {
        static_assert(std::is_trivially_copyable_v<T>);
        T value{};
        const Bytes bytes = take_bytes(sizeof(T));
        if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
        return value;
    }
    Bytes take_bytes(std::size_t count) {
        const Bytes bytes = rest_.first(count < rest_.size() ? count : rest_.size());
        rest_ = rest_.subspan(bytes.size());
        return bytes;
    }
    [[nodiscard]] bool empty() const { return rest_.empty(); }
    [[nodiscard]] Bytes rest() const { return rest_; }

  private:
    Bytes rest_;
};

inline bool lies_within(Bytes part, Bytes whole) {
    if (part.empty()) return true;
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

inline bool same(Bytes a, Bytes b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace rxlab::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
