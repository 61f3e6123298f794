// SPDX-License-Identifier: MIT
//
// make_seeds FOLDER: writes the seed corpus of each fuzz target to FOLDER/TARGET/, made with the
// writers of this project, so that mutations start from what is well formed.
#include "seeds.hpp"

#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>

namespace rxlab::fuzz {

Folder::Folder(std::filesystem::path path) : path_{std::move(path)} {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
}

void Folder::add(Seed bytes) {
    char name[16];
    std::snprintf(name, sizeof name, "%03d", ++count_);
    std::ofstream file{path_ / name, std::ios::binary};
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) throw std::runtime_error("write " + (path_ / name).string());
}

void Folder::add(std::string_view text) {
    const auto bytes = std::as_bytes(std::span{text});
    add(Seed(bytes.begin(), bytes.end()));
}

}  // namespace rxlab::fuzz

int main(int argc, char** argv) {
    using namespace rxlab::fuzz;
    if (argc != 2) {
        std::fprintf(stderr, "usage: make_seeds FOLDER\n");
        return 2;
    }
    try {
        const std::filesystem::path top{argv[1]};
        for (const auto& [target, make] : kSeedMakers) {
            Folder folder{top / target};
            make(folder);
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "make_seeds: %s\n", error.what());
        return 1;
    }
}
