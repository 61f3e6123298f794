// SPDX-License-Identifier: MIT
//
// The shared libraries of this process that a figure may depend on: which file each came from, for
// there may be several of one name on a machine. Their versions are for whoever knows the machine's
// packages (rxbench).
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace rxlab::program {

// "fmt" of "/usr/lib/x86_64-linux-gnu/libfmt.so.9.1.0"; empty for libraries that no figure depends
// on, such as what libpcap brings along.
[[nodiscard]] std::string library_name(std::string_view path);

// Name -> file, without symbolic links, of those that are loaded now (dl_iterate_phdr(3)). DPDK is
// that of its EAL.
[[nodiscard]] std::map<std::string, std::string> loaded_libraries();

}  // namespace rxlab::program
