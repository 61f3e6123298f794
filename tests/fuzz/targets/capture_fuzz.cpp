// SPDX-License-Identifier: MIT
//
// Any bytes as a capture: read to the end, looked at, and written again frame by frame.
#include "fuzz.hpp"
#include "memory_file.hpp"

#include <rxlab/capture/contents.hpp>
#include <rxlab/capture/reader.hpp>
#include <rxlab/capture/writer.hpp>

#include <cstdio>
#include <optional>
#include <stdexcept>
#include <vector>

namespace rxlab::fuzz {
namespace {

std::optional<capture::Reader> open(const std::string& path) {
    std::FILE* const file = std::fopen(path.c_str(), "re");
    REQUIRE(file != nullptr);
    try {
        return std::optional<capture::Reader>{std::in_place, file, "input"};
    } catch (const std::runtime_error& error) {
        REQUIRE(std::string{error.what()}.starts_with("read capture input: "));
        return std::nullopt;
    }
}

struct Kept {
    std::vector<std::byte> bytes;
    std::uint64_t time_ns;
};

void check_written(const std::vector<Kept>& frames) {
    static const MemoryFile out;
    constexpr std::uint64_t kTimeEnd_ns = (std::uint64_t{1} << 32) * 1'000'000'000;
    capture::Writer writer{out.path()};
    for (const Kept& frame : frames)
        REQUIRE(writer.append(frame.bytes, frame.time_ns % kTimeEnd_ns));
    writer.close();
    auto again = open(out.path());
    REQUIRE(again.has_value());
    capture::Frame frame;
    for (const Kept& kept : frames) {
        REQUIRE(again->next(frame));
        REQUIRE(same(frame.bytes, kept.bytes) && !frame.is_cut);
        REQUIRE(frame.time_ns == kept.time_ns % kTimeEnd_ns);
    }
    REQUIRE(!again->next(frame) && again->failure().empty());
}

void check_contents(const std::string& path, std::uint64_t frames) {
    auto reader = open(path);
    REQUIRE(reader.has_value());
    const capture::Contents contents = capture::contents_of(*reader);
    REQUIRE(reader->frames() == frames);
    std::uint64_t counted = 0;
    contents.tally.frames.for_each(
        [&](wire::FrameStatus, std::uint64_t count) { counted += count; });
    REQUIRE(counted == frames);
    std::uint64_t datagrams = 0;
    for (const capture::Destination& destination : contents.destinations) {
        datagrams += destination.datagrams;
        REQUIRE(destination.moldudp64 + destination.cut_short + destination.left_over <=
                destination.datagrams);
        REQUIRE(destination.sessions <= destination.moldudp64 + destination.left_over);
    }
    REQUIRE(datagrams >= contents.tally.frames[wire::FrameStatus::ok]);  // superpackets
    REQUIRE(contents.first_ns <= contents.last_ns);
    REQUIRE(capture::utc_text(contents.last_ns).ends_with('Z'));
}

}  // namespace
}  // namespace rxlab::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rxlab;
    static const fuzz::MemoryFile in;
    in.set(fuzz::bytes_of_input(data, size));
    auto reader = fuzz::open(in.path());
    if (!reader) return 0;
    std::vector<fuzz::Kept> frames;
    capture::Frame frame;
    while (reader->next(frame))
        frames.push_back({{frame.bytes.begin(), frame.bytes.end()}, frame.time_ns});
    REQUIRE(reader->frames() == frames.size());
    REQUIRE(!reader->next(frame));
    fuzz::check_written(frames);
    fuzz::check_contents(in.path(), frames.size());
    return 0;
}
