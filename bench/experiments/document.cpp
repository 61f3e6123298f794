// SPDX-License-Identifier: MIT
#include "bench/experiments/document.hpp"

#include "bench/report/table_parts.hpp"

#include <fmt/format.h>

#include <utility>

namespace rxlab::bench {

Document begin_document(std::string title, const MeasuredFacts& facts) {
    const Environment& machine = facts.environment;
    Document document;
    document.title = std::move(title);
    document.header = {
        fmt::format("Machine: {}, {} CPUs, hypervisor {}, kernel {}", machine.cpu.model,
                    machine.cpu.online, machine.hypervisor, machine.kernel.release),
        fmt::format("Test bed: {}. Measured: {} with rxlab {} ({})", facts.testbed.name,
                    facts.created, facts.rxlab.version, facts.rxlab.commit)};
    return document;
}

void add_failures(Document& document, const std::string& title,
                  const std::vector<std::string>& failures) {
    for (const std::string& failure : failures)
        document.footnotes.push_back(title + ", " + failure);
}

void end_document(Document& document, const MeasuredFacts& facts) {
    for (const LeftOut& each : facts.left_out)
        document.footnotes.push_back("Left out: " + each.name + ": " + each.reason);
    add_caveat(document, facts.testbed.name);
}

}  // namespace rxlab::bench
