// SPDX-License-Identifier: MIT
#include "xdp_rx/redirect.hpp"

#include "xdp_rx/program.hpp"

#include <rxlab/link/link.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/wire/address.hpp>

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>

#include <array>
#include <cerrno>
#include <set>
#include <system_error>
#include <vector>

namespace rxlab::xdp_rx {
namespace {

constexpr const char* kRights =
    "run as root (the rights are CAP_BPF, CAP_NET_ADMIN, CAP_NET_RAW and CAP_PERFMON)";

program::Descriptor make_map(bpf_map_type type, const char* name, std::uint32_t key_bytes,
                             std::uint32_t value_bytes, std::size_t entries) {
    program::Descriptor map{bpf_map_create(type, name, key_bytes, value_bytes,
                                           static_cast<std::uint32_t>(entries), nullptr)};
    if (map.get() < 0) {
        throw program::RunError(errno, fmt::format("make the XDP program's map of {}", name),
                                errno == EPERM ? kRights : "");
    }
    return map;
}

// Where the verifier refuses the program, the last line of what it says.
program::Descriptor load(const std::vector<bpf_insn>& code) {
    std::array<char, 16'384> log{};
    LIBBPF_OPTS(bpf_prog_load_opts, options);
    program::Descriptor loaded{bpf_prog_load(BPF_PROG_TYPE_XDP, kProgramName, "Dual MIT/GPL",
                                             code.data(), code.size(), &options)};
    if (loaded.get() >= 0) return loaded;
    const int error = errno;
    if (error == EPERM) throw program::RunError(error, "load the XDP program", kRights);
    options.log_buf = log.data();
    options.log_size = log.size();
    options.log_level = 1;
    loaded = program::Descriptor{bpf_prog_load(BPF_PROG_TYPE_XDP, kProgramName, "Dual MIT/GPL",
                                               code.data(), code.size(), &options)};
    std::string text{log.data()};
    while (text.ends_with('\n'))
        text.pop_back();
    throw program::RunError(error, "load the XDP program", text.substr(text.rfind('\n') + 1));
}

// Whether a link holds the program: then only its owner takes it off.
bool is_held_by_link(std::uint32_t program) {
    for (std::uint32_t id = 0; bpf_link_get_next_id(id, &id) == 0;) {
        const program::Descriptor link{bpf_link_get_fd_by_id(id)};
        bpf_link_info info{};
        std::uint32_t bytes = sizeof info;
        if (link.get() >= 0 && bpf_obj_get_info_by_fd(link.get(), &info, &bytes) == 0 &&
            info.type == BPF_LINK_TYPE_XDP && info.prog_id == program)
            return true;
    }
    return false;
}

std::string name_of_program(std::uint32_t id) {
    const program::Descriptor fd{bpf_prog_get_fd_by_id(id)};
    bpf_prog_info info{};
    std::uint32_t bytes = sizeof info;
    if (fd.get() < 0 || bpf_obj_get_info_by_fd(fd.get(), &info, &bytes) != 0) return {};
    return info.name;
}

}  // namespace

std::string other_program_on(const std::string& interface, unsigned index) {
    const auto link = link::ask_for_link(index);
    if (!link || link->xdp_program == 0) return {};
    const std::uint32_t id = link->xdp_program;
    const std::string name = name_of_program(id);
    std::string remedy = fmt::format(
        "see `bpftool net`, and if nobody needs it: `ip link set dev {} xdp off`", interface);
    if (name == kProgramName) {
        remedy = "another xdp_rx receives there; end it, see `pgrep -a xdp_rx`";
    } else if (is_held_by_link(id)) {
        remedy = "a running program holds it; end that program, see `bpftool link`";
    }
    return fmt::format("interface {} has an XDP program already (id {}{}{}); {}", interface, id,
                       name.empty() ? "" : ", ", name, remedy);
}

Redirect::Redirect(std::span<const rx::Line> lines, unsigned queues)
    : groups_{make_map(BPF_MAP_TYPE_HASH, "groups", sizeof(GroupKey), sizeof(GroupValue),
                       2 * lines.size())},
      sockets_{
          make_map(BPF_MAP_TYPE_XSKMAP, "sockets", sizeof(std::uint32_t), sizeof(int), queues)},
      program_{load(make_program(groups_.get(), sockets_.get()))} {
    add_groups(lines);
}

void Redirect::add_groups(std::span<const rx::Line> lines) {
    const auto add = [&](const wire::Ipv4Endpoint& group, const GroupValue& value) {
        const GroupKey key{htonl(group.address), htons(group.port), 0};
        if (bpf_map_update_elem(groups_.get(), &key, &value, BPF_ANY) != 0) {
            throw program::RunError(errno,
                                    "tell the XDP program of the group " + wire::to_string(group));
        }
    };
    for (const rx::Line& line : lines) {
        add(line.group, {0, 0, 0});
        add({line.group.address, 0}, {1, 0, 0});
    }
}

void Redirect::add_socket(unsigned queue, int socket) {
    if (bpf_map_update_elem(sockets_.get(), &queue, &socket, BPF_ANY) != 0) {
        throw program::RunError(
            errno, fmt::format("tell the XDP program of the socket of queue {}", queue));
    }
}

void Redirect::attach(const std::string& interface, unsigned index, Hook hook) {
    const auto attempt = [&](std::uint32_t mode) {
        LIBBPF_OPTS(bpf_link_create_opts, options);
        options.flags = mode;
        link_ = program::Descriptor{
            bpf_link_create(program_.get(), static_cast<int>(index), BPF_XDP, &options)};
        return link_.get() >= 0;
    };
    hook_ = Hook::native;
    if (hook != Hook::generic) {
        if (attempt(XDP_FLAGS_DRV_MODE)) return;
        native_refusal_ = std::generic_category().message(errno);
    }
    hook_ = Hook::generic;
    if (hook != Hook::native && attempt(XDP_FLAGS_SKB_MODE)) return;
    const int error = errno;
    // Two that start at the same time.
    const std::string other = other_program_on(interface, index);
    if (!other.empty()) throw program::RunError("attach the XDP program: " + other);
    throw program::RunError(error, "attach the XDP program to " + interface,
                            hook == Hook::native
                                ? "the driver has no native XDP, or not with this MTU and these "
                                  "offloads: give --hook generic"
                                : "");
}

bool Redirect::is_attached() const noexcept {
    bpf_link_info info{};
    std::uint32_t bytes = sizeof info;
    return bpf_obj_get_info_by_fd(link_.get(), &info, &bytes) == 0 && info.xdp.ifindex != 0;
}

std::uint64_t Redirect::fragments() const noexcept {
    std::uint64_t fragments = 0;
    GroupKey key{};
    for (const GroupKey* last = nullptr; bpf_map_get_next_key(groups_.get(), last, &key) == 0;
         last = &key) {
        GroupValue value{};
        if (bpf_map_lookup_elem(groups_.get(), &key, &value) == 0) fragments += value.fragments;
    }
    return fragments;
}

}  // namespace rxlab::xdp_rx
