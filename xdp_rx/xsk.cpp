// SPDX-License-Identifier: MIT
#include "xdp_rx/xsk.hpp"

#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace rxlab::xdp_rx {
namespace {

#ifndef SOL_XDP
constexpr int SOL_XDP = 283;  // not in every C library
#endif
#ifndef SO_PREFER_BUSY_POLL
constexpr int SO_PREFER_BUSY_POLL = 69;
constexpr int SO_BUSY_POLL_BUDGET = 70;
#endif
constexpr int kBusyPollBudget = 64;  // packets a call, as NAPI's own

program::Descriptor open_socket() {
    program::Descriptor fd{socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0)};
    if (fd.get() >= 0) return fd;
    throw program::RunError(errno, "open an AF_XDP socket",
                            errno == EAFNOSUPPORT
                                ? "the kernel is built without CONFIG_XDP_SOCKETS"
                                : "run as root (the rights are CAP_BPF, CAP_NET_ADMIN, "
                                  "CAP_NET_RAW and CAP_PERFMON)");
}

template <typename T>
void set_option(int socket, int name, const T& value, const std::string& operation,
                const char* remedy = "") {
    if (setsockopt(socket, SOL_XDP, name, &value, sizeof value) != 0)
        throw program::RunError(errno, operation, remedy);
}

// The lines of a frame with headers and a message.
void prefetch(const std::byte* frame) noexcept {
    __builtin_prefetch(frame);
    __builtin_prefetch(frame + 64);
}

program::Mapping map_ring(int socket, std::uint64_t offset, std::size_t bytes) {
    program::Mapping ring{bytes, MAP_SHARED | MAP_POPULATE, socket, offset};
    if (ring.data() == nullptr) throw program::RunError(errno, "map a ring of an AF_XDP socket");
    return ring;
}

}  // namespace

Xsk::Xsk(const std::string& interface, unsigned index, unsigned queue, const XskOptions& options,
         bool generic)
    : descriptor_{open_socket()},
      queue_{queue},
      frame_bytes_{options.frame_bytes},
      busy_polls_{options.busy_poll_us.has_value()} {
    register_memory(options);
    make_rings(options);
    if (options.busy_poll_us) set_busy_poll(*options.busy_poll_us);
    bind_to(interface, index, options, generic);
}

void Xsk::register_memory(const XskOptions& options) {
    const std::size_t bytes =
        std::size_t{options.frames + options.transmit_frames} * options.frame_bytes;
    const std::string what = fmt::format("give the kernel {} KiB for frames", bytes / 1024);
    umem_ = program::Mapping{bytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE};
    if (umem_.data() == nullptr)
        throw program::RunError(errno, what, "ask for fewer --ring-frames");
    xdp_umem_reg request{};
    request.addr = reinterpret_cast<std::uintptr_t>(umem_.data());
    request.len = bytes;
    request.chunk_size = options.frame_bytes;
    set_option(descriptor_.get(), XDP_UMEM_REG, request, what,
               "raise the limit of locked memory (`ulimit -l`), or ask for fewer --ring-frames");
}

// The kernel makes the rings and says where in their mappings the indices lie.
void Xsk::make_rings(const XskOptions& options) {
    const int fd = descriptor_.get();
    const std::string what = "make the rings of an AF_XDP socket";
    const std::uint32_t completion_entries = std::max(options.transmit_frames, 2U);
    set_option(fd, XDP_UMEM_FILL_RING, options.frames, what);
    set_option(fd, XDP_UMEM_COMPLETION_RING, completion_entries, what);
    set_option(fd, XDP_RX_RING, options.frames, what);
    if (options.transmit_frames != 0) set_option(fd, XDP_TX_RING, options.transmit_frames, what);
    xdp_mmap_offsets offsets{};
    socklen_t size = sizeof offsets;
    if (getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &size) != 0)
        throw program::RunError(errno, what);
    fill_mapping_ = map_ring(fd, XDP_UMEM_PGOFF_FILL_RING,
                             offsets.fr.desc + options.frames * sizeof(std::uint64_t));
    receive_mapping_ =
        map_ring(fd, XDP_PGOFF_RX_RING, offsets.rx.desc + options.frames * sizeof(xdp_desc));
    fill_ = {fill_mapping_.data(), offsets.fr, options.frames};
    receive_ = {receive_mapping_.data(), offsets.rx, options.frames};
    for (std::uint32_t i = 0; i < options.frames; ++i)
        fill_.write(i, std::uint64_t{i} * options.frame_bytes);
    fill_.produced(options.frames);
    if (options.transmit_frames == 0) return;
    transmit_mapping_ = map_ring(fd, XDP_PGOFF_TX_RING,
                                 offsets.tx.desc + options.transmit_frames * sizeof(xdp_desc));
    completion_mapping_ = map_ring(fd, XDP_UMEM_PGOFF_COMPLETION_RING,
                                   offsets.cr.desc + completion_entries * sizeof(std::uint64_t));
    transmit_ = {transmit_mapping_.data(), offsets.tx, options.transmit_frames};
    completion_ = {completion_mapping_.data(), offsets.cr, completion_entries};
    for (std::uint32_t i = 0; i < options.transmit_frames; ++i)
        idle_.push_back(std::uint64_t{options.frames + i} * options.frame_bytes);
}

