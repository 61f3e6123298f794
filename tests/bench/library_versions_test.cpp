// SPDX-License-Identifier: MIT
#include "bench/run/library_versions.hpp"

#include <rxlab/program/files.hpp>
#include <rxlab/program/libraries.hpp>

#include <gnu/libc-version.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace rxlab::bench {
namespace {

using Versions = std::map<std::string, std::string>;

// While it exists, programs in this folder are found before all others.
class FoundFirst {
  public:
    explicit FoundFirst(const std::filesystem::path& folder) : path_{std::getenv("PATH")} {
        setenv("PATH", (folder.string() + ':' + path_).c_str(), 1);
    }
    FoundFirst(const FoundFirst&) = delete;
    FoundFirst& operator=(const FoundFirst&) = delete;
    ~FoundFirst() { setenv("PATH", path_.c_str(), 1); }

  private:
    std::string path_;
};

TEST(VersionInName, IsWhatFollowsSoIfItIsMoreThanTheInterface) {
    EXPECT_EQ(version_in_name("/usr/lib/libpcap.so.1.10.3"), "1.10.3");
    EXPECT_EQ(version_in_name("/usr/lib/libc.so.6"), "");
    EXPECT_EQ(version_in_name("/usr/lib/libfmt.so"), "");
    EXPECT_EQ(version_in_name("/usr/lib/libfmt.so.9.1.old"), "");
}

TEST(LibraryVersions, OfFilesWithoutAPackageAreThoseOfTheirNamesOrUnknown) {
    EXPECT_EQ(library_versions(
                  {{"libpcap", {"/made/up/libpcap.so.1.10.3"}}, {"glibc", {"/made/up/libc.so.6"}}}),
              (Versions{{"libpcap", "1.10.3"}, {"glibc", "unknown"}}));
}

TEST(LibraryVersions, OfTwoFilesAreBothNamed) {
    EXPECT_EQ(
        library_versions({{"fmt", {"/made/up/libfmt.so.9.1.0", "/made/up/libfmt.so.10.1.1"}}}),
        (Versions{{"fmt", "10.1.1 and 9.1.0"}}));
    EXPECT_TRUE(library_versions({}).empty());
}

// As in an emulated guest whose disk is another machine's: dpkg-query may take a minute there.
TEST(LibraryVersions, OfADpkgThatTakesTooLongAreThoseOfTheNames) {
    const program::ScratchDirectory folder(std::filesystem::temp_directory_path());
    const std::filesystem::path dpkg_query = folder.path() / "dpkg-query";
    std::ofstream{dpkg_query} << "#!/bin/sh\nexec sleep 60\n";
    std::filesystem::permissions(dpkg_query, std::filesystem::perms::owner_all);
    const FoundFirst found_first(folder.path());
    EXPECT_EQ(library_versions({{"libpcap", {"/made/up/libpcap.so.1.10.3"}}},
                               std::chrono::milliseconds{100}),
              (Versions{{"libpcap", "1.10.3"}}));
}

// Debian's glibc has the version that glibc itself tells, and a revision.
TEST(LibraryVersions, OfPackagedFilesAreThoseOfTheirPackages) {
    if (std::system("command -v dpkg-query >/dev/null") != 0) GTEST_SKIP() << "no dpkg-query here";
    LibraryFiles files;
    for (const auto& [name, file] : program::loaded_libraries())
        files[name].insert(file);
    const Versions versions = library_versions(files);
    ASSERT_TRUE(versions.contains("glibc"));
    EXPECT_TRUE(versions.at("glibc").starts_with(std::string{gnu_get_libc_version()} + "-"))
        << versions.at("glibc");
    for (const auto& [name, version] : versions)
        EXPECT_NE(version, "unknown") << name;
}

}  // namespace
}  // namespace rxlab::bench
