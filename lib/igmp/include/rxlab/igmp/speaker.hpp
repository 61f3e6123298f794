// SPDX-License-Identifier: MIT
//
// Membership reports of a receiver past the kernel: an IgmpHost with the receiver's groups, its
// options and its way to send. All memory is allocated by the constructor. Threading: one thread.
#pragma once

#include <rxlab/igmp/igmp_host.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/wire/igmp.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace CLI {
class App;
}

namespace rxlab::igmp {

struct Options {
    bool on = true;
    IgmpVersion version = IgmpVersion::automatic;
    std::optional<std::uint32_t> source;  // unset: that of the kernel's interface, else 0.0.0.0
};

// Registers --igmp, --no-igmp and --igmp-source; `options` must outlive `app`.
void add_options(CLI::App& app, Options& options);

class Speaker {
  public:
    // Sends a frame, which may be below Ethernet's 60 bytes. False: it could not, and it is not
    // sent again, because reports are repeated, and so are queries. Must not throw.
    using Send = std::function<bool(std::span<const std::byte>)>;

    // `sender.address`: what to say where the options name no address.
    Speaker(const Options& options, std::span<const rx::Line> lines, wire::IgmpSender sender,
            Send send);

    // To be called again when the link has come back, because others may have forgotten. `now_ns`:
    // CLOCK_MONOTONIC.
    void join(std::int64_t now_ns) noexcept;
    void receive(std::span<const std::byte> frame, std::int64_t now_ns) noexcept;
    void send_due(std::int64_t now_ns) noexcept;
    // Announces the leave, and its repetition, once; takes some 10 ms. False: nothing to announce.
    bool leave() noexcept;

    [[nodiscard]] nlohmann::ordered_json report() const;

  private:
    wire::IgmpSender sender_;
    Send send_;
    std::optional<IgmpHost> host_;
    std::uint64_t not_sent_ = 0;
    bool left_ = false;
};

}  // namespace rxlab::igmp
