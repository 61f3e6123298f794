// SPDX-License-Identifier: MIT
#include <rxlab/program/errors.hpp>
#include <rxlab/program/publish.hpp>

#include <cerrno>
#include <cstdio>
#include <fstream>

namespace rxlab::program {

void publish(const std::string& text, const nlohmann::ordered_json& json,
             const std::string& json_path) {
    const bool json_to_stdout = json_path == "-";
    std::fputs(text.c_str(), json_to_stdout ? stderr : stdout);
    if (json_to_stdout) {
        std::puts(json.dump(2).c_str());
    } else if (!json_path.empty()) {
        errno = 0;
        std::ofstream file{json_path};
        file << json.dump(2) << '\n';
        file.close();
        if (!file) throw RunError(errno, "write " + json_path);
    }
    // An earlier write may have failed, too: fflush() tells of the last one only.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
        throw RunError(errno, "write the summary to standard output");
}

}  // namespace rxlab::program
