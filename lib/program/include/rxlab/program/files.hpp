// SPDX-License-Identifier: MIT
//
// Small file operations with two properties that a program's output needs: it is whole or not there
// at all, and scratch files go with the program. Errors are std::system_error naming operation and
// path.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace rxlab::program {

// Writes to a temporary file beside `path`, flushes it to the disk and renames it. After an error,
// such as a full disk, nothing is left behind and `path` is unchanged.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

[[nodiscard]] std::string read_file(const std::filesystem::path& path);

// First line without its newline; `fallback` if the file cannot be read or is empty.
[[nodiscard]] std::string first_line(const std::filesystem::path& path, std::string_view fallback);

// The folder of an installed program's data: PREFIX/share/rxlab/NAME, where PREFIX/bin has this
// program. Where there is none, as in a build folder: `built_from`.
[[nodiscard]] std::filesystem::path data_folder(std::string_view name,
                                                const std::filesystem::path& built_from);

// A new private directory (mode 0700) that is removed with its contents. Movable, not copyable.
class ScratchDirectory {
  public:
    // `parent`/rxlab-PID-XXXXXX
    explicit ScratchDirectory(const std::filesystem::path& parent);
    ScratchDirectory(ScratchDirectory&& other) noexcept;
    ScratchDirectory& operator=(ScratchDirectory&&) = delete;
    ~ScratchDirectory();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    std::filesystem::path path_;
};

// Removes the scratch directories of processes that were killed before they could do so.
void remove_stale_scratch(const std::filesystem::path& parent) noexcept;

}  // namespace rxlab::program
