// SPDX-License-Identifier: MIT
//
// Byte order as a type. A BigEndian<N> is N bytes of a packet that hold an unsigned integer in
// network order; a Text<N> is N bytes of space-padded ASCII. Both have alignment 1 and no padding,
// so a struct made of them has exactly the layout of the wire format and can be laid over received
// bytes without copying: reading a field is one load and one byte swap.
//
// A wire struct may be laid over a byte buffer because all its members are arrays of std::byte:
// each access is a byte access, which no aliasing or alignment rule forbids.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace rxlab::wire {

namespace detail {

template <std::size_t Bytes>
using UintOf = std::conditional_t<
    Bytes == 1, std::uint8_t,
    std::conditional_t<Bytes == 2, std::uint16_t,
                       std::conditional_t<Bytes <= 4, std::uint32_t, std::uint64_t>>>;

template <typename T>
constexpr T byte_swap(T value) noexcept {
    if constexpr (sizeof(T) == 1) return value;
    if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
    if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
    if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
}

template <typename T>
constexpr T big_endian(T value) noexcept {
    if constexpr (std::endian::native == std::endian::little) return byte_swap(value);
    return value;
}

}  // namespace detail

// An unsigned integer of N bytes (1..8) in network byte order. Values wider than N bytes are
// truncated on assignment, as a cast would.
template <std::size_t N>
class BigEndian {
  public:
    static_assert(N >= 1 && N <= 8);
    using Value = detail::UintOf<N>;

    constexpr BigEndian() noexcept = default;
    constexpr BigEndian(Value value) noexcept { set(value); }  // NOLINT: converts like an integer

    [[nodiscard]] Value get() const noexcept {
        if constexpr (N == sizeof(Value)) {
            Value raw;
            std::memcpy(&raw, bytes_.data(), N);
            return detail::big_endian(raw);
        } else if constexpr (N == 6) {  // two loads beat six
            std::uint16_t high;
            std::uint32_t low;
            std::memcpy(&high, bytes_.data(), 2);
            std::memcpy(&low, bytes_.data() + 2, 4);
            return Value{detail::big_endian(high)} << 32 | detail::big_endian(low);
        } else {
            Value value = 0;
            for (std::byte byte : bytes_)
                value = value << 8 | std::to_integer<Value>(byte);
            return value;
        }
    }
    operator Value() const noexcept { return get(); }  // NOLINT: converts like an integer

    constexpr void set(Value value) noexcept {
        for (std::size_t i = N; i-- > 0;) {
            bytes_[i] = static_cast<std::byte>(value & 0xff);
            if constexpr (sizeof(Value) > 1) value = static_cast<Value>(value >> 8);
        }
    }

    friend bool operator==(const BigEndian&, const BigEndian&) = default;
    // By value, whatever the integer's type: without this, `field == 1` is ambiguous.
    template <std::integral T>
    friend bool operator==(const BigEndian& field, T value) noexcept {
        return std::cmp_equal(field.get(), value);
    }

  private:
    std::array<std::byte, N> bytes_{};
};

using be8 = BigEndian<1>;
using be16 = BigEndian<2>;
using be32 = BigEndian<4>;
using be48 = BigEndian<6>;
using be64 = BigEndian<8>;

// N bytes of ASCII, left-justified and padded with spaces.
template <std::size_t N>
class Text {
  public:
    constexpr Text() noexcept { bytes_.fill(std::byte{' '}); }
    // Longer text is cut at N characters.
    constexpr Text(std::string_view text) noexcept : Text() {  // NOLINT: converts like a string
        for (std::size_t i = 0; i < N && i < text.size(); ++i) {
            bytes_[i] = static_cast<std::byte>(text[i]);
        }
    }
    constexpr Text(const char* text) noexcept : Text(std::string_view{text}) {}  // NOLINT
    constexpr Text(char c) noexcept requires(N == 1)
        : bytes_{static_cast<std::byte>(c)} {}  // NOLINT

    // All N characters, padding included.
    [[nodiscard]] std::string_view padded() const noexcept {
        return {reinterpret_cast<const char*>(bytes_.data()), N};
    }
    // Without the padding.
    [[nodiscard]] std::string_view view() const noexcept {
        std::string_view text = padded();
        const std::size_t end = text.find_last_not_of(' ');
        return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
    }
    [[nodiscard]] char front() const noexcept { return std::to_integer<char>(bytes_[0]); }

    friend bool operator==(const Text&, const Text&) = default;

  private:
    std::array<std::byte, N> bytes_;
};

using Char = Text<1>;

// A struct that can be laid over received bytes.
template <typename T>
concept WireStruct = std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T> &&
                     alignof(T) == 1;

// Lays T over the front of `bytes`, which must hold at least sizeof(T) bytes and outlive the view.
template <WireStruct T>
[[nodiscard]] const T& overlay(std::span<const std::byte> bytes) noexcept {
    return *reinterpret_cast<const T*>(bytes.data());
}

// The bytes of a wire struct, for sending or storing.
template <WireStruct T>
[[nodiscard]] std::span<const std::byte, sizeof(T)> bytes_of(const T& value) noexcept {
    return std::as_bytes(std::span<const T, 1>{&value, 1});
}

}  // namespace rxlab::wire
