// SPDX-License-Identifier: MIT
#include "file_format.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string_view>
#include <system_error>

namespace rxlab::capture {
namespace {

struct Compression {
    std::string_view magic;
    const char* remedy;
};
constexpr std::array kCompressions{
    Compression{"\x1f\x8b", "gunzip"},
    Compression{"\x28\xb5\x2f\xfd", "zstd -d"},
    Compression{std::string_view{"\xfd\x37zX", 4}, "xz -d"},
    Compression{"BZh", "bunzip2"},
    Compression{"\x04\x22\x4d\x18", "lz4 -d"},
};

}  // namespace

FileFormat::Next FileFormat::truncated(const Input& input, const char* what, std::uint64_t wanted,
                                       std::uint64_t got) {
    if (input.error() != 0) return fail(std::generic_category().message(input.error()));
    return fail(fmt::format("truncated: {} of {} bytes has {}", what, wanted, got));
}

std::unique_ptr<FileFormat> open_format(Input& input) {
    Magic magic{};
    const std::size_t got = input.read(magic);
    if (input.error() != 0) {
        throw std::runtime_error(std::generic_category().message(input.error()));
    }
    if (got == 0) throw std::runtime_error("the file is empty");
    const std::string_view head{reinterpret_cast<const char*>(magic.data()), got};
    for (const Compression& compression : kCompressions) {
        if (head.starts_with(compression.magic)) {
            throw std::runtime_error(
                fmt::format("compressed; unpack it first ({})", compression.remedy));
        }
    }
    if (got == magic.size()) {
        if (auto format = open_pcap(input, magic)) return format;
        if (auto format = open_pcapng(input, magic)) return format;
    }
    throw std::runtime_error("neither pcap nor pcapng");
}

}  // namespace rxlab::capture
