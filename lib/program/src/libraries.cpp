// SPDX-License-Identifier: MIT
#include <rxlab/program/libraries.hpp>

#include <link.h>

#include <array>
#include <filesystem>

namespace rxlab::program {
namespace {

struct Library {
    std::string_view file, name;
};
constexpr std::array<Library, 10> kLibraries{{
    {"libc.so", "glibc"},
    {"libstdc++.so", "libstdc++"},
    {"libfmt.so", "fmt"},
    {"libnuma.so", "libnuma"},
    {"libpcap.so", "libpcap"},
    {"librte_eal.so", "DPDK"},
    {"libxdp.so", "libxdp"},
    {"libbpf.so", "libbpf"},
    {"liburing.so", "liburing"},
    {"libibverbs.so", "libibverbs"},
}};

int add(dl_phdr_info* info, std::size_t, void* into) {
    std::string name = library_name(info->dlpi_name);
    if (name.empty()) return 0;
    std::error_code error;
    const auto path = std::filesystem::canonical(info->dlpi_name, error);
    static_cast<std::map<std::string, std::string>*>(into)->emplace(
        std::move(name), error ? std::string{info->dlpi_name} : path.string());
    return 0;
}

}  // namespace

std::string library_name(std::string_view path) {
    const std::string_view file = path.substr(path.rfind('/') + 1);
    for (const Library& library : kLibraries) {
        if (!file.starts_with(library.file)) continue;
        // "libc.so.6", not "libc.sox"
        const std::string_view rest = file.substr(library.file.size());
        if (rest.empty() || rest.front() == '.') return std::string{library.name};
    }
    return {};
}

std::map<std::string, std::string> loaded_libraries() {
    std::map<std::string, std::string> libraries;
    dl_iterate_phdr(add, &libraries);
    return libraries;
}

}  // namespace rxlab::program
