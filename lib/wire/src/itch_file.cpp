// SPDX-License-Identifier: MIT
#include <rxlab/wire/byte_order.hpp>
#include <rxlab/wire/itch_file.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace rxlab::wire {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
constexpr std::size_t kMessageBytesMax = 65'535;

std::string name_of(const std::filesystem::path& path) {
    return "itch file " + path.string();
}

[[noreturn]] void fail(const char* operation, const std::filesystem::path& path) {
    throw std::system_error(errno, std::generic_category(),
                            std::string{operation} + ' ' + name_of(path));
}

// Closes at the end of the scope; the mapping stays.
struct Descriptor {
    int number;
    ~Descriptor() { ::close(number); }
};

std::size_t size_of(int descriptor, const std::filesystem::path& path) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) fail("read the size of", path);
    if (!S_ISREG(status.st_mode)) {
        throw std::runtime_error(name_of(path) + ": not a regular file, so it cannot be mapped");
    }
    if (status.st_size == 0) {
        throw std::runtime_error(name_of(path) +
                                 ": empty; expected messages, each behind a 2-byte length");
    }
    return static_cast<std::size_t>(status.st_size);
}

// RFC 1952, section 2.3.1. As a length it would be longer than any message.
bool is_gzip(std::span<const std::byte> bytes) noexcept {
    return bytes.size() >= 2 && overlay<be16>(bytes) == 0x1f8b;
}

// False with errno set where not everything could be written.
bool write_all(int descriptor, std::span<const std::byte> bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

std::string plural(std::size_t count, const char* noun) {
    return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

}  // namespace

ItchFile::ItchFile(const std::filesystem::path& path) : path_{path} {
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.number < 0) fail("open", path);
    const std::size_t size = size_of(file.number, path);
    void* const mapping = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
    if (mapping == MAP_FAILED) fail("map", path);
    ::madvise(mapping, size, MADV_SEQUENTIAL);  // a hint: failing changes nothing
    bytes_ = {static_cast<const std::byte*>(mapping), size};
    if (is_gzip(bytes_)) {
        ::munmap(mapping, size);
        throw std::runtime_error(name_of(path) + ": compressed; gunzip it first");
    }
}

ItchFile::ItchFile(ItchFile&& other) noexcept
    : path_{std::move(other.path_)}, bytes_{std::exchange(other.bytes_, {})} {}

ItchFile::~ItchFile() {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void ItchFile::Iterator::read() {
    message_ = {};
    const std::span<const std::byte> rest = file_->bytes_.subspan(offset_);
    if (rest.empty()) return;
    ++number_;
    std::size_t needed = kLengthBytes;
    std::size_t left = rest.size();
    if (left >= kLengthBytes) {
        needed = overlay<be16>(rest);
        left -= kLengthBytes;
    }
    if (needed > left) {
        throw std::runtime_error(name_of(file_->path_) + ": message " + std::to_string(number_) +
                                 " at offset " + std::to_string(offset_) + " is cut short (needs " +
                                 plural(needed, "byte") + ", " + std::to_string(left) + " left)");
    }
    if (needed == 0) return end(rest.subspan(kLengthBytes));
    message_ = rest.subspan(kLengthBytes, needed);
}

// A length of 0 ends the file; zeros that fill a block up may follow.
void ItchFile::Iterator::end(std::span<const std::byte> behind) const {
    if (std::ranges::all_of(behind, [](std::byte b) { return b == std::byte{0}; })) return;
    throw std::runtime_error(
        name_of(file_->path_) + ": the length 0 of message " + std::to_string(number_) +
        " at offset " + std::to_string(offset_) + " ends a file, but " +
        plural(behind.size(), "byte") + " follow" +
        (offset_ == 0 ? "; these are no length-prefixed messages"
                      : "; if they are another file: head -c " +
                            std::to_string(offset_ + kLengthBytes) + " and tail -c +" +
                            std::to_string(offset_ + kLengthBytes + 1) + " take them apart"));
}

ItchFileWriter::ItchFileWriter(const std::filesystem::path& path) : path_{path} {
    descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail("create", path);
}

ItchFileWriter::ItchFileWriter(ItchFileWriter&& other) noexcept
    : path_{std::move(other.path_)},
      buffer_{std::move(other.buffer_)},
      descriptor_{std::exchange(other.descriptor_, -1)},
      messages_{other.messages_} {}

ItchFileWriter::~ItchFileWriter() {
    try {
        close();
    } catch (const std::exception&) {  // a destructor cannot report; see the header
    }
}

void ItchFileWriter::append(std::span<const std::byte> message) {
    if (message.empty() || message.size() > kMessageBytesMax) {
        throw std::invalid_argument("append to " + name_of(path_) + ": a message of " +
                                    plural(message.size(), "byte") + "; it must have 1 to 65535");
    }
    put(bytes_of(be16{static_cast<std::uint16_t>(message.size())}));
    put(message);
    ++messages_;
}

void ItchFileWriter::close() {
    const int descriptor = std::exchange(descriptor_, -1);
    if (descriptor < 0) return;
    const bool written = write_all(descriptor, buffer_);
    const int write_error = errno;
    const bool closed = ::close(descriptor) == 0;
    if (!written) {
        errno = write_error;
        fail("write", path_);
    }
    if (!closed) fail("close", path_);
}

void ItchFileWriter::put(std::span<const std::byte> bytes) {
    if (descriptor_ < 0) {  // closed: the buffer would never be written
        errno = EBADF;
        fail("append to", path_);
    }
    if (buffer_.size() + bytes.size() > kBufferBytes) flush();
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

void ItchFileWriter::flush() {
    if (!write_all(descriptor_, buffer_)) fail("write", path_);
    buffer_.clear();
}

}  // namespace rxlab::wire
