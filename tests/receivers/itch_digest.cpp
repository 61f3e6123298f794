// SPDX-License-Identifier: MIT
//
// itch_digest FILE: reads a length-prefixed ITCH file straight into a book and prints the digest
// that a receiver of the same messages must print: the reference of same_books_test.
#include <rxlab/book/book.hpp>
#include <rxlab/book/digest.hpp>
#include <rxlab/wire/itch_file.hpp>

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: itch_digest FILE\n");
        return 2;
    }
    try {
        rxlab::book::Book book;
        const rxlab::wire::ItchFile file{argv[1]};
        for (auto message : file)
            book.apply(message);
        const std::array<std::uint64_t, 1> digests{book.digest()};
        fmt::print("digest: {:016x}\n", rxlab::book::combine_digests(digests));
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "itch_digest: {}\n", error.what());
        return 1;
    }
}
