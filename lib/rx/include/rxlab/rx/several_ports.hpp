// SPDX-License-Identifier: MIT
//
// Lines that come in on different interfaces, in one loop: a source for each interface with the
// lines that it receives, asked in turn. An interface that is lost costs its own lines alone: the
// others go on, a line on standard error says so at once, and the run ends when all are lost. A
// link that comes back is used again; an interface that was removed is not waited for.
// Ownership: the sources. Threading: one thread.
#pragma once

#include <rxlab/program/errors.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/receive.hpp>
#include <rxlab/rx/summary.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace rxlab::rx {

// What one interface did, for the summary.
struct PortFacts {
    const Interface& of;
    std::uint64_t packets = 0;
    std::string lost;  // why nothing comes from it at the end; empty: it is there
    SourceReport report;
};

// The report of all together: the drops are sums, and `ports` has what each says by itself.
[[nodiscard]] SourceReport report_of_ports(std::span<PortFacts> ports);

// One line of `ports` in the summary: its lines, packets and why it was lost.
[[nodiscard]] nlohmann::ordered_json port_json(const Interface& interface, std::uint64_t packets,
                                               const std::string& lost);

// Says on standard error that an interface is lost while others are there, or that it is back.
void tell_of_port(std::string_view program, const std::string& interface,
                  const std::string& loss) noexcept;

// is_gone(): it will never deliver anything again, and must not be asked any more; failed() alone
// may pass.
template <typename S>
concept PortSource = ReportingSource<S> && requires(const S& source) {
    { source.is_gone() }
    noexcept->std::same_as<bool>;
};

template <PortSource Source>
class SeveralPorts {
  public:
    // `make(interface)` makes the source of one interface.
    template <typename Make>
    SeveralPorts(std::string program, std::vector<Interface> interfaces, Make&& make)
        : program_{std::move(program)} {
        for (Interface& interface : interfaces) {
            auto port = std::make_unique<Port>(std::move(interface), make);
            name_ += (name_.empty() ? "" : ", ") + port->source.interface();
            ports_.push_back(std::move(port));
        }
    }

    // Those of one interface, beginning with the one after that which was asked last: a busy one
    // cannot starve another.
    std::size_t poll(std::span<PacketView> batch) noexcept {
        for (std::size_t asked = 0; asked < ports_.size(); ++asked) {
            Port& port = *ports_[next_];
            if (++next_ == ports_.size()) next_ = 0;
            if (port.is_gone) continue;
            const std::size_t received = port.source.poll(batch);
            port.packets += received;
            if (received != 0) return received;
            if (port.source.failed() != port.failed || port.source.is_gone()) [[unlikely]]
                note(port);
        }
        return 0;
    }
    [[nodiscard]] bool failed() const noexcept { return lost_ == ports_.size(); }
    [[nodiscard]] std::string failure() {
        std::string text;
        for (const auto& port : ports_)
            text += (text.empty() ? "" : "; ") + port->source.failure();
        return text;
    }
    [[nodiscard]] const std::string& interface() const noexcept { return name_; }
    // Nothing where nobody counts those of one interface.
    [[nodiscard]] std::optional<std::uint64_t> drops() {
        std::uint64_t sum = 0;
        for (const auto& port : ports_) {
            const std::optional<std::uint64_t> drops = port->source.drops();
            if (!drops) return std::nullopt;
            sum += *drops;
        }
        return sum;
    }
    // Calls visitor(number, packets, lost) for each.
    template <typename Visitor>
    void each_port(Visitor&& visitor) const noexcept {
        for (std::size_t i = 0; i < ports_.size(); ++i)
            visitor(i, ports_[i]->packets, ports_[i]->failed);
    }
    [[nodiscard]] SourceReport report() {
        std::vector<PortFacts> facts;
        for (const auto& port : ports_) {
            facts.push_back({port->of, port->packets,
                             port->failed ? port->source.failure() : std::string{},
                             port->source.report()});
        }
        return report_of_ports(facts);
    }

  private:
    struct Port {
        template <typename Make>
        Port(Interface which, Make& make) : of{std::move(which)}, source{make(of)} {}

        Interface of;
        Source source;
        std::uint64_t packets = 0;
        bool failed = false;
        bool is_gone = false;
    };

    void note(Port& port) noexcept {
        port.is_gone = port.source.is_gone();
        if (port.source.failed() != port.failed) {
            port.failed = !port.failed;
            lost_ += port.failed ? 1U : -1U;
        }
        if (failed()) return;  // the run's end says why
        try {
            tell_of_port(program_, port.source.interface(),
                         port.failed ? port.source.failure() : std::string{});
        } catch (const std::exception&) {  // no memory for a text
        }
    }

    std::string program_;
    std::string name_;
    std::vector<std::unique_ptr<Port>> ports_;
    std::size_t next_ = 0;
    unsigned lost_ = 0;
};

// run_receiver() for lines on one interface or several: `make(interface)` makes the source of one.
// Orders leave by the interface of the lines, which must be one: throws program::UsageError.
template <typename Make, typename MakePort = NoOrderPort>
int run_on_interfaces(const std::string& program, const std::string& mode, const Options& options,
                      const MakePolicy& make_policy, Make&& make, MakePort&& make_port = {}) {
    using Source = std::invoke_result_t<Make&, const Interface&>;
    std::vector<Interface> interfaces = interfaces_of(options);
    if (interfaces.size() == 1) {
        return run_receiver(
            program, mode, options, make_policy,
            [&] { return make(std::as_const(interfaces.front())); },
            std::forward<MakePort>(make_port));
    }
    if (options.respond) {
        throw program::UsageError(
            "--respond: orders leave by the interface that the lines come in on; give all lines "
            "one");
    }
    return run_receiver(program, mode, options, make_policy, [&] {
        return SeveralPorts<Source>{program, std::move(interfaces), make};
    });
}

}  // namespace rxlab::rx