// Without XDP_COPY or XDP_ZEROCOPY the kernel takes zero-copy where the driver has it. In the
// generic hook there is none, whatever the driver has.
void Xsk::bind_to(const std::string& interface, unsigned index, const XskOptions& options,
                  bool generic) {
    sockaddr_xdp address{};
    address.sxdp_family = AF_XDP;
    address.sxdp_ifindex = index;
    address.sxdp_queue_id = queue_;
    address.sxdp_flags = XDP_USE_NEED_WAKEUP;
    if (options.copy == Copy::copy || generic) address.sxdp_flags |= XDP_COPY;
    if (options.copy == Copy::zero_copy) address.sxdp_flags |= XDP_ZEROCOPY;
    // The kernel lets go of a queue a little after the socket that had it was closed: an xdp_rx
    // that starts after another one waits for that.
    int error = 0;
    for (int attempts = 0; attempts < 100; ++attempts) {
        const int result =
            bind(descriptor_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
        error = result == 0 ? 0 : errno;
        if (error != EBUSY) break;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    if (error != 0) {
        std::string remedy;
        if (error == EBUSY) remedy = "another AF_XDP socket has this queue: end its program";
        if (error == EINVAL) remedy = "is there such a queue? See `ethtool -l`";
        if (options.copy == Copy::zero_copy && (error == EOPNOTSUPP || error == EINVAL))
            remedy = "the driver has no zero-copy for this queue: give --copy auto";
        throw program::RunError(
            error, fmt::format("bind an AF_XDP socket to queue {} of {}", queue_, interface),
            remedy);
    }
    xdp_options granted{};
    socklen_t size = sizeof granted;
    zero_copy_ = getsockopt(descriptor_.get(), SOL_XDP, XDP_OPTIONS, &granted, &size) == 0 &&
                 (granted.flags & XDP_OPTIONS_ZEROCOPY) != 0;
}

void Xsk::set_busy_poll(int budget_us) {
    const int on = 1;
    const auto set = [&](int name, int value, const char* what) {
        if (setsockopt(descriptor_.get(), SOL_SOCKET, name, &value, sizeof value) != 0)
            throw program::RunError(errno, std::string{"--busy-poll: set "} + what);
    };
    set(SO_PREFER_BUSY_POLL, on, "SO_PREFER_BUSY_POLL");
    set(SO_BUSY_POLL, budget_us, "SO_BUSY_POLL");
    set(SO_BUSY_POLL_BUDGET, kBusyPollBudget, "SO_BUSY_POLL_BUDGET");
}

// [snippet: xsk-take]
std::size_t Xsk::take(std::span<std::span<const std::byte>> frames) noexcept {
    const std::uint32_t count = std::min(
        {receive_.available(), static_cast<std::uint32_t>(frames.size()), std::uint32_t{kTakeMax}});
    if (count == 0) {
        if (busy_polls_ || fill_.needs_wakeup()) [[unlikely]]
            wake_kernel();
        return 0;
    }
    prefetch_next();
    for (std::uint32_t i = 0; i < count; ++i) {
        const xdp_desc& full = receive_[i];
        addresses_[i] = full.addr;
        frames[i] = {umem_.data() + full.addr, full.len};
        prefetch(frames[i].data());  // the misses of all overlap
    }
    receive_.consumed(count);  // the entries; the frames are still ours
    held_ = count;
    frames_ += count;
    return count;
}

// Frames come back in the order in which they went out, as long as none was dropped. So we know
// where the next one lies before we have read its entry, and its first lines come over from the
// other core while the entry's line is on the way, not after it.
void Xsk::prefetch_next() const noexcept {
    prefetch(umem_.data() + fill_.entry(receive_.index()) + kHeadroomBytes);
}

void Xsk::give_back() noexcept {
    if (held_ == 0) return;
    put_back(fill_, std::span{addresses_}.first(held_), frame_bytes_);
    held_ = 0;
}
// [end: xsk-take]

// There are as many entries on the transmit ring as frames, so there is room for each.
bool Xsk::send(std::span<const std::byte> frame) noexcept {
    const std::uint32_t sent = completion_.available();
    for (std::uint32_t i = 0; i < sent; ++i)
        idle_.push_back(completion_[i]);  // within the room that was there at first
    completion_.consumed(sent);
    if (idle_.empty()) return false;
    const std::uint64_t address = idle_.back();
    idle_.pop_back();
    std::memcpy(umem_.data() + address, frame.data(), frame.size());
    transmit_.write(0, xdp_desc{address, static_cast<std::uint32_t>(frame.size()), 0});
    transmit_.produced(1);
    if (!transmit_.needs_wakeup()) return true;
    // Where the kernel has no room for the moment, the frame stays on the ring for the next call.
    return sendto(descriptor_.get(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) >= 0 ||
           errno == EAGAIN || errno == EBUSY || errno == ENOBUFS;
}

void Xsk::wake_kernel() noexcept {
    ++wakeups_;
    static_cast<void>(recvfrom(descriptor_.get(), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr));
}

std::optional<xdp_statistics> Xsk::statistics() const noexcept {
    xdp_statistics statistics{};
    socklen_t size = sizeof statistics;
    if (getsockopt(descriptor_.get(), SOL_XDP, XDP_STATISTICS, &statistics, &size) != 0 ||
        size < sizeof statistics)
        return std::nullopt;
    return statistics;
}

}  // namespace rxlab::xdp_rx
