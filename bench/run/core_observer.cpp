// SPDX-License-Identifier: MIT
#include "bench/run/core_observer.hpp"

#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/files.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>
#include <thread>

namespace rxlab::bench {
namespace {

using Kind = CoreEvent::Kind;

// 2 MiB a core: 50,000 records, 2.5 s of a receiver that sleeps and wakes 10,000 times a second.
// A thread empties it when it is half full.
constexpr std::size_t kBufferPages = 512;
constexpr std::uint64_t kNear_ns = 5'000;
constexpr const char* kNoRight =
    "the kernel lets only root see who else ran on the cores (CAP_PERFMON)";

// tracefs without mounting it anywhere: the descriptor of its root. fsopen(2), fsmount(2); as
// system calls, because glibc has them since 2.36 only.
program::Descriptor open_tracefs() {
    const program::Descriptor context{
        static_cast<int>(::syscall(SYS_fsopen, "tracefs", 1U /* FSOPEN_CLOEXEC */))};
    if (context.get() < 0) return program::Descriptor{};
    constexpr unsigned kCreate = 6;  // FSCONFIG_CMD_CREATE
    if (::syscall(SYS_fsconfig, context.get(), kCreate, nullptr, nullptr, 0) != 0)
        return program::Descriptor{};
    return program::Descriptor{
        static_cast<int>(::syscall(SYS_fsmount, context.get(), 1U /* FSMOUNT_CLOEXEC */, 0))};
}

// The number that perf knows an event by.
std::uint64_t id_of(int tracefs, const char* event) {
    const std::string path = fmt::format("events/{}/id", event);
    const program::Descriptor file{::openat(tracefs, path.c_str(), O_RDONLY | O_CLOEXEC)};
    std::array<char, 24> text{};
    const ssize_t length = file.get() < 0 ? -1 : ::read(file.get(), text.data(), text.size());
    std::uint64_t id = 0;
    if (length <= 0 || std::from_chars(text.data(), text.data() + length, id).ec != std::errc{})
        throw std::system_error(ENOENT, std::generic_category(),
                                std::string{"tracepoint "} + event);
    return id;
}

// Where the function of the tick's timer lies. Its name changed in 6.7.
std::string find_tick() {
    std::ifstream symbols{"/proc/kallsyms"};
    std::string address, line;
    while (std::getline(symbols, line)) {
        const std::size_t at = line.find(" tick_");
        if (at == std::string::npos) continue;
        const std::string_view symbol = std::string_view{line}.substr(at + 1);
        if (symbol != "tick_nohz_handler" && symbol != "tick_sched_timer") continue;
        address = line.substr(0, line.find(' '));
        if (address.find_first_not_of('0') != std::string::npos) return "0x" + address;
    }
    throw std::system_error(EPERM, std::generic_category(), "/proc/kallsyms");
}

// The kernel has some 200,000 symbols: they are read once.
const std::string& address_of_tick() {
    static const std::string address = find_tick();
    return address;
}

perf_event_attr attributes_for_all() {
    perf_event_attr attributes{};
    attributes.size = sizeof attributes;
    attributes.sample_id_all = 1;
    attributes.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_IDENTIFIER;
    attributes.use_clockid = 1;
    attributes.clockid = CLOCK_MONOTONIC_RAW;
    attributes.watermark = 1;
    attributes.wakeup_watermark = kBufferPages / 2 * 4096;
    return attributes;
}

program::Descriptor open_event(perf_event_attr attributes, int cpu) {
    program::Descriptor event{static_cast<int>(
        ::syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC))};
    if (event.get() < 0) throw std::system_error(errno, std::generic_category(), "perf_event_open");
    return event;
}

// The kernel takes 20 to 50 ms to forget a tracepoint when its last user closes it, and a run has
// five. So one event of each stays open as long as rxbench lives. It is switched off, and counts
// nothing.
void keep_open(perf_event_attr attributes, int cpu) {
    static std::map<std::uint64_t, program::Descriptor> kept;
    attributes.disabled = 1;
    if (!kept.contains(attributes.config))
        kept.emplace(attributes.config, open_event(attributes, cpu));
}

// Threads of the kernel in which packets travel: they are part of the run, whatever its receiver
// is.
std::set<pid_t> carriers() {
    std::set<pid_t> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename();
        pid_t pid = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{})
            continue;
        std::string comm;
        std::ifstream{entry.path() / "comm"} >> comm;
        for (const char* prefix : {"ksoftirqd/", "napi/", "irq/"})
            if (comm.starts_with(prefix)) found.insert(pid);
    }
    return found;
}

