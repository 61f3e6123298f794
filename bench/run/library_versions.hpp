// SPDX-License-Identifier: MIT
//
// The versions of the libraries that the measured programs loaded: those of the packages that the
// files belong to, else what the files' own names say.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace rxlab::bench {

// Name -> files: more than one where two programs loaded different ones.
using LibraryFiles = std::map<std::string, std::set<std::string>>;

// Asks dpkg where it is installed, and goes by the files' names where it takes longer than
// `patience`. Name -> version: "2.36-9+deb12u13"; "1.10.3" of a
// libpcap.so.1.10.3 that belongs to no package, and "unknown" of such a libc.so.6; "1.10.3
// and 1.10.5" of two files.
[[nodiscard]] std::map<std::string, std::string> library_versions(
    const LibraryFiles& libraries, std::chrono::milliseconds patience = std::chrono::seconds{10});

// "1.10.3" of ".../libpcap.so.1.10.3"; empty where the name has no more than the number of the
// interface (libc.so.6).
[[nodiscard]] std::string version_in_name(std::string_view file);

}  // namespace rxlab::bench
