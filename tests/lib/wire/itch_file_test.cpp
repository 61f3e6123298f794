// SPDX-License-Identifier: MIT
#include "test_bytes.hpp"

#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/itch_file.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace rxlab::wire {
namespace {

using test::Bytes;
using test::bytes;
using test::ScratchFile;

std::vector<Bytes> messages_of(const std::filesystem::path& path) {
    std::vector<Bytes> messages;
    for (std::span<const std::byte> message : ItchFile{path}) {
        messages.push_back(test::exact(message));
    }
    return messages;
}

// What reading the file to its end reports; empty where it succeeds.
std::string refusal(const std::filesystem::path& path) {
    try {
        messages_of(path);
    } catch (const std::exception& error) {
        return error.what();
    }
    return {};
}

// {1}, {2, 2}, {3, 3, 3}.
const Bytes kThreeMessages = bytes({0, 1, 1, 0, 2, 2, 2, 0, 3, 3, 3, 3});

TEST(ItchFile, GivesTheMessagesInOrder) {
    const ScratchFile file{kThreeMessages};
    EXPECT_EQ(messages_of(file.path()),
              (std::vector<Bytes>{bytes({1}), bytes({2, 2}), bytes({3, 3, 3})}));
}

TEST(ItchFile, EndsAtALengthOf0WithNothingButZerosBehindIt) {
    for (const std::size_t zeros : {2U, 3U, 500U}) {
        Bytes content = kThreeMessages;
        content.insert(content.end(), zeros, std::byte{0});
        const ScratchFile file{content};
        EXPECT_EQ(messages_of(file.path()).size(), 3U);
    }
    const ScratchFile only_end_mark{bytes({0, 0})};
    EXPECT_TRUE(messages_of(only_end_mark.path()).empty());
}

std::string complaint(const Bytes& content) {
    const ScratchFile file{content};
    try {
        (void)messages_of(file.path());
        return "";
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

TEST(ItchFile, TellsWhatFollowsALengthOf0) {
    Bytes two_files = kThreeMessages;
    test::append(two_files, bytes({0, 0}));
    test::append(two_files, kThreeMessages);
    const std::string text = complaint(two_files);
    EXPECT_NE(text.find("the length 0 of message 4 at offset 12 ends a file, but 12 bytes follow"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("head -c 14 and tail -c +15"), std::string::npos) << text;
    const std::string at_once = complaint(bytes({0, 0, 'S', 0}));
    EXPECT_NE(at_once.find("at offset 0 ends a file, but 2 bytes follow; these are no "),
              std::string::npos)
        << at_once;
}

TEST(ItchFile, GivesTheMessagesBeforeALengthOf0InTheMiddle) {
    Bytes content = kThreeMessages;
    test::append(content, bytes({0, 0, 9}));
    const ScratchFile scratch{content};
    const ItchFile file{scratch.path()};
    int given = 0;
    EXPECT_THROW(
        {
            for (const auto message : file)
                given += message.empty() ? 0 : 1;
        },
        std::runtime_error);
    EXPECT_EQ(given, 3);
}

TEST(ItchFile, TellsNumberAndOffsetOfEachMessage) {
    const ScratchFile scratch{kThreeMessages};
    const ItchFile file{scratch.path()};
    std::vector<std::pair<std::uint64_t, std::size_t>> places;
    for (auto it = file.begin(); it != file.end(); ++it) {
        places.emplace_back(it.number(), it.offset());
    }
    EXPECT_EQ(places, (std::vector<std::pair<std::uint64_t, std::size_t>>{{1, 0}, {2, 3}, {3, 7}}));
}

int count_messages(const ItchFile& file) {
    int messages = 0;
    for (std::span<const std::byte> message : file)
        messages += !message.empty();
    return messages;
}

TEST(ItchFile, MayBeReadAgain) {
    const ScratchFile scratch{kThreeMessages};
    const ItchFile file{scratch.path()};
    EXPECT_EQ(count_messages(file), 3);
    EXPECT_EQ(count_messages(file), 3);
}

TEST(ItchFile, TakesItsMappingAlongWhenMoved) {
    const ScratchFile scratch{kThreeMessages};
    auto first = std::make_unique<ItchFile>(scratch.path());
    const ItchFile file{std::move(*first)};
    first.reset();
    EXPECT_EQ(count_messages(file), 3);
}

TEST(ItchFile, NamesTheMessageThatIsCutShort) {
    for (std::size_t size = 1; size < kThreeMessages.size(); ++size) {
        if (size == 3 || size == 7) continue;  // between messages
        const ScratchFile file{std::span{kThreeMessages}.first(size)};
        const std::size_t offset = size < 3 ? 0 : size < 7 ? 3 : 7;
        const std::string number = std::to_string(size < 3 ? 1 : size < 7 ? 2 : 3);
        const std::string start = "itch file " + file.path().string() + ": message " + number +
                                  " at offset " + std::to_string(offset) + " is cut short (needs ";
        EXPECT_EQ(refusal(file.path()).substr(0, start.size()), start) << size;
    }
}

TEST(ItchFile, SaysHowManyBytesAreMissing) {
    const auto reason = [](const Bytes& content) {
        const ScratchFile file{content};
        const std::string message = refusal(file.path());
        return message.substr(std::min(message.find('('), message.size()));
    };
    EXPECT_EQ(reason(bytes({0, 36, 1, 2, 3, 4})), "(needs 36 bytes, 4 left)");
    EXPECT_EQ(reason(bytes({0, 1})), "(needs 1 byte, 0 left)");
    EXPECT_EQ(reason(bytes({0, 1, 5, 0})), "(needs 2 bytes, 1 left)");
}

TEST(ItchFile, GivesTheMessagesBeforeTheOneThatIsCutShort) {
    const ScratchFile scratch{std::span{kThreeMessages}.first(11)};
    const ItchFile file{scratch.path()};
    int messages = 0;
    EXPECT_THROW(
        {
            for (std::span<const std::byte> message : file)
                messages += !message.empty();
        },
        std::runtime_error);
    EXPECT_EQ(messages, 2);
}

TEST(ItchFile, RefusesAnEmptyFile) {
    const ScratchFile file{Bytes{}};
    EXPECT_NE(refusal(file.path()).find(file.path().string() + ": empty"), std::string::npos);
}

TEST(ItchFile, TellsThatItCannotBeOpened) {
    const ScratchFile file;
    const std::string message = refusal(file.path());
    EXPECT_NE(message.find("open itch file " + file.path().string()), std::string::npos);
    EXPECT_NE(message.find("No such file"), std::string::npos) << message;
}

TEST(ItchFile, TellsToUnpackACompressedFile) {
    const ScratchFile file{bytes({0x1f, 0x8b, 8, 0, 0, 0, 0, 0})};
    EXPECT_NE(refusal(file.path()).find("gunzip it first"), std::string::npos);
}

TEST(ItchFile, RefusesWhatIsNotARegularFile) {
    EXPECT_NE(refusal(testing::TempDir()).find("not a regular file"), std::string::npos);
}

TEST(ItchFileWriter, WritesEachMessageBehindItsLength) {
    const ScratchFile file;
    ItchFileWriter writer{file.path()};
    writer.append(bytes({1}));
    writer.append(bytes({2, 2}));
    writer.append(bytes({3, 3, 3}));
    EXPECT_EQ(writer.messages(), 3U);
    writer.close();
    EXPECT_EQ(file.content(), kThreeMessages);
}

TEST(ItchFileWriter, ReplacesAnOldFile) {
    const ScratchFile file{Bytes(100'000)};
    ItchFileWriter writer{file.path()};
    writer.append(bytes({1}));
    writer.close();
    EXPECT_EQ(file.content(), bytes({0, 1, 1}));
}

TEST(ItchFileWriter, WritesMoreThanItsBuffer) {
    const ScratchFile file;
    std::mt19937_64 random{1};
    std::vector<Bytes> written;
    {
        ItchFileWriter first{file.path()};
        first.append(written.emplace_back(test::random_bytes(random, 65'535)));
        ItchFileWriter writer{std::move(first)};
        for (int i = 0; i < 200; ++i) {
            writer.append(written.emplace_back(test::random_bytes(random, 1 + random() % 65'535)));
        }
    }  // the destructor writes the rest
    EXPECT_EQ(messages_of(file.path()), written);
}

TEST(ItchFileWriter, RefusesMessagesThatHaveNoLength) {
    const ScratchFile file;
    ItchFileWriter writer{file.path()};
    EXPECT_THROW(writer.append({}), std::invalid_argument);
    EXPECT_THROW(writer.append(Bytes(65'536)), std::invalid_argument);
    writer.close();
    EXPECT_TRUE(file.content().empty());
}

TEST(ItchFileWriter, ReportsThatAFileCannotBeCreated) {
    try {
        const ItchFileWriter writer{"/no-such-directory/file.itch"};
        FAIL() << "expected an exception";
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code().value(), ENOENT);
        EXPECT_NE(std::string{error.what()}.find("create itch file /no-such-directory/file.itch"),
                  std::string::npos);
    }
}

// /dev/full answers every write as a full disk does (full(4)).
class FullDisk : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full here";
    }

    template <typename Write>
    static void expect_reported(Write&& write) {
        try {
            write();
            FAIL() << "expected an exception";
        } catch (const std::system_error& error) {
            EXPECT_EQ(error.code().value(), ENOSPC);
            EXPECT_NE(std::string{error.what()}.find("write itch file /dev/full"),
                      std::string::npos);
        }
    }
};

TEST_F(FullDisk, IsReportedByClose) {
    ItchFileWriter writer{"/dev/full"};
    writer.append(bytes({1}));
    expect_reported([&writer] { writer.close(); });
}

TEST_F(FullDisk, IsReportedByAppendWhenTheBufferIsFull) {
    ItchFileWriter writer{"/dev/full"};
    expect_reported([&writer] {
        for (int i = 0; i < 100; ++i)
            writer.append(Bytes(60'000));
    });
}

TEST(ItchFileWriter, RefusesMessagesAfterClose) {
    const ScratchFile file;
    ItchFileWriter writer{file.path()};
    writer.close();
    writer.close();
    EXPECT_THROW(writer.append(bytes({1})), std::system_error);
}

}  // namespace
}  // namespace rxlab::wire
