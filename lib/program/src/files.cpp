// SPDX-License-Identifier: MIT
#include <rxlab/program/files.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>

namespace rxlab::program {
namespace {

constexpr std::string_view kScratchPrefix = "rxlab-";

[[noreturn]] void fail(std::string_view operation, const std::filesystem::path& path) {
    throw std::system_error(errno, std::generic_category(),
                            fmt::format("{} {}", operation, path.string()));
}

void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            throw std::system_error(errno, std::generic_category());
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
    const std::string temporary = fmt::format("{}.{}.part", path.string(), ::getpid());
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                                  0666);  // less the umask
    if (descriptor < 0) fail("create", path);
    int error = 0;
    try {
        write_all(descriptor, text);
        if (::fsync(descriptor) != 0) error = errno;
    } catch (const std::system_error& failure) {
        error = failure.code().value();
    }
    if (::close(descriptor) != 0 && error == 0) error = errno;
    if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
    if (error != 0) {
        ::unlink(temporary.c_str());
        errno = error;
        fail("write", path);
    }
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) fail("open", path);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (file.bad()) fail("read", path);
    return text;
}

std::string first_line(const std::filesystem::path& path, std::string_view fallback) {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line) || line.empty()) return std::string(fallback);
    return line;
}

std::filesystem::path data_folder(std::string_view name, const std::filesystem::path& built_from) {
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
    const auto installed = program.parent_path().parent_path() / "share" / "rxlab" / name;
    return !error && std::filesystem::is_directory(installed, error) ? installed : built_from;
}

ScratchDirectory::ScratchDirectory(const std::filesystem::path& parent) {
    std::string name = (parent / fmt::format("{}{}-XXXXXX", kScratchPrefix, ::getpid())).string();
    if (::mkdtemp(name.data()) == nullptr) fail("create a directory in", parent);
    path_ = name;
}

ScratchDirectory::ScratchDirectory(ScratchDirectory&& other) noexcept
    : path_{std::move(other.path_)} {
    other.path_.clear();
}

ScratchDirectory::~ScratchDirectory() {
    if (path_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void remove_stale_scratch(const std::filesystem::path& parent) noexcept {
    std::error_code error;
    std::filesystem::directory_iterator entry(parent, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (!name.starts_with(kScratchPrefix)) continue;
        const int pid = std::atoi(name.c_str() + kScratchPrefix.size());
        std::error_code ignored;  // one of another user cannot be removed
        if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) {
            std::filesystem::remove_all(entry->path(), ignored);
        }
    }
}

}  // namespace rxlab::program
