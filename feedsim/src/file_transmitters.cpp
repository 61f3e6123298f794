// SPDX-License-Identifier: MIT
#include <rxlab/feedsim/file_transmitters.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <pcap/pcap.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>
#include <utility>

namespace rxlab::feedsim {

namespace {

constexpr int kSnapshotBytes = 65'535;
constexpr std::uint64_t kSecond_ns = 1'000'000'000;
// Locally administered, so that it is nobody's.
constexpr wire::MacAddress kSourceMac{std::byte{0x02}, std::byte{0x52}, std::byte{0x58},
                                      std::byte{0x4c}, std::byte{0x41}, std::byte{0x42}};
constexpr std::uint32_t kSourceAddress = 10U << 24 | 1U;
constexpr std::uint16_t kSourcePort = 40'000;

}  // namespace

PcapFile::PcapFile(std::filesystem::path path) : path_{std::move(path)} {
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

PcapFile::~PcapFile() {
    if (dumper_ != nullptr) pcap_dump_close(dumper_);
    pcap_close(capture_);
}

bool PcapFile::append(std::span<const std::byte> frame, std::uint64_t time_ns) noexcept {
    pcap_pkthdr header{};
    header.ts.tv_sec = static_cast<time_t>(time_ns / kSecond_ns);
    header.ts.tv_usec = static_cast<suseconds_t>(time_ns % kSecond_ns);  // nanoseconds in this file
    header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
    errno = 0;
    pcap_dump(reinterpret_cast<u_char*>(dumper_), &header,
              reinterpret_cast<const u_char*>(frame.data()));
    if (std::ferror(pcap_dump_file(dumper_)) == 0) return true;
    if (error_ == 0) error_ = errno != 0 ? errno : EIO;
    return false;
}

void PcapFile::close() {
    if (dumper_ == nullptr) return;
    errno = 0;
    const bool complete = pcap_dump_flush(dumper_) == 0;
    const int error = error_ != 0 ? error_ : errno;
    pcap_dump_close(std::exchange(dumper_, nullptr));
    if (!complete || error_ != 0) {
        throw program::RunError(error != 0 ? error : EIO, "write capture " + path_.string());
    }
}

std::string PcapFile::failure() const {
    if (error_ == 0) return {};
    return "write capture " + path_.string() + ": " + std::generic_category().message(error_);
}

PcapTransmitter::PcapTransmitter(PcapFile& file, const wire::Ipv4Endpoint& group,
                                 std::uint16_t vlan, std::uint8_t ttl) noexcept
    : file_{file} {
    headers_.source_mac = kSourceMac;
    headers_.source = kSourceAddress;
    headers_.destination = group.address;
    headers_.source_port = kSourcePort;
    headers_.destination_port = group.port;
    headers_.vlan = vlan;
    headers_.time_to_live = ttl;
}

SendResult PcapTransmitter::send(std::span<const std::byte> payload, latency::Ticks now) noexcept {
    const std::span<const std::byte> frame = wire::build_udp_frame(memory_, headers_, payload);
    return file_.append(frame, kStartUnix_ns + now) ? SendResult::sent : SendResult::broken;
}

SendResult ItchTransmitter::send(std::span<const std::byte> payload, latency::Ticks) noexcept {
    // for_each_message is noexcept, so what append() throws must not pass through it.
    (void)wire::mold::for_each_message(payload, [this](std::span<const std::byte> message) {
        if (!failure_.empty()) return;
        try {
            writer_.append(message);
        } catch (const std::exception& error) {
            failure_ = error.what();
        }
    });
    return failure_.empty() ? SendResult::sent : SendResult::broken;
}

}  // namespace rxlab::feedsim
