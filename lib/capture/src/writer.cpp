// SPDX-License-Identifier: MIT
#include <rxlab/capture/writer.hpp>
#include <rxlab/program/errors.hpp>

#include <pcap/pcap.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace rxlab::capture {
namespace {

constexpr int kSnapshotBytes = 65'535;
constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

}  // namespace

Writer::Writer(std::filesystem::path path) : path_{std::move(path)} {
    // Opened here, because libpcap's own opening says "-" means standard output.
    std::FILE* const file = std::fopen(path_.c_str(), "we");
    if (file == nullptr) throw program::RunError(errno, "create capture " + path_.string());
    capture_ = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, kSnapshotBytes,
                                                    PCAP_TSTAMP_PRECISION_NANO);
    dumper_ = capture_ == nullptr ? nullptr : pcap_dump_fopen(capture_, file);
    if (dumper_ == nullptr) {
        std::fclose(file);
        if (capture_ != nullptr) pcap_close(capture_);
        throw program::RunError(ENOMEM, "create capture " + path_.string());
    }
}

Writer::~Writer() {
    if (dumper_ != nullptr) pcap_dump_close(dumper_);
    pcap_close(capture_);
}

bool Writer::append(std::span<const std::byte> frame, std::uint64_t time_ns) noexcept {
    pcap_pkthdr header{};
    header.ts.tv_sec = static_cast<time_t>(time_ns / kNsPerSecond);
    header.ts.tv_usec =
        static_cast<suseconds_t>(time_ns % kNsPerSecond);  // nanoseconds in this file
    header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
    errno = 0;
    pcap_dump(reinterpret_cast<u_char*>(dumper_), &header,
              reinterpret_cast<const u_char*>(frame.data()));
    if (std::ferror(pcap_dump_file(dumper_)) == 0) return true;
    if (error_ == 0) error_ = errno != 0 ? errno : EIO;
    return false;
}

void Writer::close() {
    if (dumper_ == nullptr) return;
    errno = 0;
    const bool complete = pcap_dump_flush(dumper_) == 0;
    const int error = error_ != 0 ? error_ : errno;
    pcap_dump_close(std::exchange(dumper_, nullptr));
    if (!complete || error_ != 0) {
        throw program::RunError(error != 0 ? error : EIO, "write capture " + path_.string());
    }
}

std::string Writer::failure() const {
    if (error_ == 0) return {};
    return "write capture " + path_.string() + ": " + std::generic_category().message(error_);
}

}  // namespace rxlab::capture
