// SPDX-License-Identifier: MIT
#include <rxlab/capture/reader.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/wire/ethernet.hpp>

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace rxlab::capture {
namespace {

using program::RunError;

constexpr std::uint64_t kSecond_ns = 1'000'000'000;
// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html: packet type, ARPHRD type, address
// length, address, protocol. From its third byte on it has the layout of an Ethernet header.
constexpr std::size_t kCookedBytes = 16;
// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html: the protocol comes first.
constexpr std::size_t kCooked2Bytes = 20;
// The largest IPv4 packet; what is longer is cut, and the parser refuses what was cut.
constexpr std::size_t kPacketBytesMax = 65'535 + 2 * sizeof(wire::VlanTag);

std::string operation(const std::string& name) {
    return "read capture " + name;
}

struct Compression {
    std::string_view magic;
    const char* remedy;
};
constexpr std::array kCompressions{
    Compression{"\x1f\x8b", "gunzip"},
    Compression{"\x28\xb5\x2f\xfd", "zstd -d"},
    Compression{std::string_view{"\xfd\x37zXZ", 5}, "xz -d"},
};

// What a file that libpcap refuses is, where its first bytes tell; a pipe's cannot be read again.
std::string reason(std::FILE* file, const char* error) {
    if (std::fseek(file, 0, SEEK_SET) != 0) return error;
    std::array<char, 6> memory{};
    const std::string_view head{memory.data(), std::fread(memory.data(), 1, memory.size(), file)};
    if (std::ferror(file) != 0) return error;
    if (head.empty()) return "the file is empty";
    for (const Compression& compression : kCompressions) {
        if (head.starts_with(compression.magic)) {
            return fmt::format("compressed; unpack it first ({})", compression.remedy);
        }
    }
    if (std::string_view{error}.find("unknown file format") == std::string_view::npos) return error;
    return "neither pcap nor pcapng";
}

std::string link_type_name(int link_type) {
    const char* const name = pcap_datalink_val_to_name(link_type);
    return name != nullptr ? name : std::to_string(link_type);
}

}  // namespace

void Reader::Close::operator()(pcap* capture) const noexcept {
    pcap_close(capture);
}

Reader::Reader(const std::filesystem::path& path) : name_{path.string()} {
    // Opened here, because libpcap's own opening takes "-" for standard input.
    std::FILE* const file = std::fopen(path.c_str(), "re");
    if (file == nullptr) throw RunError(errno, operation(name_));
    open(file);
}

Reader::Reader(std::FILE* file, std::string name) : name_{std::move(name)} {
    open(file);
}

void Reader::open(std::FILE* file) {
    std::array<char, PCAP_ERRBUF_SIZE> error{};
    capture_.reset(
        pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, error.data()));
    if (!capture_) {
        const std::string why = reason(file, error.data());
        std::fclose(file);
        throw RunError(operation(name_) + ": " + why);
    }
    prepare_link_header();
}

void Reader::prepare_link_header() {
    link_type_ = pcap_datalink(capture_.get());
    switch (link_type_) {
        case DLT_EN10MB:
        case DLT_LINUX_SLL:
            return;
        case DLT_LINUX_SLL2:
        case DLT_RAW:
        case DLT_IPV4:
            memory_.resize(sizeof(wire::EthernetHeader) + kPacketBytesMax);
            return;
        default:
            throw RunError(fmt::format(
                "{}: link type {}; Ethernet, Linux cooked (SLL, SLL2) and raw IP can be read",
                operation(name_), link_type_name(link_type_)));
    }
}

// Empty where the capture holds less than the link type's own header.
std::span<const std::byte> Reader::as_ethernet(std::span<const std::byte> captured) noexcept {
    if (link_type_ == DLT_EN10MB) return captured;
    if (link_type_ == DLT_LINUX_SLL) {
        if (captured.size() < kCookedBytes) return {};
        return captured.subspan(kCookedBytes - sizeof(wire::EthernetHeader));
    }
    wire::EthernetHeader header{{}, {}, wire::kEtherTypeIpv4};
    if (link_type_ == DLT_LINUX_SLL2) {
        if (captured.size() < kCooked2Bytes) return {};
        header.type = wire::overlay<wire::be16>(captured);
        captured = captured.subspan(kCooked2Bytes);
    }
    const std::size_t bytes = std::min(captured.size(), kPacketBytesMax);
    std::memcpy(memory_.data(), &header, sizeof header);
    if (bytes != 0) std::memcpy(memory_.data() + sizeof header, captured.data(), bytes);
    return std::span{memory_}.first(sizeof header + bytes);
}

bool Reader::next(Frame& frame) noexcept {
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    const int result = failure_.empty() ? pcap_next_ex(capture_.get(), &header, &data)
                                        : static_cast<int>(PCAP_ERROR_BREAK);
    if (result != 1) {
        if (result == PCAP_ERROR) {
            failure_ = fmt::format("{}: {}; {} frames were read before it", operation(name_),
                                   pcap_geterr(capture_.get()), frames_);
        }
        return false;
    }
    ++frames_;
    frame.bytes = as_ethernet(std::as_bytes(std::span{data, header->caplen}));
    // tv_usec holds nanoseconds, because these were asked for. A pcap file's seconds are unsigned,
    // but libpcap 1.10 reads them signed: from 2038 on they would lie before 1970.
    const auto seconds = header->ts.tv_sec < 0 ? static_cast<std::uint32_t>(header->ts.tv_sec)
                                               : static_cast<std::uint64_t>(header->ts.tv_sec);
    frame.time_ns = seconds * kSecond_ns + static_cast<std::uint64_t>(header->ts.tv_usec);
    frame.is_cut = header->caplen < header->len;
    return true;
}

}  // namespace rxlab::capture
