// SPDX-License-Identifier: MIT
#include "dpdk_rx/port/port.hpp"

#include "dpdk_rx/eal/eal.hpp"
#include "dpdk_rx/port/decisions.hpp"
#include "dpdk_rx/port/port_clock.hpp"
#include "dpdk_rx/port/port_options.hpp"

#include <rxlab/link/link.hpp>
#include <rxlab/link/link_watch.hpp>
#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <set>
#include <string_view>

namespace rxlab::dpdk_rx {
namespace {

void check(int result, const std::string& operation) {
    if (result < 0) throw program::RunError(-result, operation);
}

rte_eth_dev_info info_of(std::uint16_t id, const std::string& name) {
    rte_eth_dev_info info{};
    check(rte_eth_dev_info_get(id, &info), "read the capabilities of port " + name);
    return info;
}

// What --vdev said of the device; empty for others.
VdevArguments arguments_of(const rte_device* device) {
    const rte_devargs* const arguments = device == nullptr ? nullptr : rte_dev_devargs(device);
    if (arguments == nullptr || arguments->args == nullptr) return {};
    return parse_vdev_arguments(arguments->name, arguments->args);
}

// net_af_packet: packet(7) frames, of which the kernel keeps the front for its own header
// (TPACKET_V2: 66 bytes before an Ethernet frame).
constexpr unsigned kPacketFrameBytesDefault = 2'048;
constexpr unsigned kPacketFramesDefault = 512;
constexpr unsigned kPacketHeaderBytes = 66;

// Frames for IP packets of `mtu` bytes. Blocks are whole pages, and the driver takes blocks and
// frames for the same.
unsigned packet_frame_bytes(unsigned mtu) {
    constexpr unsigned kPage = 4'096;
    const unsigned bytes = kPacketHeaderBytes + RTE_ETHER_HDR_LEN + mtu;
    return (bytes + kPage - 1) / kPage * kPage;
}

// The kernel attaches an XDP program where a frame fits into a page beside its own structures (on a
// veth: an MTU of 3,506 bytes; Linux 6.18), and libxdp calls its refusal a matter of permission.
std::string remedy_for_long_frames(const KernelInterface& kernel) {
    constexpr unsigned kMtuMax = 3'506;
    const unsigned mtu = kernel.exists() ? kernel.mtu() : 0;
    if (mtu <= kMtuMax) return {};
    return fmt::format(
        "interface {} has an MTU of {}, and most drivers take XDP programs only where a frame fits "
        "into a page (veth: up to {}): ip link set {} mtu {}",
        kernel.name(), mtu, kMtuMax, kernel.name(), kMtuMax);
}

// A virtual port over a kernel interface is useless while that interface is down, and most such
// drivers report their link as up regardless.
void require_interface_up(const std::string& port, const KernelInterface& kernel) {
    const auto link = kernel.exists() ? link::ask_for_link(kernel.index()) : std::nullopt;
    if (!link || link->removed || link->is_set_up()) return;
    throw program::RunError(
        fmt::format("start port {}: interface {} is down; bring it up: ip link set {} up", port,
                    kernel.name(), kernel.name()));
}

std::string deafened_text(const std::string& port, const std::string& interface,
                          const PortWatch& watch) {
    const std::string fate =
        watch.xdp_program_now() == 0
            ? std::string{"was taken off"}
            : fmt::format("was replaced by program {} on", watch.xdp_program_now());
    return fmt::format(
        "port {} is deaf: its XDP program ({}) {} interface {}; keep other AF_XDP programs off "
        "that interface (one that starts and fails takes it, too), and start again",
        port, watch.xdp_program(), fate, interface);
}

}  // namespace

Port::Port(const PortOptions& options, std::span<const rx::Line> lines,
           std::span<const std::uint16_t> queue_of)
    : id_{find_port(options.name)},
      name_{port_name(id_)},
      info_{info_of(id_, name_)},
      vdev_{arguments_of(info_.device)},
      kernel_{info_.if_index},
      kernel_modes_{kernel_.modes()},
      xdp_sockets_of_others_{PortSockets::open_xdp_sockets()},
      socket_{rte_eth_dev_socket_id(id_)},
      rules_{id_} {
    queues_ = choose_queues(info_, options, name_);
    check_mtu(info_, options, name_);
    choose_offloads(options);
    choose_ring(options);
    try {
        configure(options);
        start(options, lines, queue_of);
    } catch (...) {
        close();  // before the pools go
        throw;
    }
}

Port::~Port() {
    close();
}

void Port::start(const PortOptions& options, std::span<const rx::Line> lines,
                 std::span<const std::uint16_t> queue_of) {
    keep_modes();
    const std::uint64_t missed_before = missed_so_far();
    const int started = rte_eth_dev_start(id_);
    started_ = started == 0;
    require_interface_up(name_, kernel_);  // only now: net_tap brings up its own
    check(started, "start port " + name_);
    std::uint64_t ignored = 0;
    if (timestamps_)
        stamp_clock_ = stamp_clock_of(info_, options.queues, read_port_clock(id_, ignored));
    switch_flow_control_off();
    filter_vlan(options);
    filter_multicast(lines);
    distribute(options, lines, queue_of);
    if (!has_peer_process()) {
        link::wait_for_link("start port " + name_, options.link_wait_s,
                            [this] { return link_is_up(id_, kernel_); });
    }
    watch_.emplace(id_, rte_dev_name(info_.device), kernel_, options.link_wait_s, is("net_af_xdp"),
                   has_peer_process());
    if (has_peer_process()) Eal::hush("lib.vhost.*");  // it calls it an error when a peer goes
    drain();
    begin_counting();
    if (at_start_.imissed > missed_before) drops_before_start_ += at_start_.imissed - missed_before;
}

std::uint64_t Port::missed_so_far() const noexcept {
    rte_eth_stats now{};
    return rte_eth_stats_get(id_, &now) == 0 ? now.imissed : 0;
}

// On a started port: some drivers read it from the hardware.
void Port::switch_flow_control_off() noexcept {
    rte_eth_fc_conf found{};
    const int asked = rte_eth_dev_flow_ctrl_get(id_, &found);
    int set = 0;
    if (must_switch_off(asked, found.mode)) {
        rte_eth_fc_conf off = found;
        off.mode = RTE_ETH_FC_NONE;
        set = rte_eth_dev_flow_ctrl_set(id_, &off);
    }
    flow_control_ = flow_control_of(asked, found.mode, set);
    if (flow_control_ == FlowControl::switched_off) flow_control_before_ = found;
}

bool Port::is(const char* driver) const noexcept {
    return std::string_view{info_.driver_name} == driver;
}

// The wire of these is memory that they share with another process, which may start later: then
// there is no link until it does.
bool Port::has_peer_process() const noexcept {
    return is("net_memif") || is("net_vhost") || is("net_virtio_user");
}

// rte_eth_dev_start() makes the port what ethdev remembers of it, and what it does not know to be
// promiscuous it makes unpromiscuous: net_af_packet and net_af_xdp then take the mode off the
// kernel's interface, whoever had asked for it.
void Port::keep_modes() noexcept {
    if (kernel_modes_.promiscuous) rte_eth_promiscuous_enable(id_);
    if (kernel_modes_.allmulticast) rte_eth_allmulticast_enable(id_);
}

// Sockets under a port listen from EAL's start, or from the queues' set-up, and a network card from
// the port's start, while others wait for its link: what they hold was sent before anybody had
// asked for it, perhaps long ago, and what came when the ring was full is missing behind it. As
// much as the ring holds: more can only have come now.
void Port::drain() noexcept {
    if (!holds_old_frames(info_.driver_name)) return;
    std::array<rte_mbuf*, 32> mbufs;
    for (std::uint16_t queue = 0; queue < rx_queues(); ++queue) {
        for (std::uint32_t left = rx_descriptors_; left > 0;) {
            const auto wanted =
                static_cast<std::uint16_t>(std::min<std::uint32_t>(left, mbufs.size()));
            const std::uint16_t count = rte_eth_rx_burst(id_, queue, mbufs.data(), wanted);
            if (count == 0) break;
            rte_pktmbuf_free_bulk(mbufs.data(), count);
            frames_before_start_ += count;
            left -= count;
        }
    }
}

void Port::begin_counting() {
    if (rte_eth_stats_get(id_, &at_start_) != 0) at_start_ = {};
    extended_at_start_ = read_extended();
    if (!kernel_.exists()) return;
    sockets_ = PortSockets{kernel_.index(), xdp_sockets_of_others_};
    drops_before_start_ += sockets_.lost_before();
    kernel_at_start_ = link::count_on(kernel_.index());
}

// What is left behind would stay on an interface that the kernel has, too: only what was changed is
// changed back. Drivers give the mbufs of their rings back when they are closed, not all of them
// when they are stopped.
void Port::close() noexcept {
    const bool leaves_program = has_anothers_xdp_program();
    watch_.reset();
    rules_.remove();
    if (!filter_was_open_) {
        if (filter_ == MulticastFilter::allmulticast) rte_eth_allmulticast_disable(id_);
        if (filter_ == MulticastFilter::promiscuous) rte_eth_promiscuous_disable(id_);
    }
    sockets_ = {};
    if (flow_control_before_) rte_eth_dev_flow_ctrl_set(id_, &*flow_control_before_);
    if (started_) rte_eth_dev_stop(id_);
    if (leaves_program) {
        Eal::skip_cleanup();
    } else {
        rte_eth_dev_close(id_);
    }
    if (kernel_.exists()) kernel_.set_modes(kernel_modes_);
}

// net_af_xdp takes off the interface whatever XDP program it finds there when it is closed.
bool Port::has_anothers_xdp_program() const noexcept {
    if (!watch_ || watch_->xdp_program() == 0) return false;
    const std::optional<link::LinkMessage> link = link::ask_for_link(kernel_.index());
    return link && link->xdp_program != 0 && link->xdp_program != watch_->xdp_program();
}

// The ring of net_af_packet is made when EAL creates the port; these others have none to choose.
void Port::choose_ring(const PortOptions& options) {
    rx_descriptors_ = options.rx_descriptors;
    const bool by_packet_socket = is("net_af_packet");
    const std::string iface = vdev_.find("iface").value_or("NAME");
    if (options.rx_descriptors_given && by_packet_socket) {
        throw program::UsageError(fmt::format(
            "--rx-descriptors {0}: port {1} (net_af_packet) has the ring that it was created with; "
            "before the --, give --vdev {1},iface={2},framecnt={0}",
            options.rx_descriptors, name_, iface));
    }
    if (options.rx_descriptors_given && (is("net_pcap") || is("net_ring") || is("net_null"))) {
        throw program::UsageError(
            fmt::format("--rx-descriptors {}: port {} ({}) has no ring whose size could be chosen",
                        options.rx_descriptors, name_, info_.driver_name));
    }
    if (!by_packet_socket) return;
    rx_descriptors_ = vdev_.number("framecnt", kPacketFramesDefault);
    const unsigned frame = vdev_.number("framesz", kPacketFrameBytesDefault);
    frame_bytes_ = frame > kPacketHeaderBytes ? frame - kPacketHeaderBytes : 0;
    if (options.mtu + unsigned{RTE_ETHER_HDR_LEN} <= frame_bytes_) return;
    throw program::UsageError(fmt::format("--mtu {}{}", options.mtu, remedy_for(options.mtu)));
}

std::string Port::remedy_for(unsigned mtu) const {
    if (frame_bytes_ == 0) return fmt::format("; give the port a larger --mtu ({})", mtu);
    return fmt::format(
        ": port {0} (net_af_packet) cuts frames at {1} bytes; before the --, give --vdev "
        "{0},iface={2},framesz={3},blocksz={3}",
        name_, frame_bytes_, vdev_.find("iface").value_or("NAME"), packet_frame_bytes(mtu));
}

void Port::choose_offloads(const PortOptions& options) {
    // net_pcap stamps each packet with the capture's time.
    const bool stamps_always =
        rte_mbuf_dynflag_lookup(RTE_MBUF_DYNFLAG_RX_TIMESTAMP_NAME, nullptr) >= 0;
    offloads_ = choose_rx_offloads(info_, options, stamps_always, name_);
    if (!options.hardware_timestamps) return;
    TimestampField field;
    check(rte_mbuf_dyn_rx_timestamp_register(&field.offset, &field.flag),
          "make room for time stamps");
    timestamps_ = field;
}

// As many transmit queues as receive queues: several virtual drivers insist on it. The first one
// sends membership reports.
void Port::configure(const PortOptions& options) {
    const rte_eth_conf conf = port_configuration(info_, options, queues_, offloads_);
    check(rte_eth_dev_configure(id_, rx_queues(), rx_queues(), &conf), "configure port " + name_);
    set_up_queues(options);
}

void Port::set_up_queues(const PortOptions& options) {
    std::uint16_t receive_descriptors = options.rx_descriptors;
    std::uint16_t transmit_descriptors = 512;
    check(rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive_descriptors, &transmit_descriptors),
          "choose the ring sizes of port " + name_);
    if (!is("net_af_packet")) rx_descriptors_ = receive_descriptors;
    allocate_pools(options, transmit_descriptors);
    const rte_eth_rxconf receive = queue_configuration(info_, rx_queues());
    for (std::uint16_t queue = 0; queue < rx_queues(); ++queue) {
        const int result = rte_eth_rx_queue_setup(
            id_, queue, receive_descriptors, static_cast<unsigned>(socket_), &receive, pool_.get());
        if (result < 0) {
            throw program::RunError(-result,
                                    fmt::format("set up receive queue {} of port {}", queue, name_),
                                    is("net_af_xdp") ? remedy_for_long_frames(kernel_) : "");
        }
        check(rte_eth_tx_queue_setup(id_, queue, transmit_descriptors,
                                     static_cast<unsigned>(socket_), nullptr),
              fmt::format("set up transmit queue {} of port {}", queue, name_));
    }
}

