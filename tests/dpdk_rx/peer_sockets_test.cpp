// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/peer_sockets.hpp"

#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace rxlab::dpdk_rx {
namespace {

namespace fs = std::filesystem;

struct Arguments {
    explicit Arguments(std::string vdev) : text{"--vdev=" + vdev} {}
    operator std::span<char*>() { return {&pointer, 1}; }
    std::string text;
    char* pointer = text.data();
};

PeerSocket only(const std::string& vdev) {
    Arguments arguments{vdev};
    const auto found = peer_sockets_in(arguments);
    EXPECT_EQ(found.size(), 1U) << vdev;
    return found.empty() ? PeerSocket{} : found.front();
}

TEST(PeerSocketsOf, EachDriverAreFoundWithItsDefaults) {
    const PeerSocket server = only("net_memif0,role=server,socket=/x/m,socket-abstract=no");
    EXPECT_EQ(server.device, "net_memif0");
    EXPECT_EQ(server.path, "/x/m");
    EXPECT_EQ(server.type, SOCK_SEQPACKET);
    EXPECT_TRUE(server.listens);
    EXPECT_FALSE(only("net_memif1,socket=/x/m,socket-abstract=no").listens);
    EXPECT_EQ(only("net_memif1,socket-abstract=no").path, "/run/memif.sock");

    EXPECT_TRUE(only("net_vhost0,iface=/x/v").listens);
    EXPECT_FALSE(only("net_vhost0,iface=/x/v,client=1").listens);
    EXPECT_FALSE(only("net_virtio_user0,path=/x/v").listens);
    EXPECT_TRUE(only("net_virtio_user0,path=/x/v,server=1").listens);
    EXPECT_EQ(only("net_virtio_user0,path=/x/v").type, SOCK_STREAM);
}

TEST(PeerSocketsOf, DevicesWithoutAFileAreLeftOut) {
    for (const char* vdev :
         {"net_memif0,role=server", "net_memif0,role=server,socket-abstract=yes", "net_null0",
          "net_virtio_user0,path=/dev/null", "net_vhost0", "net_af_packet0,iface=rx0"}) {
        Arguments arguments{vdev};
        EXPECT_TRUE(peer_sockets_in(arguments).empty()) << vdev;
    }
}

class PeerSocketFile : public testing::Test {
  protected:
    program::ScratchDirectory folder_{fs::temp_directory_path()};
    std::string path_ = (folder_.path() / "socket").string();
    Arguments listening_{"net_vhost0,iface=" + path_};
    Arguments connecting_{"net_virtio_user0,path=" + path_};

    // A file with a listener as long as the descriptor is open.
    program::Descriptor listen_here() {
        program::Descriptor listener{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path_.data(), path_.size());
        EXPECT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(listen(listener.get(), 1), 0);
        return listener;
    }

    static std::string error_of(auto&& action) {
        try {
            action();
        } catch (const program::RunError& error) {
            return error.what();
        }
        return {};
    }
};

TEST_F(PeerSocketFile, OfAProgramThatWasKilledIsRemoved) {
    static_cast<void>(listen_here());  // closed: the file stays
    ASSERT_TRUE(fs::exists(path_));
    clear_peer_sockets(listening_);
    EXPECT_FALSE(fs::exists(path_));
    clear_peer_sockets(listening_);  // nothing to do
}

TEST_F(PeerSocketFile, ThatSomebodyListensAtIsLeftAndRefused) {
    const program::Descriptor listener = listen_here();
    const std::string error = error_of([&] { clear_peer_sockets(listening_); });
    EXPECT_TRUE(error.starts_with("use device net_vhost0: listen at " + path_)) << error;
    EXPECT_NE(error.find("another process does"), std::string::npos) << error;
    EXPECT_TRUE(fs::exists(path_));
}

TEST_F(PeerSocketFile, ThatIsNoSocketIsLeftAndRefused) {
    std::ofstream{path_} << "precious";
    const std::string error = error_of([&] { clear_peer_sockets(listening_); });
    EXPECT_NE(error.find("it is not a socket; choose another path"), std::string::npos) << error;
    EXPECT_EQ(fs::file_size(path_), 8U);
}

TEST_F(PeerSocketFile, ThatTheDeviceConnectsToIsNeverRemoved) {
    static_cast<void>(listen_here());
    clear_peer_sockets(connecting_);
    EXPECT_TRUE(fs::exists(path_));
}

TEST_F(PeerSocketFile, IsWaitedForUntilSomebodyListens) {
    const std::atomic<bool> go_on{false};
    const auto wait = [&] { wait_for_listeners(connecting_, 0.05, go_on); };
    const std::string nobody = error_of(wait);
    EXPECT_NE(nobody.find("connect to " + path_ +
                          ": nobody listens there after 0.05 s; start the "
                          "program at the other end first"),
              std::string::npos)
        << nobody;
    const program::Descriptor listener = listen_here();
    EXPECT_EQ(error_of(wait), "");
}

TEST_F(PeerSocketFile, IsNotWaitedForOnceToldToStop) {
    const std::atomic<bool> stop{true};
    const std::string error = error_of([&] { wait_for_listeners(connecting_, 3'600, stop); });
    EXPECT_NE(error.find("told to stop"), std::string::npos) << error;
}

}  // namespace
}  // namespace rxlab::dpdk_rx
