// SPDX-License-Identifier: MIT
#include "file_format.hpp"
#include "input.hpp"
#include "link_type.hpp"

#include <rxlab/capture/reader.hpp>
#include <rxlab/program/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace rxlab::capture {
namespace {

using program::RunError;

std::string operation(const std::string& name) {
    return "read capture " + name;
}

}  // namespace

Reader::Reader(Reader&& other) noexcept = default;
Reader::~Reader() = default;

Reader::Reader(const std::filesystem::path& path) : name_{path.string()} {
    std::FILE* const file = std::fopen(path.c_str(), "re");
    if (file == nullptr)
        throw RunError(errno, operation(name_), "name a pcap or pcapng file that can be read");
    open(file);
}

Reader::Reader(std::FILE* file, std::string name) : name_{std::move(name)} {
    open(file);
}

void Reader::open(std::FILE* file) {
    input_ = std::make_unique<Input>(file);
    try {
        format_ = open_format(*input_);
    } catch (const std::runtime_error& error) {
        throw RunError(operation(name_) + ": " + error.what());
    }
    memory_.resize(kHeadroom + kPacketBytesMax);
}

bool Reader::next(Frame& frame) noexcept {
    while (!ended_) {
        Record record;
        const FileFormat::Next result =
            format_->next(record, std::span{memory_}.subspan(kHeadroom));
        if (result != FileFormat::Next::record) {
            finish(result == FileFormat::Next::end);
            break;
        }
        if (!is_readable(record.link_type)) {
            refuse(record.link_type);
            continue;
        }
        ++frames_;
        if (!record.has_time) ++without_time_;
        frame.bytes =
            as_ethernet(record.link_type, std::span{memory_}.first(kHeadroom + record.bytes));
        frame.time_ns = record.time_ns;
        frame.is_cut = record.bytes < record.wire_bytes;
        return true;
    }
    return false;
}

void Reader::refuse(std::uint32_t link_type) noexcept {
    auto found = std::ranges::find(refused_, link_type, &RefusedFrames::link_type);
    if (found == refused_.end())
        found = refused_.insert(found, {link_type, link_type_name(link_type), 0});
    ++found->frames;
}

void Reader::finish(bool is_complete) noexcept {
    ended_ = true;
    if (!is_complete) {
        failure_ = fmt::format("{}: {}; {} frames were read before it", operation(name_),
                               format_->failure(), frames_);
    } else if (frames_ == 0 && !refused_.empty()) {
        failure_ = fmt::format("{}: link type {}; {} can be read", operation(name_),
                               refused_.front().name, kReadableLinkTypes);
    }
}

std::uint64_t Reader::recorder_drops() const noexcept {
    return format_->recorder_drops();
}

}  // namespace rxlab::capture
