// SPDX-License-Identifier: MIT
#include "file_mapping.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace rxlab::latency {

namespace {

[[noreturn]] void fail(int error, const char* operation, const std::filesystem::path& path) {
    throw std::system_error(error, std::generic_category(),
                            std::string{operation} + ' ' + path.native());
}

// The size of a regular file; everything else (a directory, a pipe, a device) is refused.
std::size_t regular_file_bytes(int descriptor, const char* operation,
                               const std::filesystem::path& path) {
    struct stat status {};
    if (fstat(descriptor, &status) != 0) fail(errno, operation, path);
    if (!S_ISREG(status.st_mode)) {
        fail(EINVAL, (std::string{operation} + " (not a regular file)").c_str(), path);
    }
    return static_cast<std::size_t>(status.st_size);
}

// Reserves the blocks, so that a full file system is an error here and not a SIGBUS at a store.
void allocate(int descriptor, std::size_t bytes, const std::filesystem::path& path) {
    int error = 0;
    do {
        error = posix_fallocate(descriptor, 0, static_cast<off_t>(bytes));
    } while (error == EINTR);
    if (error != 0) {
        const std::string operation = "allocate " + std::to_string(bytes) + " bytes for trace";
        unlink(path.c_str());
        fail(error, operation.c_str(), path);
    }
}

std::byte* map(int descriptor, std::size_t bytes, int protection, int flags,
               const std::filesystem::path& path) {
    void* const base = mmap(nullptr, bytes, protection, MAP_SHARED | flags, descriptor, 0);
    if (base == MAP_FAILED) fail(errno, "map trace", path);
    return static_cast<std::byte*>(base);
}

// MAP_POPULATE faults a shared file mapping in for reading only (mm/gup.c,
// populate_vma_page_range); the first store to each page would still fault. So each page gets a
// store now.
void touch(std::byte* base, std::size_t bytes) noexcept {
    const auto page_bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    for (std::size_t offset = 0; offset < bytes; offset += page_bytes) {
        *static_cast<volatile std::byte*>(base + offset) = std::byte{0};
    }
}

}  // namespace

FileMapping FileMapping::create(const std::filesystem::path& path, std::size_t bytes) {
    FileMapping file;
    file.descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file.descriptor_ < 0) fail(errno, "create trace", path);
    regular_file_bytes(file.descriptor_, "create trace", path);
    allocate(file.descriptor_, bytes, path);
    file.data_ = map(file.descriptor_, bytes, PROT_READ | PROT_WRITE, MAP_POPULATE, path);
    file.bytes_ = bytes;
    touch(file.data_, bytes);
    return file;
}

FileMapping FileMapping::open(const std::filesystem::path& path) {
    FileMapping file;
    // O_NONBLOCK: a pipe is refused below instead of waited for.
    file.descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file.descriptor_ < 0) fail(errno, "open trace", path);
    file.bytes_ = regular_file_bytes(file.descriptor_, "open trace", path);
    if (file.bytes_ > 0) file.data_ = map(file.descriptor_, file.bytes_, PROT_READ, 0, path);
    return file;
}

FileMapping::FileMapping(FileMapping&& other) noexcept
    : data_{std::exchange(other.data_, nullptr)},
      bytes_{std::exchange(other.bytes_, 0)},
      descriptor_{std::exchange(other.descriptor_, -1)} {}

FileMapping::~FileMapping() {
    if (data_ != nullptr) munmap(data_, bytes_);
    if (descriptor_ >= 0) close(descriptor_);
}

std::byte* FileMapping::release() noexcept {
    return std::exchange(data_, nullptr);
}

int FileMapping::release_descriptor() noexcept {
    return std::exchange(descriptor_, -1);
}

}  // namespace rxlab::latency
