// SPDX-License-Identifier: MIT
//
// The wire between sender and receiver: a test bed script (testbed/veth/veth, testbed/nic/nic)
// builds it, runs commands at its ends and takes it down. The bed lives as long as the object; if
// rxbench is killed, the bed's own keeper notices and takes it down. Threading: main thread only.
#pragma once

#include "bench/run/process.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rxlab::bench {

class TestBed {
  public:
    // Brings up `script`'s bed under a name of this process's own, with `huge_pages` pages of 2 MiB
    // if allowed; `ports` are more arguments of the script's `up`. `cpus`: those on which commands
    // at its ends may run. Throws std::runtime_error with the script's own message.
    TestBed(std::filesystem::path script, std::int64_t huge_pages, std::vector<int> cpus,
            const std::vector<std::string>& ports = {});
    TestBed(const TestBed&) = delete;
    TestBed& operator=(const TestBed&) = delete;
    ~TestBed();

    // Takes the bed down before its end. Returns what the script says: nic tells which drivers the
    // receiving port had.
    std::vector<std::string> take_down();

    // The command that runs `arguments` at the end "tx", "rx" or (nic only) "rx-bound".
    [[nodiscard]] Command exec(const std::string& end,
                               const std::vector<std::string>& arguments) const;

    [[nodiscard]] bool privileged() const noexcept { return privileged_; }
    [[nodiscard]] std::int64_t huge_pages() const noexcept { return huge_pages_; }
    [[nodiscard]] const std::string& tx_interface() const noexcept { return tx_interface_; }
    [[nodiscard]] const std::string& rx_interface() const noexcept { return rx_interface_; }
    // PCI address of the receiving port, or nothing.
    [[nodiscard]] const std::string& rx_port() const noexcept { return rx_port_; }
    // Whether the receiving queue is one that can be busy-polled (PollableQueue).
    void make_pollable(bool pollable) const;
    // The kernel's driver of the receiving interface.
    [[nodiscard]] const std::string& rx_driver() const noexcept { return rx_driver_; }

  private:
    [[nodiscard]] Command command(std::vector<std::string> arguments) const;
    void read_info();
    void down() noexcept;
    CommandOutcome run_down();

    std::filesystem::path script_;
    std::string name_;
    std::vector<int> cpus_;
    bool is_down_ = false;
    bool privileged_ = false;
    bool has_napi_switch_ = false;
    std::int64_t huge_pages_ = 0;
    std::string tx_interface_, rx_interface_, rx_port_, rx_driver_;
};

// As long as this lives, packets reach the receiving end through a queue that can be busy-polled (a
// NAPI instance), where that is wanted. A veth pair has none unless it is told to; a NIC always
// has. Not for the others' runs: their packets would take another way. Throws std::runtime_error.
class PollableQueue {
  public:
    PollableQueue(const TestBed& bed, bool wanted);
    PollableQueue(const PollableQueue&) = delete;
    PollableQueue& operator=(const PollableQueue&) = delete;
    ~PollableQueue();

  private:
    const TestBed& bed_;
    bool wanted_;
};

}  // namespace rxlab::bench