template <typename T>
T read_at(std::span<const std::byte> bytes, std::size_t offset) {
    T value{};
    if (offset + sizeof value <= bytes.size())
        std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

}  // namespace

// The head of perf's buffer, and after it the records.
class PerfBuffer {
  public:
    PerfBuffer() = default;
    PerfBuffer(const PerfBuffer&) = delete;
    PerfBuffer& operator=(const PerfBuffer&) = delete;
    ~PerfBuffer() {
        if (page_ != nullptr) ::munmap(page_, bytes());
    }

    void map(int event) {
        void* const mapped = ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, event, 0);
        if (mapped == MAP_FAILED)
            throw std::system_error(errno, std::generic_category(), "map perf's buffer");
        page_ = static_cast<perf_event_mmap_page*>(mapped);
    }
    [[nodiscard]] perf_event_mmap_page& page() const noexcept { return *page_; }
    [[nodiscard]] std::span<const std::byte> records() const noexcept {
        return {reinterpret_cast<const std::byte*>(page_) + page_bytes_,
                kBufferPages * page_bytes_};
    }

  private:
    [[nodiscard]] std::size_t bytes() const noexcept { return (1 + kBufferPages) * page_bytes_; }

    std::size_t page_bytes_ = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    perf_event_mmap_page* page_ = nullptr;
};

// One core's events and their common buffer.
class CoreObserver::Core {
  public:
    Core(int cpu, int tracefs, const std::string& tick) {
        perf_event_attr switches = attributes_for_all();
        switches.type = PERF_TYPE_SOFTWARE;
        switches.config = PERF_COUNT_SW_DUMMY;
        switches.context_switch = 1;
        events_.push_back(open_event(switches, cpu));
        buffer_.map(events_.front().get());
        constexpr const char* kNotNetwork = "vec != 2 && vec != 3";  // NET_TX, NET_RX
        add(cpu, tracefs, "irq_vectors/local_timer_entry", {}, Kind::timer_begins);
        add(cpu, tracefs, "timer/hrtimer_expire_entry", "function == " + tick, Kind::tick);
        add(cpu, tracefs, "irq_vectors/local_timer_exit", {}, Kind::timer_ends);
        add(cpu, tracefs, "irq/softirq_entry", kNotNetwork, Kind::softirq_begins);
        add(cpu, tracefs, "irq/softirq_exit", kNotNetwork, Kind::softirq_ends);
        stop_ = program::Descriptor{::eventfd(0, EFD_CLOEXEC)};
        emptier_ = std::thread{[this] { empty_until_stopped(); }};
    }
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;
    ~Core() { stop(); }

    void stop() {
        if (!emptier_.joinable()) return;
        for (const auto& event : events_)
            ::ioctl(event.get(), PERF_EVENT_IOC_DISABLE, 0);
        const std::uint64_t one = 1;
        static_cast<void>(!::write(stop_.get(), &one, sizeof one));
        emptier_.join();
        empty();
    }

    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
    [[nodiscard]] const std::vector<CoreEvent>& events() const noexcept { return seen_; }