void Port::allocate_pools(const PortOptions& options, std::uint16_t transmit_descriptors) {
    const auto allocate = [this](const char* what, std::uint32_t mbufs, unsigned cache,
                                 std::uint16_t buffer_bytes) {
        const std::string name = fmt::format("rxlab_{}_{}", what, id_);
        Pool pool{rte_pktmbuf_pool_create(name.c_str(), mbufs, cache, 0, buffer_bytes, socket_)};
        if (pool) return pool;
        const std::string where =
            socket_ >= 0 ? fmt::format(" on NUMA node {}", socket_) : std::string{};
        throw program::RunError(
            rte_errno, fmt::format("allocate {} mbufs{}", mbufs, where),
            "give EAL more memory there (-m MEGABYTES, huge pages) or ask for fewer --mbufs");
    };
    constexpr unsigned kCacheMbufs = 256;
    mbufs_ = options.mbufs != 0 ? options.mbufs : mbufs_default(options);
    // The frames of net_af_packet stay in its ring until they are copied: long ones need no more
    // memory than others.
    constexpr std::uint32_t kMbufsMin = 1'024;
    if (const unsigned times = std::bit_ceil(frame_bytes_) / RTE_MBUF_DEFAULT_DATAROOM;
        options.mbufs == 0 && times > 1)
        mbufs_ = std::max(kMbufsMin, (mbufs_ + 1) / times) - 1;
    pool_ = allocate("mbufs", mbufs_, std::min(kCacheMbufs, mbufs_ / 4),
                     mbuf_bytes(info_, std::max<unsigned>(options.mtu, frame_bytes_)));
    // Drivers keep what they have sent until they need its descriptors: a smaller pool than the
    // ring would be empty after some hours of membership reports, and the feeds would stop.
    if (options.igmp.on) {
        transmit_pool_ =
            allocate("transmit", 2U * transmit_descriptors - 1, 0, RTE_MBUF_DEFAULT_BUF_SIZE);
    }
}

