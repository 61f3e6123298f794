// SPDX-License-Identifier: MIT
//
// Length-prefixed ITCH files, the form in which NASDAQ publishes whole days: each message behind a
// 2-byte big-endian length; a length of 0 at its end, or the end of the file, ends it. What the
// messages say is not looked at (itch_census.hpp does).
// Ownership: the spans of an ItchFile view its mapping and live as long as it does. A file that
// another process shortens meanwhile ends the reader with SIGBUS, as any mapping.
// Threading: an ItchFile may be read by many threads; an ItchFileWriter belongs to one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <span>
#include <vector>

namespace rxlab::wire {

// A file mapped for reading:  for (std::span<const std::byte> message : ItchFile{path}) …
class ItchFile {
  public:
    // Goes once through the messages. Reaching a message that the file cuts short, or a length of 0
    // with anything but zeros behind it (two files in one, or another format), throws
    // std::runtime_error, which names the file, the message's number (from 1) and its offset.
    class Iterator {
      public:
        using value_type = std::span<const std::byte>;
        using difference_type = std::ptrdiff_t;

        value_type operator*() const noexcept { return message_; }
        Iterator& operator++() {
            offset_ += kLengthBytes + message_.size();
            read();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const noexcept { return message_.empty(); }

        // Number of the message, from 1, and where its length stands in the file.
        [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
        [[nodiscard]] std::size_t offset() const noexcept { return offset_; }

      private:
        friend class ItchFile;
        explicit Iterator(const ItchFile& file) : file_{&file} { read(); }
        void read();
        void end(std::span<const std::byte> behind) const;

        const ItchFile* file_;
        value_type message_;  // empty: at the end
        std::size_t offset_ = 0;
        std::uint64_t number_ = 0;
    };

    // Throws std::system_error (cannot open or map) or std::runtime_error (empty, compressed, not a
    // regular file); both name the file.
    explicit ItchFile(const std::filesystem::path& path);
    ItchFile(ItchFile&& other) noexcept;
    ItchFile& operator=(ItchFile&&) = delete;
    ~ItchFile();

    [[nodiscard]] Iterator begin() const { return Iterator{*this}; }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    // The whole file.
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

  private:
    static constexpr std::size_t kLengthBytes = 2;

    std::filesystem::path path_;
    std::span<const std::byte> bytes_;  // the mapping
};

// Writes such a file through a buffer.
class ItchFileWriter {
  public:
    // Creates or replaces the file. Throws std::system_error.
    explicit ItchFileWriter(const std::filesystem::path& path);
    ItchFileWriter(ItchFileWriter&& other) noexcept;
    ItchFileWriter& operator=(ItchFileWriter&&) = delete;
    // Writes what is buffered if close() was not called; nobody learns whether that worked.
    ~ItchFileWriter();

    // `message` holds 1 to 65,535 bytes, else std::invalid_argument. Throws std::system_error when
    // the file cannot be written, which may show only here for earlier messages.
    void append(std::span<const std::byte> message);
    // Writes what is buffered and closes. The file is complete only when this has returned; throws
    // std::system_error (a full disk shows here). May be called again, without effect.
    void close();

    [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }

  private:
    void put(std::span<const std::byte> bytes);
    void flush();

    std::filesystem::path path_;
    std::vector<std::byte> buffer_;
    int descriptor_ = -1;
    std::uint64_t messages_ = 0;
};

}  // namespace rxlab::wire
