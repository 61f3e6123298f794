// SPDX-License-Identifier: MIT
#include <rxlab/program/errors.hpp>
#include <rxlab/rx/metrics.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/socket_address.hpp>

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <string_view>
#include <thread>
#include <utility>

namespace rxlab::rx {
namespace {

constexpr std::size_t kRequestBytesMax = 4'096;
// How long a client may take to send its request, and then again to read the answer: other clients
// wait meanwhile, and so does the receiver when it ends. Gathering the figures in between takes up
// to two seconds more where the receiving threads sleep and a book is stale: they count a part of
// its symbols each time they wake.
constexpr std::chrono::seconds kPatience{1};
constexpr timeval kPatienceOfCall{1, 0};
constexpr std::chrono::milliseconds kUntilDescriptors{100};  // are to be had again

using Until = std::chrono::steady_clock::time_point;

Until patience_from_now() noexcept {
    return std::chrono::steady_clock::now() + kPatience;
}

bool has_passed(Until until) noexcept {
    return std::chrono::steady_clock::now() >= until;
}

sockaddr_un unix_address(const std::string& path) noexcept {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

program::Descriptor listening_socket(int family, const sockaddr* address, socklen_t bytes,
                                     const std::string& where, const char* remedy) {
    program::Descriptor fd{socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const int on = 1;
    if (fd.get() >= 0) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd.get() < 0 || bind(fd.get(), address, bytes) != 0 || listen(fd.get(), 8) != 0)
        throw program::RunError(errno, "serve metrics on " + where, remedy);
    return fd;
}

// A file of the path is in the way of bind(2). A socket on which nobody listens is what a process
// left behind that was killed.
void remove_if_abandoned(const std::string& path, const sockaddr_un& address) noexcept {
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
    const program::Descriptor probe{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto* const there = reinterpret_cast<const sockaddr*>(&address);
    if (connect(probe.get(), there, sizeof address) != 0 && errno == ECONNREFUSED)
        unlink(path.c_str());
}

program::Descriptor listen_on(const MetricsEndpoint& endpoint) {
    if (endpoint.path.empty()) {
        const sockaddr_in address = wire::to_sockaddr(endpoint.tcp);
        return listening_socket(AF_INET, reinterpret_cast<const sockaddr*>(&address),
                                sizeof address, wire::to_string(endpoint.tcp),
                                "see `ss -ltn` for who has the port");
    }
    const sockaddr_un address = unix_address(endpoint.path);
    remove_if_abandoned(endpoint.path, address);
    return listening_socket(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address,
                            "unix:" + endpoint.path,
                            "another receiver may have it: give each its own");
}

void send_all(int connection, std::string_view text) noexcept {
    const Until until = patience_from_now();
    while (!text.empty() && !has_passed(until)) {
        const ssize_t bytes = send(connection, text.data(), text.size(), MSG_NOSIGNAL);
        if (bytes <= 0) return;  // the client is gone, or reads nothing
        text.remove_prefix(static_cast<std::size_t>(bytes));
    }
}

// The first line of an HTTP request, all of which is read; empty where none came.
std::string request_line(int connection) {
    const Until until = patience_from_now();
    std::string request;
    std::array<char, 1'024> part;
    while (request.find("\r\n\r\n") == std::string::npos && request.size() < kRequestBytesMax) {
        const ssize_t bytes = recv(connection, part.data(), part.size(), 0);
        if (bytes <= 0 || has_passed(until)) return {};
        request.append(part.data(), static_cast<std::size_t>(bytes));
    }
    return request.substr(0, request.find("\r\n"));
}

std::string response(std::string_view status, std::string_view type, std::string_view body) {
    return fmt::format(
        "HTTP/1.0 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
        status, type, body.size(), body);
}

}  // namespace

MetricsServer::MetricsServer(MetricsEndpoint endpoint)
    : endpoint_{std::move(endpoint)}, listener_{listen_on(endpoint_)} {}

MetricsServer::~MetricsServer() {
    thread_.stop();
    if (!endpoint_.path.empty()) unlink(endpoint_.path.c_str());
}

void MetricsServer::start(std::span<const unsigned> receiver_cpus,
                          std::function<std::string()> text) {
    thread_.start(program::cpus_beside(receiver_cpus),
                  [this, text = std::move(text)] { run(text); });
}

void MetricsServer::run(const std::function<std::string()>& text) noexcept {
    pthread_setname_np(pthread_self(), "rx-metrics");
    while (!thread_.stopping()) {
        std::array<pollfd, 2> list{
            {{thread_.descriptor(), POLLIN, 0}, {listener_.get(), POLLIN, 0}}};
        if (::poll(list.data(), list.size(), -1) < 0 || list[1].revents == 0) continue;
        const program::Descriptor connection{
            accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (connection.get() < 0) {
            std::this_thread::sleep_for(kUntilDescriptors);
            continue;
        }
        setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatienceOfCall,
                   sizeof kPatienceOfCall);
        setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatienceOfCall,
                   sizeof kPatienceOfCall);
        try {
            answer(connection.get(), text);
        } catch (const std::exception&) {  // no memory for a text: the next one may have it
        }
    }
}

void MetricsServer::answer(int connection, const std::function<std::string()>& text) const {
    const std::string request = request_line(connection);
    if (request.empty()) return;
    if (request.starts_with("GET / ") || request.starts_with("GET /metrics ")) {
        send_all(connection, response("200 OK", "text/plain; version=0.0.4", text()));
    } else {
        send_all(connection, response("404 Not Found", "text/plain", "see /metrics\n"));
    }
}

}  // namespace rxlab::rx
