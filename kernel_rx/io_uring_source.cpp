// SPDX-License-Identifier: MIT
#include "io_uring_source.hpp"

#include "busy_poll.hpp"

#include <rxlab/program/errors.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

namespace rxlab::kernel_rx {
namespace {

constexpr int kBufferGroup = 0;
constexpr unsigned kThreadIdle_ms = 1'000;  // until the kernel's thread sleeps
constexpr std::size_t kPageBytes = 4'096;

// Before the payload: io_uring_recvmsg_out, the sender, control data. A multiple of the page size
// apart, the first bytes of all buffers would compete for the same few lines of the processor's
// first cache; an odd number of cache lines spreads them over all of it.
constexpr std::size_t kUringBufferBytes = 65'536 + 9 * 64;

[[noreturn]] void refuse(int error, const UringOptions& options) {
    const char* remedy = "";
    if (error == EINVAL)
        remedy = options.kernel_thread_cpu
                     ? "needs Linux 6.1; is the CPU of --sqpoll-cpu there? see `lscpu -e`"
                     : "needs Linux 6.1";
    if (error == EPERM || error == ENOSYS)
        remedy =
            "it is switched off here: see sysctl kernel.io_uring_disabled, or the container's "
            "seccomp profile";
    if (error == ENOMEM) remedy = "raise `ulimit -l`";
    throw program::RunError(error, "set up io_uring", remedy);
}

}  // namespace

IoUringSource::Ring::~Ring() {
    if (is_open) io_uring_queue_exit(&ring);
}

IoUringSource::IoUringSource(std::span<const rx::Line> lines, const std::string& interface,
                             const SocketOptions& options)
    : LineSockets{lines, interface, options} {
    static_assert(kUringBufferBytes >= kBufferBytes + sizeof(io_uring_recvmsg_out) +
                                           sizeof(sockaddr_in) + kControlBytes);
    layout_.msg_namelen = sizeof(sockaddr_in);
    layout_.msg_controllen = options.stamped() ? kControlBytes : 0;
    open_ring();
    provide_buffers();
    lent_.reserve(options.uring.buffers);
    ended_.resize(sockets_.size());
    for (std::uint32_t line = 0; line < sockets_.size(); ++line)
        arm(line);
    if (const int result = io_uring_submit(&ring_); result < 0)
        throw program::RunError(-result, "hand io_uring its first requests");
}

// Requests hold their sockets, and the kernel cancels them some time after the ring is gone:
// without this we would be members until then.
IoUringSource::~IoUringSource() {
    leave_groups();
}

// [snippet: io-uring-setup]
void IoUringSource::open_ring() {
    const UringOptions& how = options_.uring;
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_CQSIZE;
    if (how.kernel_thread) {
        params.flags |= IORING_SETUP_SQPOLL;
        params.sq_thread_idle = kThreadIdle_ms;
        if (how.kernel_thread_cpu) {
            params.flags |= IORING_SETUP_SQ_AFF;
            params.sq_thread_cpu = *how.kernel_thread_cpu;
        }
    } else {
        params.flags |= IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
    }
    // At most one request of a socket is in the ring. A completion holds a buffer, or ends a
    // request.
    const auto sockets = static_cast<unsigned>(sockets_.size());
    params.cq_entries = how.completions != 0 ? how.completions : how.buffers + 2 * sockets;
    const int result = io_uring_queue_init_params(std::bit_ceil(sockets), &ring_, &params);
    if (result < 0) refuse(-result, how);
    own_.is_open = true;
    if (options_.busy_poll.us_max > 0) busy_poll_ring(ring_.ring_fd, options_.busy_poll);
}
// [end: io-uring-setup]

void IoUringSource::provide_buffers() {
    const unsigned count = options_.uring.buffers;
    const std::size_t ring_bytes =
        (count * sizeof(io_uring_buf) + kPageBytes - 1) / kPageBytes * kPageBytes;
    own_.memory =
        program::Mapping{ring_bytes + count * kUringBufferBytes, MAP_PRIVATE | MAP_ANONYMOUS};
    std::byte* const memory = own_.memory.data();
    if (memory == nullptr)
        throw program::RunError(errno, "map buffers for io_uring", "ask for fewer --uring-buffers");
    free_buffers_ = reinterpret_cast<io_uring_buf_ring*>(memory);
    buffers_ = memory + ring_bytes;
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uint64_t>(memory);
    registration.ring_entries = count;
    registration.bgid = kBufferGroup;
    if (const int result = io_uring_register_buf_ring(&ring_, &registration, 0); result < 0)
        throw program::RunError(-result, "give io_uring its buffers");
    io_uring_buf_ring_init(free_buffers_);
    const int mask = io_uring_buf_ring_mask(count);
    for (unsigned number = 0; number < count; ++number) {
        // Touched now: a page that is missing costs a microsecond.
        *buffer(number) = std::byte{0};
        io_uring_buf_ring_add(free_buffers_, buffer(number), kUringBufferBytes,
                              static_cast<unsigned short>(number), mask, static_cast<int>(number));
    }
    io_uring_buf_ring_advance(free_buffers_, static_cast<int>(count));
}

std::byte* IoUringSource::buffer(unsigned number) const noexcept {
    return buffers_ + number * kUringBufferBytes;
}

// There is room: the ring has an entry for each socket, and a socket has one request.
void IoUringSource::arm(std::uint32_t line) noexcept {
    io_uring_sqe* const request = io_uring_get_sqe(&ring_);
    io_uring_prep_recvmsg_multishot(request, sockets_[line].descriptor.get(), &layout_, 0);
    request->flags |= IOSQE_BUFFER_SELECT;
    request->buf_group = kBufferGroup;
    io_uring_sqe_set_data64(request, line);
}

// [snippet: io-uring-poll]
std::size_t IoUringSource::poll(std::span<rx::PacketView> batch) noexcept {
    give_back();
    submit();
    std::size_t received = reap(batch);
    if (received != 0) return received;
    enter();
    received = reap(batch);
    if (received == 0) found_nothing();
    return received;
}

void IoUringSource::enter() noexcept {
    const unsigned flags = IO_URING_READ_ONCE(*ring_.sq.kflags);
    if ((flags & IORING_SQ_CQ_OVERFLOW) != 0) ++completions_overflowed_;
    int result = 0;
    if (sleeps()) {
        __kernel_timespec most{0, options_.sleep_ms_max * 1'000'000LL};
        io_uring_cqe* first = nullptr;
        result = io_uring_submit_and_wait_timeout(&ring_, &first, 1, &most, nullptr);
    } else if ((flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0) {
        result = io_uring_get_events(&ring_);
    }
    if (result < 0 && result != -ETIME && result != -EBUSY)
        fail_unless_temporary(-result, "enter io_uring");
}
// [end: io-uring-poll]

// The last batch has been read.
void IoUringSource::give_back() noexcept {
    if (lent_.empty()) return;
    const int mask = io_uring_buf_ring_mask(options_.uring.buffers);
    int added = 0;
    for (const std::uint16_t number : lent_)
        io_uring_buf_ring_add(free_buffers_, buffer(number), kUringBufferBytes, number, mask,
                              added++);
    io_uring_buf_ring_advance(free_buffers_, added);
    lent_.clear();
}

// Arms what has ended. Where the kernel cannot take it now, the next poll tries again.
void IoUringSource::submit() noexcept {
    if (ended_count_ == 0 && io_uring_sq_ready(&ring_) == 0) [[likely]]
        return;
    arm_ended();
    const int result = io_uring_submit(&ring_);
    if (result < 0 && result != -EBUSY) fail_unless_temporary(-result, "arm io_uring again");
}

// The first that is armed may take all the buffers, so each time another feed is the first: none
// can starve another.
void IoUringSource::arm_ended() noexcept {
    const auto count = static_cast<std::uint32_t>(ended_.size());
    const std::uint32_t start = first_to_arm_;
    bool is_first = true;
    for (std::uint32_t i = 0; i < count && ended_count_ != 0; ++i) {
        const std::uint32_t line = (start + i) % count;
        if (!ended_[line]) continue;
        if (io_uring_sq_space_left(&ring_) == 0) return;
        arm(line);
        ended_[line] = false;
        --ended_count_;
        ++armed_again_;
        if (std::exchange(is_first, false)) first_to_arm_ = (line + 1) % count;
    }
}

std::size_t IoUringSource::reap(std::span<rx::PacketView> batch) noexcept {
    const std::size_t room = std::min(batch.size(), rx::kBatchPackets);
    std::size_t received = 0;
    unsigned seen = 0;
    unsigned head = 0;
    io_uring_cqe* completion = nullptr;
    io_uring_for_each_cqe(&ring_, head, completion) {
        if (received == room) break;
        ++seen;
        if (take(*completion, batch[received])) ++received;
    }
    if (seen != 0) io_uring_cq_advance(&ring_, seen);
    return received;
}

bool IoUringSource::take(const io_uring_cqe& completion, rx::PacketView& out) noexcept {
    const auto line = static_cast<std::uint32_t>(completion.user_data);
    if ((completion.flags & IORING_CQE_F_MORE) == 0) [[unlikely]] {
        ended_[line] = true;
        ++ended_count_;
    }
    if ((completion.flags & IORING_CQE_F_BUFFER) == 0) [[unlikely]] {
        if (completion.res == -ENOBUFS) {
            ++buffers_ran_out_;
        } else if (completion.res < 0) {
            fail_unless_temporary(-completion.res);
        }
        return false;
    }
    const auto number = static_cast<std::uint16_t>(completion.flags >> IORING_CQE_BUFFER_SHIFT);
    lent_.push_back(number);
    io_uring_recvmsg_out* const datagram =
        io_uring_recvmsg_validate(buffer(number), completion.res, &layout_);
    if (datagram == nullptr) [[unlikely]] {
        fail(EBADMSG);
        return false;
    }
    sockaddr_in sender;
    std::memcpy(&sender, io_uring_recvmsg_name(datagram), sizeof sender);
    const unsigned bytes = io_uring_recvmsg_payload_length(datagram, completion.res, &layout_);
    Socket& socket = sockets_[line];
    out =
        view_of(socket, static_cast<const std::byte*>(io_uring_recvmsg_payload(datagram, &layout_)),
                bytes, sender);
    if (datagram->controllen != 0) {
        msghdr control{};
        control.msg_control =
            static_cast<std::byte*>(io_uring_recvmsg_name(datagram)) + layout_.msg_namelen;
        control.msg_controllen = datagram->controllen;
        read_control(control, socket, out);
    }
    return true;
}

rx::SourceReport IoUringSource::report() const {
    rx::SourceReport report = LineSockets::report();
    report.counters["uring_armed_again"] = armed_again_;
    report.counters["uring_buffers_ran_out"] = buffers_ran_out_;
    report.counters["uring_completions_overflowed"] = completions_overflowed_;
    return report;
}

}  // namespace rxlab::kernel_rx
