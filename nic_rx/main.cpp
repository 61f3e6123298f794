// SPDX-License-Identifier: MIT
//
// nic_rx: receives MoldUDP64 feeds with a driver of its own for the 82574L. See docs/contracts.md
// for its options.
#include "nic_rx/nic_source.hpp"
#include "nic_rx/vfio_device.hpp"

#include <rxlab/program/command_line.hpp>
#include <rxlab/recovery/recovery.hpp>
#include <rxlab/rx/capture_source.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/several_ports.hpp>

namespace {

using namespace rxlab;

void add_nic_options(CLI::App& app, nic_rx::NicOptions& nic) {
    program::add_choice<std::uint32_t>(app, "--descriptors", nic.chip.descriptors,
                                       {{"64", 64},
                                        {"128", 128},
                                        {"256", 256},
                                        {"512", 512},
                                        {"1024", 1'024},
                                        {"2048", 2'048},
                                        {"4096", 4'096}},
                                       "descriptors of the receive ring, each with a buffer");
    program::add_choice<std::uint32_t>(
        app, "--buffer-bytes", nic.chip.buffer_bytes,
        {{"2048", 2'048}, {"4096", 4'096}, {"8192", 8'192}, {"16384", 16'384}},
        "size of a buffer: longer frames come in several buffers, and are left out");
    app.add_flag("--all-multicast", nic.chip.all_multicast,
                 "have the chip let every multicast frame in, not only those of the groups");
    program::add_value(app, "--vlan", nic.vlan, "ID",
                       "take only the frames of this VLAN, and send reports with its tag",
                       CLI::Range(1, 4'094));
    igmp::add_options(app, nic.igmp);
}

// Both in one, so that the source is made after the device and goes before it.
class BoundNic : nic_rx::VfioDevice, public nic_rx::NicSource {
  public:
    BoundNic(const std::string& address, std::span<const rx::Line> lines,
             const nic_rx::NicOptions& options)
        : VfioDevice{address},
          NicSource{*this, map_memory(nic_rx::Chip::memory_bytes(options.chip)), address, lines,
                    options} {}
};

int run(int argc, char** argv) {
    rx::Options options;
    nic_rx::NicOptions nic;
    CLI::App app{"Receives MoldUDP64 feeds from an 82574L network card, with a driver of its own.",
                 "nic_rx"};
    rx::add_options(app, options);
    add_nic_options(app, nic);
    rx::CaptureOptions capture;
    rx::add_time_option(app, capture);
    if (!program::parse_command_line(app, argc, argv)) return 0;

    if (!options.read_pcap.empty())
        return rx::read_capture("nic_rx", options, recovery::make_policy, capture);
    rx::require_interfaces(options, "the card's PCI address; see: testbed/nic/nic status");
    nic.link_wait_s = options.link_wait_s;
    for (const rx::Interface& interface : rx::interfaces_of(options))
        (void)nic_rx::pci_address(interface.name);  // before anything is set up
    link::warn_of_no_source("nic_rx", rx::lines_of(options));
    return rx::run_on_interfaces(
        "nic_rx", "poll", options, recovery::make_policy, [&](const rx::Interface& interface) {
            return BoundNic{nic_rx::pci_address(interface.name), interface.lines, nic};
        });
}

}  // namespace

int main(int argc, char** argv) {
    return rxlab::program::guard_main("nic_rx", rxlab::rx::kMemoryRemedy,
                                      [&] { return run(argc, argv); });
}
