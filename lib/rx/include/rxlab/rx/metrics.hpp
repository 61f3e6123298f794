// SPDX-License-Identifier: MIT
//
// What a receiver tells others while it runs: the figures of its threads together
// (metrics_board.hpp), as Prometheus' text format, and a server for them. The threads that receive
// answer when they are asked, and wait for nobody. Ownership: boards, server and its thread.
#pragma once

#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/side_thread.hpp>
#include <rxlab/rx/metrics_board.hpp>
#include <rxlab/rx/options.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::rx {

struct MetricsReport {
    std::vector<FeedFigures> feeds;  // index: feed of the options
    std::vector<PortFigures> ports;  // index: interfaces_of(options)
    std::optional<std::uint64_t> drops;
    LatencyFigures latency;    // of all threads
    std::uint64_t age_ns = 0;  // of the oldest figures: large where a thread does not answer
};

class Metrics {
  public:
    // `feeds`: of each thread, which feeds of the options are its own. Thread 0 tells of the ports.
    Metrics(const Options& options, std::vector<std::vector<std::size_t>> feeds);

    [[nodiscard]] MetricsBoard& board(std::size_t thread) noexcept { return *boards_[thread]; }
    // Asks all threads, and waits up to half a second for their answers; where symbols must be
    // counted, that many times as it takes. Nothing before their first ones. Any thread but those.
    [[nodiscard]] std::optional<MetricsReport> collect();
    [[nodiscard]] const Options& options() const noexcept { return options_; }

  private:
    void ask_all() const;
    [[nodiscard]] std::optional<MetricsReport> together(bool& is_counting) const;

    const Options& options_;
    std::vector<std::vector<std::size_t>> feeds_;
    std::vector<std::unique_ptr<MetricsBoard>> boards_;
    std::mutex one_at_a_time_;
};

// Version 0.0.4 of https://prometheus.io/docs/instrumenting/exposition_formats. `report` absent: no
// thread has answered yet.
[[nodiscard]] std::string prometheus_text(const Options& options,
                                          const std::optional<MetricsReport>& report);

// Answers each HTTP request for / or /metrics with a text, one after the other.
class MetricsServer {
  public:
    // Listens. A Unix socket that nobody listens on any more is replaced. Throws program::RunError.
    explicit MetricsServer(MetricsEndpoint endpoint);
    MetricsServer(const MetricsServer&) = delete;
    MetricsServer& operator=(const MetricsServer&) = delete;
    ~MetricsServer();

    // Answers from here on, in a thread that keeps off these CPUs (program::cpus_beside).
    void start(std::span<const unsigned> receiver_cpus, std::function<std::string()> text);

  private:
    void run(const std::function<std::string()>& text) noexcept;
    void answer(int connection, const std::function<std::string()>& text) const;

    MetricsEndpoint endpoint_;
    program::Descriptor listener_;
    program::SideThread thread_;  // ends before what it uses
};

// Metrics for one run, where its options ask for them; else nothing, and board() is null.
class Publication {
  public:
    Publication(const Options& options, std::vector<std::vector<std::size_t>> feeds);
    Publication(const Publication&) = delete;
    Publication& operator=(const Publication&) = delete;
    ~Publication() { end(); }

    [[nodiscard]] MetricsBoard* board(std::size_t thread) noexcept {
        return metrics_ ? &metrics_->board(thread) : nullptr;
    }
    // Packets may come.
    void begin(double ticks_per_ns, std::span<const unsigned> receiver_cpus);
    // The threads that receive are about to end.
    void end();

  private:
    const Options& options_;
    std::size_t threads_;
    std::optional<Metrics> metrics_;
    std::optional<MetricsServer> server_;
    bool was_shown_ = false;  // to options_.on_metrics
};

}  // namespace rxlab::rx
