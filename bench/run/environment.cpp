// SPDX-License-Identifier: MIT
#include "bench/run/environment.hpp"

#include "bench/run/cpus.hpp"

#include <rxlab/program/files.hpp>

#include <rxlab_version.hpp>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <sstream>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

// Value of "key<separator> value" in a file like /proc/cpuinfo; empty if there is none.
std::string value_of(const fs::path& path, std::string_view key, char separator) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const std::size_t at = line.find(separator);
        if (!line.starts_with(key) || at == std::string::npos) continue;
        if (line.find_first_not_of(" \t", key.size()) != at) continue;
        const std::size_t start = line.find_first_not_of(" \t\"", at + 1);
        if (start == std::string::npos) return {};
        return line.substr(start, line.find_last_not_of(" \t\"") - start + 1);
    }
    return {};
}

std::string or_else(std::string value, std::string_view fallback) {
    return value.empty() ? std::string(fallback) : value;
}

std::int64_t leading_number(const std::string& text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::int64_t count_list(const fs::path& path, std::int64_t fallback) {
    try {
        const auto cpus = parse_cpu_list(program::first_line(path, ""));
        return cpus.empty() ? fallback : static_cast<std::int64_t>(cpus.size());
    } catch (const std::exception&) {
        return fallback;
    }
}

// "always [madvise] never" -> "madvise"
std::string bracketed(const std::string& choices) {
    const std::size_t open = choices.find('['), close = choices.find(']');
    if (open == std::string::npos || close == std::string::npos) return choices;
    return choices.substr(open + 1, close - open - 1);
}

// CPUID leaf 0x40000000: the hypervisor's signature (KVM documentation, cpuid.rst).
std::string hypervisor_signature() {
#if defined(__x86_64__)
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    __cpuid(1, eax, ebx, ecx, edx);
    constexpr unsigned kHypervisorPresent = 1U << 31;
    if ((ecx & kHypervisorPresent) == 0) return "none";
    __cpuid(0x40000000, eax, ebx, ecx, edx);
    std::string signature;
    for (unsigned word : {ebx, ecx, edx}) {
        for (unsigned shift = 0; shift < 32; shift += 8) {
            const char character = static_cast<char>(word >> shift);
            if (character >= ' ' && character <= '~') signature += character;
        }
    }
    while (signature.ends_with(' '))
        signature.pop_back();
    if (signature == "KVMKVMKVM") return "KVM";
    if (signature == "Microsoft Hv") return "Hyper-V";
    if (signature == "VMwareVMware") return "VMware";
    if (signature == "XenVMMXenVMM") return "Xen";
    return or_else(signature, "unknown");
#else
    return {};
#endif
}

std::string hypervisor(const fs::path& root) {
    const std::string signature = hypervisor_signature();
    if (!signature.empty()) return signature;
    return program::first_line(root / "sys/class/dmi/id/sys_vendor", "unknown");
}

CpuInfo cpu_info(const fs::path& root) {
    const fs::path cpus = root / "sys/devices/system/cpu";
    utsname names{};
    ::uname(&names);
    CpuInfo info;
    info.model = or_else(value_of(root / "proc/cpuinfo", "model name", ':'), "unknown");
    info.architecture = names.machine;
    info.online = count_list(cpus / "online", ::sysconf(_SC_NPROCESSORS_ONLN));
    info.isolated = program::first_line(cpus / "isolated", "");
    info.numa_nodes = count_list(root / "sys/devices/system/node/online", 1);
    info.smt = program::first_line(cpus / "smt/control", "unknown");
    info.governor = program::first_line(cpus / "cpu0/cpufreq/scaling_governor", "none");
    info.idle_driver = program::first_line(cpus / "cpuidle/current_driver", "none");
    return info;
}

KernelInfo kernel_info(const fs::path& root) {
    utsname names{};
    ::uname(&names);
    KernelInfo info;
    info.release = names.release;
    info.version = names.version;
    info.command_line = without_host_names(program::first_line(root / "proc/cmdline", ""));
    info.clocksource = program::first_line(
        root / "sys/devices/system/clocksource/clocksource0/current_clocksource", "unknown");
    std::error_code error;
    for (const auto& entry :
         fs::directory_iterator(root / "sys/devices/system/cpu/vulnerabilities", error)) {
        info.vulnerabilities[entry.path().filename().string()] =
            program::first_line(entry.path(), "unknown");
    }
    return info;
}

MemoryInfo memory_info(const fs::path& root) {
    const fs::path meminfo = root / "proc/meminfo";
    MemoryInfo info;
    info.total_bytes = leading_number(value_of(meminfo, "MemTotal", ':')) * 1024;
    info.huge_pages = leading_number(value_of(meminfo, "HugePages_Total", ':'));
    info.transparent_huge_pages = bracketed(
        program::first_line(root / "sys/kernel/mm/transparent_hugepage/enabled", "unknown"));
    return info;
}

}  // namespace

std::string without_host_names(std::string_view command_line) {
    constexpr std::array<std::string_view, 4> kNaming{"ip", "nfsroot", "netroot", "domain"};
    std::istringstream words{std::string(command_line)};
    std::string result;
    for (std::string word; words >> word && word != "--";) {
        const std::size_t equals = word.find('=');
        if (equals != std::string::npos) {
            const std::string_view key = std::string_view(word).substr(0, equals);
            const bool names_host = key.ends_with("hostname") ||
                                    std::find(kNaming.begin(), kNaming.end(), key) != kNaming.end();
            if (names_host) word.resize(equals + 1);
        }
        if (!result.empty()) result += ' ';
        result += word;
    }
    return result;
}

Environment capture_environment(const fs::path& root) {
    Environment environment;
    environment.cpu = cpu_info(root);
    environment.hypervisor = hypervisor(root);
    environment.kernel = kernel_info(root);
    environment.memory = memory_info(root);
    environment.distribution =
        or_else(value_of(root / "etc/os-release", "PRETTY_NAME", '='), "unknown");
    environment.root = ::geteuid() == 0;
    return environment;
}

Build this_build() {
    return {version::kVersion,   version::kCommit, version::kDirty,   version::kCompiler,
            version::kBuildType, version::kMarch,  version::kSanitize};
}

std::string utc_now() {
    const std::time_t now = ::time(nullptr);
    tm fields{};
    ::gmtime_r(&now, &fields);
    std::array<char, 32> text{};
    const std::size_t size = ::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &fields);
    return {text.data(), size};
}

}  // namespace rxlab::bench
