// SPDX-License-Identifier: MIT
#include "file_mapping.hpp"

#include <rxlab/latency/trace.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace rxlab::latency {

namespace {

constexpr std::uint64_t kCapacityMax = std::uint64_t{1} << 32;

std::size_t file_bytes(std::uint64_t records) noexcept {
    return sizeof(TraceHeader) + records * sizeof(TraceRecord);
}

[[noreturn]] void reject(const std::filesystem::path& path, const std::string& why) {
    throw std::runtime_error("read trace " + path.native() + ": " + why);
}

// Everything about a mapped file that a reader relies on later.
void validate(const std::filesystem::path& path, const TraceHeader& header, std::size_t bytes) {
    if (header.magic != TraceHeader::kMagic) reject(path, "not a trace file");
    if (header.version != TraceHeader::kVersion) {
        reject(path, "trace file version " + std::to_string(header.version) +
                         ", this program reads " + std::to_string(TraceHeader::kVersion));
    }
    if (header.record_bytes != sizeof(TraceRecord)) {
        reject(path, "records of " + std::to_string(header.record_bytes) + " bytes, not " +
                         std::to_string(sizeof(TraceRecord)));
    }
    if (header.kind != TraceKind::sender && header.kind != TraceKind::receiver &&
        header.kind != TraceKind::orders) {
        reject(path, "unknown kind " + std::to_string(static_cast<std::uint32_t>(header.kind)));
    }
    if (header.clock_source != ClockSource::tsc &&
        header.clock_source != ClockSource::monotonic_raw &&
        header.clock_source != ClockSource::virtual_time) {
        reject(path, "unknown clock source " +
                         std::to_string(static_cast<std::uint32_t>(header.clock_source)));
    }
    if (header.count > header.capacity || header.capacity > kCapacityMax) {
        reject(path, "header claims " + std::to_string(header.count) + " records of room for " +
                         std::to_string(header.capacity));
    }
    if (bytes < file_bytes(header.count)) {
        reject(path, "cut short: " + std::to_string(header.count) + " records need " +
                         std::to_string(file_bytes(header.count)) + " bytes, the file has " +
                         std::to_string(bytes));
    }
}

}  // namespace

TraceWriter::TraceWriter(const std::filesystem::path& path, TraceKind kind, std::uint64_t capacity,
                         Clock clock) {
    if (capacity == 0 || capacity > kCapacityMax) {
        throw std::system_error(EINVAL, std::generic_category(),
                                "create trace " + path.native() + " for " +
                                    std::to_string(capacity) + " records (1 .. 2^32)");
    }
    mapped_bytes_ = file_bytes(capacity);
    FileMapping mapping = FileMapping::create(path, mapped_bytes_);
    descriptor_ = mapping.release_descriptor();
    std::byte* const base = mapping.release();
    header_ = new (base) TraceHeader;
    header_->kind = kind;
    header_->clock_source = clock.source();
    header_->capacity = capacity;
    written_ = counted_ = reinterpret_cast<TraceRecord*>(base + sizeof(TraceHeader));
    end_ = written_ + capacity;
}

TraceWriter::TraceWriter(TraceWriter&& other) noexcept
    : header_{std::exchange(other.header_, nullptr)},
      written_{std::exchange(other.written_, nullptr)},
      counted_{std::exchange(other.counted_, nullptr)},
      end_{std::exchange(other.end_, nullptr)},
      mapped_bytes_{std::exchange(other.mapped_bytes_, 0)},
      descriptor_{std::exchange(other.descriptor_, -1)} {}

TraceWriter::~TraceWriter() {
    if (header_ == nullptr) return;
    const std::size_t used_bytes = file_bytes(header_->count);
    munmap(header_, mapped_bytes_);
    // If this fails, the file is as long as its capacity: still readable, only larger.
    [[maybe_unused]] const int result = ftruncate(descriptor_, static_cast<off_t>(used_bytes));
    close(descriptor_);
}

void TraceWriter::finish(const Calibration& calibration) noexcept {
    header_->start_ticks_per_ns = calibration.start_ticks_per_ns();
    header_->end_ticks_per_ns = calibration.end_ticks_per_ns();
    header_->run_ticks_per_ns = calibration.run_ticks_per_ns();
}

TraceReader::TraceReader(const std::filesystem::path& path) {
    FileMapping mapping = FileMapping::open(path);
    if (mapping.bytes() < sizeof(TraceHeader)) {
        reject(path, "not a trace file: " + std::to_string(mapping.bytes()) +
                         " bytes, a header has " + std::to_string(sizeof(TraceHeader)));
    }
    const auto* const header = reinterpret_cast<const TraceHeader*>(mapping.data());
    validate(path, *header, mapping.bytes());
    header_ = header;
    mapped_bytes_ = mapping.bytes();
    mapping.release();
}

TraceReader::TraceReader(TraceReader&& other) noexcept
    : header_{std::exchange(other.header_, nullptr)},
      mapped_bytes_{std::exchange(other.mapped_bytes_, 0)} {}

TraceReader::~TraceReader() {
    if (header_ != nullptr) munmap(const_cast<TraceHeader*>(header_), mapped_bytes_);
}

std::span<const TraceRecord> TraceReader::records() const noexcept {
    return {reinterpret_cast<const TraceRecord*>(header_ + 1), header_->count};
}

}  // namespace rxlab::latency