  private:
    void add(int cpu, int tracefs, const char* event, const std::string& filter, Kind kind) {
        perf_event_attr attributes = attributes_for_all();
        attributes.type = PERF_TYPE_TRACEPOINT;
        attributes.config = id_of(tracefs, event);
        attributes.sample_period = 1;
        keep_open(attributes, cpu);
        program::Descriptor opened = open_event(attributes, cpu);
        std::uint64_t id = 0;
        if ((!filter.empty() &&
             ::ioctl(opened.get(), PERF_EVENT_IOC_SET_FILTER, filter.c_str()) != 0) ||
            ::ioctl(opened.get(), PERF_EVENT_IOC_ID, &id) != 0 ||
            ::ioctl(opened.get(), PERF_EVENT_IOC_SET_OUTPUT, events_.front().get()) != 0)
            throw std::system_error(errno, std::generic_category(), event);
        kinds_[id] = kind;
        events_.push_back(std::move(opened));
    }

    void empty_until_stopped() {
        for (;;) {
            std::array<pollfd, 2> wanted{
                {{events_.front().get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
            if (::poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR) return;
            if (wanted[1].revents != 0) return;
            empty();
        }
    }

    // perf_event_open(2), "MMAP layout": what lies before data_head is complete.
    void empty() {
        const std::byte* const data = buffer_.records().data();
        const std::uint64_t size = buffer_.records().size();
        perf_event_mmap_page& page = buffer_.page();
        const std::uint64_t head = std::atomic_ref{page.data_head}.load(std::memory_order_acquire);
        std::uint64_t tail = page.data_tail;
        std::array<std::byte, 4096> record{};
        while (tail < head) {
            perf_event_header header{};
            copy(data, size, tail, std::as_writable_bytes(std::span{&header, 1}));
            if (header.size < sizeof header) break;
            const std::span<std::byte> bytes =
                std::span{record}.first(std::min<std::size_t>(header.size, record.size()));
            copy(data, size, tail, bytes);
            take(header, bytes);
            tail += header.size;
        }
        std::atomic_ref{page.data_tail}.store(tail, std::memory_order_release);
    }

    static void copy(const std::byte* data, std::uint64_t size, std::uint64_t from,
                     std::span<std::byte> to) {
        const auto first =
            static_cast<std::size_t>(std::min<std::uint64_t>(to.size(), size - from % size));
        std::memcpy(to.data(), data + from % size, first);
        std::memcpy(to.data() + first, data, to.size() - first);
    }

    // The fields that sample_type asks for, in the order of perf_event_open(2).
    void take(const perf_event_header& header, std::span<const std::byte> bytes) {
        constexpr std::size_t kBody = sizeof header;
        if (header.type == PERF_RECORD_SWITCH_CPU_WIDE &&
            (header.misc & PERF_RECORD_MISC_SWITCH_OUT) != 0) {
            // next_prev_pid, next_prev_tid; then sample_id: pid, tid, time, id
            seen_.push_back({Kind::task_ends, read_at<std::uint64_t>(bytes, kBody + 16),
                             read_at<pid_t>(bytes, kBody + 8), read_at<pid_t>(bytes, kBody + 12)});
        } else if (header.type == PERF_RECORD_SAMPLE) {
            // identifier, pid, tid, time
            const auto kind = kinds_.find(read_at<std::uint64_t>(bytes, kBody));
            if (kind != kinds_.end())
                seen_.push_back({kind->second, read_at<std::uint64_t>(bytes, kBody + 16)});
        } else if (header.type == PERF_RECORD_LOST) {
            lost_ += read_at<std::uint64_t>(bytes, kBody + 8);  // id, lost
        } else if (header.type == PERF_RECORD_THROTTLE) {
            ++lost_;  // at least: the kernel found that there were too many
        }
    }

    std::vector<program::Descriptor> events_;  // the first has the buffer
    std::map<std::uint64_t, Kind> kinds_;
    PerfBuffer buffer_;
    program::Descriptor stop_;
    std::thread emptier_;
    std::vector<CoreEvent> seen_;
    std::uint64_t lost_ = 0;
};

CoreObserver::CoreObserver(std::span<const int> cpus) {
    try {
        const program::Descriptor tracefs = open_tracefs();
        if (tracefs.get() < 0) throw std::system_error(errno, std::generic_category(), "tracefs");
        const std::string& tick = address_of_tick();
        for (const int cpu : cpus) {
            if (!cores_.contains(cpu))
                cores_.emplace(cpu, std::make_unique<Core>(cpu, tracefs.get(), tick));
        }
        begun_ = latency::ClockAnchor::take(latency::Clock::detect());
    } catch (const std::system_error& error) {
        cores_.clear();
        const bool is_forbidden = error.code() == std::errc::operation_not_permitted ||
                                  error.code() == std::errc::permission_denied;
        why_not_ = is_forbidden
                       ? kNoRight
                       : fmt::format("the kernel does not say who else ran on the cores: {}",
                                     error.what());
    }
}

CoreObserver::~CoreObserver() = default;

CoreObservation CoreObserver::end(const CpuPair& cpus, std::set<pid_t> own) {
    if (cores_.empty()) return {std::nullopt, why_not_};
    if (!ended_) {
        ended_ = latency::ClockAnchor::take(latency::Clock::detect());
        for (const auto& [cpu, core] : cores_)
            core->stop();
    }
    const latency::ClockAnchor& now = *ended_;
    own.merge(carriers());
    const double rate = static_cast<double>(now.ticks - begun_.ticks) /
                        static_cast<double>(now.raw_ns - begun_.raw_ns);
    const auto ticks_at = [&](std::uint64_t raw_ns) {
        const auto after_ns = static_cast<std::int64_t>(raw_ns - begun_.raw_ns);
        return begun_.ticks + static_cast<latency::Ticks>(
                                  static_cast<std::int64_t>(static_cast<double>(after_ns) * rate));
    };
    std::vector<latency::Stall> taken;
    for (const int cpu : std::set{cpus.sender, cpus.receiver}) {
        const Core& core = *cores_.at(cpu);
        if (core.lost() != 0) {
            return {std::nullopt,
                    fmt::format("{} records of what else ran on the cores were lost", core.lost())};
        }
        for (latency::Stall each : taken_of(core.events(), own, begun_.raw_ns, now.raw_ns)) {
            each.from = ticks_at(each.from);
            each.to = ticks_at(each.to);
            taken.push_back(each);
        }
    }
    return {std::move(taken), {}};
}

std::vector<latency::Stall> taken_of(std::span<const CoreEvent> events, const std::set<pid_t>& own,
                                     std::uint64_t from_ns, std::uint64_t to_ns) {
    std::vector<latency::Stall> all;
    std::uint64_t task_ns = from_ns;             // since when the task runs
    std::uint64_t timer_ns = 0, softirq_ns = 0;  // 0: none runs
    bool is_tick = false;
    for (const CoreEvent& event : events) {
        switch (event.kind) {
            case Kind::task_ends:
                if (event.process != 0 && !own.contains(event.process) &&
                    !own.contains(event.thread))
                    all.push_back({task_ns, event.at_ns, 1, 0});
                task_ns = event.at_ns;
                break;
            case Kind::timer_begins:
                timer_ns = event.at_ns;
                is_tick = false;
                break;
            case Kind::tick:
                is_tick = true;
                break;
            case Kind::timer_ends:
                if (timer_ns != 0 && is_tick) all.push_back({timer_ns, event.at_ns, 0, 0});
                timer_ns = 0;
                break;
            case Kind::softirq_begins:
                softirq_ns = event.at_ns;
                break;
            case Kind::softirq_ends:
                if (softirq_ns != 0) all.push_back({softirq_ns, event.at_ns, 0, 0});
                softirq_ns = 0;
                break;
        }
    }
    std::ranges::sort(all, {}, &latency::Stall::from);
    std::vector<latency::Stall> taken;
    for (const latency::Stall& each : all) {
        if (each.to <= from_ns || each.from >= to_ns) continue;
        if (taken.empty() || each.from > taken.back().to + kNear_ns) {
            taken.push_back(each);
        } else {
            taken.back().to = std::max(taken.back().to, each.to);
            taken.back().switches = std::max(taken.back().switches, each.switches);
        }
    }
    return taken;
}

}  // namespace rxlab::bench
