// SPDX-License-Identifier: MIT
#include <rxlab/latency/trace.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <system_error>
#include <utility>

namespace rxlab::latency {
namespace {

namespace fs = std::filesystem;

constexpr Clock kClock{ClockSource::monotonic_raw};

TraceRecord record(std::uint64_t i) {
    return {.sequence = i,
            .first = i * 3,
            .second = i * 5,
            .feed = static_cast<std::uint16_t>(i % 7),
            .flags = static_cast<std::uint16_t>(i % 16),
            .messages = static_cast<std::uint32_t>(i % 11)};
}

bool same(const TraceRecord& a, const TraceRecord& b) {
    return std::memcmp(&a, &b, sizeof a) == 0;
}

// What `action` throws, or "" where it does not.
std::string error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

// Runs `body` in a child process and returns how that ended (waitpid's status).
int in_child(const std::function<void()>& body) {
    const pid_t child = fork();
    if (child == 0) {
        body();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

// As root, or as an ordinary user who becomes root of a user namespace of its own.
bool enter_mount_namespace() {
    if (unshare(CLONE_NEWNS) == 0) {
        return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    }
    const std::string uid = std::to_string(getuid());
    const std::string gid = std::to_string(getgid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream{"/proc/self/uid_map"} << "0 " << uid << " 1\n" << std::flush;
    std::ofstream{"/proc/self/setgroups"} << "deny" << std::flush;
    std::ofstream{"/proc/self/gid_map"} << "0 " << gid << " 1\n" << std::flush;
    return getuid() == 0 && getgid() == 0;
}

class Trace : public testing::Test {
  protected:
    Trace() {
        std::string pattern = testing::TempDir() + "/rxlab-trace-XXXXXX";
        folder_ = mkdtemp(pattern.data());
    }
    ~Trace() override { fs::remove_all(folder_); }

    [[nodiscard]] fs::path path(const char* name = "t.trace") const { return folder_ / name; }

    void write(std::uint64_t records, std::uint64_t capacity) const {
        TraceWriter writer{path(), TraceKind::receiver, capacity, kClock};
        for (std::uint64_t i = 0; i < records; ++i) {
            writer.append(record(i));
        }
    }

    // Overwrites bytes of the file.
    template <typename T>
    void patch(std::size_t offset, const T& value) const {
        std::fstream file{path(), std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(static_cast<std::streamoff>(offset));
        file.write(reinterpret_cast<const char*>(&value), sizeof value);
        ASSERT_TRUE(file);
    }

    [[nodiscard]] std::string read_error() const {
        return error_of([this] { TraceReader{path()}; });
    }

    fs::path folder_;
};

TEST_F(Trace, CountsStagedRecordsOnlyOnceTheyAreComplete) {
    TraceWriter writer{path(), TraceKind::receiver, 3, kClock};
    writer.append(record(0));
    writer.stage(record(1));
    writer.stage(record(2));
    EXPECT_TRUE(writer.has_staged());
    EXPECT_EQ(writer.header().count, 1U) << "a kill now must leave one record";
    writer.stage(record(3));
    EXPECT_EQ(writer.header().overflow, 1U);
    writer.commit(4'711);
    EXPECT_FALSE(writer.has_staged());
    const TraceReader reader{path()};
    ASSERT_EQ(reader.records().size(), 3U);
    EXPECT_EQ(reader.records()[0].second, record(0).second);
    EXPECT_EQ(reader.records()[1].second, 4'711U);
    EXPECT_EQ(reader.records()[2].second, 4'711U);
    EXPECT_EQ(reader.records()[2].sequence, record(2).sequence);
}

TEST_F(Trace, ReadsBackWhatWasWritten) {
    write(1'000, 5'000);
    const TraceReader reader{path()};
    EXPECT_EQ(reader.header().kind, TraceKind::receiver);
    EXPECT_EQ(reader.header().clock_source, ClockSource::monotonic_raw);
    EXPECT_EQ(reader.header().capacity, 5'000U);
    EXPECT_EQ(reader.header().overflow, 0U);
    ASSERT_EQ(reader.records().size(), 1'000U);
    for (std::uint64_t i = 0; i < 1'000; ++i) {
        ASSERT_TRUE(same(reader.records()[i], record(i)));
    }
}

TEST_F(Trace, IsCutToWhatWasWrittenWhenTheWriterEnds) {
    write(3, 100'000);
    EXPECT_EQ(fs::file_size(path()), sizeof(TraceHeader) + 3 * sizeof(TraceRecord));
}

TEST_F(Trace, OfNoRecordsIsReadable) {
    write(0, 10);
    EXPECT_TRUE(TraceReader{path()}.records().empty());
}

TEST_F(Trace, CountsRecordsThatDoNotFit) {
    write(25, 10);
    const TraceReader reader{path()};
    EXPECT_EQ(reader.records().size(), 10U);
    EXPECT_EQ(reader.header().overflow, 15U);
    EXPECT_TRUE(same(reader.records().back(), record(9)));
}

TEST_F(Trace, CarriesTheClocksRatesOnlyOnceFinished) {
    Calibration calibration = Calibration::start(Clock::detect());
    {
        TraceWriter writer{path(), TraceKind::sender, 4, Clock::detect()};
        EXPECT_EQ(TraceReader{path()}.header().end_ticks_per_ns, 0.0);
        calibration.finish();
        writer.finish(calibration);
    }
    const TraceReader reader{path()};
    EXPECT_EQ(reader.header().kind, TraceKind::sender);
    EXPECT_EQ(reader.header().clock_source, Clock::detect().source());
    EXPECT_EQ(reader.header().start_ticks_per_ns, calibration.start_ticks_per_ns());
    EXPECT_EQ(reader.header().end_ticks_per_ns, calibration.end_ticks_per_ns());
    EXPECT_EQ(reader.header().run_ticks_per_ns, calibration.run_ticks_per_ns());
}

TEST_F(Trace, ReplacesAnOlderFile) {
    write(1'000, 1'000);
    write(2, 10);
    EXPECT_EQ(TraceReader{path()}.records().size(), 2U);
}

TEST_F(Trace, WriterAndReaderCanBeMoved) {
    {
        TraceWriter first{path(), TraceKind::sender, 10, kClock};
        first.append(record(0));
        TraceWriter second{std::move(first)};
        second.append(record(1));
    }
    TraceReader first{path()};
    const TraceReader second{std::move(first)};
    ASSERT_EQ(second.records().size(), 2U);
    EXPECT_TRUE(same(second.records()[1], record(1)));
}

TEST_F(Trace, PagesAreAllocatedAndPresentBeforeTheFirstAppend) {
    TraceWriter writer{path(), TraceKind::sender, 100'000, kClock};
    struct stat status {};
    ASSERT_EQ(stat(path().c_str(), &status), 0);
    EXPECT_GE(status.st_blocks * 512, 100'000 * 32);
    rusage before{};
    rusage after{};
    getrusage(RUSAGE_SELF, &before);
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        writer.append(record(i));
    }
    getrusage(RUSAGE_SELF, &after);
    // 782 pages; a file system that flushes may write-protect some of them again.
    EXPECT_LT(after.ru_minflt - before.ru_minflt, 100);
}

TEST_F(Trace, OfAKilledWriterIsReadable) {
    const int status = in_child([this] {
        TraceWriter writer{path(), TraceKind::receiver, 5'000, kClock};
        for (std::uint64_t i = 0; i < 1'234; ++i) {
            writer.append(record(i));
        }
        kill(getpid(), SIGKILL);
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    const TraceReader reader{path()};
    EXPECT_EQ(reader.header().end_ticks_per_ns, 0.0);
    ASSERT_EQ(reader.records().size(), 1'234U);
    EXPECT_TRUE(same(reader.records().back(), record(1'233)));
}

TEST_F(Trace, OfAWriterKilledAtAnyMomentHoldsNoHalfWrittenRecord) {
    for (int round = 0; round < 5; ++round) {
        int ready[2];
        ASSERT_EQ(pipe(ready), 0);
        const pid_t child = fork();
        if (child == 0) {
            TraceWriter writer{path(), TraceKind::receiver, 2'000'000, kClock};
            for (std::uint64_t i = 0;; ++i) {
                writer.append(record(i));
                if (i == 1'000 && ::write(ready[1], "x", 1) != 1) _exit(1);
            }
        }
        char byte = 0;
        EXPECT_EQ(::read(ready[0], &byte, 1), 1);
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        close(ready[0]);
        close(ready[1]);
        const TraceReader reader{path()};
        ASSERT_GT(reader.records().size(), 1'000U);
        for (std::uint64_t i = 0; i < reader.records().size(); ++i) {
            ASSERT_TRUE(same(reader.records()[i], record(i)));
        }
    }
}

TEST_F(Trace, ReaderRefusesAnotherMagic) {
    write(3, 3);
    patch(0, 'X');
    EXPECT_EQ(read_error(), "read trace " + path().native() + ": not a trace file");
}

TEST_F(Trace, ReaderRefusesAnotherVersion) {
    write(3, 3);
    patch(offsetof(TraceHeader, version), std::uint32_t{2});
    EXPECT_EQ(read_error(),
              "read trace " + path().native() + ": trace file version 2, this program reads 1");
}

TEST_F(Trace, ReaderRefusesAnotherRecordSize) {
    write(3, 3);
    patch(offsetof(TraceHeader, record_bytes), std::uint32_t{40});
    EXPECT_EQ(read_error(), "read trace " + path().native() + ": records of 40 bytes, not 32");
}

TEST_F(Trace, ReaderRefusesUnknownKindsAndClocks) {
    write(3, 3);
    patch(offsetof(TraceHeader, kind), std::uint32_t{4});
    EXPECT_EQ(read_error(), "read trace " + path().native() + ": unknown kind 4");
    write(3, 3);
    patch(offsetof(TraceHeader, clock_source), std::uint32_t{0});
    EXPECT_EQ(read_error(), "read trace " + path().native() + ": unknown clock source 0");
}

TEST_F(Trace, ReaderRefusesAFileCutShort) {
    write(3, 3);
    fs::resize_file(path(), sizeof(TraceHeader) + 3 * sizeof(TraceRecord) - 1);
    EXPECT_EQ(read_error(), "read trace " + path().native() +
                                ": cut short: 3 records need 224 bytes, the file has 223");
}

TEST_F(Trace, ReaderRefusesMoreRecordsThanRoom) {
    write(3, 3);
    patch(offsetof(TraceHeader, count), std::uint64_t{4});
    EXPECT_EQ(read_error(),
              "read trace " + path().native() + ": header claims 4 records of room for 3");
}

TEST_F(Trace, ReaderRefusesCountsWhoseSizeOverflows) {
    write(3, 3);
    patch(offsetof(TraceHeader, count), ~std::uint64_t{0} / 32);
    patch(offsetof(TraceHeader, capacity), ~std::uint64_t{0});
    EXPECT_NE(read_error().find("header claims"), std::string::npos);
}

TEST_F(Trace, ReaderRefusesEveryTruncation) {
    write(2, 2);
    for (std::size_t bytes = fs::file_size(path()); bytes-- > 0;) {
        fs::resize_file(path(), bytes);
        ASSERT_NE(read_error().find(path().native()), std::string::npos) << bytes;
    }
    EXPECT_EQ(read_error(),
              "read trace " + path().native() + ": not a trace file: 0 bytes, a header has 128");
}

TEST_F(Trace, ErrorsNameOperationAndPath) {
    const std::string missing = path("none/t.trace").native();
    EXPECT_EQ(error_of([&] { TraceReader{missing}; }),
              "open trace " + missing + ": No such file or directory");
    EXPECT_EQ(error_of([&] { TraceWriter(missing, TraceKind::sender, 1, kClock); }),
              "create trace " + missing + ": No such file or directory");
    EXPECT_EQ(error_of([&] { TraceReader{folder_}; }),
              "open trace (not a regular file) " + folder_.native() + ": Invalid argument");
    EXPECT_EQ(error_of([&] { TraceWriter("/dev/null", TraceKind::sender, 1, kClock); }),
              "create trace (not a regular file) /dev/null: Invalid argument");
}

TEST_F(Trace, ReaderDoesNotWaitForTheWriterOfAPipe) {
    ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
    EXPECT_NE(read_error().find("not a regular file"), std::string::npos);
}

TEST_F(Trace, WriterRefusesImpossibleCapacities) {
    for (const std::uint64_t capacity : {std::uint64_t{0}, (std::uint64_t{1} << 32) + 1}) {
        EXPECT_EQ(error_of([&] { TraceWriter(path(), TraceKind::sender, capacity, kClock); }),
                  "create trace " + path().native() + " for " + std::to_string(capacity) +
                      " records (1 .. 2^32): Invalid argument");
        EXPECT_FALSE(fs::exists(path()));
    }
}

TEST_F(Trace, FileSizeLimitIsAnErrorAtStartAndLeavesNoFile) {
    const int status = in_child([this] {
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{65'536, 65'536};
        setrlimit(RLIMIT_FSIZE, &limit);
        const std::string error =
            error_of([&] { TraceWriter(path(), TraceKind::sender, 100'000, kClock); });
        const bool right =
            error == "allocate 3200128 bytes for trace " + path().native() + ": File too large";
        _exit(right ? 0 : 1);
    });
    EXPECT_EQ(status, 0);
    EXPECT_FALSE(fs::exists(path()));
}

// In its own user and mount namespace, so that nothing is left mounted whatever happens.
TEST_F(Trace, FullFileSystemIsAnErrorAtStart) {
    const int status = in_child([this] {
        if (!enter_mount_namespace()) _exit(77);
        if (mount("none", folder_.c_str(), "tmpfs", 0, "size=64k") != 0) _exit(77);
        const std::string error =
            error_of([&] { TraceWriter(path(), TraceKind::sender, 100'000, kClock); });
        const bool right = error == "allocate 3200128 bytes for trace " + path().native() +
                                        ": No space left on device";
        if (!right) std::fprintf(stderr, "%s\n", error.c_str());
        _exit(right && !fs::exists(path()) ? 0 : 1);
    });
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        GTEST_SKIP() << "may not mount a small tmpfs: no user namespaces and not root";
    }
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace rxlab::latency
