// SPDX-License-Identifier: MIT
//
// Whether anything of a process group still runs, for tests.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace rxlab::bench {

// A process of this group is neither dead nor a zombie that its new parent has not collected yet.
inline bool group_runs(pid_t group) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        std::ifstream file(entry.path() / "stat");
        std::string text;
        if (!std::getline(file, text) || text.rfind(')') == std::string::npos) continue;
        std::istringstream fields(text.substr(text.rfind(')') + 1));  // proc(5): state ppid pgrp
        char state = 0;
        pid_t parent = 0, its_group = 0;
        fields >> state >> parent >> its_group;
        if (its_group == group && state != 'Z' && state != 'X') return true;
    }
    return false;
}

// SIGKILL has no effect at once: waits for it, up to 10 s.
inline bool group_is_gone(pid_t group) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (group_runs(group)) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        ::usleep(1'000);
    }
    return true;
}

}  // namespace rxlab::bench
