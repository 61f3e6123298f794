// SPDX-License-Identifier: MIT
#include <rxlab/program/terminal.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace rxlab::program {
namespace {

// The other end of a pseudo-terminal.
class Terminal {
  public:
    Terminal() : master_{posix_openpt(O_RDWR | O_NOCTTY)} {
        if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0) return;
        stream = std::fopen(ptsname(master_), "w");
    }
    ~Terminal() {
        if (stream != nullptr) std::fclose(stream);
        if (master_ >= 0) close(master_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    std::FILE* stream = nullptr;

  private:
    int master_;
};

TEST(Colours, AreForTerminalsAndForThoseWhoWantThem) {
    const Terminal terminal;
    ASSERT_NE(terminal.stream, nullptr);
    const auto valid = [](std::FILE* stream) { return coloured("VALID", Colour::green, stream); };
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    EXPECT_EQ(valid(terminal.stream), "\x1b[32mVALID\x1b[0m");
    std::FILE* const file = std::tmpfile();
    EXPECT_EQ(valid(file), "VALID");
    std::fclose(file);
    setenv("NO_COLOR", "", 1);
    EXPECT_TRUE(shows_colours(terminal.stream)) << "empty is as if it were not set";
    setenv("NO_COLOR", "1", 1);
    EXPECT_EQ(valid(terminal.stream), "VALID");
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    EXPECT_EQ(valid(terminal.stream), "VALID");
}

}  // namespace
}  // namespace rxlab::program
