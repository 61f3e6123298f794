// SPDX-License-Identifier: MIT
#include "device.hpp"

#include <poll.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

namespace rxlab::chardev_test {
namespace {

using Concurrency = Chardev;

constexpr int kWriters = 4;
constexpr std::uint32_t kRecords = 400;  // of each writer

struct Header {
    std::uint32_t writer;
    std::uint32_t number;
    std::uint32_t length;  // of the whole record
    std::uint32_t checksum;
};

// FNV-1a.
std::uint32_t checksum(std::string_view bytes) {
    std::uint32_t sum = 2166136261U;
    for (const char byte : bytes)
        sum = (sum ^ static_cast<unsigned char>(byte)) * 16777619U;
    return sum;
}

std::string make_record(std::uint32_t writer, std::uint32_t number) {
    std::minstd_rand random{writer * 10007 + number + 1};
    std::string payload(random() % (RXLAB_RECORD_BYTES_MAX - sizeof(Header) + 1), '\0');
    for (char& byte : payload)
        byte = static_cast<char>(random());
    const Header header{writer, number, static_cast<std::uint32_t>(sizeof(Header) + payload.size()),
                        checksum(payload)};
    return std::string{reinterpret_cast<const char*>(&header), sizeof header} + payload;
}

// What readers saw; an empty record list of a writer at the end means that nothing is missing.
class Ledger {
  public:
    void enter(const std::string& record) {
        Header header{};
        const std::lock_guard lock{mutex_};
        if (record.size() < sizeof header) {
            ++broken_;
            return;
        }
        std::memcpy(&header, record.data(), sizeof header);
        const std::string_view payload = std::string_view{record}.substr(sizeof header);
        if (header.length != record.size() || header.checksum != checksum(payload)) ++broken_;
        ++seen_[{header.writer, header.number}];
    }
    void expect_all_once() const {
        EXPECT_EQ(broken_, 0);
        EXPECT_EQ(seen_.size(), kWriters * kRecords) << "records are missing";
        for (const auto& [name, times] : seen_) {
            EXPECT_EQ(times, 1) << "record " << name.second << " of writer " << name.first;
        }
    }

