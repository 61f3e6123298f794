// SPDX-License-Identifier: MIT
#include <rxlab/program/libraries.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace rxlab::program {
namespace {

TEST(LibraryName, IsThatOfTheLibraryWhateverTheVersion) {
    EXPECT_EQ(library_name("/usr/lib/x86_64-linux-gnu/libfmt.so.9.1.0"), "fmt");
    EXPECT_EQ(library_name("/lib/x86_64-linux-gnu/libc.so.6"), "glibc");
    EXPECT_EQ(library_name("librte_eal.so.23"), "DPDK");
    EXPECT_EQ(library_name("libxdp.so"), "libxdp");
}

TEST(LibraryName, IsEmptyForOthers) {
    for (const char* other :
         {"", "linux-vdso.so.1", "/usr/lib/libdbus-1.so.3.32.4", "/usr/lib/libcap.so.2",
          "/usr/lib/libc.so6", "/opt/fmt/libfmtx.so.9", "/usr/lib/librte_net_ring.so.23"}) {
        EXPECT_EQ(library_name(other), "") << other;
    }
}

TEST(LoadedLibraries, AreThoseOfThisProcessByTheirRealFiles) {
    const auto libraries = loaded_libraries();
    ASSERT_TRUE(libraries.contains("glibc"));
    ASSERT_TRUE(libraries.contains("libstdc++"));
    EXPECT_FALSE(libraries.contains("DPDK"));
    for (const auto& [name, file] : libraries) {
        EXPECT_EQ(library_name(file), name);
        EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(file)))
            << file;
    }
}

}  // namespace
}  // namespace rxlab::program
