// SPDX-License-Identifier: MIT
//
// Any bytes as a length-prefixed ITCH file. Messages that were read are written again, and the
// bytes must be those of the file.
#include "memory_file.hpp"

#include <rxlab/wire/itch_file.hpp>

#include <cstring>
#include <stdexcept>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rxlab;
    static const fuzz::MemoryFile in;
    static const fuzz::MemoryFile out;
    in.set(fuzz::bytes_of_input(data, size));
    std::size_t used = 0;
    std::uint64_t messages = 0;
    bool complete = true;
    wire::ItchFileWriter writer{out.path()};
    try {
        const wire::ItchFile file{in.path()};
        REQUIRE(file.bytes().size() == size);
        for (const fuzz::Bytes message : file) {
            REQUIRE(!message.empty() && fuzz::lies_within(message, file.bytes()));
            writer.append(message);
            used += 2 + message.size();
            ++messages;
        }
    } catch (const std::runtime_error& error) {  // also what has no messages at all
        REQUIRE(std::strstr(error.what(), in.path().c_str()) != nullptr);
        complete = false;
    }
    REQUIRE(writer.messages() == messages);
    writer.close();
    const auto written = out.get();
    REQUIRE(written.size() == used && used <= size);
    REQUIRE(fuzz::same(written, fuzz::bytes_of_input(data, used)));
    // What ended it is the end of the file, or a length of 0.
    if (complete && used < size)
        REQUIRE(size - used >= 2 && data[used] == 0 && data[used + 1] == 0);
    return 0;
}