  private:
    std::mutex mutex_;
    int broken_ = 0;
    std::map<std::pair<std::uint32_t, std::uint32_t>, int> seen_;
};

void write_all(std::uint32_t writer) {
    const Descriptor device{O_WRONLY};
    for (std::uint32_t number = 0; number < kRecords; ++number) {
        const std::string record = make_record(writer, number);
        ASSERT_EQ(put(device, record), static_cast<ssize_t>(record.size()));
    }
}

void write_all_polling(std::uint32_t writer) {
    const Descriptor device{O_WRONLY | O_NONBLOCK};
    for (std::uint32_t number = 0; number < kRecords; ++number) {
        const std::string record = make_record(writer, number);
        while (put(device, record) < 0) {
            ASSERT_EQ(errno, EAGAIN);
            pollfd entry{device.fd(), POLLOUT, 0};
            ASSERT_EQ(::poll(&entry, 1, -1), 1);
        }
    }
}

const std::string kEnd = "end";

void read_all(Ledger& ledger) {
    const Descriptor device{O_RDONLY};
    for (std::string record = take(device); record != kEnd; record = take(device))
        ledger.enter(record);
}

void read_all_polling(Ledger& ledger) {
    const Descriptor device{O_RDONLY | O_NONBLOCK};
    const std::string again = "errno " + std::to_string(EAGAIN);
    for (;;) {
        const std::string record = take(device);
        if (record == kEnd) return;
        if (record != again) {
            ledger.enter(record);
            continue;
        }
        pollfd entry{device.fd(), POLLIN, 0};
        ASSERT_EQ(::poll(&entry, 1, -1), 1);
    }
}

// With a buffer far too small: the parts of a record come one after the other, whoever else reads.
void read_all_in_parts(Ledger& ledger) {
    const Descriptor device{O_RDONLY};
    for (;;) {
        std::string record = take(device, sizeof kEnd.size());
        if (record == kEnd) return;
        while (record.size() < sizeof(Header))
            record += take(device, sizeof(Header) - record.size());
        Header header{};
        std::memcpy(&header, record.data(), sizeof header);
        while (record.size() < header.length) {
            record += take(device, std::min<std::size_t>(97, header.length - record.size()));
        }
        ledger.enter(record);
    }
}

TEST_F(Concurrency, LosesAndDoublesNothing) {
    Ledger ledger;
    std::vector<std::thread> writers;
    std::vector<std::thread> readers;
    readers.emplace_back(read_all, std::ref(ledger));
    readers.emplace_back(read_all, std::ref(ledger));
    readers.emplace_back(read_all_polling, std::ref(ledger));
    readers.emplace_back(read_all_in_parts, std::ref(ledger));
    for (std::uint32_t i = 0; i < kWriters; ++i)
        writers.emplace_back(i % 2 ? write_all : write_all_polling, i);
    for (auto& writer : writers)
        writer.join();
    {
        const Descriptor device{O_WRONLY};
        for (std::size_t i = 0; i < readers.size(); ++i)
            put(device, kEnd);
    }
    for (auto& reader : readers)
        reader.join();
    ledger.expect_all_once();
}

TEST_F(Concurrency, KeepsTheOrderOfEachWriterForASingleReader) {
    const Descriptor device{O_RDONLY};
    std::vector<std::unique_ptr<Child>> writers;
    for (std::uint32_t i = 0; i < kWriters; ++i) {
        writers.push_back(std::make_unique<Child>([i] {
            write_all(i);
            return testing::Test::HasFailure() ? 1 : 0;
        }));
    }
    std::uint32_t next[kWriters] = {};
    for (std::uint32_t i = 0; i < kWriters * kRecords; ++i) {
        const std::string record = take(device);
        Header header{};
        ASSERT_GE(record.size(), sizeof header);
        std::memcpy(&header, record.data(), sizeof header);
        ASSERT_LT(header.writer, static_cast<std::uint32_t>(kWriters));
        ASSERT_EQ(header.number, next[header.writer]++);
        ASSERT_EQ(record, make_record(header.writer, header.number));
    }
    for (const auto& writer : writers)
        EXPECT_EQ(writer->finish(), 0);
}

// Readers on one descriptor take turns: the parts of a record stay together.
TEST_F(Concurrency, ReadersOfOneDescriptorShareItsRest) {
    const Descriptor device{O_RDWR};
    std::atomic<int> bytes{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            for (int n = 0; n < 100; ++n)
                bytes += static_cast<int>(take(device, 1).size());
        });
    }
    for (int i = 0; i < 30; ++i)
        put(device, "0123456789");
    for (auto& reader : readers)
        reader.join();
    EXPECT_EQ(bytes, 300);
    EXPECT_EQ(statistics(device).queued, 0U);
}

// No FIFO bound is passed while everything changes at once.
TEST_F(Concurrency, SurvivesResizeAndClearUnderLoad) {
    constexpr int kCalls = 4000;  // of the others, at least: they take part
    std::atomic<bool> done{false};
    std::atomic<int> calls{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
            const Descriptor device{O_RDWR | O_NONBLOCK};
            while (!done)
                put(device, "record"), ++calls;
        });
        threads.emplace_back([&] {
            const Descriptor device{O_RDWR | O_NONBLOCK};
            while (!done)
                take(device, 4), ++calls;
        });
    }
    const Descriptor control{O_RDWR};
    for (std::uint32_t i = 0; i < 500 || calls < kCalls; ++i) {
        std::uint32_t capacity = 1 + i % 50;
        const int error = error_of(::ioctl(control.fd(), RXLAB_IOC_RESIZE, &capacity));
        ASSERT_TRUE(error == 0 || error == EBUSY) << error;
        const rxlab_statistics now = statistics(control);
        ASSERT_LE(now.queued, now.capacity);
        ASSERT_LE(now.records_read + now.records_dropped + now.queued, now.records_written);
        if (i % 10 == 0) {
            ASSERT_EQ(::ioctl(control.fd(), RXLAB_IOC_CLEAR), 0);
        }
    }
    done = true;
    for (auto& thread : threads)
        thread.join();
}

}  // namespace
}  // namespace rxlab::chardev_test