void Port::distribute(const PortOptions& options, std::span<const rx::Line> lines,
                      std::span<const std::uint16_t> queue_of) {
    if (rx_queues() == 1 || options.distribution == Distribution::rss) return;
    std::vector<wire::Ipv4Endpoint> groups;
    for (const rx::Line& line : lines)
        groups.push_back(line.group);
    flow_refusal_ = rules_.add(groups, queue_of, options.vlan);
    if (flow_refusal_.empty()) {
        queues_.distribution = Distribution::flow;
    } else if (options.distribution == Distribution::flow) {
        throw program::RunError(
            fmt::format("--distribution flow: port {} refuses {}; see "
                        "--distribution for other ways",
                        name_, flow_refusal_));
    }
}

void Port::filter_vlan(const PortOptions& options) {
    if ((offloads_ & RTE_ETH_RX_OFFLOAD_VLAN_FILTER) == 0) return;
    check(rte_eth_dev_vlan_filter(id_, options.vlan, 1),
          fmt::format("let VLAN {} into port {}", options.vlan, name_));
}

void Port::filter_multicast(std::span<const rx::Line> lines) {
    // The queries that membership reports answer come to 224.0.0.1.
    std::set<wire::MacAddress> macs{wire::multicast_mac(wire::kAllSystems)};
    for (const rx::Line& line : lines)
        macs.insert(wire::multicast_mac(line.group.address));
    std::vector<rte_ether_addr> addresses(macs.size());
    static_assert(sizeof(wire::MacAddress) == sizeof(rte_ether_addr));
    std::size_t next = 0;
    for (const wire::MacAddress& mac : macs)
        std::memcpy(addresses[next++].addr_bytes, &mac, sizeof mac);
    if (rte_eth_dev_set_mc_addr_list(id_, addresses.data(),
                                     static_cast<std::uint32_t>(addresses.size())) == 0) {
        filter_ = MulticastFilter::addresses;
        return;
    }
    filter_was_open_ = rte_eth_allmulticast_get(id_) == 1;
    if (rte_eth_allmulticast_enable(id_) == 0) {
        filter_ = MulticastFilter::allmulticast;
    } else {
        filter_was_open_ = rte_eth_promiscuous_get(id_) == 1;
        const int result = rte_eth_promiscuous_enable(id_);
        // Drivers that fake a wire (rings, captures, null) filter nothing and support none of it.
        if (result != 0 && result != -ENOTSUP) {
            check(result, "make port " + name_ + " accept multicast");
        }
        filter_ = result == 0 ? MulticastFilter::promiscuous : MulticastFilter::none;
    }
}

wire::MacAddress Port::mac() const noexcept {
    rte_ether_addr address{};
    rte_eth_macaddr_get(id_, &address);
    wire::MacAddress mac;
    std::memcpy(&mac, address.addr_bytes, sizeof mac);
    return mac;
}

std::string Port::loss_text() const {
    switch (watch_->loss()) {
        case PortLoss::removed:
            return "port " + name_ + " was removed";
        case PortLoss::reset:
            return fmt::format(
                "port {} was reset by its device or, a virtual function, by its host, and receives "
                "nothing any more; start again",
                name_);
        case PortLoss::deafened:
            return deafened_text(name_, kernel_.name(), *watch_);
        case PortLoss::none:
        case PortLoss::link_down:
            break;
    }
    if (has_peer_process()) {
        return fmt::format(
            "the process at the other end of port {} has gone, and did not come back within {} s "
            "(--link-wait)",
            name_, watch_->link_wait_s());
    }
    return watch_->link_wait_s() > 0
               ? fmt::format(
                     "the link of port {} went down, and did not come back within {} s; check the "
                     "cable or the other end",
                     name_, watch_->link_wait_s())
               : fmt::format("the link of port {} went down; check the cable or the other end",
                             name_);
}

}  // namespace rxlab::dpdk_rx
